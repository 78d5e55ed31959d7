"""Define the open blocks that hold lines of text: paragraphs, tables, code, fences, and HTML.

A block is open while its lines are read.
"""

from __future__ import annotations

import re

from publisher.fast_dataclass import dataclass, field


@dataclass(slots=True)
class Leaf:
    """An open block that contains lines and no other blocks."""

    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Paragraph(Leaf):
    """A paragraph. `formula` is the text that will end the open formula, or "" if no formula is open."""

    formula: str = ""


@dataclass(slots=True)
class Table(Leaf):
    """A table. Its lines are its rows."""


@dataclass(slots=True)
class Rigid(Leaf):
    """A block whose lines keep their spaces.

    `base` is the column of its first line, counted from the quote around the block.
    """

    base: int = 0


@dataclass(slots=True)
class Code(Rigid):
    """Indented code."""


@dataclass(slots=True)
class Fence(Rigid):
    """A fenced code block. `sign` is its opening fence, such as three backticks. `info` is the text after the fence."""

    sign: str = "```"
    info: str = ""

    def ends(self, text: str) -> bool:
        """Return whether this line, without the spaces before it, is the closing fence."""
        run = len(text) - len(text.lstrip(self.sign[0]))
        return run >= len(self.sign) and not text[run:].strip()


@dataclass(slots=True)
class Html(Rigid):
    """A block of HTML.

    The block ends with the line that matches `end`. If `end` is None, the block ends before an empty line, or with the
    line that closes all its elements.
    """

    end: re.Pattern[str] | None = None
    is_comment: bool = False
    depth: int = 0
    """The number of elements that are open after the last line that was read."""
    tag: list[str] = field(default_factory=list)
    """The lines of a tag whose `>` has not been read yet."""
