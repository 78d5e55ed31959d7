"""Keep fetched blocks on the disk for visitors, up to a number of bytes. The blocks that were used last stay.

When the cache is full, a block is kept only the second time that it is fetched. So a visitor who reads one file that is
larger than the cache displaces no other blocks.

The file of this cache is not the cache of the site, so visitors of other sites cannot change the site's cache. An error
of this file is logged once, and blocks are fetched again. A visitor never sees the error.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from publisher.cache.database import Damaged, Schema, connect, remove
from publisher.dag.cid import Block, Cid
from publisher.errors import BlockMissing

FILE = "fetched.sqlite3"
TABLES = """
CREATE TABLE IF NOT EXISTS block
    (cid BLOB PRIMARY KEY, data BLOB NOT NULL, size INTEGER NOT NULL, used INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS used ON block (used);
"""
SCHEMA = Schema(version=2, tables=TABLES, page=8 << 10)
"""The pages of the file have 8 KiB. With 4 KiB, a block of 1 MiB would take three times as long to read."""

OVERHEAD = 100
"""The number of bytes in a row besides its block."""

LOW = 0.95
"""If the cache is over its limit, blocks are deleted down to this part of the limit.

So there is room for many new blocks.
"""

MOST_SEEN = 20_000
"""The CIDs of at most this many blocks that were fetched once are remembered.

The CIDs of a file of 20 GB take 4 MB of memory.
"""


class DiskCache:
    """A disk cache for several threads and processes.

    Between two counts of the whole file, a process counts only the blocks that it adds. So several processes may exceed
    the limit a little.
    """

    def __init__(self, folder: Path, limit: int, log: Callable[[str], None] = lambda message: None) -> None:
        """Open the cache in `folder`. It keeps about `limit` bytes.

        A damaged file, or a file of another version, is replaced. `log` is called once with an error of the file.
        Nothing is raised.
        """
        self._path = folder / FILE
        self._limit = limit
        self._say = log
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._size = self._newest = 0
        self._seen: dict[Cid, None] = {}
        with self._quietly():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._db = self._open()
            self._count()
            self._make_room()
            self._db.executescript("PRAGMA incremental_vacuum")  # With execute(), only one page would be freed.

    def get(self, cid: Cid) -> bytes:
        """Return the bytes of a block after hashing them. Raises BlockMissing if it is absent or damaged."""
        rows: list[tuple[bytes, int]] = []
        with self._lock, self._quietly():
            if self._db is not None:
                rows = self._db.execute("SELECT data, used FROM block WHERE cid = ?", (cid.raw,)).fetchall()
                # The row of a block is written only if the block is no longer among the newest 1000. So a page that is
                # read all day causes few writes.
                if rows and rows[0][1] < self._newest - 1000:
                    self._newest += 1
                    self._db.execute("UPDATE block SET used = ? WHERE cid = ?", (self._newest, cid.raw))
        if not rows or not cid.matches(rows[0][0]):
            raise BlockMissing("fetched", f"block {cid} is not in the cache of fetched blocks")
        return rows[0][0]

    def put(self, block: Block) -> None:
        """Keep a block. If the cache is full, keep it only if it was fetched before, and delete old blocks for it.

        A block that is larger than 1 - LOW of the limit is not kept.
        """
        with self._lock, self._quietly():
            if self._db is None or len(block.data) > self._limit * (1 - LOW):
                return
            if self._size > self._limit * LOW and not self._seen_before(block.cid):
                return
            self._newest += 1
            row = (block.cid.raw, block.data, len(block.data), self._newest)
            if self._db.execute("INSERT OR IGNORE INTO block VALUES (?, ?, ?, ?)", row).rowcount:
                self._size += len(block.data) + OVERHEAD
            else:  # The cache has the block already, but `get` found it damaged.
                self._db.execute("UPDATE block SET data = ? WHERE cid = ?", (block.data, block.cid.raw))
            if self._size > self._limit:
                self._count()  # Another process may have deleted blocks.
                self._make_room()

    def close(self) -> None:
        """Close the file of the cache."""
        with self._lock, self._quietly():
            if self._db is not None:
                self._db.close()
                self._db = None

    def _seen_before(self, cid: Cid) -> bool:
        if cid in self._seen:
            del self._seen[cid]
            return True
        if len(self._seen) >= MOST_SEEN:
            del self._seen[next(iter(self._seen))]
        self._seen[cid] = None
        return False

    def _count(self) -> None:
        assert self._db is not None
        size, rows, newest = self._db.execute("SELECT TOTAL(size), COUNT(*), MAX(used) FROM block").fetchone()
        self._size, self._newest = int(size) + OVERHEAD * rows, newest or 0

    def _make_room(self) -> None:
        """If the cache is over its limit, delete the oldest blocks down to the part LOW of the limit.

        The file does not become smaller, because SQLite keeps the freed pages for other blocks.
        """
        assert self._db is not None
        if self._size <= self._limit:
            return
        while self._size > self._limit * LOW:
            oldest = self._db.execute("SELECT used, size FROM block ORDER BY used LIMIT 100").fetchall()
            gone, last = 0, 0
            for last, size in oldest:  # noqa: B007 - the last that has to go is used below
                gone += size + OVERHEAD
                if self._size - gone <= self._limit * LOW:
                    break
            self._db.execute("DELETE FROM block WHERE used <= ?", (last,))
            self._size -= gone

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except Damaged:
            remove(self._path)
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        # With synchronous=OFF, a power cut may damage the file. A damaged file is replaced.
        return connect(self._path, SCHEMA, seconds=10, synchronous="OFF", isolation=None, threads=True)

    @contextlib.contextmanager
    def _quietly(self) -> Iterator[None]:
        """Log an error of the file or the disk, and do not use the file any more."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            if self._db is not None:
                with contextlib.suppress(sqlite3.Error):
                    self._db.close()
                self._db = None
            self._say(f"fetched blocks are no longer kept on the disk: {self._path}: {error}")
