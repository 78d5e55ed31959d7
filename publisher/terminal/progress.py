"""Draw the progress bars of transfers on a terminal, one line for each transfer, below all other lines."""

from __future__ import annotations

import os
import time
import unicodedata
from collections.abc import Callable, Mapping
from typing import TextIO

from publisher.fast_dataclass import dataclass, replace
from publisher.formatting import shown, volume

PAUSE = 0.1
"""The bars are drawn at most once in this number of seconds. A new transfer is drawn at once."""

WIDE = 60
"""A line with fewer columns leaves out the bar and the speed. A line is one column shorter than the terminal."""

LONGEST = 40
"""The largest number of characters of a bar."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One transfer: its bytes so far and in all, and the time and the bytes at its beginning."""

    done: int
    size: int
    start: float
    first: int


class ProgressBars:
    """The bars of all transfers. A caller with several threads needs a lock.

    `write` writes text to the terminal. `columns` returns the width of the terminal. `clock` counts seconds. With
    `ascii_only`, the bars have only ASCII characters.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        columns: Callable[[], int],
        *,
        ascii_only: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write, self._columns, self._clock = write, columns, clock
        self._signs = "#-" if ascii_only else "━─"
        self._transfers: dict[str, Transfer] = {}
        self._lines = 0
        """The number of lines that are drawn now."""
        self._next = 0.0

    @property
    def finished(self) -> bool:
        """Return whether all transfers have ended."""
        return all(transfer.done >= transfer.size for transfer in self._transfers.values())

    def update(self, label: str, done: int, size: int) -> None:
        """Set how many bytes of the transfer `label` are done, and draw the bars if it is time."""
        now, known = self._clock(), self._transfers.get(label)
        self._transfers[label] = replace(known, done=done, size=size) if known else Transfer(done, size, now, done)
        if known is None or now >= self._next:
            self._next = now + PAUSE
            self._write(self._erased() + self._drawn())

    def above(self, line: str) -> None:
        """Write a line above the bars."""
        self._write(f"{self._erased()}{line}\n{self._drawn()}")

    def stop(self) -> None:
        """Remove the bars."""
        self._write(self._erased())
        self._transfers.clear()

    def _erased(self) -> str:
        """Return the text that clears the lines of the bars. The cursor is then at the beginning of the first one."""
        lines, self._lines = self._lines, 0
        return "\r\x1b[2K" + "\x1b[1A\x1b[2K" * (lines - 1) if lines else ""

    def _drawn(self) -> str:
        width = max(self._columns() - 1, 1)  # a terminal would begin a new line after its last column
        lines = [self._line(label, transfer, width) for label, transfer in self._transfers.items()]
        self._lines = len(lines)
        return "\n".join(lines)

    def _line(self, label: str, transfer: Transfer, width: int) -> str:
        label, done = shown(label), f" {volume(transfer.done)} of {volume(transfer.size)}"
        if width < WIDE:
            return _cut(label, width - len(done)) + done[:width]
        passed = self._clock() - transfer.start
        speed = f" {volume(int((transfer.done - transfer.first) / passed))}/s" if passed >= 1 else ""
        label = _cut(label, width // 3)
        room = min(LONGEST, width - _columns_of(label) - len(done) - len(speed) - 1)
        full = room * min(transfer.done, transfer.size) // max(transfer.size, 1)
        return f"{label} {self._signs[0] * full}{self._signs[1] * (room - full)}{done}{speed}"


def columns_of_terminal(stream: TextIO, env: Mapping[str, str]) -> int:
    """Return the width of the terminal behind a stream: COLUMNS, or the size that the system reports, or 80."""
    if (told := env.get("COLUMNS", "")).isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _columns_of(text: str) -> int:
    """Return the number of columns of a text on a terminal. A Chinese character has two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _cut(text: str, room: int) -> str:
    """Return the beginning of a text that fits into `room` columns."""
    while text and _columns_of(text) > room:
        text = text[:-1]
    return text
