"""Define the open blocks that hold other blocks: quotes, items, indented boxes, and elements.

A block is open while its lines are read.
"""

from __future__ import annotations

from publisher.fast_dataclass import dataclass, field


@dataclass(slots=True)
class Container:
    """An open block that holds other blocks.

    In the text for Python-Markdown, `first` is before the first line of the block, and `rest` before each other line.
    """

    first: str
    rest: str
    begun: bool = False

    def prefix(self) -> str:
        """Return the text before the next line of the block: `first` at the first call, and `rest` at later calls."""
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

    `column` is counted from the quote around the block. If `strict` is set, a line with less indentation ends the
    block, even inside a paragraph.
    """

    rest: str = "    "
    column: int = 4
    strict: bool = False


@dataclass(slots=True)
class Element(Container):
    """An HTML element that contains Markdown. `depth` is the number of elements that are open around it."""

    first: str = ""
    rest: str = ""
    begun: bool = True
    name: str = "div"
    depth: int = 0


@dataclass(slots=True)
class OpenList:
    """A list. `mark` is its bullet, or the character after its numbers: `-`, `+`, `*`, `.` or `)`.

    `tag` is `ul` or `ol`. `start` is the first number of the list, or "" for 1. `index` is the index of the first line
    of the list among the written lines, and `prefix` is the text before that line. If `loose` is set, the text of the
    items is written with `<p>`.
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

    Authors who write for Python-Markdown indent the lines to `wide` instead. `wide` is four columns for each level, or
    0 if the indentation of the item does not fit its level. `filled` says whether the item has a block. If `closed` is
    set, only the next item may follow.
    """

    first: str = ""
    rest: str = ""
    begun: bool = True
    within: OpenList = field(default_factory=lambda: OpenList("ul", "-"))
    column: int = 2
    wide: int = 0
    filled: bool = False
    closed: bool = False
