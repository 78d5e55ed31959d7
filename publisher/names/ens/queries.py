"""The queries to a chain, and how each answer is read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from publisher.names.ens.responses import EndPointError, Reverted, TransactionRefused, judge, judge_logs

T = TypeVar("T")
R = TypeVar("R")


class Head(NamedTuple):
    """The newest block. The fee is in wei per gas, the time in seconds since 1970."""

    number: int
    hash: str
    base_fee: int
    time: int


class TransactionReceipt(NamedTuple):
    """The receipt of a mined transaction. `price` is what was paid, in wei per gas."""

    ok: bool
    block: int
    block_hash: str
    gas_used: int
    price: int


class Log(NamedTuple):
    """A log that a contract wrote while a transaction ran. Logs sort in the order of the chain."""

    block: int
    number: int
    """Its number within the block."""
    address: str
    """The contract, in lower case."""
    topics: tuple[bytes, ...]
    data: bytes
    transaction: str


@dataclass(frozen=True, slots=True, eq=False)
class Query(Generic[T]):
    """A query and how to read its result. Reading raises ValueError, TypeError or LookupError for a bad result."""

    method: str
    params: tuple[Any, ...]
    read: Callable[[Any], T]
    judge: Callable[[dict[str, Any]], Any] = judge
    """Returns the result in a reply, or raises what the reply means."""


@dataclass(frozen=True, slots=True)
class QueryAnswers:
    """Answers by their query. An answer that is Reverted or TransactionRefused is raised when it is read."""

    found: dict[Query[Any], Any]

    def __getitem__(self, query: Query[T]) -> T:
        answer = self.found[query]
        if isinstance(answer, Reverted | TransactionRefused):
            raise answer
        value: T = answer
        return value

    def perhaps(self, query: Query[T], read: Callable[[T], R]) -> R | None:
        """Return a value that not every contract has; None if the call reverts or answers something else."""
        try:
            return read(self[query])
        except (Reverted, TransactionRefused, ValueError):
            return None


def call(to: str, data: bytes, sender: str | None = None) -> Query[bytes]:
    """Return a query that runs a contract's code at the newest block without changing anything."""
    return Query("eth_call", (_call(to, data, sender), "latest"), _bytes)


def estimate(sender: str, to: str, data: bytes) -> Query[int]:
    """Return a query for the gas that the transaction would use now.

    "latest" is stated because some nodes count on their pending transactions. There, a transaction that is being
    replaced has made the change already, and an unchanged record costs half: ours would run out of gas.
    """
    return Query("eth_estimateGas", (_call(to, data, sender), "latest"), _int)


def code(address: str) -> Query[bytes]:
    """Return a query for a contract's code; empty if there is none."""
    return Query("eth_getCode", (address, "latest"), _bytes)


def nonce(address: str, at: int | None = None) -> Query[int]:
    """Return a query for the next nonce of an account: the number of its mined transactions.

    They are counted up to block `at` or the newest one.
    """
    return Query("eth_getTransactionCount", (address, "latest" if at is None else hex(at)), _int)


def pending_nonce(address: str) -> Query[int]:
    """Return a query for the same number with pending transactions, as far as this node knows."""
    return Query("eth_getTransactionCount", (address, "pending"), _int)


def balance(address: str) -> Query[int]:
    """Return a query for the balance of an account, in wei."""
    return Query("eth_getBalance", (address, "latest"), _int)


def head() -> Query[Head]:
    """Return a query for the newest block."""
    return Query("eth_getBlockByNumber", ("latest", False), _head)


def tip() -> Query[int]:
    """Return a query for the priority fee that a block's producer wants, in wei per gas."""
    return Query("eth_maxPriorityFeePerGas", (), _int)


def receipt(hash: str) -> Query[TransactionReceipt | None]:  # noqa: A002 - the chain's own word
    """Return a query for the receipt of a transaction; None while it is not mined."""
    return Query("eth_getTransactionReceipt", (hash,), _receipt(hash))


def logs(first: int, last: int, addresses: Collection[str], kinds: Collection[bytes], node: bytes) -> Query[list[Log]]:
    """Return a query for the logs of these contracts about a node in a range of blocks, newest first.

    Its answer is TransactionRefused if the range is too long.
    """
    topics = (["0x" + kind.hex() for kind in sorted(kinds)], "0x" + node.hex())
    wanted = {"fromBlock": hex(first), "toBlock": hex(last), "address": sorted(addresses), "topics": topics}
    known = {address.lower() for address in addresses}

    def read(found: Any) -> list[Log]:
        told = [log for one in found if (log := _log(one)) and not one.get("removed")]
        for log in told:
            fits = first <= log.block <= last and log.address in known
            if not fits or len(log.topics) < 2 or log.topics[0] not in kinds or log.topics[1] != node:
                raise ValueError("not what was asked for")
        return sorted(told, reverse=True)

    return Query("eth_getLogs", (wanted,), read, judge_logs)


def block_time(number: int) -> Query[int]:
    """Return a query for the time of a block, in seconds since 1970."""

    def read(block: Any) -> int:
        if _int(block["number"]) != number:
            raise ValueError("another block")
        return _int(block["timestamp"])

    return Query("eth_getBlockByNumber", (hex(number), False), read)


def chain_id() -> Query[int]:
    """Return a query for the chain id of the end point."""
    return Query("eth_chainId", (), _int)


def sending() -> Query[str]:
    """Return the query that reads the answer to a sent transaction: its hash."""
    return Query("eth_sendRawTransaction", (), _hex)


def answer(query: Query[Any], reply: dict[str, Any]) -> Any:
    """Return the value of a reply. Raises EndPointError.

    Reverted and TransactionRefused are returned as values, because each is one of many answers.
    """
    try:
        return query.read(query.judge(reply))
    except (Reverted, TransactionRefused) as no:
        return no
    except (ValueError, TypeError, LookupError) as error:
        raise EndPointError(f"the answer to {query.method} cannot be understood") from error


def _call(to: str, data: bytes, sender: str | None) -> dict[str, str]:
    return {"to": to, "data": "0x" + data.hex(), **({"from": sender} if sender else {})}


def _int(value: Any) -> int:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ValueError(value)
    return int(value, 16)


def _bytes(value: Any) -> bytes:
    return bytes.fromhex(_hex(value)[2:])


def _hex(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ValueError(value)
    return value.lower()


def _head(block: Any) -> Head:
    return Head(_int(block["number"]), _hex(block["hash"]), _int(block["baseFeePerGas"]), _int(block["timestamp"]))


def _log(found: Any) -> Log:
    return Log(
        _int(found["blockNumber"]),
        _int(found["logIndex"]),
        _hex(found["address"]),
        tuple(_bytes(topic) for topic in found["topics"]),
        _bytes(found["data"]),
        _hex(found["transactionHash"]),
    )


def _receipt(expected: str) -> Callable[[Any], TransactionReceipt | None]:
    def read(found: Any) -> TransactionReceipt | None:
        if found is None:
            return None
        if _hex(found["transactionHash"]) != expected.lower():
            raise ValueError("a receipt of another transaction")
        price = _int(found["effectiveGasPrice"])
        ok = _int(found["status"]) == 1
        return TransactionReceipt(
            ok, _int(found["blockNumber"]), _hex(found["blockHash"]), _int(found["gasUsed"]), price
        )

    return read
