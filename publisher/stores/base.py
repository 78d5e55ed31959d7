"""The protocols of stores and pinners, and the list of their kinds."""

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
"""Kind of a store in publish.toml -> its module, a StoreKind that is imported when it is used."""

PINNERS: Mapping[str, str] = MappingProxyType({"pinning": "publisher.stores.pinning"})
"""Kind of a pinner, which gets a CID and fetches the blocks itself -> its module, a PinnerKind."""

Progress = Callable[[int, int], None]
"""Called while bytes are sent, with the bytes done and all bytes."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A root for a store to hold, and all that the store may need for it."""

    root: Cid
    name: str
    """The name of the pin, which is the name of the site."""
    get: Get
    bases: tuple[Cid, ...] = ()
    """Older roots of this site, newest first. The first one that the store still pins is the base of a delta."""
    to_be_named: bool = False
    """Whether a name will show the root. Then every block is checked, also those that the store had before."""
    site: str = ""
    """The id of this site on a node that several sites share: 16 hexadecimal digits.

    Empty: no pin reference is left.
    """
    ours: frozenset[str] = frozenset()
    """Names under which a pin of this root is known to be this site's own."""

    def older(self) -> Iterator[Cid]:
        """Yield the bases whose blocks are here. Without the old root, the difference is unknown."""
        for base in self.bases:
            with suppress(BlockMissing):
                if base != self.root:
                    self.get(base)
                    yield base


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer of a store about a root. `status` is pinned, queued, pinning or failed."""

    store: str
    kind: str
    status: str
    root: Cid
    sent_bytes: int = 0
    note: str = ""
    """A remark for the reader."""
    shared: bool = False
    """Whether the pin is another site's, and this site only added a pin reference. Then this site never unpins it."""


@dataclass(frozen=True, slots=True)
class PinRequest:
    """A root for a pinner to hold, and where it finds the blocks."""

    root: Cid
    name: str
    """The name of the pin, which is the name of the site."""
    origins: tuple[str, ...] = ()
    """Multiaddresses of nodes that have the blocks, each ending in /p2p/ID."""
    connect_peers: Callable[[tuple[str, ...]], None] = lambda addresses: None
    """Called with the multiaddresses of the peers that will fetch. Our nodes connect to them if they can."""
    site: str = ""
    """The id of this site on an account that several sites share."""


class PinBackend(Protocol):
    """A store or a pinner. Its methods raise StoreUnreachable, StoreRefused and CidMismatch, with `label` as `who`."""

    @property
    def label(self) -> str:
        """The label in publish.toml."""
        ...

    @property
    def kind(self) -> str:
        """The kind in publish.toml."""
        ...

    def held(self, root: Cid) -> bool:
        """Return whether it pins the whole root. It never searches the network for missing blocks."""
        ...

    def pins(self, name: str) -> frozenset[Cid]:
        """Return the roots that it pins under exactly this name."""
        ...

    def claims(self) -> Mapping[Cid, frozenset[str]]:
        """Map each root, in version 1, to the sites that have a pin reference for it there."""
        ...

    def unpin(self, root: Cid, name: str, sites: frozenset[str]) -> bool:
        """Unpin a root that is pinned under exactly this name, and return whether it did.

        If the name is another one, or other sites than `sites` use the root, the pin stays.
        """
        ...

    def disclaim(self, root: Cid, sites: frozenset[str]) -> None:
        """Remove the pin references of these sites to a root. The pin of the root is not changed."""
        ...

    def examine(self) -> Iterator[Finding]:
        """Yield the findings of `publish doctor`, the most basic first. It changes nothing and raises nothing."""
        ...


class Store(PinBackend, Protocol):
    """A backend that takes the bytes."""

    def put(self, upload: Upload, progress: Progress) -> Receipt:
        """Make it hold the root: send the missing blocks, pin, compare the root, and read the pin back.

        `progress` gets the bytes sent. Raises StoreError.
        """
        ...

    def reader(self) -> Get | None:
        """Return a `get` that reads its blocks and hashes each; None if it cannot return blocks. Raises ConfigError."""
        ...

    def origins(self) -> tuple[str, ...]:
        """Return multiaddresses, each ending in /p2p/ID, at which others may fetch its blocks, or none."""
        ...

    def connect_peers(self, addresses: tuple[str, ...]) -> None:
        """Connect to these peers where possible. An unreachable peer is no error."""
        ...


