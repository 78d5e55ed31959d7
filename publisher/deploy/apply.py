"""Corridor 2: look, plan, act. Stores first, then pinners, then what they give back is checked; the names move last.

There is no code for going on after an interruption: to run again is to look again, and to do what is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

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
from publisher.journal.events import Finished, Named, Verified, Wanted
from publisher.journal.queries import open_transaction_of
from publisher.names.base import Cost, NameGoal, NameOutcome, NameService
from publisher.stores.base import Receipt

__all__ = [
    "DeployContext",
    "DeploySettings",
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
class DeploySettings:
    """The `[deploy]` table of publish.toml."""

    copies: int | None = None
    """So many stores and pinners must hold the root before the name moves; all that are listed when it is not said."""
    gateways: tuple[str, ...] = ()
    """Trustless gateways that are asked for the new blocks before the name moves."""
    outside: str = field(default="auto", metadata={"choices": ("auto", "always", "never")})
    """Whether somebody else than the stores must give the new blocks back before the name moves: a gateway of
    `gateways`, or one of a pinner. auto: when there is one; always: stop when there is none; never: nobody is asked."""
    outside_timeout: float = 60.0
    """Seconds within which one of them must have given everything back."""


@dataclass(frozen=True, slots=True)
class Put:
    """Make a store hold the root, or ask a pinner to."""

    store: str
    kind: str
    pinner: bool = False


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
Result = Receipt | Check | NameOutcome


def plan(desired: DesiredState, state: DeployState, outside: Sequence[str] = ()) -> tuple[Step, ...]:
    """What is left to do. Empty when enough hold the root, all others are down, and every name shows it.

    Who does not answer is not tried once more when enough others hold it: else one that is gone for good would make
    work of every run. Who holds it, as another site pinned it there, is told that this one uses it too.
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
    """Stop before anybody is sent to: too many do not answer, told of all of them, or one names another root."""
    errors = [holder.error for holder in state.holders if holder.error is not None]
    for error in errors:
        if isinstance(error, CidMismatch):  # disagreement about the bytes always stops
            raise error
    there = len(state.holders) - len(errors)
    if errors and there < desired.copies:
        raise combined_error(errors, fewer=there) from errors[0]


def apply(desired: DesiredState, state: DeployState, steps: Sequence[Step], context: DeployContext) -> Iterator[Result]:
    """Do the steps in order and give back what came of each. Whatever stops it, running again goes on from there."""
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
    for name in context.names:
        yield from _move(name, desired, shown.get(name.name, ""), context)
    context.record_event(Finished(desired.sequence, str(desired.root)))


def _hold(
    desired: DesiredState, state: DeployState, steps: Sequence[Step], context: DeployContext
) -> Iterator[Receipt]:
    """Stores, then pinners; what came of each is told before it is decided whether it was enough."""
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
    """A desired state that is there already is the newest one all the same. Noted once, no run adds to it."""
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
            NameGoal(desired.sequence, desired.uri), context.events(), context.record_event, context.log
        )
    except Unfinished:
        pending = open_transaction_of(context.events(), name.name)
        hash_ = pending.signed.hash if pending else ""
        yield NameOutcome(name.name, name.kind, "pending", before, desired.uri, hash_)
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
            name.name, result.why, hint="was the record changed by somebody else, or does the RPC lag behind?"
        )


def older(state: DeployState) -> Cid | None:
    """The root to compare with: what the name shows, else what was pinned last."""
    return state.bases[0] if state.bases else None
