"""What answers are made from: blocks, names, and which hosts are served."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from publisher.dag import walk
from publisher.dag.cid import Cid, Get
from publisher.dag.limits import ReadLimits

ResolveName = Callable[[str], Cid | None]
"""The root that a name shows; None when nobody knows the name here. May raise a PublishError.

Names come in lower case: those of ENS and DNSLink, and keys of IPNS in base36.
"""

ANY = "*"
"""In `hosts`: every host there is."""

FAR = ReadLimits(count=1_000_000)
"""How far one answer goes: a CAR remembers which blocks it has sent, 150 bytes for each."""


def no_name(name: str) -> Cid | None:
    """A resolver that knows no name."""
    return None


class BlockReader(Protocol):
    """Where blocks and the entries of folders are read."""

    def __call__(self, cid: Cid) -> bytes:
        """The block's bytes. Raises BlockMissing and other PublishErrors."""
        ...

    def resolve(self, cid: Cid, name: str) -> Cid:
        """What a folder has under a name. Raises PathMissing, and what reading its blocks raises."""
        ...


@dataclass(frozen=True, slots=True)
class PlainReader:
    """A get that keeps nothing: a folder is taken apart each time that a name is looked up in it."""

    get: Get

    def __call__(self, cid: Cid) -> bytes:
        """The block's bytes; raises what the get raises."""
        return self.get(cid)

    def resolve(self, cid: Cid, name: str) -> Cid:
        """What a folder has under a name. Raises PathMissing, and what reading blocks raises."""
        return walk.resolve(self.get, cid, name)


@dataclass(frozen=True, slots=True)
class Gateway:
    """What a gateway answers from."""

    get: BlockReader
    resolve_name: ResolveName = no_name
    hosts: frozenset[str] = frozenset()
    """Hosts it serves besides IP addresses, localhost and the names below it; in lower case. ANY stands for all: for a
    public gateway, since then a page whose name was pointed at this machine may read what is served here."""
    home: str = ""
    """The name that `/` of a bare host leads to; empty for none."""
    home_root: Cid | None = None
    """What the home shows, where its name is not resolved for everybody."""
    shows: Callable[[Cid], bool] | None = None
    """Which roots are shown; None: any."""
    name_seconds: int = 60
    """How long an answer under a name may be kept without asking again; 0: always ask."""
    subdomains: frozenset[str] = frozenset()
    """Hosts with an origin for each root: `CID.ipfs.HOST`, `NAME.ipns.HOST`. localhost is always one."""
    trusted: frozenset[str] = frozenset()
    """Addresses of proxies whose X-Forwarded-Host and X-Forwarded-Proto count."""
    at_hand: BlockReader | None = None
    """Where `only-if-cached` looks: a reader that asks no network. None: `get` itself is such a one."""
    limits: ReadLimits = FAR
