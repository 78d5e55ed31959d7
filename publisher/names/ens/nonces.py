"""The transactions of one key on one chain, as the journal knows them.

Of all transactions signed for a nonce, the chain takes one. An attempt is one of them. It goes signed -> sending ->
mined -> final, or ends as discarded (never sent) or dead (another transaction used its nonce).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from publisher.journal.events import Event, Mined, Sending, Settled, Signed, Unmined

OPEN = ("signed", "sending", "mined")
"""States from which an attempt can still change the record."""


@dataclass(frozen=True, slots=True)
class Call:
    """A desired change: the call that makes it, and the record before and after it, as URIs."""

    name: str
    to: str
    data: bytes
    before: str
    after: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One signed transaction. `raw` is empty after it was erased."""

    signed: Signed
    state: str = "signed"
    mined: Mined | None = None
    """The last receipt. It is kept when a reorganisation removes it."""
    was_sent: bool = False

    @property
    def hash(self) -> str:
        """The hash of the transaction."""
        return self.signed.hash

    def makes(self, call: Call) -> bool:
        """Return whether it would leave the record as the call does."""
        mine = self.signed
        return (mine.name, mine.after) == (call.name, call.after) and mine.to.lower() in ("", call.to.lower())


@dataclass(frozen=True, slots=True)
class Nonces:
    """All attempts of one key on one chain, in the order of signing."""

    attempts: tuple[Attempt, ...]

    @property
    def open(self) -> tuple[Attempt, ...]:
        """The unsettled attempts of the lowest nonce that has some; empty if none is open."""
        alive = [attempt for attempt in self.attempts if attempt.state in OPEN]
        nonce = min((attempt.signed.nonce for attempt in alive), default=None)
        return tuple(attempt for attempt in alive if attempt.signed.nonce == nonce)

    def sent_at(self, nonce: int) -> tuple[Attempt, ...]:
        """Return all attempts that were sent with a nonce, settled or not: a node may still have any of them."""
        return tuple(a for a in self.attempts if a.was_sent and a.signed.nonce == nonce)

    def shown(self, name: str) -> frozenset[str]:
        """Return the URIs that a name may show after any one of our transactions was mined."""
        return frozenset(a.signed.after for a in self.attempts if a.was_sent and a.signed.name == name)


def fold(events: Iterable[Event], chain: int, sender: str) -> Nonces:
    """Return the attempts of a key on a chain, folded from the events. Events of other keys are ignored."""
    found: dict[str, Attempt] = {}
    for event in events:
        if isinstance(event, Signed):
            if event.chain == chain and event.sender.lower() == sender.lower():
                older = found.pop(event.hash, None)  # signed again after erasure: the same bytes give the same hash
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
