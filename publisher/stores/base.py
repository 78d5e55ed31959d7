"""What a store is, and the list of the kinds there are."""

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from publisher.dag.cid import Cid, Get
from publisher.errors import BlockMissing
from publisher.findings import Finding

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "kubo": "publisher.stores.kubo",
        "cluster": "publisher.stores.cluster",
        "embedded": "publisher.stores.embedded",
    }
)
"""Kind in publish.toml -> module, imported when used: a StoreKind."""

PINNERS: Mapping[str, str] = MappingProxyType({"pinning": "publisher.stores.pinning"})
"""The same for those that are told a CID and fetch the blocks themselves: a PinnerKind."""

Progress = Callable[[int, int], None]
"""Told as bytes go out: bytes done, bytes in all."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What a store is to hold, and all it may need for it."""

    root: Cid
    name: str
    """The pin's name: the site's."""
    get: Get
    bases: tuple[Cid, ...] = ()
    """Older roots of this site, newest first: the first that the store still pins is what a delta counts from."""
    to_be_named: bool = False
    """Whether a name will show it: then every block is looked for, those that the store had before too."""
    site: str = ""
    """Which site this is, where several share a node: 16 hexadecimal digits; empty: no mark is left (`claims`)."""
    ours: frozenset[str] = frozenset()
    """Names under which a pin of this root is known to be this site's own."""

    def older(self) -> Iterator[Cid]:
        """The bases that are at hand: without the old root nobody can tell what differs."""
        for base in self.bases:
            with suppress(BlockMissing):
                if base != self.root:
                    self.get(base)
                    yield base


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a store said of a root when it was asked; `status` is pinned, queued, pinning or failed."""

    store: str
    kind: str
    status: str
    root: Cid
    sent_bytes: int = 0
    note: str = ""
    """What the reader should know beside it."""
    shared: bool = False
    """Whether the pin is another's, and this site only said that it uses it: then it is never ours to unpin."""


@dataclass(frozen=True, slots=True)
class PinRequest:
    """What a pinner is to hold, and where it finds the blocks."""

    root: Cid
    name: str
    """The pin's name: the site's."""
    origins: tuple[str, ...] = ()
    """Multiaddresses, each ending in /p2p/ID, of nodes that have the blocks."""
    connect_peers: Callable[[tuple[str, ...]], None] = lambda addresses: None
    """Told the multiaddresses of peers that will fetch: our nodes connect to them, where they can."""
    site: str = ""
    """Which site this is, where several share an account."""


class PinBackend(Protocol):
    """A store or a pinner. Errors: StoreUnreachable, StoreRefused, CidMismatch, all named after `label`."""

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

    def pins(self, name: str) -> frozenset[Cid]:
        """The roots that it pins under exactly this name."""
        ...

    def claims(self) -> Mapping[Cid, frozenset[str]]:
        """Roots, in version 1 -> the sites that use them whoever pinned them, as far as it is said there."""
        ...

    def unpin(self, root: Cid, name: str, sites: frozenset[str]) -> bool:
        """Let go of a root that is pinned under exactly this name; False, and the pin stays, when it is not, or when
        others than `sites` use it."""
        ...

    def disclaim(self, root: Cid, sites: frozenset[str]) -> None:
        """These sites use it no longer; its pin is not touched."""
        ...

    def examine(self) -> Iterator[Finding]:
        """What a doctor finds, the most basic first. Changes nothing, raises nothing: a fault is a finding."""
        ...


class Store(PinBackend, Protocol):
    """Takes the bytes."""

    def put(self, upload: Upload, progress: Progress) -> Receipt:
        """Make it hold the root: send what it lacks, pin, compare the root, read the pin back."""
        ...

    def reader(self) -> Get | None:
        """Blocks as this store gives them back, each checked by hash; None when it has no way to give them."""
        ...

    def origins(self) -> tuple[str, ...]:
        """Multiaddresses, each ending in /p2p/ID, at which others may fetch its blocks; none where nobody can."""
        ...

    def connect_peers(self, addresses: tuple[str, ...]) -> None:
        """Connect to these peers, where it can; what cannot be reached is no error."""
        ...


