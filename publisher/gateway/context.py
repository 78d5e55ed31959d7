"""Define the settings of a gateway: its source of blocks, its names, and the hosts that it serves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from publisher.dag import walk
from publisher.dag.cid import Cid, Get
from publisher.dag.limits import ReadLimits
from publisher.fast_dataclass import dataclass

ResolveName = Callable[[str], Cid | None]
"""A function that returns the root that a name shows, or None if this gateway does not know the name.

The argument is an ENS or DNSLink name in lower case, or an IPNS key in base36. The function may raise a PublishError.
"""

ANY = "*"
"""This value in `Gateway.hosts` means that every host is served."""

FAR = ReadLimits(count=1_000_000)
"""The limits for one response. While a CAR is sent, each block that was sent needs 150 bytes of memory."""


def no_name(name: str) -> Cid | None:
    """Return None for every name. This is for a gateway that knows no names."""
    return None


class BlockReader(Protocol):
    """Reads blocks and the entries of folders."""

    def __call__(self, cid: Cid) -> bytes:
        """Return the bytes of a block. Raises BlockMissing or another PublishError if it cannot be read."""
        ...

    def resolve(self, cid: Cid, name: str) -> Cid:
        """Return the CID of the entry `name` of a folder.

        Raises PathMissing if there is no such entry, and Malformed if a block is malformed. If a block cannot be read,
        raises the same errors as `__call__`.
        """
        ...


@dataclass(frozen=True, slots=True)
class PlainReader:
    """A BlockReader without a cache. It parses a folder again for every name that is looked up in it."""

    get: Get

    def __call__(self, cid: Cid) -> bytes:
        """Return the bytes of a block. Exceptions of `get` pass through."""
        return self.get(cid)

    def resolve(self, cid: Cid, name: str) -> Cid:
        """Return the CID of the entry `name` of a folder.

        Raises PathMissing if there is no such entry, and Malformed if a block is malformed. Exceptions of `get` pass
        through.
        """
        return walk.resolve(self.get, cid, name)


@dataclass(frozen=True, slots=True)
class Gateway:
    """The settings of a gateway."""

    get: BlockReader
    resolve_name: ResolveName = no_name
    hosts: frozenset[str] = frozenset()
    """Hosts in lower case that are served. IP addresses, localhost and names below localhost are always served.

    ANY means all hosts, for a public gateway. With ANY, a page of another site may read all content of this gateway, if
    the DNS name of that site was pointed at this machine (DNS rebinding).
    """
    home: str = ""
    """The name to which `/` redirects on a host that names no content, such as localhost, or "" for no redirect."""
    home_root: Cid | None = None
    """The root of `home`, or None. This root is needed if `resolve_name` does not know the name in `home`."""
    shows: Callable[[Cid], bool] | None = None
    """A function that returns whether a root is shown. None means that all roots are shown."""
    name_seconds: int = 60
    """The number of seconds for which content below a name may be cached.

    0 means that a cache asks again before each use.
    """
    subdomains: frozenset[str] = frozenset()
    """Hosts that give each root a separate origin, `CID.ipfs.HOST` or `NAME.ipns.HOST`. localhost always does so."""
    trusted: frozenset[str] = frozenset()
    """Addresses of proxies whose headers X-Forwarded-Host and X-Forwarded-Proto are trusted."""
    at_hand: BlockReader | None = None
    """A reader that uses no network, for requests with `only-if-cached`. None means that `get` uses no network."""
    limits: ReadLimits = FAR
