"""Corridor 2: look, plan, act. Stores first, then what they give back is checked, and the names move last.

There is no code for going on after an interruption: to run again is to look again, and to do what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from publisher.dag.cid import Cid, Get
from publisher.errors import CidMismatch, StoreError, StoreUnreachable, Unfinished, VerifyError
from publisher.events import Event, Finished, Named, Pinned, Sending, Signed, Storing, Verified, Wanted
from publisher.names.base import Cost, Goal, NameService, Outcome, Say, Tell
from publisher.observe import State, Wish, together
from publisher.stores.base import Receipt, Shipment, Store
from publisher.verify import Check, check, sample


@dataclass(frozen=True, slots=True)
class DeploySettings:
    """The `[deploy]` table of publish.toml."""

    copies: int | None = None
    """So many stores must hold the root before the name moves; all that are listed when it is not said."""
    gateways: tuple[str, ...] = ()
    """Trustless gateways that must give the new blocks back before the name moves."""


@dataclass(frozen=True, slots=True)
class Put:
    """Make a store hold the root."""

    store: str
    kind: str


@dataclass(frozen=True, slots=True)
class Read:
    """Read the root and new blocks back from a place, and hash them."""

    by: str


@dataclass(frozen=True, slots=True)
class Move:
    """Make a name show the root; `before` is what it shows now."""

    name: str
    before: str
    after: str
    cost: Cost | None
    notes: tuple[str, ...] = ()


Step = Put | Read | Move
Result = Receipt | Check | Outcome
Progress = Callable[[str, int, int], None]
"""Told as bytes go out: the store, bytes done, bytes in all."""


@dataclass(frozen=True, slots=True)
class Means:
    """All that acting takes, opened by the door."""

    stores: Sequence[Store]
    names: Sequence[NameService]
    readers: Mapping[str, Get]
    """Places to read back from that are not stores: label -> reader."""
    past: Callable[[], Sequence[Event]]
    tell: Tell
    say: Say
    progress: Progress


def plan(wish: Wish, state: State, readers: Sequence[str] = ()) -> tuple[Step, ...]:
    """What is left to do. Empty when every store holds the root and every name shows it."""
    puts = [Put(holder.store, holder.kind) for holder in state.holders if not holder.held]
    moves = [
        Move(name.name, name.shows, wish.uri, name.cost, name.notes)
        for name in state.names
        if name.shows != wish.uri or name.pending
    ]
    reads = [Read(by) for by in (*[h.store for h in state.holders], *readers)] if puts or moves else []
    return (*puts, *reads, *moves)


def possible(wish: Wish, state: State) -> None:
    """Stop before anybody is asked when too many stores do not answer: the first one's own error."""
    errors = [holder.error for holder in state.holders if holder.error is not None]
    if errors and len(state.holders) - len(errors) < wish.copies:
        raise errors[0]


def apply(wish: Wish, state: State, steps: Sequence[Step], means: Means) -> Iterator[Result]:
    """Do the steps in order and give back what came of each. Whatever stops it, running again goes on from there."""
    if not steps:
        yield from _nothing_to_do(wish, state)
        return
    moves = [step for step in steps if isinstance(step, Move)]
    means.tell(Wanted(wish.sequence, str(wish.root), " ".join(move.name for move in moves)))
    answers = _store(wish, state, bool(moves), means)
    receipts = [_receipt(store, wish.root, answer) for store, answer in zip(means.stores, answers, strict=True)]
    yield from receipts
    held = {receipt.store for receipt in receipts if receipt.status == "pinned"}
    _enough(answers, len(held), wish.copies, means.say)
    yield from _read_back(wish, state, held, means)
    shown = {name.name: name.shows for name in state.names}
    for name in means.names:
        yield from _move(name, wish, shown.get(name.name, ""), means)
    means.tell(Finished(wish.sequence, str(wish.root)))


def _nothing_to_do(wish: Wish, state: State) -> Iterator[Result]:
    yield from (Receipt(holder.store, holder.kind, "pinned", wish.root) for holder in state.holders)
    for name in state.names:
        yield Outcome(name.name, name.kind, "unchanged", name.shows, name.shows)


