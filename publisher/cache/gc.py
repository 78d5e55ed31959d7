"""The cache made small: blocks that no kept root reaches go, after the memo rows that speak of them; then the file.

Each step is a transaction of its own and leaves a sound cache: a crash between two leaves more than is needed, never
a row that speaks of a block that is not there. Others may read meanwhile; who builds is never disturbed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from publisher.cache.store import IN_USE, Cache
from publisher.dag import node
from publisher.dag.cid import Cid
from publisher.dag.dag_pb import Malformed
from publisher.errors import BlockMissing, Unfinished

BATCH = 16 << 10
"""Blocks or rows that go in one transaction: each writes most pages of the index anew, so few do that often."""
STEP = 8 << 20
"""Bytes that one transaction takes out, or gives back: about so many go through the write-ahead log."""
LOG_BYTES = 64 << 20
"""A log that is longer is one that some reader holds on to: the file gives back the rest the next time."""

MARK = "CREATE TEMP TABLE mark (cid BLOB PRIMARY KEY) WITHOUT ROWID"
"""In a file of the connection's own that SQLite removes: millions of marks take no memory."""
UNMARKED = """
SELECT rowid, length(data) FROM block WHERE rowid > ? AND cid NOT IN (SELECT cid FROM mark) ORDER BY rowid LIMIT ?
"""
"""In the order of the file: in that of their CIDs, each step would write a thousand pages of it."""
WEIGHT = "SELECT count(*), total(length(data)) FROM block WHERE (cid IN (SELECT cid FROM mark)) = ?"

Stale = Callable[["GarbageCollector", Callable[[Cid], bool]], Iterable[tuple[str, Iterable[bytes]]]]
"""Which memo rows no longer stand, by stage, when only those blocks are there for which the function says so."""


@dataclass(frozen=True, slots=True)
class Weight:
    """Blocks, and the sum of their lengths."""

    blocks: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What a prune did. Bytes of the file count its write-ahead log in."""

    gone: Weight
    kept: Weight
    before: int
    after: int


class GarbageCollector(Cache):
    """The cache of one folder as who prunes it sees it: `mark` what stays, then look or `sweep`."""

    @property
    def size(self) -> int:
        """Bytes of the file and its write-ahead log."""
        return sum(_bytes_of(self.path.with_name(self.path.name + end)) for end in ("", "-wal"))

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Nobody builds here while it lasts. Unfinished when somebody does."""
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(self._flock(IN_USE, fcntl.LOCK_EX | fcntl.LOCK_NB))
            except BlockingIOError as error:
                hint = "run again when it has ended; nothing was taken out of the cache"
                raise Unfinished("cache", "another run is building here", hint=hint) from error
            yield

    def mark(self, roots: Iterable[Cid]) -> None:
        """Note every block that these roots reach, as far as they are here. The bytes of files are not read for it."""
        lost = self.thrown_away
        with self._step("BEGIN") as db:
            pending = list(roots)
            while pending and self.thrown_away == lost:
                cid = pending.pop()
                new = not cid.is_identity and db.execute("INSERT OR IGNORE INTO mark VALUES (?)", (cid.raw,)).rowcount
                if new and not cid.is_raw:
                    with contextlib.suppress(BlockMissing, Malformed):  # a root may be here in part, or not at all
                        pending.extend(node.link(entry)[1].cid for entry in node.links(cid, self.get(cid)))

    def below(self, roots: Iterable[Cid]) -> Weight | None:
        """The blocks of roots that no marked root reaches; None when not all of these are here to be counted."""
        seen: dict[Cid, int] = {}
        pending = [(root, 0) for root in roots]
        while pending:
            cid, length = pending.pop()
            if cid.is_identity or cid in seen or self._rows_of("SELECT 1 FROM mark WHERE cid = ?", (cid.raw,)):
                continue
            seen[cid] = length
            if not cid.is_raw or not length:
                try:
                    data = self.get(cid)
                    pending += [(link.cid, link.size) for _, link in map(node.link, node.links(cid, data))]
                except (BlockMissing, Malformed):
                    return None
                seen[cid] = len(data)
        return Weight(len(seen), sum(seen.values()))

    def marked(self) -> Weight:
        """The blocks that are marked and here."""
        return self._weight(marked=True)

    def unmarked(self) -> Weight:
        """The blocks that would go."""
        return self._weight(marked=False)

    def sweep(self, stale: Stale) -> SweepResult:
        """Take out what is not marked, and give the room back to the disk."""
        before, gone, kept = self.size, self.unmarked(), self.marked()
        for stage, keys in stale(self, self._stays):
            for part in _batches(keys):
                with self._step() as db:
                    db.executemany("DELETE FROM memo WHERE stage = ? AND key = ?", [(stage, key) for key in part])
        last = -1
        while rows := self._rows_of(UNMARKED, (last, BATCH)):
            numbers = _so_many(rows)
            with self._step() as db:
                db.executemany("DELETE FROM block WHERE rowid = ?", numbers)
            last = numbers[-1][0]
        self._shrink()
        return SweepResult(gone, kept, before, self.size)

    def stages(self) -> tuple[str, ...]:
        """The stages that have memo rows."""
        return tuple(stage for (stage,) in self._rows_of("SELECT DISTINCT stage FROM memo"))

    def keys(self, stage: str) -> frozenset[bytes]:
        """The keys of a stage's rows: the rows themselves may be long."""
        return frozenset(key for (key,) in self._rows_of("SELECT key FROM memo WHERE stage = ?", (stage,)))

    def _prepare(self, db: sqlite3.Connection) -> None:
        super()._prepare(db)
        db.execute(MARK)

    def _stays(self, cid: Cid) -> bool:
        return bool(self._rows_of("SELECT 1 FROM mark JOIN block USING (cid) WHERE cid = ?", (cid.raw,)))

    def _weight(self, *, marked: bool) -> Weight:
        rows = self._rows_of(WEIGHT, (marked,)) or [(0, 0)]
        return Weight(rows[0][0], int(rows[0][1]))

    def _shrink(self) -> None:
        """Give free pages back, a few at a time: VACUUM would write the whole file into the log first."""
        free, before = self._number("freelist_count"), 0
        pages = max(1, STEP // max(1, self._number("page_size")))
        while free and free != before and _bytes_of(self.path.with_name(f"{self.path.name}-wal")) < LOG_BYTES:
            self._rows_of(f"PRAGMA incremental_vacuum({pages})")
            before, free = free, self._number("freelist_count")
        self._rows_of("PRAGMA wal_checkpoint(TRUNCATE)")

    def _number(self, pragma: str) -> int:
        rows = self._rows_of(f"PRAGMA {pragma}")
        return int(rows[0][0]) if rows else 0

    def _rows_of(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        return list(self._all(sql, values))

    @contextlib.contextmanager
    def _step(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """One transaction; a damaged file is thrown away, as everywhere, and then there is nothing to prune."""
        with self._mending():
            self._db.commit()
            self._db.execute(begin)
            try:
                yield self._db
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.rollback()
                raise
            self._db.commit()


def _so_many(rows: list[tuple[int, int]]) -> list[tuple[int]]:
    """The first of these rows that are no more bytes together than one step takes: at least one."""
    total = 0
    numbers: list[tuple[int]] = []
    for number, length in rows:
        total += length
        if numbers and total > STEP:
            break
        numbers.append((number,))
    return numbers


def _batches(keys: Iterable[bytes]) -> Iterator[list[bytes]]:
    waiting = list(keys)
    for start in range(0, len(waiting), BATCH):
        yield waiting[start : start + BATCH]


def _bytes_of(path: os.PathLike[str]) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
