"""The blocks that hold other blocks, while their lines are read: quotes, items of lists, indented boxes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Container:
    """An open block that holds others.

    `first` and `rest` stand before its first line and its other lines in the written text.
    """

    first: str
    rest: str
    begun: bool = False

    def prefix(self) -> str:
        """Return what stands before its next line. Later calls return `rest`."""
        if self.begun:
            return self.rest
        self.begun = True
        return self.first


@dataclass(slots=True)
class Quote(Container):
    """A block of lines that begin with `>`."""

    first: str = "> "
    rest: str = "> "


@dataclass(slots=True)
class Indented(Container):
    """A box, a note or a meaning: its lines are indented to `column`, counted from the quote around it.

    `strict`: a line that is indented less ends it, even in the middle of a paragraph.
    """

    rest: str = "    "
    column: int = 4
    strict: bool = False


@dataclass(slots=True)
class OpenList:
    """A list. `mark` is its sign, `-`, `+`, `*`, `.` or `)`; `index` is the written line at which it begins."""

    tag: str
    mark: str
    start: str = ""
    index: int = 0
    prefix: str = ""
    loose: bool = False


@dataclass(slots=True)
class Item(Container):
    """An item. Its lines are indented to `column`, counted from the quote around it.

    `wide` is the column at which Python-Markdown's authors write, four for each level; 0 if the item is not at such a
    level. `closed`: nothing but the next item may follow.
    """

    first: str = ""
    rest: str = ""
    begun: bool = True
    within: OpenList = field(default_factory=lambda: OpenList("ul", "-"))
    column: int = 2
    wide: int = 0
    filled: bool = False
    closed: bool = False
