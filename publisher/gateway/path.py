"""A path below a root, and its address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from publisher.dag.cid import Cid

PRINTED = "".join(map(chr, range(0x21, 0x7F))).replace("\\", "")
"""Characters that an address in a header keeps as they are. % is one, so that encoded text stays.

A backslash is not: browsers read it as a slash, and two of them as the beginning of another host.
"""

_SAFE = "!$&'()*+,;=:@-._~"
_PLAIN = re.compile(r"[A-Za-z0-9._~-]*")


@dataclass(frozen=True, slots=True)
class ContentPath:
    """A path below a root."""

    root: Cid
    space: str
    """`/ipfs/CID` or `/ipns/NAME`, the beginning of X-Ipfs-Path."""
    base: str
    """The beginning of addresses on this host; empty if the site has an origin of its own."""
    segments: tuple[str, ...]
    """The decoded names below the root."""
    slash: bool
    """Whether the path ends with a slash."""
    name: str = ""
    """The name that led to the root; empty for a CID, whose content never changes."""
    cid_base: str | None = ""
    """What an address needs before `/ipfs/CID`: nothing on a path gateway, `//HOST` for a root below HOST.

    None where no other content is served.
    """
    origin: str = ""
    """`//HOST` of a site that is served at its own name."""

    alone: bool = False
    """Whether no other root is shown, so that no CID leads anywhere."""

    @property
    def isolated(self) -> bool:
        """Whether the site has an origin of its own. Only there its `_redirects` file counts."""
        return not self.base

    def url(self, *, slash: bool) -> str:
        """Return the address of this path on its host."""
        return joined(self.base, self.segments, slash)


@lru_cache(maxsize=4096)
def text(cid: Cid) -> str:
    """Return a CID as text. Encoding base32 takes longer than this cache look-up, and a site's pages repeat CIDs."""
    return str(cid)


def joined(base: str, segments: tuple[str, ...], slash: bool) -> str:
    """Return an address from decoded names. It never begins with two slashes, which would name another host."""
    path = base + "".join(["/" + encoded(segment) for segment in segments])
    return path + "/" if slash or not path else path


def encoded(name: str) -> str:
    """Return one name percent-encoded. A name that is not UTF-8 keeps its bytes."""
    if _PLAIN.fullmatch(name):
        return name
    return quote(name.encode("utf-8", "surrogateescape"), safe=_SAFE)


def with_query(address: str, query: str) -> str:
    """Return the address with the query of the request, before its fragment."""
    if not query:
        return address
    address, mark, fragment = address.partition("#")
    query = quote(query, safe=PRINTED, encoding="latin-1")
    return address + ("&" if "?" in address else "?") + query + mark + fragment
