"""The chain as we use it: a few questions, asked at the first end point that works, compared where it decides."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from publisher.errors import ConfigError, RpcError
from publisher.names.ens import abi
from publisher.names.ens import queries as questions
from publisher.names.ens.queries import (
    Head,
    Query,
    QueryAnswers,
    TransactionReceipt,
    balance,
    call,
    code,
    estimate,
    head,
    nonce,
    pending_nonce,
    receipt,
    tip,
)
from publisher.names.ens.responses import EndPointError, Reverted, TransactionRefused
from publisher.names.ens.transport import EndPoint, open_session

__all__ = ["Chain", "Head", "Query", "QueryAnswers", "Reverted", "TransactionReceipt", "TransactionRefused"]
__all__ += ["balance", "call", "code", "estimate", "head", "nonce", "pending_nonce", "receipt", "tip"]

T = TypeVar("T")
LOOKS, PAUSE = 6, 3.0
"""How often, and how many seconds apart, what differs is asked again: an end point may be a block (12 s) behind."""


class Chain:
    """The end points of one chain.

    Every method raises RpcError when no end point works, ConfigError for another chain, Reverted, TransactionRefused.
    """

    def __init__(
        self,
        urls: Sequence[str],
        chain: int,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._session = open_session()
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

    @property
    def date(self) -> str:
        """What time the end point that works has: the Date header of its newest answer, empty when it sends none."""
        return self._ends[0].date

    def per_end_point(self) -> tuple[Chain, ...]:
        """Each end point as a chain of its own, for who looks at them one by one; each is to be closed."""
        return tuple(Chain((end.url,), self.number, sleep=self._sleep) for end in self._ends)

    def batch(self, *queries: Query[Any]) -> QueryAnswers:
        """Many questions in one round trip, at the first end point that works; it stays the first from then on."""
        worked = bool(self._known)
        answers, faults = self._first(queries)
        if answers is None and worked:
            self._sleep(PAUSE)  # in the middle of a run, a connection that breaks is a hiccup once
            answers, faults = self._first(queries)
        if answers is None:
            raise _nobody(faults)
        return answers

    def _first(self, queries: Sequence[Query[Any]]) -> tuple[QueryAnswers | None, list[str]]:
        """The answers of the first end point that works, and what was wrong with those before it."""
        faults = []
        for end in tuple(self._ends):
            try:
                answers = self._at(end, queries)
            except EndPointError as fault:
                faults.append(f"{end.host}: {fault}")
                continue
            self._ends.sort(key=lambda e: e is not end)
            return answers, faults
        return None, faults

    def query(self, query: Query[T]) -> T:
        """The answer to one question."""
        return self.batch(query)[query]

    def query_agreed(self, *queries: Query[Any], extra: Sequence[Query[Any]] = ()) -> QueryAnswers:
        """Answers that decide, compared across all end points that work. RpcError naming both when they differ.

        What is asked beside them, in the same round trip, comes from the first end point alone.
        """
        for left in reversed(range(LOOKS)):
            answers, other = self._compare(queries, extra)
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

    def _compare(self, queries: Sequence[Query[Any]], extra: Sequence[Query[Any]]) -> tuple[QueryAnswers, str]:
        """The first end point's answers, and the host of another that gives others."""
        first = self.batch(*queries, *extra)
        for end in self._ends[1:]:
            try:
                second = self._at(end, queries)
            except EndPointError:
                continue  # it is down, which is no contradiction
            if any(_plain(first.found[ask]) != _plain(second.found[ask]) for ask in queries):
                return first, end.host
        return first, ""

    def _at(self, end: EndPoint, queries: Sequence[Query[Any]]) -> QueryAnswers:
        known = end.url in self._known
        first = questions.chain_id()
        replies = end.ask([(ask.method, ask.params) for ask in (queries if known else (first, *queries))])
        if not known:
            self._check_chain(end, questions.answer(first, replies.pop(0)))
        return QueryAnswers({ask: questions.answer(ask, reply) for ask, reply in zip(queries, replies, strict=True)})

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
        return self.query(questions.chain_id())

    def head(self) -> Head:
        """The newest block."""
        return self.query(head())

    def call(self, to: str, data: bytes, sender: str | None = None) -> bytes:
        """Run a contract's code and change nothing. Reverted when it says no."""
        return self.query(call(to, data, sender))

    def estimate(self, sender: str, to: str, data: bytes) -> int:
        """Gas that the transaction would use now."""
        return self.query(estimate(sender, to, data))

    def nonce(self, address: str) -> int:
        """How many transactions of an account are mined."""
        return self.query(nonce(address))

    def balance(self, address: str) -> int:
        """What an account holds, in wei."""
        return self.query(balance(address))

    def tip(self) -> int:
        """What a miner wants on top of the base fee, in wei a gas."""
        return self.query(tip())

    def receipt(self, hash: str) -> TransactionReceipt | None:  # noqa: A002 - the chain's own word
        """What became of a transaction; None while it is not mined."""
        return self.query(receipt(hash))

    def send_raw(self, raw: bytes) -> str:
        """Hand in a signed transaction at the first end point that takes it; its hash. Having it already is success.

        TransactionRefused when a node will not take it; RpcError when none could be asked, and then it may be anywhere.
        """
        expected = "0x" + abi.keccak(raw).hex()
        self.chain_id()  # finds an end point that works, and that is on the right chain
        faults = []
        for end in tuple(self._ends):
            try:
                if end.url not in self._known:
                    self._at(end, ())
                found = questions.answer(questions.sending(), end.send(raw))
            except EndPointError as fault:
                faults.append(f"{end.host}: {fault}")
                continue
            if isinstance(found, Reverted | TransactionRefused):
                if isinstance(found, TransactionRefused) and found.reason == "known":
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


def _plain(answer: Any) -> Any:
    """An answer as it can be compared: two refusals of the same kind are one."""
    if isinstance(answer, Reverted):
        return ("reverted", answer.data)
    return ("refused", answer.reason) if isinstance(answer, TransactionRefused) else answer


def _nobody(faults: Sequence[str]) -> RpcError:
    who = "rpc" if len(faults) != 1 else faults[0].split(": ", 1)[0]
    message = "; ".join(faults) if len(faults) != 1 else faults[0].split(": ", 1)[1]
    return RpcError(who, message, hint="try again, or name another end point in rpc of publish.toml")
