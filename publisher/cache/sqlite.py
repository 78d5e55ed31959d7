"""Create and open the SQLite file of the cache under a lock, commit, and delete the file if it is damaged.

store.py reads and writes the tables.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from publisher.cache.database import Damaged, Schema, connect, is_damaged, remove
from publisher.errors import StateError

FILE = "cache.sqlite"
"""The name of the file in its folder."""

TABLES = """
CREATE TABLE IF NOT EXISTS block (cid BLOB PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS memo (stage TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (stage, key));
CREATE TABLE IF NOT EXISTS kept (cid BLOB PRIMARY KEY, name TEXT NOT NULL);
"""
SCHEMA = Schema(version=2, tables=TABLES, page=16 << 10)
"""The tables of the cache. With pages of 16 KiB, reading an HTML page takes half the time that 4 KiB pages take."""

COMMIT_BYTES = 64 << 20
"""The cache commits after this number of new bytes, because the log grows until the end of a transaction."""

BUSY_SECONDS = 30.0

TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache; see https://bford.info/cachedir/\n"

HINTS = {
    sqlite3.SQLITE_FULL: "make room on the disk, or delete the cache folder (it is made again)",
    sqlite3.SQLITE_BUSY: "wait until the other run has ended (it has been writing for a long time), then run again",
    sqlite3.SQLITE_READONLY: "correct the owner, mode or mount of the cache folder: it cannot be written",
    sqlite3.SQLITE_PERM: "correct the owner, mode or mount of the cache folder: it cannot be written",
    sqlite3.SQLITE_CANTOPEN: "correct the owner or mode of the cache folder, or delete it: it cannot be opened",
    sqlite3.SQLITE_IOERR: "delete the cache folder (it is made again) and check the disk or network folder",
}


def ignore(message: str) -> None:
    """Ignore a warning. This is the default for `warn`."""


class CacheFile:
    """A cache file.

    It is a context manager whose end commits, except after an exception. Without `threads`, each thread needs its own
    CacheFile.
    """

    def __init__(
        self,
        folder: Path,
        warn: Callable[[str], None] = ignore,
        *,
        busy: float = BUSY_SECONDS,
        threads: bool = False,
        repair: bool = True,
    ) -> None:
        """Open or create the file in `folder`.

        `warn` gets a line if the file is damaged. `busy` is the number of seconds to wait for other writers. If
        `threads` is set, other threads may use this object, one at a time. A damaged file is deleted and created again.
        Without `repair`, a damaged file stays, and this call or a later call raises Damaged. Raises StateError if the
        file cannot be opened.
        """
        self.folder = folder
        self.path = folder / FILE
        self.thrown_away = 0
        """How often this object has found the file damaged and deleted it, with all blocks that were added before."""
        self.is_new = not self.path.exists()
        """Whether there was no file when this object was made. Then its data is of this run or of runs beside it."""
        self._warn = warn
        self._busy = busy
        self._threads = threads
        self._repair = repair
        self._uncommitted = 0
        self._inode = 0
        with self._state_errors():
            # The parent folder also has the journal, so only its owner may read it.
            folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
            _write_once(folder / ".gitignore", b"*\n")
            _write_once(folder / "CACHEDIR.TAG", TAG)
        self._db = self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            self.close()

    def close(self) -> None:
        """Close the file without a commit. Everything that was added since the last commit is lost."""
        with contextlib.suppress(sqlite3.DatabaseError):  # the file is damaged, and the next run will report it
            self._db.close()

    def commit(self) -> None:
        """Commit, so that everything that was added survives a crash.

        Raises StateError if the file cannot be written.
        """
        with self._mending():
            self._db.commit()
        self._uncommitted = 0

    def _write(self, sql: str, values: tuple[object, ...], size: int) -> int:
        changed = -1
        with self._mending():
            changed = self._db.execute(sql, values).rowcount
        if changed < 0:  # the file was damaged and deleted, so write into the new file
            with self._state_errors():
                changed = self._db.execute(sql, values).rowcount
        self._uncommitted += size
        if self._uncommitted >= COMMIT_BYTES:
            self.commit()
        return changed

    def _all(self, sql: str, values: tuple[object, ...]) -> list[tuple[bytes, ...]]:
        rows: list[tuple[bytes, ...]] = []
        with self._mending():
            rows += self._db.execute(sql, values)
        return rows

    @contextlib.contextmanager
    def _mending(self) -> Iterator[None]:
        """Run the body. If the file is damaged, warn, delete the file and create an empty one.

        Raises Damaged if the file is damaged and must not be repaired. Raises StateError for any other error of SQLite
        or of the folder.
        """
        try:
            with self._state_errors():
                yield
        except Damaged as damage:
            if not self._repair:
                raise
            self._throw_away(str(damage))

    @contextlib.contextmanager
    def _state_errors(self) -> Iterator[None]:
        """Turn the errors of SQLite and of the folder into StateError, or into Damaged if the file is damaged."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise  # this is a bug, such as using a closed file. A StateError would have a wrong hint.
        except sqlite3.Error as error:
            if is_damaged(error):
                raise Damaged(str(error)) from error
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_IOERR) & 0xFF
            raise StateError(
                "cache", f"{self.path}: {error}", hint=HINTS.get(code, "delete the cache folder")
            ) from error
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            hint = HINTS[sqlite3.SQLITE_FULL if full else sqlite3.SQLITE_PERM]
            raise StateError("cache", f"{error.filename or self.folder}: {error.strerror}", hint=hint) from error

    def _throw_away(self, why: str) -> None:
        self._warn(f"the cache {self.path} was damaged ({why}); it is thrown away and made again")
        self.thrown_away += 1
        self._uncommitted = 0
        self.close()
        with self._state_errors():
            self._unlink()
        self._db = self._connect()

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except Damaged as damage:
            if not self._repair:
                raise
            why = str(damage)
        self._warn(f"the cache {self.path} cannot be used ({why}); it is thrown away and made again")
        with self._state_errors():
            self._unlink()
        return self._connect()

    def _connect(self) -> sqlite3.Connection:
        """Open or create the file. A lock keeps two runs from creating or deleting it at the same time."""
        with self._state_errors(), self._flock("lock", fcntl.LOCK_EX):
            db = connect(
                self.path,
                SCHEMA,
                seconds=self._busy,
                synchronous="NORMAL",
                isolation="IMMEDIATE",
                threads=self._threads,
            )
            try:
                self._prepare(db)
            except BaseException:
                db.close()
                raise
            self._inode = self.path.stat().st_ino
            return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        db.text_factory = _text
        db.execute("PRAGMA cache_size = -8192")
        db.execute(f"PRAGMA wal_autocheckpoint = {(16 << 20) // SCHEMA.page}")  # the log stays near 16 MB
        db.execute("PRAGMA journal_size_limit = 0")
        db.execute("SELECT 1 FROM block, memo, kept LIMIT 0")

    def _unlink(self) -> None:
        """Delete the damaged file, unless another run has already replaced it with a new one."""
        with self._flock("lock", fcntl.LOCK_EX):
            with contextlib.suppress(FileNotFoundError):
                if self._inode and self.path.stat().st_ino != self._inode:
                    return
            remove(self.path)

    @contextlib.contextmanager
    def _flock(self, name: str, kind: int) -> Iterator[None]:
        """Hold a lock on the file `name` in the folder. The system frees it after a crash.

        Raises BlockingIOError if another process has the lock and `kind` has LOCK_NB.
        """
        with self._state_errors():
            lock = os.open(self.folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, kind)
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)  # closing is not enough, because forked workers may have the file open
            os.close(lock)


def _text(data: bytes) -> str:
    """Decode the text of a row. If bits in the file have flipped, the text differs, but there is no error."""
    return data.decode("utf-8", "replace")


def _write_once(path: Path, data: bytes) -> None:
    if not path.exists():
        path.write_bytes(data)
