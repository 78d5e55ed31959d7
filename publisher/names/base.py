"""What a name service is, and the list of the kinds there are."""

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
"""Kind in publish.toml -> module, imported when used: a NameKind."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a change would cost, in gas and in wei."""

    gas: int
    max_fee_per_gas: int
    max_cost: int
    likely_cost: int
    balance: int


@dataclass(frozen=True, slots=True)
class NameState:
    """What a look at a name found. URIs such as ipfs://bafy...; empty when the record is."""

    name: str
    kind: str
    shows: str
    sender: str
    """Who would sign; empty when nobody can."""
    cost: Cost | None
    """None when nothing would have to be sent."""
    pending: str = ""
    """A transaction of ours that is under way: its hash."""
    notes: tuple[str, ...] = ()
    """What the reader should know before saying yes."""
    ends: int | None = None
    """When its registration ends, in seconds since 1970; None where nobody could say."""


@dataclass(frozen=True, slots=True)
class NameGoal:
    """What a run wants a name to show; the highest sequence is the newest goal."""

    sequence: int
    after: str


@dataclass(frozen=True, slots=True)
class NameOutcome:
    """How it ended: moved, unchanged, proposed, handed-over, pending or skipped."""

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
"""Hears an event before it happens; has written it down when it returns."""

LogLine = Callable[[str], None]
"""Hears what is going on, for people: a line at a time."""


class NameService(Protocol):
    """Errors: the NamingError family, Unfinished while a transaction is pending, ConfigError for the signer."""

    @property
    def name(self) -> str:
        """The name, normalised."""
        ...

    @property
    def kind(self) -> str:
        """Its kind in publish.toml."""
        ...

    def observe(self, goal: NameGoal, events: Sequence[Event]) -> NameState:
        """Read the record, recognise the resolver, simulate the change, price it. Sends and signs nothing."""
        ...

    def move(self, goal: NameGoal, events: Sequence[Event], record_event: RecordEvent, log: LogLine) -> NameOutcome:
        """Do what is left so that the name shows the goal, whatever an earlier run began."""
        ...

    def shows(self) -> str:
        """The record as a visitor's resolver reads it, by a way of its own, as a URI; empty when there is none."""
        ...

    def history(self) -> Iterator[RecordChange]:
        """Every change of the record that the chain remembers, newest first. Asked page by page as it is read."""
        ...

    def examine(self) -> Iterator[Finding]:
        """What a doctor finds, the most basic first. Changes nothing, raises nothing: a fault is a finding."""
        ...


@dataclass(frozen=True, slots=True)
class NameContext:
    """What the door hands to a name service that it opens."""

    secret: Callable[[str], str]
    """Reads a variable that signs, or that opens a keystore; ConfigError when it is not set."""
    folder: Path
    """Where publish.toml stands: keystore paths are relative to it."""
    clock: Callable[[], float]
    """Seconds that only grow."""
    sleep: Callable[[float], None]
    address: Callable[[str], str]
    """Reads a variable that holds the address of an end point; ConfigError when it is not set."""


class NameKind(Protocol):
    """What the module of a kind of name has. `settings` is a value of its SETTINGS."""

    @property
    def SETTINGS(self) -> type[Any]:  # noqa: N802
        """The frozen dataclass of a `[names.LABEL]` table of this kind."""
        ...

    @property
    def SIGNING(self) -> tuple[str, ...]:  # noqa: N802
        """The fields of SETTINGS whose variables hold a key, or the password of one: they are sent to nobody."""
        ...

    def check(self, settings: Any) -> None:
        """ConfigError for what can be wrong without asking anybody."""
        ...

    def connect(self, settings: Any, context: NameContext) -> NameService:
        """The name. Asks nobody yet. Raises ConfigError, or NameUnusable for what is no name."""
        ...

    def home(self, settings: Any) -> str:
        """The address at which browsers find the name; empty where there is none. NamingError for what is no name."""
        ...

    def has_signer(self, settings: Any) -> bool:
        """Whether the settings say who signs a change, where one has to be signed at all."""
        ...

    def signs(self, settings: Any, folder: Path, key: bytes, read: Callable[[str], str]) -> bool:
        """Whether a private key is known to be that of the keystore in the settings.

        `folder` is where publish.toml stands; `read` gives the value of a variable, or nothing.
        """
        ...


if TYPE_CHECKING:  # each module has the shape that its kind asks for
    from publisher.names import ens

    _NAMES: tuple[NameKind, ...] = (ens,)


def name_kind(kind: str) -> NameKind:
    """The module of a kind of name, imported now. KeyError for what is not in KINDS."""
    return importlib.import_module(KINDS[kind])
