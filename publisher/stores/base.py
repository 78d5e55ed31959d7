"""What a store is, and the list of the kinds there are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from publisher.dag.cid import Cid, Get

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "kubo": "publisher.stores.kubo",
        "embedded": "publisher.stores.embedded",
    }
)
"""Kind in publish.toml -> module, imported when used; it has `Settings`, `connect(label, settings, means)`
and `check(settings)`, a ConfigError for what can be wrong without asking anybody."""

Progress = Callable[[int, int], None]
"""Told as bytes go out: bytes done, bytes in all."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """What a store is to hold, and all it may need for it."""

    root: Cid
    name: str
    """The pin's name: the site's."""
    get: Get
    bases: tuple[Cid, ...] = ()
    """Older roots of this site, newest first: the first that the store still pins is what a delta counts from."""
    to_be_named: bool = False
    """Whether a name will show it: then every block is looked for, those that the store had before too."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a store said of a root when it was asked; `status` is pinned, queued, pinning or failed."""

    store: str
    kind: str
    status: str
    root: Cid
    sent_bytes: int = 0


class Store(Protocol):
    """Takes the bytes. Errors: StoreUnreachable, StoreRefused, CidMismatch, all named after `label`."""

    @property
    def label(self) -> str:
        """Its name in publish.toml."""
        ...

    @property
    def kind(self) -> str:
        """Its kind in publish.toml."""
        ...

    def held(self, root: Cid) -> bool:
        """Whether it pins the whole root, asked in its own words; never looks on the network for missing blocks."""
        ...

    def put(self, shipment: Shipment, progress: Progress) -> Receipt:
        """Make it hold the root: send what it lacks, pin, compare the root, read the pin back."""
        ...

    def reader(self) -> Get:
        """Blocks as this store gives them back, each checked by hash."""
        ...


class Shelf(Protocol):
    """The part of the cache that the embedded store stands on."""

    def get(self, cid: Cid) -> bytes:
        """The block's bytes, or BlockMissing."""
        ...

    def has(self, cid: Cid) -> bool:
        """Whether the block is here, without reading it."""
        ...

    def keep(self, root: Cid, name: str) -> None:
        """Note that a root is to be held."""
        ...

    def kept(self) -> frozenset[Cid]:
        """The roots that are held."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What the door hands to a store that it opens."""

    secret: Callable[[str], str]
    """Reads a named environment variable now; raises ConfigError when it is not set."""
    shelf: Shelf
