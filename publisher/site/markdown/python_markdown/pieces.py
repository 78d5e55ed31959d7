"""Reads very long paragraphs in pieces.

For each match of a pattern the library copies the whole paragraph. That takes no time for usual paragraphs, and minutes
for one of a megabyte. So a text of more than LONGEST characters is cut at line ends, and joined after the patterns.
Syntax that begins before a cut and ends after it stays as written.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import ETX, STX, AtomicString

LONGEST = 20_000
"""The largest number of characters of one piece."""

_PIECE = "piece"


class _Cut(Treeprocessor):
    """Cuts long texts. It runs before the inline stage."""

    def run(self, root: Element) -> None:
        for element in list(root.iter()):
            text = element.text
            if text and len(text) > LONGEST and not isinstance(text, AtomicString):
                element.text = None
                for number, part in enumerate(pieces(text)):
                    piece = Element(_PIECE)
                    piece.text = part
                    element.insert(number, piece)


class _Join(Treeprocessor):
    """Joins the pieces. It runs after the inline stage."""

    def run(self, root: Element) -> None:
        for parent in root.iter():
            if parent.find(_PIECE) is not None:
                _join(parent)


def _join(parent: Element) -> None:
    children: list[Element] = []

    def add(text: str | None) -> None:
        if children:
            children[-1].tail = (children[-1].tail or "") + (text or "")
        else:
            parent.text = (parent.text or "") + (text or "")

    for child in parent:
        if child.tag == _PIECE:
            add(child.text)
            children += child
            add(child.tail)
        else:
            children.append(child)
    parent[:] = children


def pieces(text: str) -> Iterator[str]:
    """Yield the text in parts of at most LONGEST characters, cut after a line, else after a space."""
    done = 0
    while len(text) - done > LONGEST:
        end = done + LONGEST
        line = text.rfind("\n", done, end) + 1
        space = text.rfind(" ", done, end) + 1
        cut = next((at for at in (line, space) if at > done + LONGEST // 2), end)
        opened = text.rfind(STX, done, cut)  # text that earlier stages replaced by a placeholder
        if opened > done and ETX not in text[opened:cut]:
            cut = opened
        yield text[done:cut]
        done = cut
    yield text[done:]


def cut(md: Markdown) -> None:
    """Register both stages."""
    md.treeprocessors.register(_Cut(md), "cut", 20.5)
    md.treeprocessors.register(_Join(md), "join", 19.5)
