"""A cache that adds many blocks quickly. Use it only for blocks that can be added again.

No commit waits for the disk. A commit survives the end of the process. A power cut soon after a commit may damage the
file. A damaged file is deleted as soon as a run notices the damage. An empty file that no other process has open is
filled without a write-ahead log. Without a log, adding blocks takes a third of the time, but other processes have to
wait. So after ALONE_BYTES bytes, the file gets a log and is shared as usual.
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
"""The number of bytes to write without a log.

Writing these bytes takes one or two seconds. Other processes wait for up to 30 seconds.
"""


class BatchWriteCache(Cache):
    """A cache for one thread at a time.

    The end of the context commits. After an exception in the context, the added blocks are lost. Opening the cache
    raises StateError if the file cannot be opened.
    """

    def __init__(self, folder: Path, warn: Callable[[str], None] = ignore, *, alone_bytes: int = ALONE_BYTES) -> None:
        super().__init__(folder, warn, threads=True)
        self._left = alone_bytes
        with self._mending():
            self._db.execute("PRAGMA synchronous = OFF")
            self._db.execute("PRAGMA cache_size = -2048")  # a small page cache is faster if nothing is read again
        self.alone = self._take_alone()
        """Whether this object has the file for itself, so that no other process can open it."""

    def put_many(self, blocks: Sequence[Block]) -> None:
        """Add blocks as `Cache.put_many` does. Raises StateError if the file cannot be written."""
        super().put_many(blocks)
        self._left -= sum(len(block.data) for block in blocks)
        if self.alone and self._left < 0:
            self._share()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.alone and kind is None:
            self._share()
        discard = self.alone and kind is not None
        super().__exit__(kind, error, at)
        if discard:  # without a log, SQLite cannot roll back. The file was empty before, so it is deleted.
            with self._state_errors():
                self._unlink()

    def _take_alone(self) -> bool:
        """Lock an empty file for this object only, and turn off its log. Return whether this was possible.

        A file that has rows, or that another process has open, does not change.
        """
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
            except sqlite3.OperationalError:  # another process has the file open
                alone = False
            if not alone:
                self._db.execute("PRAGMA locking_mode = NORMAL")
                self._db.execute("SELECT 1 FROM block LIMIT 0")  # SQLite releases the lock only at the next read
        return alone

    def _share(self) -> None:
        self.commit()
        with self._mending():
            self._db.execute("PRAGMA locking_mode = NORMAL")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("SELECT 1 FROM block LIMIT 0")
        self.alone = False
