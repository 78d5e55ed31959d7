"""Send queries to the first end point of a chain that works. Compare all end points before an important decision."""

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
"""`query_agreed` compares the answers of the end points up to LOOKS times, with pauses of PAUSE seconds.

An end point may be one block (12 s) behind another.
"""


class Chain:
    """The end points of one chain.

    Every method that sends queries raises RpcError if no end point works, and ConfigError if an end point is on another
    chain. Methods that return one answer raise the answer if it is Reverted or TransactionRefused.
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
        """The scheme and host of each end point. The other parts of a URL may hold a key and are never shown."""
        return tuple(end.host for end in self._ends)

    @property
    def date(self) -> str:
        """The Date header in the newest answer of the first end point, or "" if it had none."""
        return self._ends[0].date

    def per_end_point(self) -> tuple[Chain, ...]:
        """Return one chain for each end point, with only that end point. The caller has to close them."""
        return tuple(Chain((end.url,), self.number, sleep=self._sleep) for end in self._ends)

    def batch(self, *queries: Query[Any]) -> QueryAnswers:
        """Send several queries in one round trip to the first end point that works.

        Later queries go to this end point first.
        """
        worked = bool(self._known)
        answers, faults = self._first(queries)
        if answers is None and worked:
            self._sleep(PAUSE)  # an end point has worked before, so one broken connection must not end the run
            answers, faults = self._first(queries)
        if answers is None:
            raise _nobody(faults)
        return answers

    def _first(self, queries: Sequence[Query[Any]]) -> tuple[QueryAnswers | None, list[str]]:
        """Return the answers of the first end point that works, and the faults of the end points before it.

        The answers are None if no end point works.
        """
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
        """Return the answer to one query."""
        return self.batch(query)[query]

    def query_agreed(self, *queries: Query[Any], extra: Sequence[Query[Any]] = ()) -> QueryAnswers:
        """Return the answers to `queries` and `extra`. All end points that work must agree on `queries`.

        The queries in `extra` go to the first end point only, in the same round trip. If two end points still differ
        after LOOKS comparisons, raises RpcError, whose text names the two end points.
        """
        for left in reversed(range(LOOKS)):
            answers, other = self._compare(queries, extra)
            if not other:
                break
            if not left:
                raise RpcError(
                    self._ends[0].host,
                    f"the answers of this end point and of {other} differ",
                    hint="wait and run again, or remove the end point that you do not trust: one is late or wrong",
                )
            self._sleep(PAUSE)
        return answers

    def _compare(self, queries: Sequence[Query[Any]], extra: Sequence[Query[Any]]) -> tuple[QueryAnswers, str]:
        """Return the answers of the first end point, and the host of an end point that differs ("" if all agree)."""
        first = self.batch(*queries, *extra)
        for end in self._ends[1:]:
            try:
                second = self._at(end, queries)
            except EndPointError:
                continue  # an end point that is down does not contradict the first
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
                f"this end point is on chain {found}, but the configuration has chain-id {self.number}",
                hint="correct rpc or chain-id in publish.toml; nothing was signed",
            )
        self._known.add(end.url)

    def chain_id(self) -> int:
        """Return the chain id of an end point. Raises ConfigError if it differs from the configured chain id."""
        return self.query(questions.chain_id())

    def head(self) -> Head:
        """Return the newest block."""
        return self.query(head())

    def call(self, to: str, data: bytes, sender: str | None = None) -> bytes:
        """Run the contract `to` without changing anything, and return its answer. Raises Reverted if it reverts."""
        return self.query(call(to, data, sender))

    def estimate(self, sender: str, to: str, data: bytes) -> int:
        """Return the gas that the transaction would use now. Raises Reverted if it would revert."""
        return self.query(estimate(sender, to, data))

    def nonce(self, address: str) -> int:
        """Return the number of mined transactions of an account."""
        return self.query(nonce(address))

    def balance(self, address: str) -> int:
        """Return the balance of an account, in wei."""
        return self.query(balance(address))

    def tip(self) -> int:
        """Return the priority fee that block producers want, in wei per gas."""
        return self.query(tip())

    def receipt(self, hash: str) -> TransactionReceipt | None:  # noqa: A002 - JSON-RPC uses the word hash
        """Return the receipt of a transaction, or None while it is not mined."""
        return self.query(receipt(hash))

    def send_raw(self, raw: bytes) -> str:
        """Send a signed transaction through the first end point that works, and return the hash of the transaction.

        A node that already has the transaction counts as a success. Raises TransactionRefused or Reverted if a node
        refuses the transaction. Raises RpcError if no end point gave a proper answer. Even then, a node may have
        received the transaction.
        """
        expected = "0x" + abi.keccak(raw).hex()
        self.chain_id()  # moves an end point that works to the front, and checks its chain
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
                faults.append(f"{end.host}: the end point names another transaction than the one that was sent")
                continue
            return expected
        raise _nobody(faults)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


def _plain(answer: Any) -> Any:
    """Return an answer in a form that can be compared. Two refusals with the same reason are equal."""
    if isinstance(answer, Reverted):
        return ("reverted", answer.data)
    return ("refused", answer.reason) if isinstance(answer, TransactionRefused) else answer


def _nobody(faults: Sequence[str]) -> RpcError:
    who = "rpc" if len(faults) != 1 else faults[0].split(": ", 1)[0]
    message = "; ".join(faults) if len(faults) != 1 else faults[0].split(": ", 1)[1]
    return RpcError(who, message, hint="run again, or name another end point in rpc of publish.toml")
