"""Compute what a change may cost: the gas limit, the fees of each attempt (EIP-1559), and the maximum of all attempts.

The maximum is shown before anything is signed. It is the cost of the first offer, raised by an eighth three times, and
at most max-cost-eth. No attempt may cost more. Only one attempt is mined, because all attempts have one nonce.
"""

from __future__ import annotations

from typing import NamedTuple

from publisher.errors import FeeTooHigh
from publisher.fast_dataclass import dataclass
from publisher.names.base import Cost

GWEI, ETHER = 10**9, 10**18
LEAST_TIP = GWEI // 100
"""The lowest tip that is offered, in wei per gas. With less, many block producers leave a transaction out."""
RAISES = 3
"""The number of times that the fees of the first offer can be raised by an eighth within the maximum."""
UPDATES, MOST = 10, ETHER // 100
"""Without max-cost-eth, a change may cost as much as UPDATES changes of this kind cost now, but at most MOST wei."""
MAX_GAS = 500_000
"""The default of max-gas. The first record of a name needs about 100,000 gas, a later one about 50,000."""


class Fees(NamedTuple):
    """The highest fee, and the part of the fee that the block's producer gets (`tip`). Both are in wei per gas."""

    max_fee: int
    tip: int


NOTHING = Fees(0, 0)


class Market(NamedTuple):
    """The present price of gas: the base fee of the newest block, and the tip to offer. Both are in wei per gas."""

    base_fee: int
    tip: int


class Quote(NamedTuple):
    """The cost of a change, and the highest fee of its first attempt in wei per gas."""

    cost: Cost
    offer: int


@dataclass(frozen=True, slots=True)
class TransactionLimits:
    """The limits of a change."""

    max_fee_wei: int
    """The highest fee, in wei per gas."""
    confirmations: int = 1
    """The number of blocks that must confirm a transaction."""
    patience: float = 300.0
    """Seconds to wait until a transaction is mined."""
    max_gas: int = MAX_GAS
    """The largest gas limit."""
    max_cost_wei: int | None = None
    """The most that all attempts together may cost, in wei. None stands for the default, UPDATES and MOST."""
    agreed_wei: int | None = None
    """The maximum that was shown and agreed to, in wei. None stands for a run that has shown no maximum yet."""
    may_ask: bool = False
    """Whether this run can still ask a person for more than `agreed_wei`."""


def gwei(wei: int) -> str:
    """Return an amount of wei in gwei, as text without trailing zeros."""
    digits = 3 if wei >= GWEI // 1000 else 9
    return f"{wei / GWEI:.{digits}f}".rstrip("0").rstrip(".")


def ether(wei: int) -> str:
    """Return an amount of wei in ether, as text with at most six decimal places.

    The amount is rounded up, because a person is asked to send this amount or more.
    """
    return f"{-(-wei // 10**12) / 10**6:.6f}".rstrip("0").rstrip(".")