class Pinner(PinBackend, Protocol):
    """Is told a CID, and fetches the blocks itself."""

    def pin(self, request: PinRequest) -> Receipt:
        """Ask for it and wait a while. `queued` or `pinning` in the receipt: to be asked again by a later run."""
        ...

    def reader(self) -> Get | None:
        """Blocks as its gateway gives them back, each checked by hash; None when it is not known to have one."""
        ...


class BlockStore(Protocol):
    """The part of the cache that the embedded store stands on."""

    def get(self, cid: Cid) -> bytes:
        """The block's bytes, or BlockMissing."""
        ...

    def has(self, cid: Cid) -> bool:
        """Whether the block is here, without reading it."""
        ...

    def pin(self, root: Cid, name: str) -> None:
        """Note that a root is to be held."""
        ...

    def pins(self, name: str | None = None) -> frozenset[Cid]:
        """The roots that are held; with a name, those under exactly this one."""
        ...

    def unpin(self, root: Cid, name: str) -> bool:
        """Hold a root no longer, when it is held under exactly this name; whether it was. Its blocks stay."""
        ...


@dataclass(frozen=True, slots=True)
class StoreContext:
    """What the door hands to a store that it opens."""

    address: Callable[[str], str]
    """Reads a variable that holds an address; ConfigError when it is not set."""
    credential: Callable[..., str]
    """`credential(variable, url, also=())` reads a variable whose value is sent to the host of the URL. `also` are URLs
    of hosts of the same service. ConfigError when it is not set; SecretWithheld when nobody confirmed that host."""
    blocks: BlockStore
    proxy: Callable[[str], str] = lambda url: ""
    """The proxy of the environment for a URL; empty for none."""


class BackendKind(Protocol):
    """What the module of every kind has. `settings` is a value of its SETTINGS."""

    @property
    def SETTINGS(self) -> type[Any]:  # noqa: N802
        """The frozen dataclass of a `[stores.LABEL]` table of this kind."""
        ...

    def check(self, settings: Any) -> None:
        """ConfigError for what can be wrong without asking anybody."""
        ...

    def where(self, settings: Any) -> str:
        """A text that is equal for two that are one place: a second copy is another machine. Raises ConfigError."""
        ...


class StoreKind(BackendKind, Protocol):
    """The module of a kind of store."""

    def connect(self, label: str, settings: Any, context: StoreContext) -> Store:
        """The store. Nothing is sent yet. Raises ConfigError when the settings cannot be used."""
        ...


class PinnerKind(BackendKind, Protocol):
    """The module of a kind of pinner."""

    def connect(self, label: str, settings: Any, context: StoreContext) -> Pinner:
        """The pinner. Nothing is sent yet. Raises ConfigError when the settings cannot be used."""
        ...


if TYPE_CHECKING:  # each module has the shape that its kind asks for
    from publisher.stores import cluster, embedded, kubo, pinning

    _STORES: tuple[StoreKind, ...] = (kubo, cluster, embedded)
    _PINNERS: tuple[PinnerKind, ...] = (pinning,)


def store_kind(kind: str) -> StoreKind:
    """The module of a kind of store, imported now. KeyError for what is not in KINDS."""
    return importlib.import_module(KINDS[kind])


def pinner_kind(kind: str) -> PinnerKind:
    """The module of a kind of pinner, imported now. KeyError for what is not in PINNERS."""
    return importlib.import_module(PINNERS[kind])


def backend_kind(kind: str) -> StoreKind | PinnerKind:
    """The same for a kind that may be either."""
    return pinner_kind(kind) if kind in PINNERS else store_kind(kind)
