"""Build the JSON-RPC queries to a chain, and parse their answers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Generic, NamedTuple, TypeVar

from publisher.fast_dataclass import dataclass
from publisher.names.ens.responses import (
    EndPointError,
    Reverted,
    TransactionRefused,
    judge,
    judge_logs,
    judge_optional,
)

T = TypeVar("T")
R = TypeVar("R")
BASE_FEE = "the base fee of one block"


class Head(NamedTuple):
    """The newest block. `base_fee` is in wei per gas, `time` in seconds since 1970."""

    number: int
    hash: str
    base_fee: int
    time: int


class TransactionReceipt(NamedTuple):
    """The receipt of a mined transaction. `ok` is False if it reverted. `price` is the paid fee in wei per gas."""

    ok: bool
    block: int
    block_hash: str
    gas_used: int
    price: int


class Log(NamedTuple):
    """A log that a contract wrote during a transaction. Sorted logs are in the order of the chain."""

    block: int
    number: int
    """The index of the log in its block."""
    address: str
    """The address of the contract, in lower case."""
    topics: tuple[bytes, ...]
    data: bytes
    transaction: str


def _equal(one: Any, other: Any) -> bool:
    return bool(plain(one) == plain(other))


@dataclass(frozen=True, slots=True, eq=False)
class Query(Generic[T]):
    """A JSON-RPC query, and the functions that parse its reply and compare the answers of two end points."""

    method: str
    params: tuple[Any, ...]
    read: Callable[[Any], T]
    """Parses the result. Raises ValueError, TypeError or LookupError if the result is malformed."""
    judge: Callable[[dict[str, Any]], Any] = judge
    """Returns the result of a reply. Raises Reverted, TransactionRefused or EndPointError if the reply is an error."""
    same: Callable[[Any, Any], bool] = _equal
    """Takes the answers of two end points. Returns whether two honest end points can give these answers."""
    about: str = ""
    """The subject of the answers. The error for two end points that differ names it, unless it is ""."""


@dataclass(frozen=True, slots=True)
class QueryAnswers:
    """The answers of one end point to several queries.

    `answers[query]` raises the answer if it is Reverted or TransactionRefused.
    """

    found: dict[Query[Any], Any]
    host: str = ""
    """The scheme and host of the end point."""
    others: tuple[QueryAnswers, ...] = ()
    """The answers of the other end points that were asked at the same time."""

    def __getitem__(self, query: Query[T]) -> T:
        answer = self.found[query]
        if isinstance(answer, Reverted | TransactionRefused):
            raise answer
        value: T = answer
        return value

    def every(self, query: Query[T]) -> tuple[tuple[str, T], ...]:
        """Return (host, answer) for each end point. Leave out the end points whose answer is a revert or a refusal."""
        found = [(one.host, one.found[query]) for one in (self, *self.others)]
        return tuple(pair for pair in found if not isinstance(pair[1], Reverted | TransactionRefused))

    def perhaps(self, query: Query[T], read: Callable[[T], R]) -> R | None:
        """Return `read(answer)`. Return None if the call reverts, is refused, or `read` raises ValueError.

        Use this method for functions that some contracts do not have.
        """
        try:
            return read(self[query])
        except (Reverted, TransactionRefused, ValueError):
            return None


def call(to: str, data: bytes, sender: str | None = None) -> Query[bytes]:
    """Return a query that runs the contract `to` at the newest block and changes nothing. `sender` is the caller."""
    return Query("eth_call", (_call(to, data, sender), "latest"), _bytes)


def estimate(sender: str, to: str, data: bytes) -> Query[int]:
    """Return a query for the gas that the transaction would use now.

    Some nodes include their pending transactions unless the query says "latest". When a run replaces a transaction, the
    pending one would seem to have made the change already. The estimate would be half as high, and the new transaction
    would run out of gas.
    """
    return Query("eth_estimateGas", (_call(to, data, sender), "latest"), integer)


def code(address: str) -> Query[bytes]:
    """Return a query for the code at an address. The answer is b"" if there is no contract."""
    return Query("eth_getCode", (address, "latest"), _bytes)


def nonce(address: str, at: int | None = None) -> Query[int]:
    """Return a query for the next nonce of an account, which is the number of its mined transactions.

    The count includes block `at`, or the newest block if `at` is None.
    """
    return Query("eth_getTransactionCount", (address, "latest" if at is None else hex(at)), integer)


def pending_nonce(address: str) -> Query[int | None]:
    """Return a query for the number of mined and pending transactions of an account, as far as the node knows.

    The answer is None if the node has no pending block.
    """
    return Query("eth_getTransactionCount", (address, "pending"), int_or_none, judge_optional)


def balance(address: str) -> Query[int]:
    """Return a query for the balance of an account, in wei."""
    return Query("eth_getBalance", (address, "latest"), integer)


def head() -> Query[Head]:
    """Return a query for the newest block. Two end points may be at different blocks."""
    return Query("eth_getBlockByNumber", ("latest", False), _head, judge, _same_head, BASE_FEE)


def receipt(hash: str) -> Query[TransactionReceipt | None]:  # noqa: A002 - JSON-RPC uses the word hash
    """Return a query for the receipt of a transaction. The answer is None while the transaction is not mined."""
    return Query("eth_getTransactionReceipt", (hash,), _receipt(hash))


def logs(
    first: int, last: int, addresses: Collection[str], kinds: Collection[bytes], about: bytes, at: int = 1
) -> Query[list[Log]]:
    """Return a query for the logs about a name or a record in the blocks `first` to `last`, newest first.

    `addresses` are the contracts, `kinds` the event hashes. `about` is the topic at position `at`: a namehash, or the
    number of a record. The answer is TransactionRefused if the range is too long for the end point.
    """
    topics = (["0x" + kind.hex() for kind in sorted(kinds)], *[None] * (at - 1), "0x" + about.hex())
    wanted = {"fromBlock": hex(first), "toBlock": hex(last), "address": sorted(addresses), "topics": topics}
    known = {address.lower() for address in addresses}

    def read(found: Any) -> list[Log]:
        told = [log for one in found if (log := _log(one)) and not one.get("removed")]
        for log in told:
            fits = first <= log.block <= last and log.address in known
            if not fits or len(log.topics) <= at or log.topics[0] not in kinds or log.topics[at] != about:
                raise ValueError("not what was asked for")
        return sorted(told, reverse=True)

    return Query("eth_getLogs", (wanted,), read, judge_logs)


def block_time(number: int) -> Query[int]:
    """Return a query for the time of a block, in seconds since 1970."""

    def read(block: Any) -> int:
        if integer(block["number"]) != number:
            raise ValueError("another block")
        return integer(block["timestamp"])

    return Query("eth_getBlockByNumber", (hex(number), False), read)


def chain_id() -> Query[int]:
    """Return a query for the chain id of the end point."""
    return Query("eth_chainId", (), integer)


def sending() -> Query[str]:
    """Return the query that parses the answer to a sent transaction. The answer is the hash of the transaction."""
    return Query("eth_sendRawTransaction", (), _hex)


def answer(query: Query[Any], reply: dict[str, Any]) -> Any:
    """Return the value of a reply. Raises EndPointError if the end point gave no proper answer.

    Reverted and TransactionRefused are returned instead of raised, so that they do not hide the other answers of a
    batch.
    """
    try:
        return query.read(query.judge(reply))
    except (Reverted, TransactionRefused) as no:
        return no
    except (ValueError, TypeError, LookupError) as error:
        raise EndPointError(f"the answer to {query.method} cannot be understood") from error


def plain(answer: Any) -> Any:
    """Return an answer in a form that can be compared. Two refusals with the same reason are equal."""
    if isinstance(answer, Reverted):
        return ("reverted", answer.data)
    return ("refused", answer.reason) if isinstance(answer, TransactionRefused) else answer


def _same_head(one: Head, other: Head) -> bool:
    """Return whether both base fees are possible on one chain.

    From one block to the next, the base fee changes by an eighth at most (EIP-1559).
    """
    low, high = sorted((one, other), key=lambda head: head.number)
    most, least = low.base_fee, low.base_fee
    for _ in range(min(high.number - low.number, 64)):
        most, least = most + max(1, most // 8), least - least // 8
    return least <= high.base_fee <= most or high.number - low.number > 64


def _call(to: str, data: bytes, sender: str | None) -> dict[str, str]:
    return {"to": to, "data": "0x" + data.hex(), **({"from": sender} if sender else {})}


def integer(value: Any) -> int:
    """Return the number that a JSON-RPC answer writes in hex. Raises ValueError if it is no such number."""
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ValueError(value)
    return int(value, 16)


def int_or_none(value: Any) -> int | None:
    """Return the number that a JSON-RPC answer writes in hex, or None if the answer is null.

    Raises ValueError if it is neither.
    """
    return None if value is None else integer(value)


def _bytes(value: Any) -> bytes:
    return bytes.fromhex(_hex(value)[2:])


def _hex(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ValueError(value)
    return value.lower()


def _head(block: Any) -> Head:
    return Head(
        integer(block["number"]), _hex(block["hash"]), integer(block["baseFeePerGas"]), integer(block["timestamp"])
    )


def _log(found: Any) -> Log:
    return Log(
        integer(found["blockNumber"]),
        integer(found["logIndex"]),
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
        price = integer(found["effectiveGasPrice"])
        ok = integer(found["status"]) == 1
        return TransactionReceipt(
            ok, integer(found["blockNumber"]), _hex(found["blockHash"]), integer(found["gasUsed"]), price
        )

    return read
