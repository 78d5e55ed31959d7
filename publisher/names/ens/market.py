"""Ask end points for the present price of gas, and combine their answers."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from publisher.names.ens.fees import LEAST_TIP, Market
from publisher.names.ens.queries import BASE_FEE, Head, Query, QueryAnswers, head, int_or_none, integer
from publisher.names.ens.responses import judge_optional

HISTORY = 10
"""The number of blocks whose fees are read. A chain makes them in two minutes."""


class FeeHistory(NamedTuple):
    """The fees of the newest blocks, in wei per gas."""

    oldest: int
    """The number of the oldest of these blocks."""
    base_fees: tuple[int, ...]
    """The base fee of each block, oldest first."""
    tips: tuple[int, ...]
    """The median tip in each block that has transactions. The tuple is empty if the node does not know the tips."""


class MarketQueries(NamedTuple):
    """The queries for the price of gas, which go into one round trip. `read` combines the answers of all end points."""

    head: Query[Head]
    tip: Query[int | None]
    history: Query[FeeHistory | None]

    @property
    def compared(self) -> tuple[Query[Any], ...]:
        """The queries on whose answers the end points must agree."""
        return (self.head, self.history)

    def read(self, answers: QueryAnswers) -> tuple[Head, Market]:
        """Return the newest block, and the price of gas after it."""
        heads = [found for _, found in answers.every(self.head)]
        suggested = [found for _, found in answers.every(self.tip)]
        paid = [_paid(found) for _, found in answers.every(self.history) if found is not None]
        newest = newest_head(heads)
        return newest, Market(newest.base_fee, lowest_tip(suggested, paid))


def market_queries() -> MarketQueries:
    """Return new queries for the price of gas."""
    return MarketQueries(head(), tip(), fee_history())


def tip() -> Query[int | None]:
    """Return a query for the tip that the end point suggests, in wei per gas. None means that it suggests none."""
    return Query("eth_maxPriorityFeePerGas", (), int_or_none, judge_optional)


def fee_history() -> Query[FeeHistory | None]:
    """Return a query for the fees of the newest blocks. The answer is None if the end point does not have them."""
    asked = (hex(HISTORY), "latest", [50])
    return Query("eth_feeHistory", asked, _fee_history, judge_optional, _same_history, BASE_FEE)


def newest_head(heads: Sequence[Head]) -> Head:
    """Return the newest block that every end point has, but with the base fee of the newest block that any of them has.

    A late end point reports a lower number. With the lowest number, a run may count too few confirmations, but never
    too many.
    """
    last = max(found.number for found in heads)
    least = min(heads, key=lambda found: found.number)
    return least._replace(base_fee=min(found.base_fee for found in heads if found.number == last))


def lowest_tip(suggested: Iterable[int | None], paid: Iterable[int | None]) -> int:
    """Return the tip to offer, in wei per gas: the lowest suggestion, or twice the lowest of `paid` if that is less.

    `suggested` are the suggestions of end points, `paid` the tips that were paid lately. None stands for an end point
    that does not know. The tip is at least LEAST_TIP.
    """
    found = [each for each in suggested if each is not None]
    found += [2 * each for each in paid if each is not None]
    return max(LEAST_TIP, min(found, default=LEAST_TIP))


def _paid(history: FeeHistory) -> int | None:
    return statistics.median_low(history.tips) if history.tips else None


def _same_history(one: FeeHistory | None, other: FeeHistory | None) -> bool:
    """Return whether two histories have the same base fee for each block that both have."""
    if one is None or other is None:
        return True
    fees = dict(enumerate(one.base_fees, one.oldest))
    return all(fees.get(number, fee) == fee for number, fee in enumerate(other.base_fees, other.oldest))


def _fee_history(found: Any) -> FeeHistory | None:
    if found is None:
        return None
    used = [ratio > 0 for ratio in found["gasUsedRatio"] or ()]
    # The node also tells the base fee of the next block. That block is not mined yet.
    fees = tuple(integer(fee) for fee in found["baseFeePerGas"][: len(used)])
    rewards = found.get("reward") or ()
    tips = tuple(integer(paid[0]) for paid, some in zip(rewards, used, strict=False) if some)
    return FeeHistory(integer(found["oldestBlock"]), fees, tips)
