"""Define the input of `execute`: a desired change of a record, and the objects that are needed to make it."""

from __future__ import annotations

from collections.abc import Callable

from publisher.errors import PublishError
from publisher.fast_dataclass import dataclass
from publisher.journal.events import Event
from publisher.names.base import BeforeMove, LogLine, RecordEvent
from publisher.names.ens.chain_state import RecordQueries
from publisher.names.ens.fees import TransactionLimits
from publisher.names.ens.nonces import Call
from publisher.names.ens.rpc import Chain, Reverted
from publisher.names.signers.keys import Signer


@dataclass(frozen=True, slots=True)
class TransactionJob:
    """A desired change of a record, and the objects that are needed to make it."""

    call: Call
    chain: Chain
    signer: Signer
    limits: TransactionLimits
    events: tuple[Event, ...]
    """The events that the journal has when the run begins."""
    record_event: RecordEvent
    log: LogLine
    clock: Callable[[], float]
    """Returns the seconds of a monotonic clock."""
    sleep: Callable[[float], None]
    record: RecordQueries
    """Reads the URI that the name shows now."""
    agreed: int | None = None
    """The most, in wei, that the change may cost, as it was shown to the person. It is None if no cost was shown."""
    ask: Callable[[str], bool] | None = None
    """Asks a person whether the change may cost more. Returns False if there is no person.

    If `ask` is None, nobody is asked.
    """
    before_move: BeforeMove | None = None
    """Returns the reason why the name must not move now, or "". If it is None, the name may move."""
    planned_nonce: int | None = None
    """The nonce of the key when the change was planned, or None if it was not read then."""
    refused: Callable[[Reverted], PublishError] | None = None
    """Returns the error for a simulation that reverts. If `refused` is None, `execute` raises Reverted."""
