"""Define the protocols of name services."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from publisher.fast_dataclass import dataclass
from publisher.findings import Finding

if TYPE_CHECKING:
    from publisher.journal.events import Event
    from publisher.journal.history import RecordChange

CALLDATA = "calldata"
"""The signer of a name whose changes another person or program has to send."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a change of a name. `gas` is in units of gas. The other fields are in wei."""

    gas: int
    """The gas limit of the transaction."""
    max_fee_per_gas: int
    """The highest fee of all attempts."""
    max_cost: int
    """The most that the first attempt and all attempts that replace it may cost. Only one of them can be mined."""
    likely_cost: int
    """The cost if the change uses the estimated gas at the present fee."""
    balance: int
    """The balance of the signer."""


@dataclass(frozen=True, slots=True)
class NameState:
    """The state of a name. `shows` is a URI such as ipfs://bafy..., or "" if the record is empty."""

    name: str
    kind: str
    shows: str
    sender: str
    """The address of the signer, or "" if this run needs no signer or has none."""
    cost: Cost | None
    """The cost of the change, or None if no transaction is needed or no signer is configured."""
    pending: str = ""
    """The hash of the newest pending transaction that this site sent for the name, or "" if none is pending."""
    notes: tuple[str, ...] = ()
    """Lines that the user should read before agreeing to the change."""
    ends: int | None = None
    """The time when the registration of the name ends, in seconds since 1970, or None if this time is unknown."""
    warnings: tuple[str, ...] = ()
    """Lines about a danger to the name, such as the end of its registration.

    They are shown even if the run does not change the name.
    """
    time: int | None = None
    """The time of the newest block in seconds since 1970, or None if the name is not on a chain."""


@dataclass(frozen=True, slots=True)
class NameGoal:
    """`after` is the URI that a run wants a name to show. The goal with the highest `sequence` is the newest."""

    sequence: int
    after: str


@dataclass(frozen=True, slots=True)
class ContractCall:
    """A call that another person or program has to send, because this program does not sign it."""

    chain: int
    to: str
    """The address of the contract."""
    data: str
    """The data of the call in hexadecimal digits, after 0x. The call sends no ether."""
    node: str
    """The namehash of the name in hexadecimal digits, after 0x."""


@dataclass(frozen=True, slots=True)
class NameOutcome:
    """The result of a run for one name.

    `outcome` is moved, unchanged, handed-over, superseded, pending or skipped. `before` and `after` are URIs.
    """

    name: str
    kind: str
    outcome: str
    before: str
    after: str
    transaction: str = ""
    block: int | None = None
    gas_used: int | None = None
    fee_wei: int | None = None
    """The fee that was paid, in wei, or None if no receipt of the transaction is known."""
    gas: int | None = None
    """The gas limit of the transaction, or None if there is no transaction."""
    max_wei: int | None = None
    """The most, in wei, that the change may cost, as it was shown and agreed to. None if there is no transaction."""
    call: ContractCall | None = None
    """The call that has to be sent, if `outcome` is handed-over."""
    why: str = ""
    """The reason why the name was left to a newer run, if `outcome` is superseded."""


RecordEvent = Callable[["Event"], None]
"""A function that appends an event to the journal.

The step that an event announces begins only after this function returns.
"""

BeforeMove = Callable[[], str]
"""A function that returns the reason why a name must not move now, or "" if it may move.

It raises PublishError if this cannot be found out.
"""

LogLine = Callable[[str], None]
"""A function that shows a line of text to the reader of a run."""


def no_person(question: str) -> bool:
    """Answer no to every question. It stands for a run without a terminal."""
    return False


def no_reader(line: str) -> None:
    """Drop a line. It stands for a run whose warnings nobody reads."""


