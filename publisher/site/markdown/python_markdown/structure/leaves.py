"""The blocks that hold lines of text, while these are read: paragraphs, tables, code, fences, raw HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(slots=True)
class Leaf:
    """An open block without other blocks in it, and its lines."""

    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Paragraph(Leaf):
    """Lines of text. `formula` is the sign that ends a formula of several lines, or "" outside of one."""

    formula: str = ""


@dataclass(slots=True)
class Table(Leaf):
    """The rows of a table."""


@dataclass(slots=True)
class Rigid(Leaf):
    """Lines that are kept with their spaces. `base` is the column of the first, counted from the quote around it."""

    base: int = 0


@dataclass(slots=True)
class Code(Rigid):
    """Indented code."""


@dataclass(slots=True)
class Fence(Rigid):
    """A fence of code: its sign as often as it stands there, and the words after it."""

    sign: str = "```"
    info: str = ""

    def ends(self, text: str) -> bool:
        """Return whether this line, without spaces before it, closes the fence."""
        run = len(text) - len(text.lstrip(self.sign[0]))
        return run >= len(self.sign) and not text[run:].strip()


@dataclass(slots=True)
class Html(Rigid):
    """A block of raw HTML.

    `end` is the pattern that its last line contains. Without one, a blank line ends it, and a line after which all its
    elements are closed.
    """

    end: re.Pattern[str] | None = None
    depth: int = 0
    """The number of elements that are open after the last line."""
    plain: bool = False
    """Whether Python-Markdown reads the lines, since they are the tags of an element with Markdown in it."""
    tag: list[str] = field(default_factory=list)
    """The lines of a tag that is not complete."""
