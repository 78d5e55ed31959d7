"""Define the values of front matter in any form. Each value has the text that was written, its line and its column."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Literal

from publisher.fast_dataclass import dataclass

Kind = Literal["text", "number", "bool", "null", "list", "map", "other", "endless"]
"""The kind of a value. `other` is a special type of YAML, such as bytes. `endless` is nested too deeply."""

DEEPEST = 100
"""The largest depth of nested lists and mappings. Authors need less. A much greater depth would crash the process."""


@dataclass(frozen=True, slots=True)
class FrontMatterValue:
    """One value. `line` is the line in the file. Lines and columns are counted from 1."""

    kind: Kind
    line: int = 1
    col: int = 1
    text: str = ""
    """A scalar as the author wrote it. The number `1.50` keeps its zero."""
    items: tuple[FrontMatterValue, ...] = ()
    pairs: tuple[tuple[FrontMatterValue, FrontMatterValue], ...] = ()

    @property
    def place(self) -> tuple[int, int]:
        """The line and column of the value."""
        return self.line, self.col

    @property
    def empty(self) -> bool:
        """Whether the value is null, a text without characters, or a list or mapping without items."""
        if self.kind == "list":
            return not self.items
        if self.kind == "map":
            return not self.pairs
        return self.kind == "null" or (self.kind == "text" and not self.text.strip())


NOTHING = FrontMatterValue("map")


class Unreadable(Exception):
    """Front matter cannot be read. The error has the position, the reason and a hint."""

    def __init__(self, line: int, col: int, what: str, hint: str) -> None:
        super().__init__(what)
        self.line, self.col, self.what, self.hint = line, col, what, hint


def too_deep(line: int, col: int) -> Unreadable:
    """Return the error for front matter that is nested too deeply."""
    return Unreadable(
        line, col, "the front matter is nested too deeply", "put fewer lists and mappings inside each other"
    )


class Lines:
    """Finds lines and columns in a text that begins on line `line` of a file. Each search takes logarithmic time."""

    def __init__(self, text: str, line: int) -> None:
        self._line = line
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def at(self, index: int) -> tuple[int, int]:
        """Return the line and column in the file of the character at `index` of the text."""
        above = bisect_left(self._ends, index)
        return self._line + above, index - (self._ends[above - 1] if above else -1)
