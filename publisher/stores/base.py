"""Define the protocols of stores and pinners."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Protocol

from publisher.dag.cid import Cid, Get
from publisher.errors import BlockMissing
from publisher.fast_dataclass import dataclass
from publisher.findings import Finding

FETCHING = frozenset({"upload"})
"""Stores of these kinds can fetch a root from nodes, so they get it last, with the addresses of the other stores."""

Progress = Callable[[int, int], None]
"""A function that is called while bytes are sent. Its arguments are the bytes sent so far, and all bytes."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A root that a store shall hold, with everything that the store needs for it."""

    root: Cid
    name: str
    """The name under which the store pins the root. It is the name of the site."""
    get: Get
    """Returns the bytes of a block of the root."""
    bases: tuple[Cid, ...] = ()
    """Older roots of this site, newest first. A node that pins one of them receives only the blocks that differ."""
    to_be_named: bool = False
    """This is true if a name will show the root. Then the store checks every block, even a block that it had before."""
    site: str = ""
    """The id of this site on a node that several sites share: 16 hexadecimal digits.

    If the id is empty, the store makes no pin reference.
    """
    ours: frozenset[str] = frozenset()
    """The names under which this site has pinned the root earlier. A pin with one of these names is from this site."""
    origins: tuple[str, ...] = ()
    """The multiaddresses of nodes that have the root already, for stores of the kinds in FETCHING."""
    connect_peers: Callable[[tuple[str, ...]], None] = lambda addresses: None
    """Takes the multiaddresses of the peers that will fetch the blocks, and connects the nodes in `origins` to them."""
    expire: int = 0
    """A store that can expire a pin unpins the root after this number of seconds. 0 stands for the store's setting."""

    def older(self) -> Iterator[Cid]:
        """Yield the bases whose root block `get` can read. Without this block, the difference to a base is unknown."""
        for base in self.bases:
            with suppress(BlockMissing):
                if base != self.root:
                    self.get(base)
                    yield base


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer of a store or pinner to a request for a root."""

    store: str
    """The label of the store or pinner."""
    kind: str
    status: str
    """One of `pinned`, `queued`, `pinning` and `failed`."""
    root: Cid
    sent_bytes: int = 0
    note: str = ""
    """A remark for the user, or an empty string."""
    shared: bool = False
    """This is true if another site made the pin. This site then only adds a pin reference and never unpins the root."""


@dataclass(frozen=True, slots=True)
class PinRequest:
    """A root that a pinner shall hold, and the addresses of nodes that have its blocks."""

    root: Cid
    name: str
    """The name under which the pinner pins the root. It is the name of the site."""
    origins: tuple[str, ...] = ()
    """The multiaddresses of nodes that have the blocks. Each ends in /p2p/ID."""
    connect_peers: Callable[[tuple[str, ...]], None] = lambda addresses: None
    """Connects our nodes to the peers that will fetch the blocks. It takes the multiaddresses of these peers."""
    site: str = ""
    """The id of this site on an account that several sites share."""


@dataclass(frozen=True, slots=True)
class StoredPin:
    """A root that a backend holds, and the site that asked for it."""

    root: Cid
    name: str
    """The name under which the root is pinned, or an empty string."""
    site: str = ""
    """The id of the site, or an empty string if the backend does not keep it."""


class PinBackend(Protocol):
    """A store or a pinner. Its methods raise StoreUnreachable, StoreRefused and CidMismatch, with `label` as `who`."""

    @property
    def label(self) -> str:
        """Return the label in publish.toml."""
        ...

    @property
    def kind(self) -> str:
        """Return the kind in publish.toml."""
        ...

    def held(self, root: Cid) -> bool:
        """Return whether the backend holds the whole root. Missing blocks are never searched for on the network."""
        ...

    def pins(self, name: str) -> frozenset[Cid]:
        """Return the roots that the backend pins under exactly this name."""
        ...

    def all_pins(self) -> Iterator[StoredPin]:
        """Yield every pin of the account, also those of other sites. Pin references are left out."""
        ...

    def claims(self) -> Mapping[Cid, frozenset[str]]:
        """Return a map from each root, in version 1, to the ids of the sites that have a pin reference for it."""
        ...

    def unpin(self, root: Cid, name: str, sites: frozenset[str]) -> bool:
        """Unpin `root` if it is pinned under exactly `name`, and return whether it was unpinned.

        The pin stays if a site that is not in `sites` uses the root.
        """
        ...

    def disclaim(self, root: Cid, sites: frozenset[str]) -> None:
        """Remove the pin references of `sites` for a root. The pin of the root itself is not changed."""
        ...

    def examine(self) -> Iterator[Finding]:
        """Yield the findings of `publish doctor`, the most basic one first. Nothing is changed.

        Raises ConfigError if an address in the settings cannot be used.
        """
        ...


class Store(PinBackend, Protocol):
    """A backend that receives the bytes of blocks."""

    def put(self, upload: Upload, progress: Progress) -> Receipt:
        """Send the missing blocks, pin the root, compare the root that the store reports, and read the pin back.

        `progress` is called while bytes are sent. Raises StoreError if the store does not hold the root at the end.
        """
        ...

    def reader(self) -> Get | None:
        """Return a `get` that reads blocks from the store and hashes them, or None if the store cannot return blocks.

        Raises ConfigError if the address of its gateway cannot be used.
        """
        ...

    def origins(self) -> tuple[str, ...]:
        """Return the multiaddresses at which others can fetch the blocks of the store. Each ends in /p2p/ID.

        The result is empty if the store has no such address.
        """
        ...

    def connect_peers(self, addresses: tuple[str, ...]) -> None:
        """Connect the store to the peers at `addresses`. Errors are ignored."""
        ...


class Pinner(PinBackend, Protocol):
    """A backend that receives a CID and fetches the blocks itself."""

    def pin(self, request: PinRequest) -> Receipt:
        """Ask for a pin, and wait for a limited time until the pinner holds the root.

        If the status of the receipt is `queued` or `pinning`, a later run has to ask again. Raises StoreError if the
        pinner refuses or fails.
        """
        ...

    def reader(self) -> Get | None:
        """Return a `get` that reads blocks from the pinner's gateway and hashes them, or None if it has no gateway."""
        ...


