"""Parses blocks of Markdown without asking processors that cannot match.

The library asks each of some twenty processors about each block, and most blocks are plain paragraphs. The first signs
of a block's lines show its type, so they decide which processors are asked. The output is the same to the byte; see
inline.py.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown

# A processor of this name cannot take a block unless a line begins with one of these signs. A processor that is not
# here is always asked. All are asked about a block that begins with a space or a line break.
_SIGNS: dict[str, str] = {
    "admonition": "!",
    "details": "?",
    "tabbed": "=",
    "markdown_block": "\x02",
    "empty": "",
    "indent": "",
    "defindent": "",
    "code": "",
    "formula-block": "$\\",
    "table": "|",
    "hashheader": "#",
    "setextheader": "=-",
    "hr": "*-_",
    "olist": "0",
    "ulist": "*+-",
    "deflist": ":",
    "quote": ">",
    "footnote": "[",
    "abbr": "*",
    "reference": "[",
}
_FIRST = re.compile(r"^ *([!?=\x02$\\#*_+:>\[-]|\d)", re.MULTILINE)

_MANY = 1_000
"""The number of blocks above which a queue is faster. Below it, a list moves its rest faster than a queue is made."""


class _Queue(deque[str]):
    """The blocks to be parsed of a long article.

    A list would move all later blocks whenever one is taken or put back.
    """

    def pop(self, index: int = -1) -> str:
        """Remove and return a block. Processors take the first one, as from a list."""
        return self.popleft() if index == 0 else super().pop()


def guard(md: Markdown) -> None:
    """Make the parser of this Markdown ask only the processors that could match."""
    registry: Any = md.parser.blockprocessors
    names = {registry.get_index_for_name(name): name for name in _SIGNS if name in registry}
    everyone = [(names.get(index, ""), processor) for index, processor in enumerate(registry)]
    asked: dict[frozenset[str], list[Any]] = {}

    def choose(block: str) -> list[Any]:
        if block[:1] in ("", " ", "\n"):
            return [processor for _, processor in everyone]
        signs = frozenset("0" if sign.isdigit() else sign for sign in _FIRST.findall(block))
        if "|" in block:
            signs |= {"|"}
        if signs not in asked:
            asked[signs] = [p for name, p in everyone if name not in _SIGNS or not signs.isdisjoint(_SIGNS[name])]
        return asked[signs]

    def parse_blocks(parent: Element, blocks: list[str]) -> None:
        left = _Queue(blocks) if len(blocks) > _MANY else blocks
        while left:
            for processor in choose(left[0]):
                if processor.test(parent, left[0]) and processor.run(parent, left) is not False:
                    break

    md.parser.parseBlocks = parse_blocks  # type: ignore[method-assign]
