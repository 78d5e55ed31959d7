"""Decide the next step towards the goal, whatever an earlier run began and whatever the chain did since then.

`decide` is a pure function of the journal (`Nonces`) and the chain (`ChainState`). It keeps four promises:

- At most one of our transactions is mined for a nonce.
- A transaction for another nonce is signed only after all attempts for the present nonce have ended.
- In the end, the record shows the newest goal.
- No sent transaction is forgotten before its nonce is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from publisher.errors import FeeTooHigh, NamingError, PublishError, RecordMoved, Unfinished
from publisher.journal.events import Event, Mined, Settled, Unmined
from publisher.names.ens.fees import GWEI, Fees, gwei, price
from publisher.names.ens.nonces import Attempt, Call, Nonces
from publisher.names.ens.rpc import Head, TransactionReceipt

RESEND = 30.0
"""Seconds after which a pending transaction is sent again, because a node may have dropped it."""
CERTAIN = 3
"""The number of reads in a row that make it certain that another transaction has used the nonce.

Each of these reads must find the nonce used, and no receipt for our transactions. One read is not enough, because an
end point may have several nodes, and some of the nodes may be late.
"""
STRADDLE = 15.0
"""Seconds to wait for our receipt when the record is already right.

The block with our transaction may arrive between the read of the receipt and the read of the record.
"""


@dataclass(frozen=True, slots=True)
class TransactionLimits:
    """The limits of a transaction: the highest fee, the number of confirming blocks, and the wait in seconds."""

    max_fee_wei: int
    confirmations: int = 1
    patience: float = 300.0


@dataclass(frozen=True, slots=True)
class ChainState:
    """The last answers of the chain, and the times of this run."""

    nonce: int
    """The number of mined transactions of the key."""
    pending: int
    """The number of mined and pending transactions of the key, as far as the node knows."""
    record: str
    """The URI that the name shows."""
    head: Head
    tip: int
    """The priority fee that block producers want, in wei per gas."""
    receipts: Mapping[str, TransactionReceipt] = field(default_factory=dict)
    """Maps the hashes of open attempts to their receipts. Attempts without a receipt are missing."""
    unclaimed: int = 0
    """The number of reads in a row that found the open nonce used and confirmed, and no receipt for our attempts."""
    since_sent: float | None = None
    """Seconds since this run last sent the newest attempt, or None if this run has not sent it."""
    waited: float = 0.0
    """Seconds since this run first sent the newest attempt, or 0 if this run has not sent it."""
    left: float = 0.0
    """Seconds that are left of `TransactionLimits.patience`."""


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


Action = SignAction | SendAction | WaitAction | RecordAction | DoneAction | StopAction


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
    """Return fees that every node accepts, or None if such fees would exceed `limits.max_fee_wei`.

    To replace a transaction, both fees must be an eighth above all fees that were sent with this nonce.
    """
    sent = [attempt.signed for attempt in nonces.sent_at(nonce)]
    least = max((_eighth_more(signed.max_fee) for signed in sent), default=0)
    tip = max(state.tip, max((_eighth_more(signed.tip) for signed in sent), default=0))
    now = state.head.base_fee + tip
    if max(now, least) > limits.max_fee_wei:
        return None
    return Fees(max(min(now + state.head.base_fee, limits.max_fee_wei), least), tip)


def _begin(nonces: Nonces, state: ChainState, call: Call, limits: TransactionLimits) -> Action:
    """Return the next step if no transaction of ours is open."""
    if state.record == call.after:
        return DoneAction()
    if (moved := _moved(nonces, state, call)) is not None:
        return StopAction(moved)
    if state.pending > state.nonce and not nonces.sent_at(state.nonce):
        return StopAction(_not_ours(state, call))
    fees = fees_for(nonces, state.nonce, state, limits)
    return StopAction(_fee_too_high(nonces, state, call, limits)) if fees is None else SignAction(state.nonce, fees)


def _by_receipts(attempts: Sequence[Attempt], state: ChainState, limits: TransactionLimits) -> Action | None:
    """Return the next step if a receipt is new, has disappeared, or has enough confirmations.

    Return None if no attempt has or had a receipt.
    """
    for attempt in attempts:
        receipt = state.receipts.get(attempt.hash)
        if receipt is None:
            if attempt.state == "mined":
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
            return WaitAction() if state.left > 0 else StopAction(_unconfirmed(attempt, receipt, limits))
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
            hint="run again later: the next run looks again",
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
        and (flying or state.record != call.after)
        and _moved(nonces, state, call) is None
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
    if state.record == call.after and all(attempt.makes(call) for attempt in flying):
        straddles = state.waited < min(STRADDLE, limits.patience / 2)
        return _patience(newest, state, call, "") if straddles else DoneAction()
    if ours and state.waited < limits.patience / 2:
        return _patience(newest, state, call, "")
    if (moved := _moved(nonces, state, call)) is not None:
        return _patience(newest, state, call, moved.message) if ours else StopAction(moved)
    fees = fees_for(nonces, newest.signed.nonce, state, limits)
    if fees is None:
        return _patience(newest, state, call, f"a replacement costs more than {gwei(limits.max_fee_wei)} gwei a gas")
    if ours and state.left <= 0:
        return _patience(newest, state, call, "")
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


def _moved(nonces: Nonces, state: ChainState, call: Call) -> NamingError | None:
    """Return an error if another party changed the record, else None.

    Another party did so if the record is not the old record, not the desired one, and not set by any sent attempt.
    """
    if state.record in {call.before, call.after} | nonces.shown(call.name):
        return None
    return RecordMoved(
        call.name,
        f"another key changed the record from {call.before or 'nothing'} to {state.record or 'nothing'}",
        hint="look at what the name shows now, and run again to replace that; nothing was sent",
    )


def _unconfirmed(attempt: Attempt, receipt: TransactionReceipt, limits: TransactionLimits) -> PublishError:
    return Unfinished(
        attempt.signed.name,
        f"transaction {attempt.hash} is mined in block {receipt.block}; {limits.confirmations} blocks must confirm it",
        hint="run again later: the next run only counts the blocks",
    )


def _not_ours(state: ChainState, call: Call) -> PublishError:
    count = state.pending - state.nonce
    many = "a transaction of this key waits to be mined and is"
    if count > 1:
        many = f"{count} transactions of this key wait to be mined and are"
    return Unfinished(
        call.name,
        f"{many} not in the journal; nothing was signed",
        hint="look in the wallet or machine that has this key: wait until that is mined, or cancel it, then run again",
    )


def _fee_too_high(nonces: Nonces, state: ChainState, call: Call, limits: TransactionLimits) -> PublishError:
    try:
        price(call.name, state.head, state.tip, limits.max_fee_wei / GWEI)
    except FeeTooHigh as error:
        return error
    dearest = max(a.signed.max_fee for a in nonces.sent_at(state.nonce))
    return FeeTooHigh(
        call.name,
        f"replacing an older transaction costs more than {gwei(_eighth_more(dearest))} gwei a gas; nothing was signed",
        hint="wait until the older one is mined and run again, or raise max-fee-gwei in publish.toml",
    )


def _eighth_more(fee: int) -> int:
    """Return a fee that is at least 12.5 % higher than `fee`.

    Nodes replace a transaction only for a higher fee. Most nodes want 10 % more, and some want 12.5 %.
    """
    return fee + max(1, -(-fee // 8))
