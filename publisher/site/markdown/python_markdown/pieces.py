"""Parse very long paragraphs in pieces.

For each match of a pattern, the library copies the whole paragraph. For a paragraph of a megabyte, this takes minutes.
So this module splits a text of more than LONGEST characters at line ends before the inline patterns. After them, it
joins the pieces. Syntax that begins in one piece and ends in another stays text.
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
    """Splits long texts. This stage runs before the inline stage."""

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
    """Joins the pieces. This stage runs after the inline stage."""

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
    """Yield the text in pieces of at most LONGEST characters. A piece ends after a line, or else after a space."""
    done = 0
    while len(text) - done > LONGEST:
        end = done + LONGEST
        line = text.rfind("\n", done, end) + 1
        space = text.rfind(" ", done, end) + 1
        cut = next((at for at in (line, space) if at > done + LONGEST // 2), end)
        opened = text.rfind(STX, done, cut)  # a placeholder of an earlier stage must not be split
        if opened > done and ETX not in text[opened:cut]:
            cut = opened
        yield text[done:cut]
        done = cut
    yield text[done:]


def cut(md: Markdown) -> None:
    """Register the stage that splits texts and the stage that joins the pieces."""
    md.treeprocessors.register(_Cut(md), "cut", 20.5)
    md.treeprocessors.register(_Join(md), "join", 19.5)
