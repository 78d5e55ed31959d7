"""Write blocks as Markdown. Python-Markdown can read the result in only one way.

There is an empty line between two blocks. Special lines, called marks, are before and after lists and their items.
lists.py reads these marks. Without the marks, the library would find the ends of items and lists by its own rules.
Authors cannot write marks, because the character STX is removed from each source.
"""

from __future__ import annotations

from collections.abc import Sequence

from markdown.util import ETX, STX

from publisher.site.markdown.python_markdown.structure.containers import Container, Indented, OpenList, Quote

LIST = f"{STX}list:"
"""The beginning of each mark.

The next word says what the mark is. `ul` and `ol` begin a list and its first item. `ol3` begins a list at the number 3.
`li` begins any other item. `blocks` and `text` stand for an element that contains Markdown (see source.py). `end` ends
a list, or an element that contains blocks.
"""
TIGHT = "-tight"
"""The end of the mark of a tight list. The paragraphs in the items of a tight list are written without `<p>`."""

ITEM_LINE = f"{LIST}li{ETX}"
END_LINE = f"{LIST}end{ETX}"


class BlockWriter:
    """Writes blocks to `lines`. The methods must be called in the order of the blocks."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.around: list[Container] = []
        """The quotes and the indented blocks around the next block, outermost first."""
        self.glued = False
        """Whether there is no empty line before the next block."""
        self._before: list[Container] = []

    def block(self, lines: Sequence[str]) -> None:
        """Write a block that consists of the lines `lines`."""
        self._gap()
        if not self.around:
            self.lines += lines
            return
        for line in lines:
            prefix = "".join([one.prefix() for one in self.around])
            self.lines.append(prefix + line if line else prefix.rstrip())

    def open_box(self, header: str, column: int) -> Indented:
        """Write the first line of a box. Return the container for the content of the box, indented to `column`."""
        self.block([header])
        self.glued = True
        return Indented("    ", begun=True, column=column, strict=True)

    def enter(self, one: Container) -> None:
        """Begin a quote or an indented block. The next blocks are inside it."""
        self.around.append(one)

    def leave(self) -> None:
        """End the innermost quote or indented block. If it contains no block, write an empty line with its prefix."""
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
        """End an item, and begin the next item of its list."""
        self.block([ITEM_LINE])

    def close_list(self, one: OpenList) -> None:
        """End a list and its last item.

        Only now is it known whether the list is tight. So also write the mark at the beginning of the list.
        """
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
