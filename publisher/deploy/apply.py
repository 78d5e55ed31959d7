"""Plan and apply a deploy: stores, then pinners, then a check of the bytes that they return, and last the names.

An interrupted deploy needs no code of its own. The next run observes again and does the steps that are left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from publisher.dag.cid import Cid
from publisher.deploy.observe import DeployState, DesiredState
from publisher.deploy.replicate import (
    DeployContext,
    ask_pinners,
    check_gateways,
    combined_error,
    read_back,
    receipt,
    require_copies,
    send_to_stores,
)
from publisher.deploy.verify import Check, sample
from publisher.errors import CidMismatch, Unfinished, VerifyError
from publisher.fast_dataclass import dataclass, replace
from publisher.journal.events import Finished, Named, Signed, Verified, Wanted
from publisher.journal.queries import open_transaction_of
from publisher.names.base import Cost, NameGoal, NameOutcome, NameService
from publisher.stores.base import Receipt

__all__ = [
    "DeployContext",
    "Move",
    "Put",
    "Read",
    "Result",
    "Step",
    "apply",
    "older",
    "plan",
    "possible",
]


@dataclass(frozen=True, slots=True)
class Put:
    """A step: send the root to a store, or ask a pinner to pin it."""

    store: str
    kind: str
    pinner: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """A step: read the root and new blocks back from a store or gateway, and hash them."""

    by: str


@dataclass(frozen=True, slots=True)
class Move:
    """A step: make a name show the root. `before` is the URI that it shows now."""

    name: str
    before: str
    after: str
    cost: Cost | None
    notes: tuple[str, ...] = ()


Step = Put | Read | Move
Result = Receipt | Check | NameOutcome


def plan(desired: DesiredState, state: DeployState, outside: Sequence[str] = ()) -> tuple[Step, ...]:
    """Return the steps that are left.

    No step is left if enough stores hold the root, the others do not answer, and every name shows the root and has no
    pending transaction.

    `outside` has the labels of the witnesses. If enough stores hold the root, the plan has no step for a store that
    does not answer. With such a step, every run would try to reach a store that is gone for good. If a store holds the
    root for another site, a step adds this site's pin reference.
    """
    suffices = state.held >= desired.copies
    lacking = [
        holder
        for holder in state.holders
        if not (holder.held and holder.known) and not (suffices and holder.error is not None)
    ]
    puts = [Put(holder.store, holder.kind, holder.pinner) for holder in lacking]
    moves = [
        Move(name.name, name.shows, desired.uri, name.cost, name.notes)
        for name in state.names
        if name.shows != desired.uri or name.pending
    ]
    readable = (holder.store for holder in state.holders if holder.readable and not holder.pinner)
    reads = [Read(by) for by in (*readable, *outside)] if puts or moves else []
    return (*puts, *reads, *moves)


def possible(desired: DesiredState, state: DeployState) -> None:
    """Raise an error if the deploy cannot succeed. This is called before anything is sent.

    Raises CidMismatch if a store reports another root. If too few stores answer, raises one StoreError with the errors
    of all stores that do not answer.
    """
    errors = [holder.error for holder in state.holders if holder.error is not None]
    for error in errors:
        if isinstance(error, CidMismatch):  # A store that reports another root stops every deploy.
            raise error
    there = len(state.holders) - len(errors)
    if errors and there < desired.copies:
        raise combined_error(errors, fewer=there) from errors[0]


def apply(desired: DesiredState, state: DeployState, steps: Sequence[Step], context: DeployContext) -> Iterator[Result]:
    """Take the steps in order and yield the result of each. After an error, the next run takes the steps that are left.

    Raises StoreError, NamingError, VerifyError, StateError, and Unfinished if a store, a pinner or a transaction
    needs more time.
    """
    if not steps:
        yield from _nothing_to_do(desired, state, context)
        return
    moves = [step for step in steps if isinstance(step, Move)]
    context.record_event(
        Wanted(desired.sequence, str(desired.root), " ".join(move.name for move in moves), desired.back, desired.now)
    )
    held: set[str] = set()
    for answer in _hold(desired, state, steps, context):
        held |= {answer.store} if answer.status == "pinned" else set()
        yield answer
    cids = sample(desired.get, desired.root, older(state))
    yield from read_back(desired, frozenset(held), cids, context)
    yield from check_gateways(frozenset(held), cids, context)
    shown = {name.name: name.shows for name in state.names}
    superseded = False
    for name in context.names:
        for result in _move(name, desired, shown.get(name.name, ""), context):
            superseded |= isinstance(result, NameOutcome) and result.outcome == "superseded"
            yield result
    # A superseded name shows a newer root. Then this root is not the last one that was published.
    if not superseded:
        context.record_event(Finished(desired.sequence, str(desired.root)))


def _hold(
    desired: DesiredState, state: DeployState, steps: Sequence[Step], context: DeployContext
) -> Iterator[Receipt]:
    """Yield the receipts of the stores, then those of the pinners.

    At the end, raise an error if too few of them hold the root. So every receipt is reported before the error.
    """
    wanted = frozenset(step.store for step in steps if isinstance(step, Put))
    named = any(isinstance(step, Move) for step in steps)
    sent = send_to_stores(desired, state, wanted, context, to_be_named=named)
    receipts = [receipt(store, desired.root, answer) for store, answer in zip(context.stores, sent, strict=True)]
    yield from receipts
    held = frozenset(each.store for each in receipts if each.status == "pinned")
    pinned = ask_pinners(desired, state, wanted, context, held)
    yield from (receipt(pinner, desired.root, answer) for pinner, answer in zip(context.pinners, pinned, strict=True))
    require_copies(desired, [*sent, *pinned], context.warn)


def _nothing_to_do(desired: DesiredState, state: DeployState, context: DeployContext) -> Iterator[Result]:
    for holder in state.holders:
        yield Receipt(holder.store, holder.kind, "pinned" if holder.held else "failed", desired.root)
        if holder.error is not None:
            enough = f"{state.held} of {desired.copies} needed copies are held"
            context.warn(f"{holder.error}; {enough}, so nothing is left to do")
    for name in state.names:
        yield NameOutcome(name.name, name.kind, "unchanged", name.shows, name.shows)
    _note(desired, context)


def _note(desired: DesiredState, context: DeployContext) -> None:
    """Write to the journal that this goal is finished, if the journal does not say so yet.

    The root is stored and named already, so no step is left.
    """
    past = context.events()
    if any(isinstance(event, Finished) and event.sequence == desired.sequence for event in past):
        return
    if not any(isinstance(event, Wanted) and event.sequence == desired.sequence for event in past):
        context.record_event(Wanted(desired.sequence, str(desired.root), back=desired.back, now=desired.now))
    context.record_event(Finished(desired.sequence, str(desired.root)))


def _move(
    name: NameService, desired: DesiredState, before: str, context: DeployContext
) -> Iterator[NameOutcome | Check]:
    try:
        outcome = name.move(
            NameGoal(desired.sequence, desired.uri),
            context.events(),
            context.record_event,
            context.log,
            context.before_move,
        )
    except Unfinished:
        pending = open_transaction_of(context.events(), name.name)
        yield _pending(name, before, desired.uri, pending.signed if pending else None)
        raise
    context.record_event(Named(outcome.name, outcome.before, outcome.after, outcome.outcome, outcome.transaction))
    yield outcome
    if outcome.outcome not in ("moved", "unchanged"):
        return
    shown = name.shows()
    result = Check(
        "chain", shown == desired.uri, "" if shown == desired.uri else f"{name.name} shows {shown or 'nothing'}"
    )
    context.record_event(Verified(result.by, result.ok, result.why))
    yield result
    if not result.ok:
        raise VerifyError(
            name.name,
            result.why,
            hint="run again: another key may have changed the record, or the end point may be late",
        )


def _pending(name: NameService, before: str, after: str, signed: Signed | None) -> NameOutcome:
    """Return the outcome for a change that is not finished. `signed` is its pending transaction, or None."""
    outcome = NameOutcome(name.name, name.kind, "pending", before, after)
    if signed is None:
        return outcome
    return replace(outcome, transaction=signed.hash, gas=signed.gas or None, max_wei=signed.max_cost or None)


def older(state: DeployState) -> Cid | None:
    """Return the older root with which the new root is compared, or None if there is no older root.

    It is the root that a name shows. If no name shows an older root, it is the root that was pinned last.
    """
    return state.bases[0] if state.bases else None
