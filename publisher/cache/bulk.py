"""The cache for whoever puts very much at once, and could put it again: nothing waits for the disk.

What is committed survives the end of the process, but a power cut soon after may damage the file, which is thrown away
then, as every damaged one. An empty file that nobody else has open is filled without a log, in a third of the time;
whoever wants to open it meanwhile waits, so after some hundred megabytes it is shared like any other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from publisher.cache.sqlite import ignore
from publisher.cache.store import Cache
from publisher.dag.cid import Block

ALONE_BYTES = 256 << 20
"""A second or two: others give up only after thirty."""


class BatchWriteCache(Cache):
    """For one thread at a time. On leaving the context all is committed; after an exception what was put is gone."""

    def __init__(self, folder: Path, warn: Callable[[str], None] = ignore, *, alone_bytes: int = ALONE_BYTES) -> None:
        super().__init__(folder, warn, threads=True)
        self._left = alone_bytes
        with self._mending():
            self._db.execute("PRAGMA synchronous = OFF")
            self._db.execute("PRAGMA cache_size = -2048")  # nothing is read again, and this much stays near the core
        self.alone = self._take_alone()
        """Whether nobody else can open the file."""

    def put_many(self, blocks: Sequence[Block]) -> None:
        """As of every cache."""
        super().put_many(blocks)
        self._left -= sum(len(block.data) for block in blocks)
        if self.alone and self._left < 0:
            self._share()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.alone and kind is None:
            self._share()
        discard = self.alone and kind is not None
        super().__exit__(kind, error, at)
        if discard:  # what is written without a log cannot be taken back, but there was nothing before
            with self._state_errors():
                self._unlink()

    def _take_alone(self) -> bool:
        """An empty file for this object, without a log. It stays as it was where there are rows, or other users."""
        alone = False
        with self._mending():
            rows = self._db.execute(
                "SELECT EXISTS (SELECT 1 FROM block) + EXISTS (SELECT 1 FROM memo) + EXISTS (SELECT 1 FROM kept)"
            )
            if rows.fetchone()[0]:
                return False
            try:
                self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
                alone = self._db.execute("PRAGMA journal_mode = OFF").fetchone()[0] == "off"
            except sqlite3.OperationalError:  # somebody else has it open
                alone = False
            if not alone:
                self._db.execute("PRAGMA locking_mode = NORMAL")
                self._db.execute("SELECT 1 FROM block LIMIT 0")  # only with a read does it let go
        return alone

    def _share(self) -> None:
        self.commit()
        with self._mending():
            self._db.execute("PRAGMA locking_mode = NORMAL")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("SELECT 1 FROM block LIMIT 0")
        self.alone = False
