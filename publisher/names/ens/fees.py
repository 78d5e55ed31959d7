"""The fees of a transaction: EIP-1559, in wei per gas, below the ceiling of publish.toml."""

from __future__ import annotations

from typing import NamedTuple

from publisher.errors import FeeTooHigh
from publisher.names.base import Cost
from publisher.names.ens.rpc import Head

GWEI, ETHER = 10**9, 10**18


class Fees(NamedTuple):
    """The highest fee, and the part of it that goes to the block's producer. In wei per gas."""

    max_fee: int
    tip: int


def gwei(wei: int) -> str:
    """Return wei as gwei, without needless digits."""
    digits = 3 if wei >= GWEI // 1000 else 9
    return f"{wei / GWEI:.{digits}f}".rstrip("0").rstrip(".")


def ether(wei: int) -> str:
    """Return wei as ether with six decimal places, rounded up, because a person sends this much or more."""
    return f"{-(-wei // 10**12) / 10**6:.6f}".rstrip("0").rstrip(".")


def price(who: str, head: Head, tip: int, ceiling_gwei: float) -> Fees:
    """Return fees that allow the base fee to double, but stay below the ceiling.

    Raises FeeTooHigh if the present fee is above it.
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
    """Return the cost of a transaction that would use `gas` now. A fifth more is allowed, as the state may change."""
    limit = gas + gas // 5
    return Cost(limit, fees.max_fee, limit * fees.max_fee, gas * (head.base_fee + fees.tip), balance)


def afford(sender: str, cost: Cost) -> None:
    """Raise FeeTooHigh if the key does not hold enough: a node would not accept the transaction."""
    if cost.balance < cost.max_cost:
        raise FeeTooHigh(
            sender,
            f"the key has {ether(cost.balance)} ETH; the change may cost {ether(cost.max_cost)}; nothing was signed",
            hint=f"send {ether(cost.max_cost - cost.balance)} ETH or more to this account, then run again",
        )
