"""What to do next so that a name shows what is wanted, whatever an earlier run began and whatever the chain did since.

A pure function of what the journal knows (`Slots`) and what a look at the chain found (`Look`). It keeps four promises:
one transaction of ours at most is mined for a nonce; no nonce is signed while another is open; the newest wish is what
stays; nothing that was sent is forgotten before its nonce is used.
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
"""Seconds after which a waiting transaction is handed in again: a node may have dropped it."""
CERTAIN = 3
"""Looks in a row that must find a nonce used and no receipt of ours: behind one address may stand nodes that lag."""
STRADDLE = 15.0
"""Seconds to go on when the record is right and our transaction has no receipt yet: reads may straddle a block."""


@dataclass(frozen=True, slots=True)
class TransactionLimits:
    """How much, how sure, how long. The fee is in wei a gas, the patience in seconds."""

    max_fee_wei: int
    confirmations: int = 1
    patience: float = 300.0


@dataclass(frozen=True, slots=True)
class ChainLook:
    """What the chain showed, and how long this run has waited."""

    nonce: int
    """How many transactions of the key are mined."""
    pending: int
    """The same with what waits, as far as the node knows."""
    record: str
    head: Head
    tip: int
    receipts: Mapping[str, TransactionReceipt] = field(default_factory=dict)
    """Hash -> receipt, for the attempts that are under way and have one."""
    unclaimed: int = 0
    """Looks in a row, this one too, that found the open nonce used, as deep as is asked for, and no receipt of ours."""
    since_sent: float | None = None
    """Seconds since this run handed in the newest attempt; None when it has not."""
    waited: float = 0.0
    """Seconds since this run first handed in any attempt that is still the newest."""
    left: float = 0.0
    """Seconds of patience that are left."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Sign the call for this nonce, after it was simulated and can be paid."""

    nonce: int
    fees: Fees


@dataclass(frozen=True, slots=True)
class Send:
    """Hand in an attempt, for the first time or again."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again a little later."""


