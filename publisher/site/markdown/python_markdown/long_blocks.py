"""Split a long block at all its headings, or at all meanings of a term, at once.

The library splits a block at the first one, and puts the rest back. All processors then read the rest again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor

LONG = 1_000
"""Only blocks with more characters than this are split."""

_HEADING = re.compile(r"^#{1,6}(?:\\.|[^\\])*?(?:\n|\Z)", re.MULTILINE)
_MORE = re.compile(r"^[ ]{0,3}(?:!!!|\?\?\?|===|\$|\\)|[|\x02]", re.MULTILINE)
"""Matches syntax that other processors take before the library searches for headings."""
_MEANINGS = re.compile(r"[^:\n |\x02].*+\n(?:[ ]{0,3}:[ ]{1,3}.*+(?:\n[ ]{4}.*+)*+(?:\n|\Z)){2,}+\Z")
_MEANING = re.compile(r"\n(?=[ ]{0,3}:)")


class LongBlocks(BlockProcessor):
    """Splits one block into many, and writes no element."""

    def test(self, parent: Element, block: str) -> bool:
        """Return whether the block is long and may have headings or meanings."""
        return len(block) > LONG and ("\n#" in block or "\n:" in block)

    def run(self, parent: Element, blocks: list[str]) -> bool:
        """Split the first block. Return whether it was split."""
        if self.parser.state.isstate("looselist"):
            return False
        parts = _parts(blocks[0])
        if len(parts) < 2:
            return False
        del blocks[0]
        for part in reversed(parts):
            blocks.insert(0, part)
        return True


def _parts(block: str) -> list[str]:
    if _MEANINGS.match(block):
        term, meaning, *others = _MEANING.split(block)
        return [f"{term}\n{meaning}", *others]
    return [] if _MORE.search(block) else [part for part in _at_headings(block) if part]


def _at_headings(block: str) -> Iterator[str]:
    done = 0
    for heading in _HEADING.finditer(block):
        yield block[done : heading.start()].removesuffix("\n")
        yield heading[0].removesuffix("\n")
        done = heading.end()
    yield block[done:]


def cut(md: Markdown) -> None:
    """Register this processor before all others."""
    md.parser.blockprocessors.register(LongBlocks(md.parser), "long-blocks", 200)