class Pinner(PinBackend, Protocol):
    """A backend that gets a CID and fetches the blocks itself."""

    def pin(self, request: PinRequest) -> Receipt:
        """Ask for a pin and wait a while.

        With the status `queued` or `pinning`, a later run asks again. Raises StoreError.
        """
        ...

    def reader(self) -> Get | None:
        """Return a `get` that reads from its gateway and hashes each block; None if it has no known gateway."""
        ...


class BlockStore(Protocol):
    """The part of the cache that the embedded store uses."""

    def get(self, cid: Cid) -> bytes:
        """Return the bytes of a block. Raises BlockMissing."""
        ...

    def has(self, cid: Cid) -> bool:
        """Return whether the block is here, without reading it."""
        ...

    def pin(self, root: Cid, name: str) -> None:
        """Pin a root under a name."""
        ...

    def pins(self, name: str | None = None) -> frozenset[Cid]:
        """Return the pinned roots, or only those pinned under exactly `name`."""
        ...

    def unpin(self, root: Cid, name: str) -> bool:
        """Remove the pin of a root under exactly this name and return whether there was one. Blocks stay."""
        ...


@dataclass(frozen=True, slots=True)
class StoreContext:
    """What a store needs to be opened."""

    address: Callable[[str], str]
    """Returns the address in a variable. Raises ConfigError if the variable is not set."""
    credential: Callable[..., str]
    """`credential(variable, url, also=())` returns a secret that will be sent to the host of `url`.

    `also` are URLs of other hosts of the same service. Raises ConfigError if the variable is not set, and
    SecretWithheld if the host was not confirmed.
    """
    blocks: BlockStore
    proxy: Callable[[str], str] = lambda url: ""
    """Returns the proxy that the environment names for a URL, or an empty string."""


class BackendKind(Protocol):
    """The module of a kind of store or pinner. `settings` is a value of its SETTINGS."""

    @property
    def SETTINGS(self) -> type[Any]:  # noqa: N802
        """The frozen dataclass of a `[stores.LABEL]` table of this kind."""
        ...

    def check(self, settings: Any) -> None:
        """Raise ConfigError for settings that are wrong. It uses no network."""
        ...

    def where(self, settings: Any) -> str:
        """Return a text that is the same for two stores in one place: a second copy has to be elsewhere.

        Raises ConfigError.
        """
        ...


class StoreKind(BackendKind, Protocol):
    """The module of a kind of store."""

    def connect(self, label: str, settings: Any, context: StoreContext) -> Store:
        """Open the store. Nothing is sent yet. Raises ConfigError for settings that cannot be used."""
        ...


class PinnerKind(BackendKind, Protocol):
    """The module of a kind of pinner."""

    def connect(self, label: str, settings: Any, context: StoreContext) -> Pinner:
        """Open the pinner. Nothing is sent yet. Raises ConfigError for settings that cannot be used."""
        ...


if TYPE_CHECKING:  # each module has the shape that its kind asks for
    from publisher.stores import cluster, embedded, kubo, pinning

    _STORES: tuple[StoreKind, ...] = (kubo, cluster, embedded)
    _PINNERS: tuple[PinnerKind, ...] = (pinning,)


def store_kind(kind: str) -> StoreKind:
    """Import and return the module of a kind of store. Raises KeyError for a kind that is not in KINDS."""
    return importlib.import_module(KINDS[kind])


def pinner_kind(kind: str) -> PinnerKind:
    """Import and return the module of a kind of pinner. Raises KeyError for a kind that is not in PINNERS."""
    return importlib.import_module(PINNERS[kind])


def backend_kind(kind: str) -> StoreKind | PinnerKind:
    """Import and return the module of a kind of store or pinner. Raises KeyError for an unknown kind."""
    return pinner_kind(kind) if kind in PINNERS else store_kind(kind)