@dataclass(frozen=True, slots=True)
class Note:
    """Write down what was seen, or that attempts have ended; `ended` is the one that was mined for good."""

    events: tuple[Event, ...]
    ended: Attempt | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The record is as it is wanted."""


@dataclass(frozen=True, slots=True)
class Stop:
    """It cannot go on in this run."""

    error: PublishError


Action = Sign | Send | Wait | Note | Done | Stop


def decide(slots: Nonces, look: ChainLook, call: Call, limits: TransactionLimits) -> Action:
    """The one next step."""
    attempts = slots.open
    if not attempts:
        return _begin(slots, look, call, limits)
    if (seen := _seen(attempts, look, limits)) is not None:
        return seen
    flying = [attempt for attempt in attempts if attempt.was_sent]
    if look.nonce > attempts[0].signed.nonce:
        return _taken(attempts, bool(flying), look, call)
    unsent = [attempt for attempt in attempts if not attempt.was_sent]
    if unsent:
        return _send_or_discard(slots, unsent, bool(flying), look, call, limits)
    return _under_way(slots, flying, look, call, limits)


def fees_for(slots: Nonces, nonce: int, look: ChainLook, limits: TransactionLimits) -> Fees | None:
    """Fees that every node takes: above what was sent with this nonce by an eighth, both. None above the ceiling."""
    sent = [attempt.signed for attempt in slots.sent_at(nonce)]
    least = max((_eighth_more(signed.max_fee) for signed in sent), default=0)
    tip = max(look.tip, max((_eighth_more(signed.tip) for signed in sent), default=0))
    now = look.head.base_fee + tip
    if max(now, least) > limits.max_fee_wei:
        return None
    return Fees(max(min(now + look.head.base_fee, limits.max_fee_wei), least), tip)


def _begin(slots: Nonces, look: ChainLook, call: Call, limits: TransactionLimits) -> Action:
    """Nothing of ours is under way."""
    if look.record == call.after:
        return Done()
    if (moved := _moved(slots, look, call)) is not None:
        return Stop(moved)
    if look.pending > look.nonce and not slots.sent_at(look.nonce):
        return Stop(_not_ours(look, call))
    fees = fees_for(slots, look.nonce, look, limits)
    return Stop(_too_dear(slots, look, call, limits)) if fees is None else Sign(look.nonce, fees)


def _seen(attempts: Sequence[Attempt], look: ChainLook, limits: TransactionLimits) -> Action | None:
    """What the receipts say: seen, gone, deep enough; None when no attempt has one."""
    for attempt in attempts:
        receipt = look.receipts.get(attempt.hash)
        if receipt is None:
            if attempt.state == "mined":
                return Note((Unmined(attempt.hash),))
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
            return Note((mined,))
        if look.head.number - receipt.block + 1 < limits.confirmations:
            return Wait() if look.left > 0 else Stop(_not_deep(attempt, receipt, limits))
        return Note(_ends(attempts, attempt), attempt)
    return None


def _taken(attempts: Sequence[Attempt], flying: bool, look: ChainLook, call: Call) -> Action:
    """The nonce is used, and none of ours has a receipt: once that is certain, another transaction has taken it."""
    if look.unclaimed >= CERTAIN or not flying:
        return Note(_ends(attempts))
    if look.left > 0:
        return Wait()
    nonce = attempts[0].signed.nonce
    return Stop(
        Unfinished(
            call.name,
            f"nonce {nonce} is used, and it is not certain yet by which transaction",
            hint="run again later: it looks again",
        )
    )


def _send_or_discard(
    slots: Nonces, unsent: Sequence[Attempt], flying: bool, look: ChainLook, call: Call, limits: TransactionLimits
) -> Action:
    """Signed and certainly not sent: sent if it is still what is wanted and what can be paid, else erased."""
    newest = unsent[-1]
    fits = (
        newest.makes(call)
        and newest.signed.nonce == look.nonce
        and look.head.base_fee <= newest.signed.max_fee <= limits.max_fee_wei
        and (flying or look.record != call.after)
        and _moved(slots, look, call) is None
    )
    if fits and len(unsent) == 1:
        return Send(newest)
    return Note(_ends(unsent[:-1] if fits else unsent))


def _under_way(
    slots: Nonces, flying: Sequence[Attempt], look: ChainLook, call: Call, limits: TransactionLimits
) -> Action:
    """Sent, and its nonce is not used: it may be anywhere."""
    newest = flying[-1]
    if newest.signed.name != call.name:
        return Done() if look.record == call.after else _patience(newest, look, call, "")
    if look.nonce < newest.signed.nonce:
        return _patience(newest, look, call, f"nonce {look.nonce}, which another transaction had, has to be used first")
    ours = newest.makes(call)
    if look.record == call.after and all(attempt.makes(call) for attempt in flying):
        straddles = look.waited < min(STRADDLE, limits.patience / 2)
        return _patience(newest, look, call, "") if straddles else Done()
    if ours and look.waited < limits.patience / 2:
        return _patience(newest, look, call, "")
    if (moved := _moved(slots, look, call)) is not None:
        return _patience(newest, look, call, moved.message) if ours else Stop(moved)
    fees = fees_for(slots, newest.signed.nonce, look, limits)
    if fees is None:
        return _patience(newest, look, call, f"to replace it costs more than {gwei(limits.max_fee_wei)} gwei a gas")
    if ours and look.left <= 0:
        return _patience(newest, look, call, "")
    return Sign(newest.signed.nonce, fees)


def _patience(newest: Attempt, look: ChainLook, call: Call, why: str) -> Action:
    """Hand it in again from time to time, and wait; at the end of the patience it stays pending."""
    if look.since_sent is None or look.since_sent >= RESEND:
        return Send(newest)
    if look.left > 0:
        return Wait()
    whose = "" if newest.signed.name == call.name else f" of {newest.signed.name}"
    return Stop(
        Unfinished(
            call.name,
            f"transaction {newest.hash}{whose} is sent and not mined yet" + (f"; {why}" if why else ""),
            hint="run again later: it goes on from there, and never sends a second one beside it",
        )
    )


def _ends(attempts: Sequence[Attempt], final: Attempt | None = None) -> tuple[Event, ...]:
    """How each has ended, the mined one last: until that is written, the next run finds the slot open and ends it."""
    others = [a for a in attempts if a is not final]
    ends: list[Event] = [Settled(a.hash, "dead" if a.was_sent else "discarded") for a in others]
    return (*ends, *([Settled(final.hash, "final")] if final else []))


def _moved(slots: Nonces, look: ChainLook, call: Call) -> NamingError | None:
    """The record is neither what it was, nor what is wanted, nor anything that we sent."""
    if look.record in {call.before, call.after} | slots.shown(call.name):
        return None
    return RecordMoved(
        call.name,
        f"somebody else changed it from {call.before or 'nothing'} to {look.record or 'nothing'} meanwhile",
        hint="nothing was sent; look at what it shows now, and run again to replace that",
    )


def _not_deep(attempt: Attempt, receipt: TransactionReceipt, limits: TransactionLimits) -> PublishError:
    return Unfinished(
        attempt.signed.name,
        f"transaction {attempt.hash} is mined in block {receipt.block}; {limits.confirmations} blocks must confirm it",
        hint="run again later: it only looks whether they do",
    )


def _not_ours(look: ChainLook, call: Call) -> PublishError:
    count = look.pending - look.nonce
    many = "a transaction of this key waits" if count == 1 else f"{count} transactions of this key wait"
    return Unfinished(
        call.name,
        f"{many} to be mined, of which the journal does not know; nothing was signed",
        hint="was it sent from a wallet or another machine? Wait until it is mined or cancel it there, then run again",
    )


def _too_dear(slots: Nonces, look: ChainLook, call: Call, limits: TransactionLimits) -> PublishError:
    try:
        price(call.name, look.head, look.tip, limits.max_fee_wei / GWEI)
    except FeeTooHigh as error:
        return error
    dearest = max(a.signed.max_fee for a in slots.sent_at(look.nonce))
    return FeeTooHigh(
        call.name,
        f"to outbid an older transaction costs more than {gwei(_eighth_more(dearest))} gwei a gas; nothing was signed",
        hint="wait until that is mined and run again, or raise max-fee-gwei in publish.toml",
    )


def _eighth_more(fee: int) -> int:
    """At least 12.5 % more, and 1: nodes ask for 10 to replace a transaction, and some for a little more."""
    return fee + max(1, -(-fee // 8))