class BlockStore(Protocol):
    """The part of the cache that the embedded store uses."""

    def get(self, cid: Cid) -> bytes:
        """Return the bytes of a block. Raises BlockMissing if the cache does not have it."""
        ...

    def has(self, cid: Cid) -> bool:
        """Return whether the cache has the block. The block is not read."""
        ...

    def pin(self, root: Cid, name: str) -> None:
        """Pin a root under a name."""
        ...

    def pins(self, name: str | None = None) -> frozenset[Cid]:
        """Return the pinned roots. With `name`, return only the roots that are pinned under this name."""
        ...

    def unpin(self, root: Cid, name: str) -> bool:
        """Remove the pin of `root` under `name` and return whether there was one. The blocks stay in the cache."""
        ...


@dataclass(frozen=True, slots=True)
class StoreContext:
    """The values that a store needs when it is opened."""

    address: Callable[[str], str]
    """Returns the address that is in a variable. Raises ConfigError if the variable is not set."""
    credential: Callable[..., str]
    """`credential(variable, url, also=())` returns the secret in `variable`, which will be sent to the host of `url`.

    `also` has the URLs of other hosts of the same service. Raises ConfigError if the variable is not set, and
    SecretWithheld if the user has not confirmed the host.
    """
    blocks: BlockStore
    proxy: Callable[[str], str] = lambda url: ""
    """Returns the proxy that the environment names for a URL, or an empty string."""


class BackendKind(Protocol):
    """The module of a kind of store or pinner. `settings` is a value of its SETTINGS."""

    @property
    def SETTINGS(self) -> type[Any]:  # noqa: N802
        """Return the frozen dataclass of a `[stores.LABEL]` table of this kind."""
        ...

    def check(self, settings: Any) -> None:
        """Raise ConfigError if the settings are wrong. The network is not used."""
        ...

    def where(self, settings: Any) -> str:
        """Return a text about the address of the store. Two stores with equal texts do not count as two copies.

        Raises ConfigError if the address cannot be read.
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
