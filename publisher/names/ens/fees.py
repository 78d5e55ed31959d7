"""Compute the fees of a transaction (EIP-1559), in wei per gas. Fees never exceed max-fee-gwei of publish.toml."""

from __future__ import annotations

from typing import NamedTuple

from publisher.errors import FeeTooHigh
from publisher.names.base import Cost
from publisher.names.ens.rpc import Head

GWEI, ETHER = 10**9, 10**18


class Fees(NamedTuple):
    """The highest fee, and the part of the fee that the block's producer gets (`tip`). Both are in wei per gas."""

    max_fee: int
    tip: int


def gwei(wei: int) -> str:
    """Return an amount of wei in gwei, as text without trailing zeros."""
    digits = 3 if wei >= GWEI // 1000 else 9
    return f"{wei / GWEI:.{digits}f}".rstrip("0").rstrip(".")


def ether(wei: int) -> str:
    """Return an amount of wei in ether, as text with at most six decimal places.

    The amount is rounded up, because a person is asked to send this amount or more.
    """
    return f"{-(-wei // 10**12) / 10**6:.6f}".rstrip("0").rstrip(".")


def price(who: str, head: Head, tip: int, ceiling_gwei: float) -> Fees:
    """Return fees that still suffice if the base fee doubles. They never exceed `ceiling_gwei`.

    `tip` is in wei per gas. Raises FeeTooHigh, which names `who`, if the present fee is above `ceiling_gwei`.
    """
    ceiling = round(ceiling_gwei * GWEI)
    now = head.base_fee + tip
    if now > ceiling:
        raise FeeTooHigh(
            who,
            f"gas costs {gwei(now)} gwei now, and max-fee-gwei is {gwei(ceiling)}; nothing was signed",
            hint="wait for a quieter hour and run again, or raise max-fee-gwei in publish.toml",
        )
    return Fees(min(2 * head.base_fee + tip, ceiling), tip)


def cost(gas: int, fees: Fees, head: Head, balance: int) -> Cost:
    """Return the cost of a transaction that would use `gas` now. `balance` is the balance of its sender, in wei.

    The gas limit is a fifth higher than `gas`, because the state of the chain may change before the transaction is
    mined.
    """
    limit = gas + gas // 5
    return Cost(limit, fees.max_fee, limit * fees.max_fee, gas * (head.base_fee + fees.tip), balance)


def afford(sender: str, cost: Cost) -> None:
    """Raise FeeTooHigh if `sender` cannot pay the highest cost. A node would refuse the transaction."""
    if cost.balance < cost.max_cost:
        raise FeeTooHigh(
            sender,
            f"the key has {ether(cost.balance)} ETH; the change may cost {ether(cost.max_cost)}; nothing was signed",
            hint=f"send {ether(cost.max_cost - cost.balance)} ETH or more to this account, then run again",
        )