class NameService(Protocol):
    """One name that can be read, and changed if a signer is configured.

    Methods that use the network raise NamingError if the name cannot be read or changed, Unfinished while a transaction
    is pending, and ConfigError if the signer or an end point is configured wrongly.
    """

    @property
    def name(self) -> str:
        """The normalised name."""
        ...

    @property
    def kind(self) -> str:
        """The kind of the name in publish.toml."""
        ...

    def observe(self, goal: NameGoal, events: Sequence[Event]) -> NameState:
        """Read the record, find the resolver, simulate the change and price it. Sign nothing and send nothing.

        `events` are the events of the journal.
        """
        ...

    def move(
        self,
        goal: NameGoal,
        events: Sequence[Event],
        record_event: RecordEvent,
        log: LogLine,
        before_move: BeforeMove | None = None,
    ) -> NameOutcome:
        """Make the name show `goal` and return the result. A change that an earlier run began is completed first.

        `events` are the events of the journal. `record_event` appends to the journal. `log` shows lines to the user.
        `before_move` is called right before each step that changes the name. If it returns a reason, the name is left
        as it is, and the outcome is superseded. Raises what `before_move` raises.
        """
        ...

    def shows(self) -> str:
        """Return the URI that a visitor's resolver reads from the record, or "" if the record is empty."""
        ...

    def history(self) -> Iterator[RecordChange]:
        """Yield every change of the record on the chain, newest first.

        Query the chain page by page, as the caller consumes the iterator.
        """
        ...

    def examine(self) -> Iterator[Finding]:
        """Yield the findings of `publish doctor`, the most basic first. Change nothing and raise nothing."""
        ...


@dataclass(frozen=True, slots=True)
class NameContext:
    """The values that a name service needs when it is opened."""

    secret: Callable[[str], str]
    """Returns the value of a variable that holds a key or the password of a keystore.

    Raises ConfigError if the variable is not set.
    """
    folder: Path
    """The folder of publish.toml. Keystore paths are relative to this folder."""
    clock: Callable[[], float]
    """Returns the seconds of a monotonic clock."""
    sleep: Callable[[float], None]
    address: Callable[[str], str]
    """Returns the URL of an end point from a variable. Raises ConfigError if the variable is not set."""
    ask: Callable[[str], bool] = no_person
    """Asks a person at the terminal a question. Returns False if the answer is no, or if there is no terminal."""
    warn: LogLine = no_reader
    """Shows a warning to the reader of a run."""


class NameKind(Protocol):
    """The module of a kind of name. The argument `settings` of its functions is an instance of SETTINGS."""

    @property
    def SETTINGS(self) -> type[Any]:  # noqa: N802
        """The frozen dataclass for `[names.LABEL]` tables of this kind."""
        ...

    @property
    def SIGNING(self) -> tuple[str, ...]:  # noqa: N802
        """The fields of SETTINGS that name variables with a key or a password.

        The values of these variables never leave this machine.
        """
        ...

    def check(self, settings: Any) -> None:
        """Raise ConfigError if a setting is wrong. Use no network."""
        ...

    def connect(self, settings: Any, context: NameContext) -> NameService:
        """Open the name. No request is sent yet.

        Raises ConfigError if a setting is wrong, and NameUnusable if the configured name is not a name.
        """
        ...

    def home(self, settings: Any) -> str:
        """Return the URL at which browsers find the name, or "" if there is none.

        Raises NamingError if the configured name is not a name.
        """
        ...

    def has_signer(self, settings: Any) -> bool:
        """Return whether a signer is configured. Return True if names of this kind need no signer."""
        ...

    def high_fee(self, settings: Any) -> str:
        """Return a setting and its value, such as `max-fee-gwei = 600`, if this limit is far above any usual fee.

        Return "" if there is no such limit.
        """
        ...

    def signs(self, settings: Any, folder: Path, key: bytes, read: Callable[[str], str]) -> bool:
        """Return whether the private key `key` is known to be the key of the keystore in the settings.

        `folder` is the folder of publish.toml. `read` returns the value of a variable, or "" if it is not set.
        """
        ...
