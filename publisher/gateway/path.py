"""A path below a root, and how it is addressed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from publisher.dag.cid import Cid

PRINTED = "".join(map(chr, range(0x21, 0x7F))).replace("\\", "")
"""Characters that an address in a header holds as they are; % among them, so that what is encoded stays. A backslash is
not: browsers read it as a slash, and two of these as the beginning of another host."""

_SAFE = "!$&'()*+,;=:@-._~"
_PLAIN = re.compile(r"[A-Za-z0-9._~-]*")


@dataclass(frozen=True, slots=True)
class ContentPath:
    """A path below a root."""

    root: Cid
    space: str
    """`/ipfs/CID` or `/ipns/NAME`: what X-Ipfs-Path begins with."""
    base: str
    """What an address on this host begins with: empty where the site has an origin of its own."""
    segments: tuple[str, ...]
    """Decoded names below the root."""
    slash: bool
    """Whether the path ends with a slash."""
    name: str = ""
    """The name that led to the root; empty for one addressed by its CID, which never changes."""
    cid_base: str | None = ""
    """What `/ipfs/CID` needs before it to be had from here: nothing on a path gateway, `//HOST` for a root below HOST;
    None where no other content is served."""
    origin: str = ""
    """`//HOST` of a site that is served at its own name."""

    alone: bool = False
    """Whether no other root is shown, so that no CID leads anywhere."""

    @property
    def isolated(self) -> bool:
        """Whether the site has an origin of its own: only there does its `_redirects` count."""
        return not self.base

    def url(self, *, slash: bool) -> str:
        """This place's address on its host."""
        return joined(self.base, self.segments, slash)


@lru_cache(maxsize=4096)
def text(cid: Cid) -> str:
    """A CID as text. To write base32 takes longer than to find what was written for the last page of the same site."""
    return str(cid)


def joined(base: str, segments: tuple[str, ...], slash: bool) -> str:
    """An address from decoded names. It never begins with two slashes, which would name another host."""
    path = base + "".join(["/" + encoded(segment) for segment in segments])
    return path + "/" if slash or not path else path


def encoded(name: str) -> str:
    """One name of a path, percent-encoded; names that are not UTF-8 keep their bytes."""
    if _PLAIN.fullmatch(name):
        return name
    return quote(name.encode("utf-8", "surrogateescape"), safe=_SAFE)


def with_query(address: str, query: str) -> str:
    """The address with the query of the request, before its fragment."""
    if not query:
        return address
    address, mark, fragment = address.partition("#")
    query = quote(query, safe=PRINTED, encoding="latin-1")
    return address + ("&" if "?" in address else "?") + query + mark + fragment
