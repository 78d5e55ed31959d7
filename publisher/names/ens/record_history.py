"""Read the history of a name's record from the logs of its contracts, newest first.

End points limit the number of blocks or logs for one query. Each kind of end point has a different limit and a
different error. So the first query covers all blocks, and each refusal halves the range. The largest answered range and
the smallest refused range then give the size of the next query.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from publisher.errors import RpcError
from publisher.journal.history import RecordChange
from publisher.names import contenthash
from publisher.names.ens import abi, queries
from publisher.names.ens.queries import Log
from publisher.names.ens.rpc import Chain, TransactionRefused

CHANGED = "e379c1624ed7e714cc0937528a32359d69d5281337765313dba4e081b72d7578"  # ContenthashChanged(bytes32,bytes)
CLEARED = "c6621ccb8f3f5a04bb6502154b2caf6adf5983fe76dfef1cfc9c42e3579db444"  # VersionChanged(bytes32,uint64)
RESOLVER = "335721b01866dc23fbee8b6b2c7b1e14d6f05c28cd35a2c934239f94095602a0"  # NewResolver(bytes32,address)
KINDS = tuple(bytes.fromhex(kind) for kind in (CHANGED, CLEARED, RESOLVER))

OLDEST = {1: 6_500_000}
"""Maps a chain id to the first block of the search.

Earlier blocks cannot hold contenthash records, because the standard for these records is from November 2018.
"""
QUESTIONS = 500
"""The largest number of queries for one history. With 10,000 blocks per query, they reach two years back."""
TIMES = 20
"""The number of changes whose times are read together. One batch requests the times of their blocks."""
FAILURES = 3
"""The search ends when this many queries fail and none between them gets an answer.

