"""Parse the paths of requests, and make the URLs of paths below a root."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

from publisher.dag.cid import Cid
from publisher.fast_dataclass import dataclass

PRINTED = "".join(map(chr, range(0x21, 0x7F))).replace("\\", "")
"""Characters that are not encoded when a URL is written into a header.

`%` is not encoded, so encoded text does not change. The backslash is encoded, because browsers read it as a slash, and
two backslashes as the beginning of a host.
"""

_SAFE = "!$&'()*+,;=:@-._~"
_PLAIN = re.compile(r"[A-Za-z0-9._~-]*")


@dataclass(frozen=True, slots=True)
class ContentPath:
    """A path below a root."""

    root: Cid
    space: str
    """`/ipfs/CID` or `/ipns/NAME`. X-Ipfs-Path begins with it."""
    base: str
    """The beginning of the URL paths on this host, or "" if the site has a separate origin."""
    segments: tuple[str, ...]
    """The decoded names below the root."""
    slash: bool
    """Whether the path ends with a slash."""
    name: str = ""
    """The name that the request has, or "" if the request has a CID. Content below a CID never changes."""
    cid_base: str | None = ""
    """The beginning of a URL for `/ipfs/CID`: "" on a path gateway, `//HOST` on a subdomain of HOST.

    None means that this host does not serve other content.
    """
    origin: str = ""
    """`//HOST` if the site is served at the host of its name, else ""."""

    alone: bool = False
    """Whether this gateway shows only this root. Then a link to another CID would not work."""

    @property
    def isolated(self) -> bool:
        """Whether the site has a separate origin. Otherwise, the `_redirects` file of the site is not used."""
        return not self.base

    def url(self, *, slash: bool) -> str:
        """Return the URL path of this path on its host."""
        return joined(self.base, self.segments, slash)


@lru_cache(maxsize=4096)
def text(cid: Cid) -> str:
    """Return a CID as text. The texts are cached, because the pages of a site need the same CIDs again and again."""
    return str(cid)


def joined(base: str, segments: tuple[str, ...], slash: bool) -> str:
    """Return the URL path for decoded names below `base`. It never begins with two slashes followed by a name.

    A browser would read such a path as another host.
    """
    path = base + "".join(["/" + encoded(segment) for segment in segments])
    return path + "/" if slash or not path else path


def encoded(name: str) -> str:
    """Return one percent-encoded name. A name that is not UTF-8 keeps its bytes."""
    if _PLAIN.fullmatch(name):
        return name
    return quote(name.encode("utf-8", "surrogateescape"), safe=_SAFE)


def with_query(address: str, query: str) -> str:
    """Return the URL `address` with `query` added before its fragment."""
    if not query:
        return address
    address, mark, fragment = address.partition("#")
    query = quote(query, safe=PRINTED, encoding="latin-1")
    return address + ("&" if "?" in address else "?") + query + mark + fragment
