"""Decide the next step towards the goal, whatever an earlier run began and whatever the chain did since then.

`decide` is a pure function of the journal (`Nonces`) and the chain (`ChainState`). It keeps four promises:

- At most one of our transactions is mined for a nonce.
- A transaction for another nonce is signed only after all attempts for the present nonce have ended.
- In the end, the record shows the newest goal.
- No sent transaction is forgotten before its nonce is used.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.errors import PublishError, Unfinished
from publisher.fast_dataclass import dataclass
from publisher.journal.events import Event, Mined, Settled, Unmined
from publisher.names.ens import fees as costs
from publisher.names.ens import stops
from publisher.names.ens.chain_state import CERTAIN, ChainState
from publisher.names.ens.fees import NOTHING, Fees, TransactionLimits
from publisher.names.ens.nonces import Attempt, Call, Nonces

RESEND = 30.0
"""Seconds after which a pending transaction is sent again, because a node may have dropped it."""
STRADDLE = 15.0
"""Seconds to wait for our receipt when the record is already right.

The block with our transaction may arrive between the read of the receipt and the read of the record.
"""


@dataclass(frozen=True, slots=True)
class SignAction:
    """Sign the call for this nonce, after a simulation and a check of the balance."""

    nonce: int
    fees: Fees


@dataclass(frozen=True, slots=True)
class SendAction:
    """Send an attempt, for the first time or again."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class AskAction:
    """Ask the person whether the change may cost more than the maximum. `fees` are the lowest that are needed now."""

    fees: Fees


@dataclass(frozen=True, slots=True)
class WaitAction:
    """Read the chain again a little later."""


@dataclass(frozen=True, slots=True)
class RecordAction:
    """Write `events` to the journal. `ended` is the attempt that is mined and confirmed, or None if there is none."""

    events: tuple[Event, ...]
    ended: Attempt | None = None


@dataclass(frozen=True, slots=True)
class DoneAction:
    """The name shows the desired record."""


@dataclass(frozen=True, slots=True)
class StopAction:
    """This run ends with `error`."""

    error: PublishError


Action = SignAction | SendAction | AskAction | WaitAction | RecordAction | DoneAction | StopAction


def decide(nonces: Nonces, state: ChainState, call: Call, limits: TransactionLimits) -> Action:
    """Return the next step. `call` is the desired change."""
    attempts = nonces.open
    if not attempts:
        return _begin(nonces, state, call, limits)
    if (seen := _by_receipts(attempts, state, limits)) is not None:
        return seen
    flying = [attempt for attempt in attempts if attempt.was_sent]
    if state.nonce > attempts[0].signed.nonce:
        return _taken(attempts, bool(flying), state, call)
    unsent = [attempt for attempt in attempts if not attempt.was_sent]
    if unsent:
        return _send_or_discard(nonces, unsent, bool(flying), state, call, limits)
    return _under_way(nonces, flying, state, call, limits)


