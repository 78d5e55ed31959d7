"""Read what the chain says about a change. The next step of the change depends on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from publisher.fast_dataclass import dataclass, field
from publisher.names.ens import rpc
from publisher.names.ens.fees import Market
from publisher.names.ens.market import market_queries, newest_head
from publisher.names.ens.nonces import Attempt, Call
from publisher.names.ens.rpc import Chain, Head, Query, QueryAnswers, Reverted, TransactionReceipt, TransactionRefused

CERTAIN = 3
"""A fact that only some end points report counts as certain after this number of reads in a row.

One read is not enough, because an end point may have several nodes, and some of them may be late.
"""


@dataclass(frozen=True, slots=True)
class RecordQueries:
    """The queries for the present record of a name, and the function that reads their answers.

    `read` returns the URI that the name shows.
    """

    queries: tuple[Query[Any], ...]
    read: Callable[[QueryAnswers], str]


@dataclass(frozen=True, slots=True)
class ChainState:
    """The last answers of the chain, and the times of this run."""

    nonce: int
    """The number of mined transactions of the key."""
    pending: int
    """The number of mined and pending transactions of the key, as far as the nodes know."""
    record: str
    """The URI that the name shows."""
    head: Head
    tip: int
    """The tip to offer, in wei per gas."""
    receipts: Mapping[str, TransactionReceipt] = field(default_factory=dict)
    """Maps the hashes of open attempts to their receipts. Attempts without a receipt are missing."""
    unclaimed: int = 0
    """The number of reads in a row in which the open nonce was used, but no attempt had a receipt.

    A nonce counts as used here only after enough confirmations, and only if all end points of the chain say so.
    """
    doubted: Mapping[str, int] = field(default_factory=dict)
    """Maps the hashes of open attempts to a number of reads in a row.

    In each of these reads, some end points had the receipt, and others did not.
    """
    estimate: int = 0
    """The gas that the change would use, or 0 if the end points do not estimate it."""
    host: str = ""
    """The end point that gave the estimate."""
    gas: int = 0
    """The gas limit of the next attempt, or 0 if it is unknown."""
    balance: int = 0
    """The balance of the key, in wei."""
    refusal: Reverted | TransactionRefused | None = None
    """The revert or the refusal with which the simulation of the change ended, or None if the simulation succeeded."""
    since_sent: float | None = None
    """Seconds since this run last sent the newest attempt, or None if this run has not sent it."""
    waited: float = 0.0
    """Seconds since this run first sent the newest attempt, or 0 if this run has not sent it."""
    left: float = 0.0
    """Seconds that are left of `TransactionLimits.patience`."""

    @property
    def market(self) -> Market:
        """The present price of gas."""
        return Market(self.head.base_fee, self.tip)


def read_all(
    chain: Chain, sender: str, call: Call, record: RecordQueries, attempts: Sequence[Attempt], old: ChainState | None
) -> ChainState:
    """Read everything that a signature depends on, in one round trip. All end points must agree on it.

    `attempts` are the open attempts. Raises RpcError if two end points differ about the nonce, the record, the base fee
    or the simulation. Exceptions of `record.read` pass through.
    """
    market = market_queries()
    nonce, pending, balance = rpc.nonce(sender), rpc.pending_nonce(sender), rpc.balance(sender)
    simulation, estimate = rpc.call(call.to, call.data, sender), rpc.estimate(sender, call.to, call.data)
    receipts = _receipt_queries(attempts)
    agreed: tuple[Query[Any], ...] = (nonce, simulation, *record.queries, *market.compared)
    answers = chain.query_agreed(*agreed, extra=(pending, balance, estimate, market.tip, *receipts.values()))
    head, prices = market.read(answers)
    gas, host = max(((gas, host) for host, gas in answers.every(estimate)), default=(0, ""))
    found, doubted = _receipts(answers, receipts, attempts, answers[nonce], old)
    return ChainState(
        nonce=answers[nonce],
        pending=max(answers[nonce], *(count for _, count in answers.every(pending) if count is not None), 0),
        record=record.read(answers),
        head=head,
        tip=prices.tip,
        receipts=found,
        doubted=doubted,
        unclaimed=old.unclaimed if old is not None else 0,
        estimate=gas,
        host=host,
        balance=min((wei for _, wei in answers.every(balance)), default=0),
        refusal=_refusal(answers, simulation, estimate),
    )


def read_again(
    chain: Chain, sender: str, record: RecordQueries, attempts: Sequence[Attempt], old: ChainState, confirmations: int
) -> ChainState:
    """Read what may change while a transaction is pending, in one round trip. The end points may differ.

    The values that are only needed for a signature are copied from `old`.
    """
    nonce, head = rpc.nonce(sender), rpc.head()
    deep = rpc.nonce(sender, max(0, old.head.number - confirmations + 1))
    receipts = _receipt_queries(attempts)
    answers = chain.every(nonce, head, deep, *record.queries, *receipts.values())
    # An end point that is late gives a lower count. So a nonce counts as used only when all end points say so.
    lowest = min((count for _, count in answers.every(nonce)), default=old.nonce)
    found, doubted = _receipts(answers, receipts, attempts, lowest, old)
    counts = [count for _, count in answers.every(deep)]
    used = min(counts, default=0) > attempts[0].signed.nonce
    if used and not found and len(counts) < len(chain.hosts):
        # A transaction that is given up by mistake could be mined later. So it is given up only if all end points have
        # answered. Those that answer while others fail may lie.
        chain.ask_all_again()
        used = False
    return ChainState(
        nonce=lowest,
        pending=old.pending,
        record=record.read(answers),
        head=newest_head([block for _, block in answers.every(head)]),
        tip=old.tip,
        receipts=found,
        doubted=doubted,
        unclaimed=old.unclaimed + 1 if used and not found and not doubted else 0,
        estimate=old.estimate,
        host=old.host,
        balance=old.balance,
        refusal=old.refusal,
    )


def _refusal(
    answers: QueryAnswers, simulation: Query[bytes], estimate: Query[int]
) -> Reverted | TransactionRefused | None:
    refusals: Iterator[Any] = (answers.found[query] for query in (simulation, estimate))
    return next((no for no in refusals if isinstance(no, Reverted | TransactionRefused)), None)


def _receipt_queries(attempts: Sequence[Attempt]) -> dict[str, Query[TransactionReceipt | None]]:
    return {attempt.hash: rpc.receipt(attempt.hash) for attempt in attempts if attempt.was_sent}


def _receipts(
    answers: QueryAnswers,
    queries: Mapping[str, Query[TransactionReceipt | None]],
    attempts: Sequence[Attempt],
    nonce: int,
    old: ChainState | None,
) -> tuple[dict[str, TransactionReceipt], dict[str, int]]:
    """Return the certain receipts, and a map from each attempt in doubt to the number of reads that left it in doubt.

    A receipt is in doubt if only some end points have it, or if they differ about it, because some may be late. After
    CERTAIN reads the receipt counts as certain, because some nodes keep no receipts. The record is read back later and
    shows whether the transaction worked. A receipt is ignored if the nonce is not used, or if the attempt cannot have
    this receipt.
    """
    told = {a.hash: answers.every(queries[a.hash]) for a in attempts if a.hash in queries and a.signed.nonce < nonce}
    real = {
        attempt.hash: tuple(r for _, r in told[attempt.hash] if r is not None and _possible(attempt, r))
        for attempt in attempts
        if attempt.hash in told
    }
    real = {hash_: receipts for hash_, receipts in real.items() if receipts}
    certain = {h: rs[0] for h, rs in real.items() if len(rs) == len(told[h]) and len(set(rs)) == 1}
    if len(certain) == 1 == len(real):
        return certain, {}
    looks = {h: 1 + (old.doubted.get(h, 0) if old is not None else 0) for h in real}
    if len(real) == 1 and max(looks.values()) >= CERTAIN:
        return {h: max(rs, key=lambda r: (r.ok, r.gas_used * r.price)) for h, rs in real.items()}, looks
    # Attempts with one nonce have one receipt at most. An end point that gives another one is wrong.
    return {}, looks


def _possible(attempt: Attempt, receipt: TransactionReceipt) -> bool:
    """Return whether a receipt can belong to the attempt. No transaction can cost more than its signed limits."""
    signed = attempt.signed
    return receipt.price <= signed.max_fee and (not signed.gas or receipt.gas_used <= signed.gas)
