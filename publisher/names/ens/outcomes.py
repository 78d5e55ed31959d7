"""Make the result of a change for the report."""

from __future__ import annotations

from collections.abc import Callable

from publisher.errors import RpcError, TransactionFailed
from publisher.names.base import NameOutcome
from publisher.names.ens import abi
from publisher.names.ens.chain_state import ChainState
from publisher.names.ens.nonces import Attempt, Call, Nonces
from publisher.names.ens.rpc import Chain, Reverted, TransactionRefused


def done(call: Call, nonces: Nonces, state: ChainState) -> NameOutcome:
    """Return the outcome for a record that is right.

    It is "moved" if we have sent a transaction for this record and have no receipt yet, else "unchanged".
    """
    ours = next((a for a in reversed(nonces.open) if a.was_sent and a.makes(call)), None)
    if ours is None:
        return NameOutcome(call.name, "ens", "unchanged", state.record, call.after)
    return _outcome(call, ours)


def moved(call: Call, ended: Attempt, why: Callable[[], str]) -> NameOutcome:
    """Return the outcome for the mined transaction `ended`.

    Raises TransactionFailed if the transaction reverted. `why` returns the reason of the revert.
    """
    mined = ended.mined
    assert mined is not None
    if mined.ok:
        return _outcome(call, ended)
    if ended.ran_out:
        raise TransactionFailed(
            call.name,
            f"transaction {ended.hash} was mined in block {mined.block} and ran out of gas: it used its whole limit of "
            f"{mined.gas_used:,} gas",
            hint="run again: the next run allows twice as much gas, but never more than max-gas; the fee is spent",
        )
    raise TransactionFailed(
        call.name,
        f"transaction {ended.hash} was mined in block {mined.block} and reverted: {why()}",
        hint="correct the cause and run again; the fee is spent",
    )


def revert_reason(chain: Chain, call: Call, sender: str) -> str:
    """Return the reason why `call` reverts, as text. Simulate the call again, because a receipt has no reason."""
    try:
        chain.call(call.to, call.data, sender)
    except Reverted as no:
        return abi.reason(no.data)
    except (TransactionRefused, RpcError):
        return "no end point gave the reason"
    return "the name was in another state in that block, and the same call would work now"


def superseded(call: Call, state: ChainState, why: str) -> NameOutcome:
    """Return the outcome for a change that is left to a newer run for the reason `why`. This run has sent nothing."""
    return NameOutcome(call.name, "ens", "superseded", state.record, call.after, why=why)


def _outcome(call: Call, attempt: Attempt) -> NameOutcome:
    signed, mined = attempt.signed, attempt.mined
    return NameOutcome(
        call.name,
        "ens",
        "moved",
        signed.before,
        call.after,
        attempt.hash,
        block=mined.block if mined else None,
        gas_used=mined.gas_used if mined else None,
        fee_wei=mined.fee_wei if mined else None,
        gas=signed.gas or None,
        max_wei=signed.max_cost or None,
    )