def fees_for(nonces: Nonces, nonce: int, state: ChainState, limits: TransactionLimits) -> Fees | None:
    """Return fees that every node accepts, or None if such fees would exceed `limits` or the balance of the key.

    To replace a transaction, both fees must be an eighth above all fees that were sent with this nonce.
    """
    replaced = nonces.replaced(nonce)
    least = costs.needed(state.market, replaced)
    bound = limits.max_fee_wei
    if state.gas:
        most = limits.agreed_wei
        if most is None:
            most = costs.cap(state.estimate, state.market, limits, replaced)
        bound = min(bound, most // state.gas, bound if replaced == NOTHING else state.balance // state.gas)
    if least.max_fee > bound:
        return None
    return Fees(max(min(2 * state.head.base_fee + least.tip, bound), least.max_fee), least.tip)


def _begin(nonces: Nonces, state: ChainState, call: Call, limits: TransactionLimits) -> Action:
    """Return the next step if no transaction of ours is open."""
    if state.record == call.after:
        return DoneAction()
    if (moved := stops.moved(nonces, state, call)) is not None:
        return StopAction(moved)
    if state.pending > state.nonce and not nonces.sent_at(state.nonce):
        # Another machine with this key may have sent the pending transaction. Until that transaction is mined, it is
        # unknown which record it leaves.
        return WaitAction() if state.left > 0 else StopAction(stops.not_ours(state, call))
    fees = fees_for(nonces, state.nonce, state, limits)
    if fees is not None:
        return SignAction(state.nonce, fees)
    return _ask(nonces, state.nonce, state, limits) or StopAction(stops.too_dear(nonces, state, call, limits))


def _by_receipts(attempts: Sequence[Attempt], state: ChainState, limits: TransactionLimits) -> Action | None:
    """Return the next step if a receipt is new, has disappeared, or has enough confirmations.

    Return None if no attempt has or had a receipt.
    """
    for attempt in attempts:
        receipt = state.receipts.get(attempt.hash)
        if receipt is None:
            if attempt.state == "mined" and attempt.hash not in state.doubted:
                return RecordAction((Unmined(attempt.hash),))
            continue
        mined = Mined(
            attempt.hash,
            receipt.block,
            receipt.block_hash,
            receipt.gas_used,
            receipt.gas_used * receipt.price,
            receipt.ok,
        )
        if attempt.state != "mined" or attempt.mined != mined:
            return RecordAction((mined,))
        if state.head.number - receipt.block + 1 < limits.confirmations:
            return WaitAction() if state.left > 0 else StopAction(stops.unconfirmed(attempt, receipt, limits))
        return RecordAction(_ends(attempts, attempt), attempt)
    return None


def _taken(attempts: Sequence[Attempt], flying: bool, state: ChainState, call: Call) -> Action:
    """Return the next step if the nonce is used and no attempt has a receipt.

    It seems that another transaction used the nonce. Once this is certain, all attempts have ended.
    """
    if state.unclaimed >= CERTAIN or not flying:
        return RecordAction(_ends(attempts))
    if state.left > 0:
        return WaitAction()
    nonce = attempts[0].signed.nonce
    return StopAction(
        Unfinished(
            call.name,
            f"nonce {nonce} is used, but the chain does not show yet by which transaction",
            hint="run again later: the next run checks again, and needs an answer from all end points of rpc; remove "
            "an end point that is gone",
        )
    )


def _send_or_discard(
    nonces: Nonces, unsent: Sequence[Attempt], flying: bool, state: ChainState, call: Call, limits: TransactionLimits
) -> Action:
    """Return the next step for attempts that were never sent.

    The newest attempt is sent if it fits the goal and the fees. The other attempts are discarded.
    """
    newest = unsent[-1]
    fits = (
        newest.makes(call)
        and newest.signed.nonce == state.nonce
        and state.head.base_fee <= newest.signed.max_fee <= limits.max_fee_wei
        and (limits.agreed_wei is None or 0 < newest.signed.max_fee * newest.signed.gas <= limits.agreed_wei)
        and (flying or state.record != call.after)
        and stops.moved(nonces, state, call) is None
    )
    if fits and len(unsent) == 1:
        return SendAction(newest)
    return RecordAction(_ends(unsent[:-1] if fits else unsent))


def _under_way(
    nonces: Nonces, flying: Sequence[Attempt], state: ChainState, call: Call, limits: TransactionLimits
) -> Action:
    """Return the next step for sent attempts whose nonce is not used yet. Each of them may still be mined."""
    newest = flying[-1]
    if newest.signed.name != call.name:
        return DoneAction() if state.record == call.after else _patience(newest, state, call, "")
    if state.nonce < newest.signed.nonce:
        return _patience(
            newest, state, call, f"nonce {state.nonce}, which belongs to another transaction, must be mined first"
        )
    ours = newest.makes(call)
    too_low = newest.signed.max_fee < state.head.base_fee
    if state.record == call.after and all(attempt.makes(call) for attempt in flying):
        straddles = state.waited < min(STRADDLE, limits.patience / 2)
        return _patience(newest, state, call, "") if straddles else DoneAction()
    if ours and state.waited < limits.patience / 2 and not (too_low and state.since_sent is not None):
        return _patience(newest, state, call, "")
    if (moved := stops.moved(nonces, state, call)) is not None:
        return _patience(newest, state, call, moved.message) if ours else StopAction(moved)
    fees = fees_for(nonces, newest.signed.nonce, state, limits)
    if fees is None:
        ask = _ask(nonces, newest.signed.nonce, state, limits) if state.left > 0 else None
        why = stops.no_replacement(nonces, newest.signed.nonce, state, limits)
        return ask or _patience(newest, state, call, f"{stops.LOW}, and {why}" if too_low else why)
    if ours and state.left <= 0:
        return _patience(newest, state, call, stops.LOW if too_low else "")
    return SignAction(newest.signed.nonce, fees)


def _patience(newest: Attempt, state: ChainState, call: Call, why: str) -> Action:
    """Wait for the attempt `newest`, and send it again every RESEND seconds.

    When no time is left, stop and leave the attempt pending. `why` is added to the error message if it is not "".
    """
    if state.since_sent is None or state.since_sent >= RESEND:
        return SendAction(newest)
    if state.left > 0:
        return WaitAction()
    whose = "" if newest.signed.name == call.name else f" of {newest.signed.name}"
    return StopAction(
        Unfinished(
            call.name,
            f"transaction {newest.hash}{whose} is sent and not mined yet" + (f"; {why}" if why else ""),
            hint="run again later: the next run continues with this transaction and never sends a second one beside it",
        )
    )


def _ends(attempts: Sequence[Attempt], final: Attempt | None = None) -> tuple[Event, ...]:
    """Return an event for the end of each attempt. The mined attempt `final` comes last.

    If a run stops before the last event is written, the next run still finds the nonce open.
    """
    others = [a for a in attempts if a is not final]
    ends: list[Event] = [Settled(a.hash, "dead" if a.was_sent else "discarded") for a in others]
    return (*ends, *([Settled(final.hash, "final")] if final else []))


def _ask(nonces: Nonces, nonce: int, state: ChainState, limits: TransactionLimits) -> AskAction | None:
    """Return an action that asks the person for more, or None if this would not help or is not possible."""
    replaced = nonces.replaced(nonce)
    least = costs.needed(state.market, replaced)
    cost = least.max_fee * state.gas
    if not limits.may_ask or limits.agreed_wei is None or not limits.agreed_wei < cost <= state.balance:
        return None
    fits = least.max_fee <= limits.max_fee_wei and cost <= costs.cap(state.estimate, state.market, limits, replaced)
    return AskAction(least) if fits else None
