"""Build lists and HTML elements from the marks that structure/writer.py writes around their content."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.util import ETX, HTML_PLACEHOLDER_RE

from publisher.site.markdown.python_markdown.structure.writer import ITEM_LINE, LIST

_OPEN = re.compile(rf"{LIST}(ul|ol)(\d*)(-tight)?{ETX}")

_ELEMENT = re.compile(rf"{LIST}(blocks|text)(\d+){ETX}")


class Lists(BlockProcessor):
    """Puts each block that is between the marks of an item into this item.

    Some processors of the library parse one block at a time. So the open items of each element are stored between the
    calls.
    """

    def __init__(self, md: Markdown) -> None:
        super().__init__(md.parser)
        self.elements: list[Element] = []
        """The author's elements that contain Markdown. The mark of an element has the index of the element."""
        self._open: dict[Element, list[tuple[Element, Element, bool]]] = {}

    def reset(self) -> None:
        """Forget the lists of the previous article."""
        self._open.clear()
        self.elements.clear()

    def test(self, parent: Element, block: str) -> bool:
        """Return whether the block is a mark or belongs to an open item."""
        return block.startswith(LIST) or parent in self._open

    def run(self, parent: Element, blocks: list[str]) -> None:
        """Parse the first block, or the blocks up to the next mark. Remove them from `blocks`."""
        if blocks[0].startswith(LIST):
            self._mark(parent, blocks.pop(0).strip())
            return
        taken = [blocks.pop(0)]
        while blocks and not blocks[0].startswith(LIST):
            taken.append(blocks.pop(0))
        item = self._open[parent][-1][1]
        self.parser.state.set("item")  # in the state `list`, the library would make no paragraph of text
        self.parser.parseBlocks(item, taken)
        self.parser.state.reset()

    def _mark(self, parent: Element, mark: str) -> None:
        opened = self._open.setdefault(parent, [])
        if element := _ELEMENT.match(mark):
            one = self.elements[int(element[2])]
            (opened[-1][1] if opened else parent).append(one)
            if element[1] == "blocks":
                opened.append((one, one, False))
        elif found := _OPEN.match(mark):
            one = SubElement(opened[-1][1] if opened else parent, found[1])
            if found[2]:
                one.set("start", found[2])
            opened.append((one, SubElement(one, "li"), bool(found[3])))
        elif opened:
            one, item, tight = opened.pop()
            if tight:
                _unwrap(item)
            if mark == ITEM_LINE:
                opened.append((one, SubElement(one, "li"), tight))
        if not opened:
            del self._open[parent]


def _unwrap(item: Element) -> None:
    """Replace the first paragraph of an item with its text, without `<p>`. The item is in a tight list."""
    first = item[0] if len(item) else None
    if (
        first is not None
        and first.tag == "p"
        and not first.attrib
        and not HTML_PLACEHOLDER_RE.fullmatch(first.text or "")
    ):
        item.text, first.text = first.text, None
        item.remove(first)


class ListsExtension(Extension):
    """Registers Lists instead of the library's stages for lists."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the stage. Python-Markdown calls this once."""
        processors: Any = md.parser.blockprocessors
        for name in ("indent", "olist", "ulist"):
            processors.deregister(name)
        self._lists = Lists(md)
        processors.register(self._lists, "lists", 190)
        md.registerExtension(self)

    def reset(self) -> None:
        """Forget the lists of the previous article. Python-Markdown calls this before each article."""
        self._lists.reset()
