"""What answers are made from: blocks, names, and the hosts that are served."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from publisher.dag import walk
from publisher.dag.cid import Cid, Get
from publisher.dag.limits import ReadLimits

ResolveName = Callable[[str], Cid | None]
"""Returns the root that a name shows, or None if the name is unknown here. May raise a PublishError.

Names are in lower case: ENS and DNSLink names, and IPNS keys in base36.
"""

ANY = "*"
"""In `hosts`: every host."""

FAR = ReadLimits(count=1_000_000)
"""The limits of one answer. A CAR remembers which blocks it has sent, with 150 bytes for each."""


def no_name(name: str) -> Cid | None:
    """Return None: no name is known."""
    return None


class BlockReader(Protocol):
    """Reads blocks and the entries of folders."""

    def __call__(self, cid: Cid) -> bytes:
        """Return the bytes of a block. Raises BlockMissing and other PublishErrors."""
        ...

    def resolve(self, cid: Cid, name: str) -> Cid:
        """Return the CID of an entry of a folder. Raises PathMissing, and what reading blocks raises."""
        ...


@dataclass(frozen=True, slots=True)
class PlainReader:
    """A BlockReader without a cache: a folder is parsed for every name that is looked up in it."""

    get: Get

    def __call__(self, cid: Cid) -> bytes:
        """Return the bytes of a block. Raises what `get` raises."""
        return self.get(cid)

    def resolve(self, cid: Cid, name: str) -> Cid:
        """Return the CID of an entry of a folder. Raises PathMissing, and what reading blocks raises."""
        return walk.resolve(self.get, cid, name)


@dataclass(frozen=True, slots=True)
class Gateway:
    """The settings of a gateway."""

    get: BlockReader
    resolve_name: ResolveName = no_name
    hosts: frozenset[str] = frozenset()
    """Hosts that are served besides IP addresses, localhost and the names below it; in lower case.

    ANY stands for all hosts and is for a public gateway: with it, a page whose name was pointed at this machine (DNS
    rebinding) may read what is served here.
    """
    home: str = ""
    """The name that `/` of a bare host leads to; empty for none."""
    home_root: Cid | None = None
    """The root of the home, if its name cannot be resolved by others."""
    shows: Callable[[Cid], bool] | None = None
    """Says which roots are shown; None: any."""
    name_seconds: int = 60
    """Seconds that an answer under a name may be cached; 0: always ask again."""
    subdomains: frozenset[str] = frozenset()
    """Hosts that give each root its own origin: `CID.ipfs.HOST`, `NAME.ipns.HOST`. localhost always does."""
    trusted: frozenset[str] = frozenset()
    """Addresses of proxies whose X-Forwarded-Host and X-Forwarded-Proto are believed."""
    at_hand: BlockReader | None = None
    """The reader for `only-if-cached`, which uses no network. None: `get` itself uses none."""
    limits: ReadLimits = FAR
