"""Define the blocks that hold other blocks, while their lines are read: quotes, items, indented boxes, elements."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Container:
    """An open block that holds other blocks.

    In the written text, `first` is written before its first line, and `rest` before each of its other lines.
    """

    first: str
    rest: str
    begun: bool = False

    def prefix(self) -> str:
        """Return the text to write before its next line. The first call returns `first`, and later calls `rest`."""
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
    """A box, a footnote, or the definition of a term. Its lines are indented to `column`.

    `column` is counted from the quote around it. If `strict` is set, a line with less indentation ends it, even inside
    a paragraph.
    """

    rest: str = "    "
    column: int = 4
    strict: bool = False


@dataclass(slots=True)
class Element(Container):
    """An HTML element that contains Markdown. `depth` is the number of elements that were open before it."""

    first: str = ""
    rest: str = ""
    begun: bool = True
    name: str = "div"
    depth: int = 0


@dataclass(slots=True)
class OpenList:
    """A list. `mark` is its bullet, or the character after its numbers: `-`, `+`, `*`, `.` or `)`.

    `tag` is `ul` or `ol`. `start` is its first number, or "" for 1. It begins at the index `index` of the written
    lines, and `prefix` is written before that line. If `loose` is set, the text of its items is written with `<p>`.
    """

    tag: str
    mark: str
    start: str = ""
    index: int = 0
    prefix: str = ""
    loose: bool = False


@dataclass(slots=True)
class Item(Container):
    """An item of the list `within`. Its lines are indented to `column`, counted from the quote around it.

    Authors of Python-Markdown indent the lines to `wide` instead, which is four columns for each level. It is 0 if the
    item does not begin at such a level. `filled` says whether the item has a block. If `closed` is set, only the next
    item may follow.
    """

    first: str = ""
    rest: str = ""
    begun: bool = True
    within: OpenList = field(default_factory=lambda: OpenList("ul", "-"))
    column: int = 2
    wide: int = 0
    filled: bool = False
    closed: bool = False
