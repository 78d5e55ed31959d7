"""Make the errors that end a run: a change is not possible, or its transaction stays pending."""

from __future__ import annotations

from publisher.errors import FeeTooHigh, NamingError, PublishError, RecordMoved, RpcError, Unfinished
from publisher.names.ens import fees as costs
from publisher.names.ens.chain_state import ChainState
from publisher.names.ens.fees import TransactionLimits, ether, gwei
from publisher.names.ens.nonces import Attempt, Call, Nonces
from publisher.names.ens.rpc import TransactionReceipt, TransactionRefused

LOW = "its fee is below the base fee"


def moved(nonces: Nonces, state: ChainState, call: Call) -> NamingError | None:
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


def unconfirmed(attempt: Attempt, receipt: TransactionReceipt, limits: TransactionLimits) -> PublishError:
    """Return the error for a mined transaction that too few blocks confirm."""
    return Unfinished(
        attempt.signed.name,
        f"transaction {attempt.hash} is mined in block {receipt.block}; {limits.confirmations} blocks must confirm it",
        hint="run again later: the next run only counts the blocks",
    )


def not_ours(state: ChainState, call: Call) -> PublishError:
    """Return the error for pending transactions of this key that the journal does not know."""
    count = state.pending - state.nonce
    many = "a transaction of this key waits to be mined and is"
    if count > 1:
        many = f"{count} transactions of this key wait to be mined and are"
    return Unfinished(
        call.name,
        f"{many} not in the journal; nothing was signed",
        hint="look in the wallet or machine that has this key: wait until that is mined, or cancel it, then run again",
    )


def not_simulated(host: str, sender: str, no: TransactionRefused) -> NamingError:
    """Return the error for a node that refuses to simulate a change of `sender`. Nothing is signed."""
    if no.reason == "no-funds":
        return FeeTooHigh(
            sender,
            "this account holds no ether to pay with; nothing was signed",
            hint="send some ether to this account",
        )
    return no_simulation(host, no.message)


def no_simulation(host: str, message: str) -> RpcError:
    """Return the error for the message of a node that cannot simulate a change."""
    return RpcError(
        host,
        f"this end point refuses to simulate the change: {message}",
        hint="name another end point in rpc of publish.toml",
    )


def not_taken(host: str, sender: str, no: TransactionRefused) -> NamingError:
    """Return the error for a node that refuses a signed transaction of `sender`."""
    so = "the transaction is signed and stays pending"
    if no.reason == "no-funds":
        return FeeTooHigh(
            sender,
            f"this account does not hold enough ether; {so}",
            hint="send some ether to this account, then run again",
        )
    return RpcError(
        host,
        f"this end point refuses the transaction: {no.message}; {so}",
        hint="name another end point in rpc of publish.toml",
    )


def with_trouble(error: PublishError, trouble: str) -> PublishError:
    """Return `error` with `trouble` in its message.

    `trouble` is the last message of a node about our transaction, or "" if there is none.
    """
    if not trouble:
        return error
    return type(error)(error.who, f"{error.message} (last answer: {trouble})", hint=error.hint)


def too_dear(nonces: Nonces, state: ChainState, call: Call, limits: TransactionLimits) -> PublishError:
    """Return the error for a change that costs more than is allowed. Nothing is signed."""
    replaced = nonces.replaced(state.nonce)
    cost = costs.needed(state.market, replaced).max_fee * state.gas
    if limits.agreed_wei is not None and cost > limits.agreed_wei:
        return Unfinished(
            call.name,
            f"the price of gas rose: the change now costs up to {ether(cost)} ETH, and you agreed to "
            f"{ether(limits.agreed_wei)} ETH at most; nothing was signed",
            hint="run again: the plan shows what the change costs then",
        )
    try:
        costs.quote(call.name, (state.estimate, state.gas or 1), state.market, limits, state.balance, replaced)
    except FeeTooHigh as error:
        return error
    return FeeTooHigh(
        call.name,
        f"the key has {ether(state.balance)} ETH, which is too little to replace its older transaction; "
        "nothing was signed",
        hint="send some ether to this account, then run again",
    )


def no_replacement(nonces: Nonces, nonce: int, state: ChainState, limits: TransactionLimits) -> str:
    """Return the reason why no replacement is signed for the pending transaction with the nonce `nonce`."""
    least = costs.needed(state.market, nonces.replaced(nonce))
    if least.max_fee > limits.max_fee_wei:
        return f"a replacement costs more than {gwei(limits.max_fee_wei)} gwei per gas"
    if limits.agreed_wei is not None and least.max_fee * state.gas > limits.agreed_wei:
        cost, agreed = ether(least.max_fee * state.gas), ether(limits.agreed_wei)
        return f"a replacement may cost {cost} ETH, and you agreed to {agreed} ETH at most"
    return f"the key has {ether(state.balance)} ETH, which is too little for a replacement"
