"""The values of front matter in any form, as they were written, each with its place."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "bool", "null", "list", "map", "other", "endless"]
"""`other` exists only in YAML, such as bytes. `endless` is a value that is nested too deeply or contains itself."""

DEEPEST = 100
"""The largest depth of lists and mappings. No author needs more, and much greater depths end the process."""


@dataclass(frozen=True, slots=True)
class FrontMatterValue:
    """One value. Lines are those of the file. Lines and columns count from 1."""

    kind: Kind
    line: int = 1
    col: int = 1
    text: str = ""
    """A scalar as it was written: the number `1.50` keeps its zero."""
    items: tuple[FrontMatterValue, ...] = ()
    pairs: tuple[tuple[FrontMatterValue, FrontMatterValue], ...] = ()

    @property
    def place(self) -> tuple[int, int]:
        """Line and column."""
        return self.line, self.col

    @property
    def empty(self) -> bool:
        """Whether the value is nothing, or only brackets."""
        if self.kind == "list":
            return not self.items
        if self.kind == "map":
            return not self.pairs
        return self.kind == "null" or (self.kind == "text" and not self.text.strip())


NOTHING = FrontMatterValue("map")


class Unreadable(Exception):
    """A block cannot be read. It says where, why, and what to do."""

    def __init__(self, line: int, col: int, what: str, hint: str) -> None:
        super().__init__(what)
        self.line, self.col, self.what, self.hint = line, col, what, hint


def too_deep(line: int, col: int) -> Unreadable:
    """Return the error for a block that is nested too deeply."""
    return Unreadable(
        line, col, "the front matter is nested too deeply", "put fewer lists and mappings inside each other"
    )


class Lines:
    """Places in a text that begins on this line of a file. Each is found in logarithmic time."""

    def __init__(self, text: str, line: int) -> None:
        self._line = line
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def at(self, index: int) -> tuple[int, int]:
        """Return line and column in the file of a character of the text."""
        above = bisect_left(self._ends, index)
        return self._line + above, index - (self._ends[above - 1] if above else -1)
