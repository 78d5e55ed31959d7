"""The chain as we use it: a few questions, asked at the first end point that works, compared where it decides."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from publisher.errors import ConfigError, RpcError
from publisher.names.ens import abi
from publisher.names.ens.replies import Fault, Refused, Reverted, judge
from publisher.names.ens.wire import EndPoint

__all__ = ["Answers", "Ask", "Chain", "Head", "Receipt", "Refused", "Reverted"]

T = TypeVar("T")
R = TypeVar("R")
LOOKS, PAUSE = 4, 2.0
"""How often, and how many seconds apart, end points that disagree are asked again: one may be a block behind."""


class Head(NamedTuple):
    """The newest block. The fee is in wei a gas, the time in seconds since 1970."""

    number: int
    hash: str
    base_fee: int
    time: int


class Receipt(NamedTuple):
    """What became of a mined transaction. The price is what was paid, in wei a gas."""

    ok: bool
    block: int
    block_hash: str
    gas_used: int
    price: int


@dataclass(frozen=True, slots=True, eq=False)
class Ask(Generic[T]):
    """One question and how to read its result; reading raises ValueError, TypeError or LookupError on nonsense."""

    method: str
    params: tuple[Any, ...]
    read: Callable[[Any], T]


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers of one round trip, by their question. Looking one up raises Reverted or Refused when that is it."""

    found: dict[Ask[Any], Any]

    def __getitem__(self, ask: Ask[T]) -> T:
        answer = self.found[ask]
        if isinstance(answer, Reverted | Refused):
            raise answer
        value: T = answer
        return value

    def perhaps(self, ask: Ask[T], read: Callable[[T], R]) -> R | None:
        """A value that not every contract can give: None when it reverts, or answers something else."""
        try:
            return read(self[ask])
        except (Reverted, Refused, ValueError):
            return None


def call(to: str, data: bytes, sender: str | None = None) -> Ask[bytes]:
    """Run a contract's code at the newest block and change nothing."""
    return Ask("eth_call", (_call(to, data, sender), "latest"), _bytes)


def estimate(sender: str, to: str, data: bytes) -> Ask[int]:
    """Gas that the transaction would use now."""
    return Ask("eth_estimateGas", (_call(to, data, sender),), _int)


def code(address: str) -> Ask[bytes]:
    """A contract's code; empty where there is none."""
    return Ask("eth_getCode", (address, "latest"), _bytes)


def nonce(address: str) -> Ask[int]:
    """How many transactions of an account are mined: the nonce of its next."""
    return Ask("eth_getTransactionCount", (address, "latest"), _int)


def pending_nonce(address: str) -> Ask[int]:
    """The same, counting what waits to be mined, as far as this node knows."""
    return Ask("eth_getTransactionCount", (address, "pending"), _int)


def balance(address: str) -> Ask[int]:
    """What an account holds, in wei."""
    return Ask("eth_getBalance", (address, "latest"), _int)


def head() -> Ask[Head]:
    """The newest block."""
    return Ask("eth_getBlockByNumber", ("latest", False), _head)


def tip() -> Ask[int]:
    """What a miner wants on top of the base fee, in wei a gas."""
    return Ask("eth_maxPriorityFeePerGas", (), _int)


