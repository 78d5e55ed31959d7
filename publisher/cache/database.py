"""An SQLite file (WAL) that may be deleted at any time: how it is opened and removed, and which errors are damage.

Its users decide who may open it, what is reported about damage, and what its tables hold.
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

DAMAGE = frozenset(
    {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_ERROR,  # a table is missing or has other columns
        sqlite3.SQLITE_READONLY_DBMOVED,  # the folder was deleted while it was open
    }
)
"""SQLite's error codes for a file that is not, or no longer, what we wrote."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of a file."""

    version: int
    """The version of the rows. A file with another version is deleted, never read."""
    tables: str
    """SQL statements that create what is missing."""
    page: int
    """Bytes of a page in a new file."""


class Damaged(Exception):
    """The file is not, or no longer, one that this version wrote. It has to be deleted."""


def connect(
    path: Path,
    schema: Schema,
    *,
    seconds: float,
    synchronous: Literal["OFF", "NORMAL"],
    isolation: Literal["IMMEDIATE"] | None,
    threads: bool,
) -> sqlite3.Connection:
    """Open the file or create it, readable only by its owner.

    `seconds` is how long to wait for other writers. With `synchronous` OFF, a power cut may damage the file; with
    NORMAL it can only lose the last commits. With `threads`, other threads may use the connection. Raises Damaged,
    sqlite3.Error for an error that is not damage, and OSError.
    """
    db = sqlite3.connect(path, timeout=seconds, isolation_level=isolation, check_same_thread=not threads)
    try:
        if (version := db.execute("PRAGMA user_version").fetchone()[0]) not in (0, schema.version):
            raise Damaged(f"it was written by another version, with schema {version}")
        if not version:  # with an existing file they have no effect, but would wait for its writers
            db.execute(f"PRAGMA page_size = {schema.page}")
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # free pages can be returned in small steps
            # The file is empty: if a power cut damages it, it is created again.
            db.execute("PRAGMA synchronous = OFF")
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
    """Return whether an error means that the file is not, or no longer, what we wrote.

    An error of the disk or of a lock does not: deleting the file would not help, and would take it from other runs.
    """
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_IOERR)
    return bool(DAMAGE & {code, code & 0xFF})


def remove(path: Path) -> None:
    """Delete the file and SQLite's files beside it. Raises OSError."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