A query with a long range may exceed the time limit of the end point.
"""

Place = tuple[int, int]
"""The position of a log on the chain: (block, index in the block)."""
NOW: Place = (1 << 63, 0)


def changes(
    chain: Chain, node: bytes, resolver: str, head: int, *, questions: int = QUESTIONS
) -> Iterator[RecordChange]:
    """Yield every change of a node's record, newest first, in its present and its earlier resolvers.

    A log that a resolver wrote after the name had taken another resolver is not a change of the record. `head` is the
    newest block. Raises RpcError, after yielding the changes that it found, if the end point does not answer for older
    blocks.
    """
    trail = _Trail(Pages(chain, KINDS, node, questions=questions), resolver, head)
    try:
        for logs in trail.back():
            yield from dated(chain, logs)
    except RpcError:
        yield from dated(chain, trail.held)
        raise


class _Trail:
    """The search from the newest block back to the oldest, through all resolvers of a name."""

    def __init__(self, pages: Pages, resolver: str, head: int) -> None:
        self.held: list[Log] = []
        """Logs that are found but not yielded yet, because an earlier resolver may have logs that are newer."""
        self._pages = pages
        self._head = head
        self._known = {resolver.lower()}
        """The resolvers that the search has found so far."""
        self._since = NOW
        """The position at which the name took the resolver that the search found last."""

    def back(self) -> Iterator[list[Log]]:
        """Yield the changes in parts, newest first. Raises RpcError if an end point does not answer."""
        last = self._head
        while last >= self._pages.oldest:
            first, logs = self._pages.ask(last, [abi.REGISTRY, *self._known])
            while logs:
                log = logs.pop(0)
                if log.topics[0] == KINDS[2]:
                    logs = self._switched(log, first, logs)
                    yield self._release()
                else:
                    self.held.append(log)
            if self._since == NOW:
                yield self._release()
            last = first - 1
        yield self._release()

    def _switched(self, log: Log, first: int, older: list[Log]) -> list[Log]:
        """Handle the log by which the name took a resolver, and return the older logs that still have to be handled.

        If the resolver was unknown until now, no query so far asked for its logs. Ask for them, and add them to `held`
        and to the result.
        """
        taken = _resolver(log)
        if taken and taken not in self._known:
            self._known.add(taken)
            told = self._pages.between(first, min(self._since[0], self._head), taken)
            more = [one for one in told if one[:2] < self._since and one.topics[0] != KINDS[2]]
            self.held = sorted([*self.held, *(one for one in more if one > log)], reverse=True)
            older = sorted([*older, *(one for one in more if one < log)], reverse=True)
        self._since = log[:2]
        return older

    def _release(self) -> list[Log]:
        logs, self.held = self.held, []
        return logs


class Pages:
    """Asks for logs in ranges of blocks that are as long as the end point allows."""

    def __init__(
        self, chain: Chain, kinds: Collection[bytes], about: bytes, at: int = 1, questions: int = QUESTIONS
    ) -> None:
        self.oldest = OLDEST.get(chain.number, 0)
        self._chain = chain
        self._about = kinds, about, at
        """The kinds of events, a topic, and its position, as `queries.logs` takes them."""
        self._left = questions
        self._good, self._bad = 0, 0
        """The number of blocks in the largest answered and the smallest refused range. 0 means that there is none."""

    def ask(self, last: int, addresses: Collection[str], oldest: int | None = None) -> tuple[int, list[Log]]:
        """Ask for the longest possible range that ends at block `last`. Return its first block and its logs.

        The range does not begin before `oldest` or, if `oldest` is None, before `self.oldest`. Raises RpcError if even
        the shortest range is refused, after FAILURES failures, or if no queries are left.
        """
        failed = 0
        while True:
            size = self._size(last - (self.oldest if oldest is None else oldest) + 1)
            first = last - size + 1
            try:
                logs = self._one(queries.logs(first, last, addresses, *self._about), first)
            except (TransactionRefused, RpcError) as no:
                failed += isinstance(no, RpcError)
                if size == 1 or failed == FAILURES or not self._left:
                    raise no if isinstance(no, RpcError) else self._no_further(no.message, last) from no
                self._bad = size
                self._good = min(self._good, size // 2)
                continue
            self._good = max(self._good, size)
            return first, logs

    def between(self, first: int, last: int, address: str) -> Iterator[Log]:
        """Yield the logs of one contract in the blocks `first` to `last`, newest first."""
        while last >= first:
            begin, logs = self.ask(last, [address], first)
            yield from logs
            last = begin - 1

    def _one(self, query: queries.Query[list[Log]], first: int) -> list[Log]:
        if not self._left:
            raise self._no_further("this end point answers eth_getLogs for too few blocks", first)
        self._left -= 1
        return self._chain.query(query)

    def _size(self, most: int) -> int:
        if not self._bad:
            return most
        half = (self._good + self._bad) // 2 if self._good else self._bad // 2
        # When the two sizes are close, a search for a slightly larger range costs more queries than it saves.
        return max(1, min(most, self._good if self._good * 5 >= self._bad * 4 else half))

    def _no_further(self, why: str, block: int) -> RpcError:
        return RpcError(
            self._chain.hosts[0],
            f"{why}; changes before block {block:,} are not known",
            hint="put an end point that answers eth_getLogs for long ranges first in rpc of publish.toml",
        )


def dated(chain: Chain, logs: Sequence[Log], uri: Callable[[Log], str] | None = None) -> Iterator[RecordChange]:
    """Yield the change of each log with the time of its block. `uri` returns the record that a log set.

    Raises RpcError if the end point does not give the times.
    """
    read = uri or _uri
    for start in range(0, len(logs), TIMES):
        part = logs[start : start + TIMES]
        times = {number: queries.block_time(number) for number in {log.block for log in part}}
        answers = chain.batch(*times.values())
        for log in part:
            yield RecordChange(read(log), answers[times[log.block]], log.block, log.transaction)


def _resolver(log: Log) -> str:
    try:
        return abi.read_address(log.data).lower()
    except ValueError:
        return ""


def _uri(log: Log) -> str:
    """Return the URI that a log set. Return "" for VersionChanged, because a new version clears all records."""
    if log.topics[0] == KINDS[1]:
        return ""
    try:
        return contenthash.describe(abi.read_bytes(log.data))
    except ValueError:
        return f"damaged:0x{log.data.hex()}"
