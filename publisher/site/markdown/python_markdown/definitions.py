"""Read definitions of links, such as `[name]: address`.

All definitions of a block are taken at once. If text is between two definitions, or if the second of them has several
lines, the library stops after the first. Then all processors read the rest of the block again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockprocessors import ReferenceProcessor

# Matches a text that may be more than a paragraph, because a line begins like other syntax or has a `|` of a table.
_MORE = re.compile(r"^[ \t]*+(?:[!?=\x02$\\#*_+:>-]|\d|\[\^)|\|", re.MULTILINE)
_INDENTED = re.compile(r"^[ \t]", re.MULTILINE)


class Definitions(ReferenceProcessor):
    """Reads definitions of links as the library does. Unlike in the library, an address in `<>` may contain spaces."""

    RE = re.compile(
        r"^[ ]{0,3}\[([^\[\]]*)\]:[ ]*(?:\n[ ]*)?(<[^<>\n]*>|[^\s]+)[ ]*(?:\n[ ]*)?(([\"'])(.*)\4[ ]*|\((.*)\)[ ]*)?$",
        re.MULTILINE,
    )

    def run(self, parent: Element, blocks: list[str]) -> bool:
        """Remove the definitions from the first block, and store them. Return whether the block had a definition."""
        first = self.RE.search(blocks[0])
        if not first or _MORE.search(blocks[0], first.start()):
            return bool(super().run(parent, blocks))
        found = list(self.RE.finditer(blocks[0]))
        before, *rest = _between(blocks[0], found)
        if any(_INDENTED.search(text) for text in rest):
            return bool(super().run(parent, blocks))
        for one in found:
            address = one[2].lstrip("<").rstrip(">")
            self.parser.md.references[one[1].strip().lower()] = (address, one[5] or one[6])
        del blocks[0]
        for text in reversed([before, *rest]):
            if text.strip():
                blocks.insert(0, text.strip("\n"))
        return True


def _between(block: str, found: list[re.Match[str]]) -> Iterator[str]:
    done = 0
    for one in found:
        yield block[done : one.start()].strip("\n")
        done = one.end()
    yield block[done:].strip("\n")


def take_together(md: Markdown) -> None:
    """Replace the processor of the library with Definitions."""
    md.parser.blockprocessors.register(Definitions(md.parser), "reference", 15)
