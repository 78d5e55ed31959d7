"""Parse blocks of Markdown without trying processors that cannot match.

The library tries about twenty processors on each block, although most blocks are plain paragraphs. Here, the first
characters of the lines decide which processors are tried. The output is the same to the byte (see inline.py).
"""

from __future__ import annotations

import re
from collections import deque
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown

# Maps the name of a processor to characters. The processor can match only if a line of the block begins with one of the
# characters. A processor that is not in this table is always tried. If a block begins with a space or a line break, all
# processors are tried.
_SIGNS: dict[str, str] = {
    "admonition": "!",
    "details": "?",
    "tabbed": "=",
    "empty": "",
    "defindent": "",
    "formula-block": "$\\",
    "table": "|",
    "hashheader": "#",
    "setextheader": "=-",
    "hr": "*-_",
    "deflist": ":",
    "quote": ">",
    "footnote": "[",
    "abbr": "*",
    "reference": "[",
}
_FIRST = re.compile(r"\n *([!?=\x02$\\#*_+:>\[-]|\d)")  # this is faster than `^` and re.MULTILINE

DEEPEST = 200
"""The largest depth of calls of the parser inside each other. A list inside a list takes two calls.

The parser reads each level once more for every level around it. So without a limit, the time for deeply nested text
would grow faster than the length of the text.
"""

_MANY = 1_000
"""If the parser gets more than this number of blocks, a queue is faster than a list."""


class _Queue(deque[str]):
    """The blocks of a long article that are still to be parsed.

    A list would have to move all later blocks whenever the first one is removed or put back.
    """

    def pop(self, index: int = -1) -> str:
        """Remove and return the first block if `index` is 0, else the last block.

        The processors call this method because they expect a list.
        """
        return self.popleft() if index == 0 else super().pop()


def guard(md: Markdown) -> None:
    """Make the parser of `md` try only the processors that may match.

    The parser then raises RecursionError for text that is nested too deeply (see DEEPEST).
    """
    registry: Any = md.parser.blockprocessors
    names = {registry.get_index_for_name(name): name for name in _SIGNS if name in registry}
    everyone = [(names.get(index, ""), processor) for index, processor in enumerate(registry)]
    asked: dict[frozenset[str], list[Any]] = {}

    def choose(block: str) -> list[Any]:
        if block[:1] in ("", " ", "\n"):
            return [processor for _, processor in everyone]
        signs = frozenset("0" if sign.isdigit() else sign for sign in _FIRST.findall(f"\n{block}"))
        if "|" in block:
            signs |= {"|"}
        if signs not in asked:
            asked[signs] = [p for name, p in everyone if name not in _SIGNS or not signs.isdisjoint(_SIGNS[name])]
        return asked[signs]

    depth = 0

    def parse_blocks(parent: Element, blocks: list[str]) -> None:
        nonlocal depth
        if depth >= DEEPEST:
            raise RecursionError
        depth += 1
        try:
            left = _Queue(blocks) if len(blocks) > _MANY else blocks
            while left:
                for processor in choose(left[0]):
                    if processor.test(parent, left[0]) and processor.run(parent, left) is not False:
                        break
        finally:
            depth -= 1

    md.parser.parseBlocks = parse_blocks  # type: ignore[method-assign]
