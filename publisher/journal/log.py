"""Read and write the journal file. Each event is a line of JSON, on the disk before the step that it announces."""

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
    """Return the present time in UTC. The journal writes it beside each event."""
    return datetime.now(UTC)


def make_folder(folder: Path) -> None:
    """Create the folder of the journal if it is missing. Only its owner can read it, and git ignores it.

    Raises OSError if the folder cannot be created.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ignored = folder / ".gitignore"
    if not ignored.exists():
        # Anyone who reads a signed transaction can send it. So the journal must not be in a public repository.
        ignored.write_bytes(b"*\n")


class Journal:
    """The events of one site's deploys. A caller that appends must hold the lock: `with journal.locked():`."""

    def __init__(self, folder: Path, clock: Clock = now) -> None:
        self.path = folder / "journal.jsonl"
        self._lock = folder / "deploy.lock"
        self._clock = clock

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the deploy lock. The system frees it after a crash.

        Raises Unfinished if another run holds the lock, and StateError if the file of the lock cannot be used.
        """
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
                    hint="wait until that run has ended, then run again: no step is done twice",
                ) from error
            self._erase()  # The last run may have crashed before it erased the bytes of an ended attempt.
            yield
        finally:
            os.close(lock)

    def rows(self) -> list[dict[str, Any]]:
        """Return every complete line as a dictionary, with its time under `at`.

        An incomplete line at the end is ignored. If it announces a step, that step had not begun. Raises StateError if
        the file cannot be read or a line is not an event.
        """
        with _state_errors(self.path):
            if not self.path.exists():
                return []
            lines = self.path.read_bytes().split(b"\n")
        lines.pop()  # The last element is empty, or a line that a crash cut off.
        return [self._parse(number, line) for number, line in enumerate(lines, 1) if line.strip()]

    def events(self) -> tuple[Event, ...]:
        """Return all events that this version knows, oldest first. Raises StateError if the journal cannot be read."""
        return tuple(event for _, event in self.dated())

    def dated(self) -> tuple[tuple[str, Event], ...]:
        """Return all events that this version knows, oldest first, each with its time.

        The time is in ISO 8601, or empty if the line has no time. Raises StateError if the journal cannot be read.
        """
        rows = enumerate(self.rows(), 1)
        return tuple((str(row.get("at", "")), event) for number, row in rows if (event := self._event(number, row)))

    def append(self, event: Event) -> None:
        """Append an event and wait until it is on the disk. A Settled event also erases the bytes of its attempt.

        Raises StateError if the journal cannot be written.
        """
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
                    _sync_folder(self.path.parent)  # The file is new, so its name must reach the disk too.
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
        except TypeError as error:  # A field is missing or has another type.
            raise self._no_event(number) from error

    def _no_event(self, number: int) -> StateError:
        return StateError(
            "journal",
            f"line {number} of {self.path.name} is not an event",
            hint="repair the line, or move the file away: the history gets shorter, but the chain still knows the name",
        )

    def _mend_cut_line(self) -> None:
        """Cut off an incomplete last line after a crash, so that the next event starts on a line of its own."""
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
        """Rewrite the journal without the signed bytes of attempts that have ended, if there are any."""
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
    """Raise StateError in place of each OSError. `path` is the file that the error names."""
    try:
        yield
    except OSError as error:
        raise StateError(
            "journal",
            f"cannot use {path.name}: {error.strerror or type(error).__name__}",
            hint="check the owner of .publish/ and the room on the disk; every step that was taken is recorded",
        ) from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
