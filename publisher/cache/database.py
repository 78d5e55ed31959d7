"""Open and remove an SQLite file (with a write-ahead log) that may be deleted at any time. Find out if it is damaged.

The callers define the tables, decide which process may open the file, and report damage.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Literal

from publisher.fast_dataclass import dataclass

DAMAGE = frozenset(
    {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_ERROR,  # a table is missing or has other columns
        sqlite3.SQLITE_READONLY_DBMOVED,  # the folder was deleted while it was open
    }
)
"""The error codes of SQLite for a file that is damaged, or that is not the file that this program wrote."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of a file."""

    version: int
    """The version of the rows. A file with another version is deleted and never read."""
    tables: str
    """SQL statements that create the missing tables."""
    page: int
    """The number of bytes of a page in a new file."""


class Damaged(Exception):
    """The file is damaged, or was written by another version of this program. It has to be deleted."""


def connect(
    path: Path,
    schema: Schema,
    *,
    seconds: float,
    synchronous: Literal["OFF", "NORMAL"],
    isolation: Literal["IMMEDIATE"] | None,
    threads: bool,
) -> sqlite3.Connection:
    """Open the file, or create it. Only its owner can read it.

    `seconds` is the time to wait for other writers. If `synchronous` is OFF, a power cut may damage the file. If it is
    NORMAL, a power cut can only lose the last commits. If `threads` is set, several threads may use the connection.
    Raises Damaged if the file is damaged, sqlite3.Error for any other error of SQLite, and OSError.
    """
    db = sqlite3.connect(path, timeout=seconds, isolation_level=isolation, check_same_thread=not threads)
    try:
        if (version := db.execute("PRAGMA user_version").fetchone()[0]) not in (0, schema.version):
            raise Damaged(f"it was written by another version, with schema {version}")
        if not version:  # for an existing file, these statements would have no effect except a wait for other writers
            # The file is empty, so nothing is lost if a power cut damages it. So the next statements need not wait.
            db.execute("PRAGMA synchronous = OFF")
            db.execute(f"PRAGMA page_size = {schema.page}")
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # so that gc.py can return free pages in small steps
        db.execute("PRAGMA journal_mode = WAL")
        if version != schema.version:
            db.executescript(f"BEGIN IMMEDIATE; {schema.tables} PRAGMA user_version = {schema.version}; COMMIT;")
        db.execute(f"PRAGMA synchronous = {synchronous}")
        os.chmod(path, 0o600)
    except BaseException as error:
        db.close()
        if isinstance(error, sqlite3.Error) and is_damaged(error):
            raise Damaged(str(error)) from error
        raise
    return db


def is_damaged(error: sqlite3.Error) -> bool:
    """Return whether an error means that the file is damaged, or was written by another version.

    An error of the disk or of a lock is no damage. Deleting the file would not help, and would disturb other runs.
    """
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_IOERR)
    return bool(DAMAGE & {code, code & 0xFF})


def remove(path: Path) -> None:
    """Delete the file, its write-ahead log and its index. Raises OSError if that fails."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