class Chain:
    """Errors of every method: RpcError when no end point works, ConfigError for another chain; Reverted, Refused."""

    def __init__(
        self,
        urls: Sequence[str],
        chain: int,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import requests

        self._session = requests.Session()
        self._ends = [EndPoint(url, self._session) for url in urls]
        self.number = chain
        self._known: set[str] = set()
        self._sleep = sleep

    def __repr__(self) -> str:
        return f"Chain({', '.join(self.hosts)})"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Scheme and host of each end point: all that may be shown."""
        return tuple(end.host for end in self._ends)

    def together(self, *asks: Ask[Any]) -> Answers:
        """Many questions in one round trip, at the first end point that works; it stays the first from then on."""
        worked = bool(self._known)
        answers, faults = self._first(asks)
        if answers is None and worked:
            self._sleep(PAUSE)  # in the middle of a run, a connection that breaks is a hiccup once
            answers, faults = self._first(asks)
        if answers is None:
            raise _nobody(faults)
        return answers

    def _first(self, asks: Sequence[Ask[Any]]) -> tuple[Answers | None, list[str]]:
        """The answers of the first end point that works, and what was wrong with those before it."""
        faults = []
        for end in tuple(self._ends):
            try:
                answers = self._at(end, asks)
            except Fault as fault:
                faults.append(f"{end.host}: {fault}")
                continue
            self._ends.sort(key=lambda e: e is not end)
            return answers, faults
        return None, faults

    def one(self, ask: Ask[T]) -> T:
        """The answer to one question."""
        return self.together(ask)[ask]

    def agreed(self, *asks: Ask[Any], beside: Sequence[Ask[Any]] = ()) -> Answers:
        """Answers that decide, compared across all end points that work. RpcError naming both when they differ.

        What is asked beside them, in the same round trip, comes from the first end point alone.
        """
        for left in reversed(range(LOOKS)):
            answers, other = self._compare(asks, beside)
            if not other:
                break
            if not left:
                raise RpcError(
                    self._ends[0].host,
                    f"says something else than {other}",
                    hint="one of them is behind or lying: wait and run again, or remove the one you do not trust",
                )
            self._sleep(PAUSE)
        return answers

    def _compare(self, asks: Sequence[Ask[Any]], beside: Sequence[Ask[Any]]) -> tuple[Answers, str]:
        """The first end point's answers, and the host of another that gives others."""
        first = self.together(*asks, *beside)
        for end in self._ends[1:]:
            try:
                second = self._at(end, asks)
            except Fault:
                continue  # it is down, which is no contradiction
            if any(_plain(first.found[ask]) != _plain(second.found[ask]) for ask in asks):
                return first, end.host
        return first, ""

    def _at(self, end: EndPoint, asks: Sequence[Ask[Any]]) -> Answers:
        known = end.url in self._known
        first = Ask("eth_chainId", (), _int)
        replies = end.ask([(ask.method, ask.params) for ask in (asks if known else (first, *asks))])
        if not known:
            self._check_chain(end, _answer(first, replies.pop(0)))
        return Answers({ask: _answer(ask, reply) for ask, reply in zip(asks, replies, strict=True)})

    def _check_chain(self, end: EndPoint, found: Any) -> None:
        if found != self.number:
            raise ConfigError(
                end.host,
                f"this is chain {found}, the configuration says chain-id {self.number}",
                hint="correct rpc or chain-id in publish.toml; nothing was signed",
            )
        self._known.add(end.url)

    def chain_id(self) -> int:
        """The chain's number, as the end point says it and the configuration expects it."""
        return self.one(Ask("eth_chainId", (), _int))

    def head(self) -> Head:
        """The newest block."""
        return self.one(head())

    def call(self, to: str, data: bytes, sender: str | None = None) -> bytes:
        """Run a contract's code and change nothing. Reverted when it says no."""
        return self.one(call(to, data, sender))

    def estimate(self, sender: str, to: str, data: bytes) -> int:
        """Gas that the transaction would use now."""
        return self.one(estimate(sender, to, data))

    def code(self, address: str) -> bytes:
        """A contract's code; empty where there is none."""
        return self.one(code(address))

    def nonce(self, address: str) -> int:
        """How many transactions of an account are mined."""
        return self.one(nonce(address))

    def pending_nonce(self, address: str) -> int:
        """The same, with what waits to be mined."""
        return self.one(pending_nonce(address))

    def balance(self, address: str) -> int:
        """What an account holds, in wei."""
        return self.one(balance(address))

    def tip(self) -> int:
        """What a miner wants on top of the base fee, in wei a gas."""
        return self.one(tip())

    def receipt(self, hash: str) -> Receipt | None:  # noqa: A002 - the chain's own word
        """What became of a transaction; None while it is not mined. ValueError-like nonsense is a Fault."""
        return self.one(Ask("eth_getTransactionReceipt", (hash,), _receipt(hash)))

    def block_hash(self, number: int) -> str | None:
        """The hash of the block at this height; None above the newest."""
        return self.one(Ask("eth_getBlockByNumber", (hex(number), False), _block_hash))

    def transaction(self, hash: str) -> bool:  # noqa: A002 - the chain's own word
        """Whether the end point knows a transaction, mined or waiting."""
        return self.one(Ask("eth_getTransactionByHash", (hash,), lambda t: t is not None))

    def send_raw(self, raw: bytes) -> str:
        """Hand in a signed transaction at the first end point that takes it; its hash. Having it already is success.

        Refused when a node will not take it; RpcError when none could be asked, and then it may be anywhere.
        """
        expected = "0x" + abi.keccak(raw).hex()
        self.chain_id()  # finds an end point that works, and that is on the right chain
        faults = []
        for end in tuple(self._ends):
            try:
                if end.url not in self._known:
                    self._at(end, ())
                found = _answer(Ask("eth_sendRawTransaction", (), _hex), end.send(raw))
            except Fault as fault:
                faults.append(f"{end.host}: {fault}")
                continue
            if isinstance(found, Reverted | Refused):
                if isinstance(found, Refused) and found.reason == "known":
                    return expected
                raise found
            if found != expected:
                faults.append(f"{end.host}: it names another transaction than the one it was given")
                continue
            return expected
        raise _nobody(faults)

    def close(self) -> None:
        """Let the connections go."""
        self._session.close()


def _answer(ask: Ask[Any], reply: dict[str, Any]) -> Any:
    """The value of a reply; Reverted and Refused are values here, for each is one of many answers."""
    try:
        return ask.read(judge(reply))
    except (Reverted, Refused) as no:
        return no
    except (ValueError, TypeError, LookupError) as error:
        raise Fault(f"its answer to {ask.method} makes no sense") from error


def _plain(answer: Any) -> Any:
    return (type(answer).__name__, answer.data) if isinstance(answer, Reverted) else answer


def _nobody(faults: Sequence[str]) -> RpcError:
    who = "rpc" if len(faults) != 1 else faults[0].split(": ", 1)[0]
    message = "; ".join(faults) if len(faults) != 1 else faults[0].split(": ", 1)[1]
    return RpcError(who, message, hint="try again, or name another end point in rpc of publish.toml")


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


def _block_hash(block: Any) -> str | None:
    return None if block is None else _hex(block["hash"])


def _receipt(expected: str) -> Callable[[Any], Receipt | None]:
    def read(found: Any) -> Receipt | None:
        if found is None:
            return None
        if _hex(found["transactionHash"]) != expected.lower():
            raise ValueError("a receipt of another transaction")
        price = _int(found["effectiveGasPrice"])
        ok = _int(found["status"]) == 1
        return Receipt(ok, _int(found["blockNumber"]), _hex(found["blockHash"]), _int(found["gasUsed"]), price)

    return read
