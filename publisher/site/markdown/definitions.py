"""Definitions of links, `[name]: address`: the library's, but all of a block are taken at once.

The library takes one, and puts what stands before and after it back, to be looked at by all processors once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockprocessors import ReferenceProcessor

# What stands after a definition may be more than a paragraph if one of its lines begins so, or is part of a table.
_MORE = re.compile(r"^(?:[ \t]|[!?=\x02$\\#*_+:>-]|\d|\[\^)|\|", re.MULTILINE)


class Definitions(ReferenceProcessor):
    """The same names, the same paragraphs."""

    def run(self, parent: Element, blocks: list[str]) -> bool:
        """Takes the definitions out of the first block."""
        first = self.RE.search(blocks[0])
        if not first or _MORE.search(blocks[0], first.start()):
            return bool(super().run(parent, blocks))
        block = blocks.pop(0)
        for text in reversed([rest for rest in self._without(block) if rest.strip()]):
            blocks.insert(0, text.strip("\n"))
        return True

    def _without(self, block: str) -> Iterator[str]:
        done = 0
        for found in self.RE.finditer(block):
            yield block[done : found.start()]
            address = found[2].lstrip("<").rstrip(">")
            self.parser.md.references[found[1].strip().lower()] = (address, found[5] or found[6])
            done = found.end()
        yield block[done:]


def take_together(md: Markdown) -> None:
    """Stand in the place of the library's."""
    md.parser.blockprocessors.register(Definitions(md.parser), "reference", 15)
