"""Cuts long blocks with many headings, or with many meanings of one term, at all of them at once.

The library cuts at the first, and puts the rest back, which all processors then read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor

LONG = 1_000
"""Only blocks with more characters are cut."""

_HEADING = re.compile(r"^#{1,6}(?:\\.|[^\\])*?(?:\n|\Z)", re.MULTILINE)
_MORE = re.compile(r"^[ ]{0,3}(?:!!!|\?\?\?|===|\$|\\)|[|\x02]", re.MULTILINE)
"""Syntax that other processors take before headings are searched."""
_MEANINGS = re.compile(r"[^:\n |\x02].*+\n(?:[ ]{0,3}:[ ]{1,3}.*+(?:\n[ ]{4}.*+)*+(?:\n|\Z)){2,}+\Z")
_MEANING = re.compile(r"\n(?=[ ]{0,3}:)")


class LongBlocks(BlockProcessor):
    """Makes many blocks of one, and takes none."""

    def test(self, parent: Element, block: str) -> bool:
        """Return whether the block is long."""
        return len(block) > LONG and ("\n#" in block or "\n:" in block)

    def run(self, parent: Element, blocks: list[str]) -> bool:
        """Cut the first block. Return whether it changed."""
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
