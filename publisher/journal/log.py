"""What we did, append-only: one line of JSON an event, on the disk before the step it announces."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from publisher.errors import StateError, Unfinished
from publisher.journal.events import Event, Settled, Signed, from_fields, to_fields

Clock = Callable[[], datetime]


def now() -> datetime:
    """The time that is written beside an event, for people; nothing is decided by it."""
    return datetime.now(UTC)


def make_folder(folder: Path) -> None:
    """Make the folder of the journal if it is not there yet: for its owner alone, and left out of git."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ignored = folder / ".gitignore"
    if not ignored.exists():
        ignored.write_bytes(b"*\n")  # a signed transaction is a capability: it has no place in a history


class Journal:
    """The events of one site's deploys. Hold the lock (`with journal.locked():`) to add to it."""

    def __init__(self, folder: Path, clock: Clock = now) -> None:
        self.path = folder / "journal.jsonl"
        self._lock = folder / "deploy.lock"
        self._clock = clock

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """The deploy lock. It belongs to the process: a crash frees it. Unfinished when another run holds it."""
        with _state_errors(self.path):
            make_folder(self.path.parent)
            lock = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Unfinished(
                    "publish",
                    "another run is publishing this site",
                    hint="wait until it has ended and run again: what it has done will not be done twice",
                ) from error
            self._erase()  # a crash may have come between the end of an attempt and the erasing of its bytes
            yield
        finally:
            os.close(lock)

    def rows(self) -> list[dict[str, Any]]:
        """Every whole line as a mapping, `at` included. A cut line at the end is ignored: its step had not begun."""
        with _state_errors(self.path):
            if not self.path.exists():
                return []
            lines = self.path.read_bytes().split(b"\n")
        lines.pop()  # what follows the last line end: nothing, or a line that was cut while it was written
        return [self._parse(number, line) for number, line in enumerate(lines, 1) if line.strip()]

    def events(self) -> tuple[Event, ...]:
        """All events that this version knows, oldest first."""
        return tuple(event for _, event in self.dated())

    def dated(self) -> tuple[tuple[str, Event], ...]:
        """The same, each with the time that is written beside it (ISO 8601; empty where somebody took it away)."""
        rows = enumerate(self.rows(), 1)
        return tuple((str(row.get("at", "")), event) for number, row in rows if (event := self._event(number, row)))

    def append(self, event: Event) -> None:
        """Append the event and wait until the disk has it. A settled transaction's bytes are erased with it."""
        with _state_errors(self.path):
            self._mend_cut_line()
            line = json.dumps(
                {"at": self._clock().isoformat(timespec="seconds"), **to_fields(event)}, ensure_ascii=False
            )
            with open(self.path, "ab", opener=_private) as file:
                file.write(line.encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
                if file.tell() <= len(line.encode()) + 1:
                    _sync_folder(self.path.parent)  # the file is new: its name has to last too
        if isinstance(event, Settled):
            self._erase()

    def _parse(self, number: int, line: bytes) -> dict[str, Any]:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise self._no_event(number) from error
        if not isinstance(row, dict):
            raise self._no_event(number)
        return row

    def _event(self, number: int, row: dict[str, Any]) -> Event | None:
        try:
            return from_fields(row)
        except TypeError as error:  # a field is missing, or of another type
            raise self._no_event(number) from error

    def _no_event(self, number: int) -> StateError:
        return StateError(
            "journal",
            f"line {number} of {self.path.name} is not an event",
            hint="repair the line or move the file away: history gets shorter, the chain still knows the name",
        )

    def _mend_cut_line(self) -> None:
        """Cut off what a crash left of a line, so that the next line begins on its own."""
        if not self.path.exists():
            return
        with open(self.path, "rb+") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.seek(0)
                file.truncate(file.read().rfind(b"\n") + 1)

    def _erase(self) -> None:
        """Put the journal in place anew, without the signed bytes of attempts that have ended, if it has any."""
        rows = self.rows()
        ended: set[str] = set()
        spent = []
        for row in reversed(rows):
            if row.get("event") == Settled.kind:
                ended.add(str(row.get("hash")))
            elif row.get("event") == Signed.kind and row.get("raw") and str(row.get("hash")) in ended:
                spent.append(row)
        for row in spent:
            row["raw"] = ""
        if not spent:
            return
        with _state_errors(self.path):
            fresh = self.path.with_suffix(".new")
            with open(fresh, "wb", opener=_private) as file:
                file.write(b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows))
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, self.path)
            _sync_folder(self.path.parent)


@contextlib.contextmanager
def _state_errors(path: Path) -> Iterator[None]:
    """The one place where the disk's errors become ours."""
    try:
        yield
    except OSError as error:
        raise StateError(
            "journal",
            f"cannot use {path.name}: {error.strerror or type(error).__name__}",
            hint="does .publish/ belong to you, and is the disk full? Nothing was done that is not written down",
        ) from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
