"""What the journal knows of the transactions of one key on one chain.

A slot is a nonce: of all transactions signed for it, the chain takes one. An attempt is one of them, and goes
signed -> sending -> mined -> final, or ends as discarded (never sent) or dead (its nonce was taken by another).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from publisher.journal.events import Event, Mined, Sending, Settled, Signed, Unmined

OPEN = ("signed", "sending", "mined")
"""States from which an attempt can still change the record."""


@dataclass(frozen=True, slots=True)
class Call:
    """A change that is wanted: the call that makes it, and what the record shows before and after, as URIs."""

    name: str
    to: str
    data: bytes
    before: str
    after: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One signed transaction. `raw` is empty once it was erased."""

    signed: Signed
    state: str = "signed"
    mined: Mined | None = None
    """Its last receipt; kept when a reorganisation took it away."""
    was_sent: bool = False

    @property
    def hash(self) -> str:
        """Its hash."""
        return self.signed.hash

    def makes(self, call: Call) -> bool:
        """Whether it would leave the record as the call does."""
        mine = self.signed
        return (mine.name, mine.after) == (call.name, call.after) and mine.to.lower() in ("", call.to.lower())


@dataclass(frozen=True, slots=True)
class Nonces:
    """All attempts of one key on one chain, in the order in which they were signed."""

    attempts: tuple[Attempt, ...]

    @property
    def open(self) -> tuple[Attempt, ...]:
        """What is not settled of the lowest nonce that has such attempts; empty when nothing is under way."""
        alive = [attempt for attempt in self.attempts if attempt.state in OPEN]
        nonce = min((attempt.signed.nonce for attempt in alive), default=0)
        return tuple(attempt for attempt in alive if attempt.signed.nonce == nonce)

    def sent_at(self, nonce: int) -> tuple[Attempt, ...]:
        """What was ever sent with a nonce, settled or not: a node may still have any of it."""
        return tuple(a for a in self.attempts if a.was_sent and a.signed.nonce == nonce)

    def shown(self, name: str) -> frozenset[str]:
        """What a name shows when one of our transactions, whichever, has been mined."""
        return frozenset(a.signed.after for a in self.attempts if a.was_sent and a.signed.name == name)


def fold(events: Iterable[Event], chain: int, sender: str) -> Nonces:
    """The attempts of a key on a chain, as the events have left them. Those of other keys are not looked at."""
    found: dict[str, Attempt] = {}
    for event in events:
        if isinstance(event, Signed):
            if event.chain == chain and event.sender.lower() == sender.lower():
                older = found.pop(event.hash, None)  # signed again, erased before: the same bytes have the same hash
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
