"""Find the line and the column of a byte in a file, and write them for a message."""

from __future__ import annotations

from collections.abc import Callable

LONGEST = 200
"""The largest number of characters of a link in a message."""


def located(path: str, place: tuple[int, int], text: str) -> str:
    """Return a link for a message, as `path:line:col: text`. `place` is a line and a column."""
    shown = " ".join(text.split()).encode("utf-8", "backslashreplace").decode()
    return f"{path}:{place[0]}:{place[1]}: {shown[:LONGEST]}"


class Lines:
    """Finds the line and column of offsets in a text.

    The offsets must increase, so that each byte is read only once. If `back` is given, it maps each argument of `at` to
    an offset in `data`.
    """

    def __init__(self, data: bytes, back: Callable[[int], int] | None = None) -> None:
        self._data, self._back = data, back
        self._at, self._line, self._col = 0, 1, 1

    def again(self) -> Lines:
        """Return a new object for the same file. Its offsets may begin at the first byte again."""
        return Lines(self._data, self._back)

    def at(self, start: int) -> tuple[int, int]:
        """Return the line and the column of an offset, both counted from 1.

        If the offset is smaller than the offset of an earlier call, return the line and column of the earlier call.
        """
        if self._back:
            start = self._back(start)
        if start > self._at:
            passed = self._data[self._at : start]
            self._line += passed.count(b"\n")
            last = passed.rfind(b"\n")
            self._col = len(passed[last + 1 :].decode("utf-8", "replace")) + (self._col if last < 0 else 1)
            self._at = start
        return self._line, self._col