def raised(fee: int) -> int:
    """Return a fee that is at least 12.5 % higher. To replace a transaction, most nodes want 10 % more, some 12.5 %."""
    return fee + max(1, -(-fee // 8))


def needed(market: Market, replaced: Fees = NOTHING) -> Fees:
    """Return the lowest fees with which a transaction can be mined now.

    `replaced` are the highest fees that were sent with the same nonce. Both fees must be an eighth higher than these.
    """
    tip = market.tip
    least = 0
    if replaced != NOTHING:
        tip, least = max(tip, raised(replaced.tip)), raised(replaced.max_fee)
    return Fees(max(market.base_fee + tip, least), tip)


def gas_limit(who: str, estimate: int, host: str, max_gas: int, ran_out: int = 0) -> int:
    """Return the gas limit of a transaction: a fifth more than `estimate`, and at most `max_gas`.

    The fifth is for a state of the chain that changes before the transaction is mined. `ran_out` is the limit with
    which an earlier transaction ran out of gas, or 0 if none did. The returned limit is at least twice `ran_out`, but
    not above `max_gas`. Raises FeeTooHigh, which names `who`, if `estimate` is above `max_gas`, or if `ran_out` is not
    below `max_gas`. `host` is the end point that gave the estimate.
    """
    hint = "find out why this change needs so much gas; if it is right, raise max-gas in publish.toml"
    if estimate > max_gas:
        raise FeeTooHigh(
            who,
            f"{host} estimates that the change needs {estimate:,} gas, and max-gas is {max_gas:,}; nothing was signed",
            hint=hint,
        )
    if ran_out >= max_gas:
        raise FeeTooHigh(
            who,
            f"an earlier transaction used up {ran_out:,} gas and ran out of gas, and max-gas is {max_gas:,}; "
            "nothing was signed",
            hint=hint,
        )
    return min(max(estimate + estimate // 5, 2 * ran_out), max_gas)


def cap(estimate: int, market: Market, limits: TransactionLimits, replaced: Fees = NOTHING) -> int:
    """Return max-cost-eth in wei or, if it is not set, the default limit of UPDATES and MOST.

    `estimate` is the gas that the change would use. `replaced` are the highest fees that were sent with the same nonce.
    """
    if limits.max_cost_wei is not None:
        return limits.max_cost_wei
    return min(UPDATES * estimate * needed(market, replaced).max_fee, MOST)


def maximum(limit: int, offer: int, most: int, max_fee: int) -> int:
    """Return the most, in wei, that all attempts together may cost.

    `limit` is the gas limit, `offer` the fee of the first attempt in wei per gas. The result is at most `most`. No
    attempt pays more than `max_fee` wei per gas.
    """
    fee = offer
    for _ in range(RAISES):
        fee = raised(fee)
    return min(limit * min(fee, max_fee), most)


def quote(
    who: str, gas: tuple[int, int], market: Market, limits: TransactionLimits, balance: int, replaced: Fees = NOTHING
) -> Quote:
    """Return the cost of a change whose first attempt would be signed now.

    `gas` is the estimate and the gas limit. `balance` is the balance of the key, in wei. `replaced` are the highest
    fees that were sent with the same nonce. Raises FeeTooHigh, which names `who`, if the lowest possible fee is above
    `limits`.
    """
    estimate, limit = gas
    least, most = needed(market, replaced), cap(estimate, market, limits, replaced)
    if least.max_fee > limits.max_fee_wei:
        raise _too_dear(who, least.max_fee, limits, replaced)
    if least.max_fee * limit > most:
        raise FeeTooHigh(
            who,
            f"at the present price of gas, the change can cost {ether(least.max_fee * limit)} ETH, which is above the "
            f"limit of {ether(most)} ETH; nothing was signed",
            hint="wait for a quieter hour and run again, or raise max-cost-eth in publish.toml",
        )
    offer = max(least.max_fee, min(2 * market.base_fee + least.tip, limits.max_fee_wei, most // limit))
    highest = maximum(limit, offer, most, limits.max_fee_wei)
    likely = estimate * (market.base_fee + least.tip)
    return Quote(Cost(limit, highest // limit, highest, likely, balance), offer)


def afford(sender: str, cost: int, balance: int) -> None:
    """Raise FeeTooHigh if `sender` cannot pay `cost`, which is the highest cost of one attempt. Both are in wei.

    A node would refuse the transaction.
    """
    if balance < cost:
        raise FeeTooHigh(
            sender,
            f"the key has {ether(balance)} ETH; the change may cost {ether(cost)}; nothing was signed",
            hint=f"send {ether(cost - balance)} ETH or more to this account, then run again",
        )


def _too_dear(who: str, fee: int, limits: TransactionLimits, replaced: Fees) -> FeeTooHigh:
    if replaced != NOTHING:
        return FeeTooHigh(
            who,
            f"replacing an older transaction costs at least {gwei(fee)} gwei per gas, and max-fee-gwei is "
            f"{gwei(limits.max_fee_wei)}; nothing was signed",
            hint="wait until the older one is mined and run again, or raise max-fee-gwei in publish.toml",
        )
    return FeeTooHigh(
        who,
        f"gas costs {gwei(fee)} gwei now, and max-fee-gwei is {gwei(limits.max_fee_wei)}; nothing was signed",
        hint="wait for a quieter hour and run again, or raise max-fee-gwei in publish.toml",
    )
