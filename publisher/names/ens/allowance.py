"""Compute how much gas and how much ether the next attempt of a change may take."""

from __future__ import annotations

from dataclasses import replace

from publisher.errors import FeeTooHigh
from publisher.names.base import Cost
from publisher.names.ens import fees
from publisher.names.ens.chain_state import ChainState
from publisher.names.ens.fees import TransactionLimits
from publisher.names.ens.nonces import Call, Nonces


def gas_limit(call: Call, limits: TransactionLimits, nonces: Nonces, state: ChainState) -> int:
    """Return the gas limit of the next attempt, or 0 if no attempt can be signed."""
    try:
        return checked_gas_limit(call, limits, nonces, state) if state.estimate else 0
    except FeeTooHigh:
        return 0


def checked_gas_limit(call: Call, limits: TransactionLimits, nonces: Nonces, state: ChainState) -> int:
    """Return the gas limit of the next attempt. Raises FeeTooHigh if the change needs more gas than max-gas."""
    ran_out = nonces.ran_out(call.name, call.to)
    return fees.gas_limit(call.name, state.estimate, state.host, limits.max_gas, ran_out)


def maximum(call: Call, limits: TransactionLimits, nonces: Nonces, state: ChainState) -> int | None:
    """Return the most, in wei, that all attempts together may cost.

    If an earlier run showed a maximum for an attempt that is still open, return this maximum. Otherwise compute it from
    the prices in `state`. Return None if the change cannot be signed at these prices. Callers use this function only
    while the present run has shown no maximum.
    """
    if agreed := nonces.agreed(call):
        return agreed
    if not state.gas:
        return None
    gas, replaced = (state.estimate, state.gas), nonces.replaced(state.nonce)
    try:
        return fees.quote(call.name, gas, state.market, limits, state.balance, replaced).cost.max_cost
    except FeeTooHigh:
        return None


def planned(call: Call, limits: TransactionLimits, nonces: Nonces, state: ChainState, sender: str) -> Cost:
    """Return the cost that a plan shows for the change.

    Raises FeeTooHigh if the change needs more than a limit, or more than the key `sender` holds. It is not raised while
    an attempt of the key is open, because the run then has to finish this attempt in any case.
    """
    if not nonces.open:
        limit = checked_gas_limit(call, limits, nonces, state)
        replaced = nonces.replaced(state.nonce)
        found = fees.quote(call.name, (state.estimate, limit), state.market, limits, state.balance, replaced)
        fees.afford(sender, limit * found.offer, state.balance)
        return found.cost
    limit = gas_limit(call, limits, nonces, state) or nonces.open[-1].signed.gas or limits.max_gas
    most = maximum(call, limits, nonces, replace(state, gas=limit))
    if most is None:
        most = fees.cap(state.estimate, state.market, limits, nonces.replaced(state.nonce))
        most = min(most, limit * limits.max_fee_wei)
    likely = state.estimate * (state.market.base_fee + state.market.tip)
    return Cost(limit, most // limit, most, likely, state.balance)
