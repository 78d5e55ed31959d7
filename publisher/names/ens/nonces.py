"""Read the transactions of one key on one chain from the journal.

A run may sign several transactions for one nonce, and the chain takes only one of them. Each of these transactions is
an attempt. Its state goes from signed to sending, to mined and to final. An attempt that was never sent can end as
discarded. An attempt ends as dead if another transaction used its nonce.
"""

from __future__ import annotations

from collections.abc import Iterable

from publisher.fast_dataclass import dataclass, replace
from publisher.journal.events import Event, Mined, Sending, Settled, Signed, Unmined
from publisher.names.ens.fees import Fees

OPEN = ("signed", "sending", "mined")
"""The states in which an attempt can still change the record."""


@dataclass(frozen=True, slots=True)
class Call:
    """A desired change: the contract `to`, the call `data`, and the record before and after the call, as URIs."""

    name: str
    to: str
    data: bytes
    before: str
    after: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One signed transaction, and what happened to it.

    The raw transaction in `signed` is empty once the journal has erased it.
    """

    signed: Signed
    state: str = "signed"
    mined: Mined | None = None
    """The last receipt, or None if none was found.

    The receipt is kept even if a reorganisation removes the transaction from the chain.
    """
    was_sent: bool = False
    """Whether the transaction may have been sent."""

    @property
    def hash(self) -> str:
        """The hash of the transaction."""
        return self.signed.hash

    @property
    def ran_out(self) -> bool:
        """Whether the transaction failed because it used its whole gas limit."""
        mined = self.mined
        return mined is not None and not mined.ok and 0 < self.signed.gas <= mined.gas_used

    def makes(self, call: Call) -> bool:
        """Return whether this transaction sets the same record as `call`, in the same resolver."""
        mine = self.signed
        return (mine.name, mine.after) == (call.name, call.after) and mine.to.lower() in ("", call.to.lower())


@dataclass(frozen=True, slots=True)
class Nonces:
    """All attempts of one key on one chain, in the order of signing."""

    attempts: tuple[Attempt, ...]

    @property
    def open(self) -> tuple[Attempt, ...]:
        """The open attempts with the lowest nonce, or () if no attempt is open."""
        alive = [attempt for attempt in self.attempts if attempt.state in OPEN]
        nonce = min((attempt.signed.nonce for attempt in alive), default=None)
        return tuple(attempt for attempt in alive if attempt.signed.nonce == nonce)

    def sent_at(self, nonce: int) -> tuple[Attempt, ...]:
        """Return all attempts that were sent with `nonce`, even those that ended. A node may still have any of them."""
        return tuple(a for a in self.attempts if a.was_sent and a.signed.nonce == nonce)

    def replaced(self, nonce: int) -> Fees:
        """Return the highest fees that were sent with `nonce`, in wei per gas. They are 0 if nothing was sent."""
        sent = [attempt.signed for attempt in self.sent_at(nonce)]
        return Fees(max((s.max_fee for s in sent), default=0), max((s.tip for s in sent), default=0))

    def agreed(self, call: Call) -> int:
        """Return the most, in wei, that the change `call` may cost by an agreement of an earlier run.

        Return 0 if no open attempt makes the change. Then no earlier agreement holds.
        """
        return max((attempt.signed.max_cost for attempt in self.open if attempt.makes(call)), default=0)

    def ran_out(self, name: str, to: str) -> int:
        """Return the gas limit with which the last transaction for `name` ran out of gas in the contract `to`.

        Return 0 if that transaction did not run out of gas, or if none was mined.
        """
        mined = [a for a in self.attempts if a.mined is not None and a.state in ("mined", "final")]
        ours = [a for a in mined if a.signed.name == name and a.signed.to.lower() == to.lower()]
        return ours[-1].signed.gas if ours and ours[-1].ran_out else 0

    def shown(self, name: str) -> frozenset[str]:
        """Return the URIs of all records that sent attempts set for `name`. The name may show any of them."""
        return frozenset(a.signed.after for a in self.attempts if a.was_sent and a.signed.name == name)


def fold(events: Iterable[Event], chain: int, sender: str) -> Nonces:
    """Return the attempts of the key `sender` on a chain, built from the events of the journal.

    Events of other keys and other chains are ignored.
    """
    found: dict[str, Attempt] = {}
    for event in events:
        if isinstance(event, Signed):
            if event.chain == chain and event.sender.lower() == sender.lower():
                # A transaction that was erased and signed again has the same bytes, so it has the same hash.
                older = found.pop(event.hash, None)
                found[event.hash] = Attempt(event, was_sent=older is not None and older.was_sent)
        elif isinstance(event, Sending | Mined | Unmined | Settled) and event.hash in found:
            found[event.hash] = _after(found[event.hash], event)
    return Nonces(tuple(found.values()))


def _after(attempt: Attempt, event: Sending | Mined | Unmined | Settled) -> Attempt:
    match event:
        case Sending():
            return replace(attempt, state="sending", was_sent=True)
        case Mined():
            return replace(attempt, state="mined", mined=event, was_sent=True)
        case Unmined():
            return replace(attempt, state="sending")
        case Settled():
            return replace(attempt, state=event.end)
