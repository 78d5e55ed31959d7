"""Run py-evm and eth-tester as a chain whose JSON-RPC answers are like those of a node.

Each transaction is mined at once.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from publisher.devnet.genesis import state
from publisher.devnet.server import Answer

REVERTED = 3
"""Geth's error code for a reverted execution. The field `data` of the error then has the contract's reason."""

REFUSED = -32000

CALL_GAS = 1_000_000
"""The gas limit of a call that names none. No call of this program needs as much."""
EXACT = 1000
"""An estimate is at most this much gas too high."""


def embedded_chain(owner: str, names: Sequence[str], migrated: Sequence[str] | None = None) -> tuple[Answer, int]:
    """Return a new chain as a pair: the function that answers its requests, and its chain id.

    On this chain, the account `owner` has funds and owns `names`. If `migrated` is not None, the chain has ENS version
    2, and `owner` owns the names of version 2 in `migrated` too.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # The libraries warn about each other, and the user cannot prevent that.
        from eth_tester import EthereumTester, PyEVMBackend
        from eth_tester.exceptions import TransactionFailed
        from web3 import EthereumTesterProvider, Web3

    backend = PyEVMBackend(genesis_state=state(owner, names, migrated))
    w3 = Web3(EthereumTesterProvider(EthereumTester(backend=backend)))
    setattr(backend.chain, "gas_estimator", _estimate)  # noqa: B010 (the types of the library allow None here)
    request = w3.provider.request_func(w3, w3.middleware_onion)
    faults = _faults()

    def answer(method: str, params: list[Any]) -> dict[str, Any]:
        try:
            said = request(method, _from_somebody(method, params, owner))
        except TransactionFailed as error:
            return {"error": {"code": REVERTED, "message": "execution reverted", "data": _revert_data(error)}}
        except faults as error:
            return {"error": {"code": REFUSED, "message": _message(error)}}
        if said.get("error"):
            return {"error": said["error"]}
        return {"result": wire(said.get("result"))}

    return answer, int(w3.eth.chain_id)


def _estimate(state: Any, transaction: Any) -> int:
    """Return the gas that a transaction needs. Raises VMError if it fails with the gas of a whole block.

    The estimator of py-evm takes fees for half of a block's gas. The small balance of a deploy key cannot pay them. A
    node takes no fees for an estimate.
    """
    from eth.vm.spoof import SpoofTransaction

    free = {"gas_price": 0, "max_fee_per_gas": 0, "max_priority_fee_per_gas": 0}

    def fault(gas: int) -> Exception | None:
        before = state.snapshot()
        try:
            done = state.apply_transaction(SpoofTransaction(transaction, gas=gas, **free))
        finally:
            state.revert(before)
        return done.error if done.is_error else None

    least, enough = transaction.intrinsic_gas, state.gas_limit
    if fault(least) is None:
        return int(least)
    if (error := fault(enough)) is not None:
        raise error
    while enough - least > EXACT:
        middle = (least + enough) // 2
        if fault(middle) is None:
            enough = middle
        else:
            least = middle
    return int(enough)


def wire(value: Any) -> Any:
    """Return a Python value in the format of JSON-RPC, in which integers and bytes are hexadecimal."""
    if isinstance(value, bool | str | float) or value is None:
        return value
    if isinstance(value, int):
        return hex(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, list | tuple):
        return [wire(item) for item in value]
    return {key: wire(item) for key, item in value.items()}


def _faults() -> tuple[type[Exception], ...]:
    """Return the classes of every exception that a request can cause in the libraries.

    A node would answer such a request with an error, and so does this chain.
    """
    from eth.exceptions import PyEVMError
    from eth_tester.exceptions import BlockNotFound, TransactionNotFound, ValidationError
    from eth_utils.exceptions import ValidationError as WrongTransaction
    from web3.exceptions import Web3Exception

    plain = (ValueError, TypeError, LookupError, AttributeError, NotImplementedError)
    return (PyEVMError, ValidationError, WrongTransaction, BlockNotFound, TransactionNotFound, Web3Exception, *plain)


def _from_somebody(method: str, params: list[Any], owner: str) -> list[Any]:
    """Return the parameters. A call without a sender gets `owner`, and a call without a gas limit gets CALL_GAS.

    py-evm takes fees from the sender even for a call, and only `owner` is certain to have funds. Without a limit, these
    are the fees for the gas of a whole block. A node takes no fees for a call.
    """
    if method in ("eth_call", "eth_estimateGas") and params and isinstance(params[0], dict):
        return [{"from": owner, "gas": hex(CALL_GAS), **params[0]}, *(params[1:] or ["latest"])]
    return params


def _revert_data(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    if isinstance(said, bytes):
        return "0x" + said.hex()
    text = str(said).removeprefix("execution reverted: ")
    return text if text.startswith("0x") else "0x"


def _message(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return "insufficient funds for gas * price + value" if "cannot afford" in text else text
