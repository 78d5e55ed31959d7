"""The protocols of name services, and the list of their kinds."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from publisher.findings import Finding
from publisher.journal.events import Event
from publisher.journal.history import RecordChange

KINDS: Mapping[str, str] = MappingProxyType({"ens": "publisher.names.ens"})
"""Kind of a name in publish.toml -> its module, a NameKind that is imported when it is used."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a change, in gas and in wei."""

    gas: int
    max_fee_per_gas: int
    max_cost: int
    likely_cost: int
    balance: int


@dataclass(frozen=True, slots=True)
class NameState:
    """The state of a name. `shows` is a URI such as ipfs://bafy..., empty for an empty record."""

    name: str
    kind: str
    shows: str
    sender: str
    """The address of the signer; empty if there is none."""
    cost: Cost | None
    """The cost of the change; None if nothing has to be sent."""
    pending: str = ""
    """The hash of a pending transaction of ours, or empty."""
    notes: tuple[str, ...] = ()
    """What the reader should know before saying yes."""
    ends: int | None = None
    """When the registration ends, in seconds since 1970; None if unknown."""


@dataclass(frozen=True, slots=True)
class NameGoal:
    """The URI that a run wants a name to show. The highest sequence is the newest goal."""

    sequence: int
    after: str


@dataclass(frozen=True, slots=True)
class NameOutcome:
    """The result for a name. `outcome` is moved, unchanged, proposed, handed-over, pending or skipped."""

    name: str
    kind: str
    outcome: str
    before: str
    after: str
    transaction: str = ""
    block: int | None = None
    gas_used: int | None = None
    fee_wei: int | None = None


RecordEvent = Callable[[Event], None]
"""Called with an event before its step. When it returns, the event is written down."""

LogLine = Callable[[str], None]
"""Called with a line of text for the reader of a run."""


class NameService(Protocol):
    """A name.

    Its methods raise NamingError, Unfinished while a transaction is pending, and ConfigError for the signer.
    """

    @property
    def name(self) -> str:
        """The name, normalised."""
        ...

    @property
    def kind(self) -> str:
        """The kind in publish.toml."""
        ...

    def observe(self, goal: NameGoal, events: Sequence[Event]) -> NameState:
        """Read the record, recognise the resolver, simulate the change and price it. Nothing is signed or sent."""
        ...

    def move(self, goal: NameGoal, events: Sequence[Event], record_event: RecordEvent, log: LogLine) -> NameOutcome:
        """Make the name show the goal, whatever an earlier run began, and return the result."""
        ...

    def shows(self) -> str:
        """Return the record as a visitor's resolver reads it, as a URI; empty if there is none."""
        ...

    def history(self) -> Iterator[RecordChange]:
        """Yield every change of the record on the chain, newest first.

        The chain is asked page by page as it is read.
        """
        ...

    def examine(self) -> Iterator[Finding]:
        """Yield the findings of `publish doctor`, the most basic first. It changes nothing and raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class NameContext:
    """What a name service needs to be opened."""

    secret: Callable[[str], str]
    """Returns the value of a variable that signs or opens a keystore. Raises ConfigError if it is not set."""
    folder: Path
    """The folder of publish.toml: keystore paths are relative to it."""
    clock: Callable[[], float]
    """Returns seconds that only grow."""
    sleep: Callable[[float], None]
    address: Callable[[str], str]
    """Returns the address of an end point in a variable. Raises ConfigError if it is not set."""


class NameKind(Protocol):
    """The module of a kind of name. `settings` is a value of its SETTINGS."""

    @property
    def SETTINGS(self) -> type[Any]:  # noqa: N802
        """The frozen dataclass of a `[names.LABEL]` table of this kind."""
        ...

    @property
    def SIGNING(self) -> tuple[str, ...]:  # noqa: N802
        """The fields of SETTINGS whose variables hold a key or the password of a key. They are never sent."""
        ...

    def check(self, settings: Any) -> None:
        """Raise ConfigError for settings that are wrong. It uses no network."""
        ...

    def connect(self, settings: Any, context: NameContext) -> NameService:
        """Open the name.

        Nothing is asked yet. Raises ConfigError, and NameUnusable for something that is not a name.
        """
        ...

    def home(self, settings: Any) -> str:
        """Return the address at which browsers find the name, or an empty string.

        Raises NamingError for something that is not a name.
        """
        ...

    def has_signer(self, settings: Any) -> bool:
        """Return whether the settings name a signer, if this kind needs one."""
        ...

    def signs(self, settings: Any, folder: Path, key: bytes, read: Callable[[str], str]) -> bool:
        """Return whether a private key is known to be that of the keystore in the settings.

        `folder` is the folder of publish.toml. `read` returns the value of a variable, or an empty string.
        """
        ...


if TYPE_CHECKING:  # each module has the shape that its kind asks for
    from publisher.names import ens

    _NAMES: tuple[NameKind, ...] = (ens,)


def name_kind(kind: str) -> NameKind:
    """Import and return the module of a kind of name. Raises KeyError for a kind that is not in KINDS."""
    return importlib.import_module(KINDS[kind])
