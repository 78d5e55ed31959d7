"""Writes blocks as Markdown that Python-Markdown reads in one way: an empty line between two blocks, and marked lists.

Lists are marked by lines of their own, which lists.py reads. Authors cannot write these lines, since STX is removed
from each source. Without such marks the library would find the end of an item, and of a list, by rules of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from markdown.util import ETX, STX

from publisher.site.markdown.python_markdown.structure.containers import Container, Indented, OpenList, Quote

LIST = f"{STX}list:"
"""Begins each of these lines. After it: `ul` or `ol3` for a list with its first item, `li` for the next, `end`."""
TIGHT = "-tight"
"""Follows the tag of a list whose items are lines of text without space between them."""

ITEM_LINE = f"{LIST}li{ETX}"
END_LINE = f"{LIST}end{ETX}"


class BlockWriter:
    """Takes blocks in their order."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.around: list[Container] = []
        """The quotes and the indented blocks around the next block, from the outside."""
        self.glued = False
        """Whether the next block follows the last without an empty line."""
        self._before: list[Container] = []

    def block(self, lines: Sequence[str]) -> None:
        """Write a block."""
        self._gap()
        if not self.around:
            self.lines += lines
            return
        for line in lines:
            prefix = "".join([one.prefix() for one in self.around])
            self.lines.append(prefix + line if line else prefix.rstrip())

    def open_box(self, header: str, column: int) -> Indented:
        """Write the first line of a box. Return the container of its content."""
        self.block([header])
        self.glued = True
        return Indented("    ", begun=True, column=column, strict=True)

    def enter(self, one: Container) -> None:
        """Begin a quote or an indented block. The next blocks are in it."""
        self.around.append(one)

    def leave(self) -> None:
        """End the innermost quote or indented block. One that has only a first line is written here."""
        if not self.around[-1].begun:
            self.block([""])
        self.around.pop()
        self.glued = False

    def open_list(self, one: OpenList) -> None:
        """Begin a list and its first item."""
        self._gap()
        one.prefix = "".join([each.prefix() for each in self.around])
        one.index = len(self.lines)
        self.lines.append("")

    def next_item(self) -> None:
        """End an item and begin the next one of its list."""
        self.block([ITEM_LINE])

    def close_list(self, one: OpenList) -> None:
        """End a list and its last item. Only now is it known whether the list is tight."""
        self.lines[one.index] = f"{one.prefix}{LIST}{one.tag}{one.start}{'' if one.loose else TIGHT}{ETX}"
        self.block([END_LINE])

    def _gap(self) -> None:
        if self.lines and not self.glued:
            common = ""
            for one, before in zip(self.around, self._before, strict=False):
                if one is not before:
                    break
                common += one.rest if isinstance(one, Quote) or one.begun else ""
            self.lines.append(common.rstrip())
        self.glued = False
        self._before = list(self.around)
