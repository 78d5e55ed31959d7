"""A cache for many blocks at once that could be added again. No commit waits for the disk.

A commit survives the end of the process. A power cut soon after it may damage the file, which is then deleted like any
damaged cache. An empty file that no other process has open is filled without a log, in a third of the time. Other
processes wait meanwhile, so after some hundred megabytes the file is shared as usual.
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
"""Bytes: one or two seconds of writing. Other processes give up after thirty seconds."""


class BatchWriteCache(Cache):
    """A cache for one thread at a time. Leaving the context commits; after an exception, the added blocks are gone.

    Raises StateError.
    """

    def __init__(self, folder: Path, warn: Callable[[str], None] = ignore, *, alone_bytes: int = ALONE_BYTES) -> None:
        super().__init__(folder, warn, threads=True)
        self._left = alone_bytes
        with self._mending():
            self._db.execute("PRAGMA synchronous = OFF")
            self._db.execute("PRAGMA cache_size = -2048")  # nothing is read again, and a small cache is fast
        self.alone = self._take_alone()
        """Whether no other process can open the file."""

    def put_many(self, blocks: Sequence[Block]) -> None:
        """Add blocks as `Cache.put_many` does. Raises StateError."""
        super().put_many(blocks)
        self._left -= sum(len(block.data) for block in blocks)
        if self.alone and self._left < 0:
            self._share()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.alone and kind is None:
            self._share()
        discard = self.alone and kind is not None
        super().__exit__(kind, error, at)
        if discard:  # without a log there is no rollback, but the file was empty before
            with self._state_errors():
                self._unlink()

    def _take_alone(self) -> bool:
        """Take an empty file for this object alone, without a log. A file with rows or other users stays as it was."""
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
            except sqlite3.OperationalError:  # another process has it open
                alone = False
            if not alone:
                self._db.execute("PRAGMA locking_mode = NORMAL")
                self._db.execute("SELECT 1 FROM block LIMIT 0")  # the lock is released only with the next read
        return alone

    def _share(self) -> None:
        self.commit()
        with self._mending():
            self._db.execute("PRAGMA locking_mode = NORMAL")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("SELECT 1 FROM block LIMIT 0")
        self.alone = False
