"""An SQLite file (WAL) that may be made anew at any time: how it is opened, which faults are damage, how it goes.

Who may open it, what is told of a damaged one and what its tables hold is for those who use it.
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
        sqlite3.SQLITE_READONLY_DBMOVED,  # somebody deleted the folder while it was open
    }
)
"""What SQLite says of a file that is not, or no longer, what we wrote."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What is in a file."""

    version: int
    """Another number in the file means another version's rows: they are thrown away, never read."""
    tables: str
    """Statements that make what is not there yet."""
    page: int
    """Bytes of a page in a new file."""


class Damaged(Exception):
    """The file is not, or no longer, one that this version wrote: it is to be thrown away."""


def connect(
    path: Path,
    schema: Schema,
    *,
    seconds: float,
    synchronous: Literal["OFF", "NORMAL"],
    isolation: Literal["IMMEDIATE"] | None,
    threads: bool,
) -> sqlite3.Connection:
    """Open the file, or make it; for its owner alone.

    `seconds`: how long to wait for others who write; `synchronous`: with OFF a power cut may damage the file, with
    NORMAL it may only lose the last commits; `threads`: other threads than this one may use it. Raises Damaged,
    sqlite3.Error for all that is no damage, and OSError.
    """
    db = sqlite3.connect(path, timeout=seconds, isolation_level=isolation, check_same_thread=not threads)
    try:
        if (version := db.execute("PRAGMA user_version").fetchone()[0]) not in (0, schema.version):
            raise Damaged(f"it was written by another version, with schema {version}")
        if not version:  # once there is a file they have no effect, but would wait for whoever writes it
            db.execute(f"PRAGMA page_size = {schema.page}")
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # what becomes free can then be given back in small steps
            # Nothing is in it yet: a file that a power cut left torn is made anew.
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
    """Whether an error means that the file is not, or no longer, what we wrote. An error of the disk or of a lock is
    none: to throw the file away would not help, and would take it from others."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_IOERR)
    return bool(DAMAGE & {code, code & 0xFF})


def remove(path: Path) -> None:
    """Take away the file, and what SQLite keeps beside it."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
