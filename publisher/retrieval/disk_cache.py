"""Blocks that were fetched for visitors, on the disk, up to so many bytes: those asked for last.

Once it is full, a block is kept the second time that it is fetched: who looks once at a file larger than all of this
moves nothing out, and has nothing written.

Apart from the cache, which holds what this site is made of: what strangers look at comes and goes without touching it.
A fault of this file is never the visitor's: it is told once, and blocks are fetched again.
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
"""Of these pages a block of 1 MiB is read in a third of the time that pages of 4 KiB take, and little stays empty."""

OVERHEAD = 100
"""Bytes of a row beside its block."""

LOW = 0.95
"""Of the limit: what is left after making room, so that it is not made for each block."""

MOST_SEEN = 20_000
"""So many blocks are remembered that were fetched once while it was full: 20 GB of a file, in 4 MB."""


class DiskCache:
    """For several threads, and for several processes; each counts for itself, so that two may hold a little more."""

    def __init__(self, folder: Path, limit: int, log: Callable[[str], None] = lambda message: None) -> None:
        """`limit`: bytes on the disk, about. A file that is damaged or of another version is made anew."""
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
            self._db.executescript("PRAGMA incremental_vacuum")  # by execute() it would free one page

    def get(self, cid: Cid) -> bytes:
        """The block's bytes, hashed; BlockMissing when it is not here, or damaged."""
        rows: list[tuple[bytes, int]] = []
        with self._lock, self._quietly():
            if self._db is not None:
                rows = self._db.execute("SELECT data, used FROM block WHERE cid = ?", (cid.raw,)).fetchall()
                # Only what is not among the newest is marked: a page that is read all day is written once a day.
                if rows and rows[0][1] < self._newest - 1000:
                    self._newest += 1
                    self._db.execute("UPDATE block SET used = ? WHERE cid = ?", (self._newest, cid.raw))
        if not rows or not cid.matches(rows[0][0]):
            raise BlockMissing("fetched", f"block {cid} was not fetched before")
        return rows[0][0]

    def put(self, block: Block) -> None:
        """Keep a block; when it is full, only one that was seen before, and let others go for it."""
        with self._lock, self._quietly():
            if self._db is None or len(block.data) > self._limit * (1 - LOW):
                return
            if self._size > self._limit * LOW and not self._seen_before(block.cid):
                return
            self._newest += 1
            row = (block.cid.raw, block.data, len(block.data), self._newest)
            if self._db.execute("INSERT OR IGNORE INTO block VALUES (?, ?, ?, ?)", row).rowcount:
                self._size += len(block.data) + OVERHEAD
            else:  # it was damaged
                self._db.execute("UPDATE block SET data = ? WHERE cid = ?", (block.data, block.cid.raw))
            if self._size > self._limit:
                self._count()  # another process may have let go of some
                self._make_room()

    def close(self) -> None:
        """Let go of the file."""
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
        """Down to LOW, when there is more than the limit."""
        assert self._db is not None
        if self._size <= self._limit:
            return  # pages that become free are used again, and only given back at the start
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
        # After a power cut the file may be damaged: then it is made anew.
        return connect(self._path, SCHEMA, seconds=10, synchronous="OFF", isolation=None, threads=True)

    @contextlib.contextmanager
    def _quietly(self) -> Iterator[None]:
        """A fault of the file or the disk is told, and the file is left alone from then on."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            if self._db is not None:
                with contextlib.suppress(sqlite3.Error):
                    self._db.close()
                self._db = None
            self._say(f"what is fetched is not kept on the disk any more: {self._path}: {error}")
