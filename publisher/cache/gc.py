"""Prune the cache. Delete the blocks that no kept root reaches, and shrink the file.

The memo rows that refer to these blocks are deleted first. Each step is a separate transaction and leaves a valid
cache. After a crash between two steps, the cache may have too much, but never a row that refers to a missing block.
Other processes may read during a prune. A prune does not start while a build is running.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from publisher.cache.store import IN_USE, Cache
from publisher.dag import node
from publisher.dag.cid import Cid
from publisher.dag.dag_pb import Malformed
from publisher.errors import BlockMissing, Unfinished
from publisher.fast_dataclass import dataclass

BATCH = 16 << 10
"""The largest number of blocks or rows that one transaction deletes.

Each transaction rewrites most pages of the index, so a small number would be slow.
"""
STEP = 8 << 20
"""The number of bytes that one transaction deletes or returns to the disk. The write-ahead log grows by this number."""
LOG_BYTES = 64 << 20
"""If the log has more bytes than this, a reader keeps the log from shrinking.

Then this prune stops shrinking the file, and the next prune continues.
"""

MARK = "CREATE TEMP TABLE mark (cid BLOB PRIMARY KEY) WITHOUT ROWID"
"""Creates the table of marked blocks in a temporary file, so that millions of marks take no memory."""
UNMARKED = """
SELECT rowid, length(data) FROM block WHERE rowid > ? AND cid NOT IN (SELECT cid FROM mark) ORDER BY rowid LIMIT ?
"""
"""Selects unmarked blocks in the order of the file. In the order of CIDs, each step would write a thousand pages."""
WEIGHT = "SELECT count(*), total(length(data)) FROM block WHERE (cid IN (SELECT cid FROM mark)) = ?"

Stale = Callable[["GarbageCollector", Callable[[Cid], bool]], Iterable[tuple[str, Iterable[bytes]]]]
"""A function that returns the keys of the memo rows to delete, by stage. Its second argument says which blocks stay."""


@dataclass(frozen=True, slots=True)
class Weight:
    """A number of blocks, and the sum of their lengths in bytes."""

    blocks: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class SweepResult:
    """The result of a sweep."""

    gone: Weight
    """The deleted blocks."""
    kept: Weight
    """The blocks that stay."""
    before: int
    """The number of bytes of the file with its write-ahead log, before the sweep."""
    after: int
    """The number of bytes of the file with its write-ahead log, after the sweep."""


class GarbageCollector(Cache):
    """The cache of a folder for a prune. First `mark` the roots that stay, then measure or `sweep` unmarked blocks."""

    @property
    def size(self) -> int:
        """The number of bytes of the file and its write-ahead log."""
        return sum(_bytes_of(self.path.with_name(self.path.name + end)) for end in ("", "-wal"))

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the lock that keeps builds from starting.

        Raises Unfinished if a build is running, and StateError if the lock cannot be opened.
        """
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(self._flock(IN_USE, fcntl.LOCK_EX | fcntl.LOCK_NB))
            except BlockingIOError as error:
                hint = "run again when that has ended; nothing was removed from the cache"
                raise Unfinished("cache", "another run is building in this folder", hint=hint) from error
            yield

    def mark(self, roots: Iterable[Cid]) -> None:
        """Mark every block that these roots reach, as far as the cache has the blocks. The bytes of files are not read.

        Raises StateError if the cache cannot be read or written.
        """
        lost = self.thrown_away
        with self._step("BEGIN") as db:
            pending = list(roots)
            while pending and self.thrown_away == lost:
                cid = pending.pop()
                new = not cid.is_identity and db.execute("INSERT OR IGNORE INTO mark VALUES (?)", (cid.raw,)).rowcount
                if new and not cid.is_raw:
                    with contextlib.suppress(BlockMissing, Malformed):  # the cache may lack some blocks of a root
                        pending.extend(node.link(entry)[1].cid for entry in node.links(cid, self.get(cid)))

    def below(self, roots: Iterable[Cid]) -> Weight | None:
        """Return the weight of the unmarked blocks below `roots`. Return None if one of these blocks is missing."""
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
        """Return the weight of the blocks in the cache that are marked."""
        return self._weight(marked=True)

    def unmarked(self) -> Weight:
        """Return the weight of the blocks that a sweep would delete."""
        return self._weight(marked=False)

    def sweep(self, stale: Stale) -> SweepResult:
        """Delete all blocks that are not marked and the memo rows that `stale` returns. Shrink the file.

        Raises StateError if the cache cannot be written.
        """
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
        """Return the stages that have memo rows."""
        return tuple(stage for (stage,) in self._rows_of("SELECT DISTINCT stage FROM memo"))

    def keys(self, stage: str) -> frozenset[bytes]:
        """Return the keys of all rows of a stage. The values may be long and are not read."""
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
        """Return free pages to the disk in small steps. VACUUM would first write the whole file into the log."""
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
        """Run one transaction. If the file is damaged, delete it. Then there is nothing left to prune."""
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
    """Return as many of the first rows as fit into STEP bytes, but at least one. `rows` has row ids and lengths."""
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