def _store(wish: Wish, state: State, to_be_named: bool, means: Means) -> tuple[Receipt | StoreError, ...]:
    """Send to all stores side by side: a slow or failing one stops no other. An answer for each, in their order."""
    shipment = Shipment(wish.root, wish.label, wish.get, state.bases, to_be_named)
    there = {holder.store for holder in state.holders if holder.held}
    for store in means.stores:
        if store.label not in there:
            means.tell(Storing(store.label, str(wish.root)))
    answers = together(lambda store: _put(store, shipment, store.label in there, means), means.stores)
    for answer in answers:
        if isinstance(answer, Receipt) and answer.status == "pinned" and answer.store not in there:
            means.tell(Pinned(answer.store, str(wish.root), answer.sent_bytes))
    return answers


def _receipt(store: Store, root: Cid, answer: Receipt | StoreError) -> Receipt:
    return answer if isinstance(answer, Receipt) else Receipt(store.label, store.kind, "failed", root)


def _put(store: Store, shipment: Shipment, there: bool, means: Means) -> Receipt | StoreError:
    if there:
        return Receipt(store.label, store.kind, "pinned", shipment.root)
    try:
        return store.put(shipment, lambda done, size: means.progress(store.label, done, size))
    except StoreError as error:
        return error


def _enough(answers: Sequence[Receipt | StoreError], held: int, copies: int, say: Say) -> None:
    """Go on when enough stores hold it, and say which do not; else stop with the first store's own error."""
    errors = [answer for answer in answers if isinstance(answer, StoreError)]
    for error in errors:
        if isinstance(error, CidMismatch):  # disagreement about the bytes always stops
            raise error
    if held >= copies:
        for error in errors:
            say(f"{error}; {held} of {copies} needed copies are held, so it goes on")
        return
    if not errors:
        raise StoreError("publish", f"{held} of {copies} copies are held", hint="run again when the stores have pinned")
    first = errors[0]
    more = "".join(f"; {error}" for error in errors[1:])
    told = f" ({held} of {copies} copies held; the name was not moved)" if copies > 1 else ""
    raise type(first)(first.who, f"{first.message}{more}{told}", hint=first.hint) from first


def _read_back(wish: Wish, state: State, held: set[str], means: Means) -> Iterator[Check]:
    """What came back is read and hashed before a name moves to it."""
    cids = sample(wish.get, wish.root, state.bases[0] if state.bases else None)
    readers = {store.label: store.reader() for store in means.stores if store.label in held}
    for by, get in (readers | dict(means.readers)).items():
        try:
            result = check(by, get, cids)
        except StoreUnreachable as error:  # says nothing about the bytes: to try again is the right reaction
            means.tell(Verified(by, False, error.message))
            yield Check(by, False, error.message)
            raise
        means.tell(Verified(result.by, result.ok, result.why))
        yield result
        if not result.ok:
            raise VerifyError(by, result.why, hint="the name was not moved; look at that place, then run again")


def _move(name: NameService, wish: Wish, before: str, means: Means) -> Iterator[Outcome | Check]:
    try:
        outcome = name.move(Goal(wish.sequence, wish.uri), means.past(), means.tell, means.say)
    except Unfinished:
        yield Outcome(name.name, name.kind, "pending", before, wish.uri, _under_way(name.name, means.past()))
        raise
    means.tell(Named(outcome.name, outcome.before, outcome.after, outcome.outcome, outcome.transaction))
    yield outcome
    if outcome.outcome not in ("moved", "unchanged"):
        return
    shown = name.shows()
    result = Check("chain", shown == wish.uri, "" if shown == wish.uri else f"{name.name} shows {shown or 'nothing'}")
    means.tell(Verified(result.by, result.ok, result.why))
    yield result
    if not result.ok:
        raise VerifyError(
            name.name, result.why, hint="was the record changed by somebody else, or does the RPC lag behind?"
        )


def _under_way(name: str, past: Sequence[Event]) -> str:
    """The hash of the newest transaction for a name that was sent."""
    sent = {event.hash for event in past if isinstance(event, Sending)}
    hashes = (event.hash for event in reversed(past) if isinstance(event, Signed) and event.name == name)
    return next((hash_ for hash_ in hashes if hash_ in sent), "")


def older(state: State) -> Cid | None:
    """The root to compare with: what the name shows, else what was pinned last."""
    return state.bases[0] if state.bases else None
