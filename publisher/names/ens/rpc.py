"""Send queries to the end points of a chain, and compare their answers before an important decision."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from publisher.errors import ConfigError, RpcError
from publisher.fast_dataclass import dataclass, replace
from publisher.names.ens import abi
from publisher.names.ens import queries as questions
from publisher.names.ens.fan_out import Spread, fan_out
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
)
from publisher.names.ens.responses import EndPointError, Reverted, TransactionRefused
from publisher.names.ens.transport import JsonRpc, open_end_point

__all__ = ["Chain", "Head", "Query", "QueryAnswers", "Reverted", "TransactionReceipt", "TransactionRefused"]
__all__ += ["balance", "call", "code", "estimate", "head", "nonce", "pending_nonce", "receipt"]

T = TypeVar("T")
LOOKS, PAUSE = 6, 3.0
"""`query_agreed` compares the answers of the end points up to LOOKS times, with pauses of PAUSE seconds.

An end point may be one block (12 s) behind another.
"""
LEFT_OUT = 600.0
"""Seconds after which an end point that was left out is asked again. Most runs of `publish` end before that."""
DEADLINE = 3.0
"""Seconds that an end point has for its answer if another end point has answered."""


class Chain:
    """The end points of one chain.

    Every method that sends queries raises RpcError if no end point works, and ConfigError if an end point is on another
    chain. Methods that return one answer raise Reverted or TransactionRefused if that is the answer. An end point that
    fails or is late at a query, or that returns a false hash for a sent transaction, is left out for LEFT_OUT seconds,
    and `warn` gets one line about it. If all end points are left out, all of them are asked again.
    """

    def __init__(
        self,
        urls: Sequence[str],
        chain: int,
        *,
        sleep: Callable[[float], None] = time.sleep,
        warn: Callable[[str], None] = lambda line: None,
        connect: Callable[[str], JsonRpc] = open_end_point,
        spread: Spread = fan_out,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ends = [connect(url) for url in urls]
        self.number = chain
        self._known: set[str] = set()
        """The URLs of the end points whose chain id is checked."""
        self._faults: dict[str, str] = {}
        """Maps the URL of each end point that is left out to the reason, with its host."""
        self._left_out_until = 0.0
        """The time at which all end points that are left out are asked again."""
        self._warned: set[str] = set()
        self._sleep = sleep
        self._warn = warn
        self._connect = connect
        self._spread = spread
        self._clock = clock

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
        return tuple(Chain((end.url,), self.number, sleep=self._sleep, connect=self._connect) for end in self._ends)

    def batch(self, *queries: Query[Any]) -> QueryAnswers:
        """Send several queries in one round trip to the first end point that works. Later queries go to it first."""
        return self._again(lambda: self._first(queries))[0]

    def every(self, *queries: Query[Any]) -> QueryAnswers:
        """Send several queries in one round trip to all end points at the same time.

        Return the answers of the first end point that works, with the answers of the others in `others`. An end point
        has DEADLINE seconds to answer if another one works.
        """
        first, *others = self._again(lambda: self._round(queries))
        return replace(first, others=tuple(others))

    def ask_all_again(self) -> None:
        """From the next query on, also ask the end points that were left out."""
        self._faults.clear()

    def query(self, query: Query[T]) -> T:
        """Return the answer to one query."""
        return self.batch(query)[query]

    def query_agreed(self, *queries: Query[Any], extra: Sequence[Query[Any]] = ()) -> QueryAnswers:
        """Return the answers to `queries` and `extra`, as `every` does. All end points must agree on `queries`.

        If two end points still differ after LOOKS comparisons, raises RpcError that names both.
        """
        for left in reversed(range(LOOKS)):
            answers = self.every(*queries, *extra)
            differs = _difference(answers, queries)
            if differs is None:
                break
            if not left:
                raise self._disagree(*differs)
            self._sleep(PAUSE)
        return answers

    def _disagree(self, other: str, query: Query[Any]) -> RpcError:
        hint = "wait and run again, or remove the end point that you do not trust: one is late or wrong"
        if query.about:
            what = f"this end point and {other} give two answers about {query.about}; nothing was signed"
            return RpcError(self.hosts[0], what, hint=hint)
        return RpcError(self.hosts[0], f"the answers of this end point and of {other} differ", hint=hint)

    def _again(self, ask: Callable[[], list[QueryAnswers]]) -> list[QueryAnswers]:
        """Call `ask`, and return the answers of the end points that work. `ask` returns [] if no end point works.

        If no end point works, but one has worked before, ask all end points once more after a pause. So one broken
        connection does not end the run. Raises RpcError if still no end point works.
        """
        found = ask()
        if not found and self._known:
            self._sleep(PAUSE)
            self._faults.clear()
            found = ask()
        if not found:
            faults = [self._faults[end.url] for end in self._ends]
            self._faults.clear()
            raise _nobody(faults)
        for end in self._ends:
            if end.url in self._faults and end.url not in self._warned:
                self._warned.add(end.url)
                self._warn(f"{self._faults[end.url]}; the run continues without this end point")
        self._ends.sort(key=lambda end: end.url in self._faults)
        return found

    def _working(self) -> list[JsonRpc]:
        """Return the end points that are not left out. A gateway runs for days, so it asks all of them again later."""
        if not self._faults:
            self._left_out_until = self._clock() + LEFT_OUT
        elif self._clock() >= self._left_out_until:
            self._faults.clear()
        return [end for end in self._ends if end.url not in self._faults]

    def _first(self, queries: Sequence[Query[Any]]) -> list[QueryAnswers]:
        """Return the answers of the first end point that works, or [] if none works."""
        for end in self._working():
            try:
                return [self._at(end, queries)]
            except EndPointError as fault:
                self._faults[end.url] = f"{end.host}: {fault}"
        return []

    def _round(self, queries: Sequence[Query[Any]]) -> list[QueryAnswers]:
        """Return the answers of each end point that works. From then on, the others are left out."""
        found, faults = self._side_by_side(lambda end: self._at(end, queries))
        self._faults |= {url: str(fault) for url, fault in faults.items()}
        return found

    def _side_by_side(self, work: Callable[[JsonRpc], T]) -> tuple[list[T], dict[str, _Fault]]:
        """Do `work` with each end point that is not left out, at the same time.

        Return the results, and the faults of the other end points by URL.
        """
        ends = self._working()
        found, faults = list[T](), dict[str, _Fault]()
        for end, result in zip(ends, self._spread(work, ends, DEADLINE), strict=True) if ends else ():
            if result is None:
                faults[end.url] = _Fault(end.host, EndPointError(f"no answer within {DEADLINE:g} s"))
            elif isinstance(result, EndPointError):
                faults[end.url] = _Fault(end.host, result)
            elif isinstance(result, Exception):
                raise result
            else:
                found.append(result)
        return found, faults

    def _at(self, end: JsonRpc, queries: Sequence[Query[Any]]) -> QueryAnswers:
        known = end.url in self._known
        first = questions.chain_id()
        replies = end.ask([(ask.method, ask.params) for ask in (queries if known else (first, *queries))])
        if not known:
            self._check_chain(end, questions.answer(first, replies.pop(0)))
        found = {ask: questions.answer(ask, reply) for ask, reply in zip(queries, replies, strict=True)}
        return QueryAnswers(found, end.host)

    def _check_chain(self, end: JsonRpc, found: Any) -> None:
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

    def receipt(self, hash: str) -> TransactionReceipt | None:  # noqa: A002 - JSON-RPC uses the word hash
        """Return the receipt of a transaction, or None while it is not mined."""
        return self.query(receipt(hash))

    def send_raw(self, raw: bytes) -> str:
        """Send a signed transaction to all end points at the same time, and return the hash of the transaction.

        It is enough that one node takes the transaction or already has it. Raises TransactionRefused or Reverted if no
        node takes the transaction and one refuses it. Raises RpcError if no end point gave a proper answer. Even then,
        a node may have received the transaction.
        """
        expected = "0x" + abi.keccak(raw).hex()
        if not self._known:
            self.every(questions.chain_id())
        answers, faults = self._side_by_side(lambda end: self._sent(end, raw, expected))
        # Only end points that return a false hash are left out. The others that failed are asked again at the next
        # query, because one of them may be the only one that tells the truth.
        self._faults |= {url: str(fault) for url, fault in faults.items() if isinstance(fault.error, _FalseHash)}
        found = [answer for (answer,) in answers]
        if any(answer == expected or _has_it(answer) for answer in found):
            return expected
        if found:
            raise next(answer for answer in found if isinstance(answer, Exception))
        raise _nobody(
            [*map(str, faults.values())] or [f"{end.host}: the end point does not work" for end in self._ends]
        )

    def _sent(self, end: JsonRpc, raw: bytes, expected: str) -> tuple[Any]:
        """Return a tuple with `expected`, or with the refusal of the end point.

        Raises EndPointError if the end point gives no proper answer.
        """
        if end.url not in self._known:
            self._at(end, ())
        found = questions.answer(questions.sending(), end.send(raw))
        if found != expected and not isinstance(found, Reverted | TransactionRefused):
            raise _FalseHash("the end point names another transaction than the one that was sent")
        return (found,)

    def close(self) -> None:
        """Close the connections."""
        for end in self._ends:
            end.close()


class _FalseHash(EndPointError):
    """The end point returns the hash of another transaction than the one that was sent."""


@dataclass(frozen=True, slots=True)
class _Fault:
    """The error of an end point. The text of a fault begins with the host."""

    host: str
    error: EndPointError

    def __str__(self) -> str:
        return f"{self.host}: {self.error}"


def _difference(answers: QueryAnswers, queries: Sequence[Query[Any]]) -> tuple[str, Query[Any]] | None:
    """Return the host of an end point that differs from the first one, and the query. Return None if all agree."""
    for other in answers.others:
        for query in queries:
            if not _agree(query, answers.found[query], other.found[query]):
                return other.host, query
    return None


def _agree(query: Query[Any], one: Any, other: Any) -> bool:
    if any(isinstance(answer, Reverted | TransactionRefused) for answer in (one, other)):
        return bool(questions.plain(one) == questions.plain(other))
    return query.same(one, other)


def _has_it(answer: Any) -> bool:
    return isinstance(answer, TransactionRefused) and answer.reason == "known"


def _nobody(faults: Sequence[str]) -> RpcError:
    who = "rpc" if len(faults) != 1 else faults[0].split(": ", 1)[0]
    message = "; ".join(faults) if len(faults) != 1 else faults[0].split(": ", 1)[1]
    return RpcError(who, message, hint="run again, or name another end point in rpc of publish.toml")
