"""Read definitions of abbreviations, such as `*[DAG]: directed acyclic graph`, and mark the abbreviations in the text.

The library would give the same output. Here, the time for a text does not grow with the number of abbreviations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions.abbr import AbbrExtension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

_DEFINITION = re.compile(r"^[*]\[([^\\\]\n]*+)\][ ]?:[ ]*+\n?[ ]*+(.*)$", re.MULTILINE)
_NONE = ("''", '""')
"""A definition with one of these titles removes the abbreviation."""


class Abbreviations(AbbrExtension):
    """Replaces the library's two stages for abbreviations with the stages of this module."""

    abbrs: dict[str, str]

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the stages. Python-Markdown calls this once."""
        super().extendMarkdown(md)
        md.parser.blockprocessors.register(_Definitions(md, self.abbrs), "abbr", 16)
        md.treeprocessors.register(_Uses(md, self.abbrs), "abbr", 7)


class _Definitions(BlockProcessor):
    """Takes all adjacent definitions of a block at once.

    The library puts the rest of the block back after each definition. This takes much time for a long block.
    """

    def __init__(self, md: Markdown, known: dict[str, str]) -> None:
        super().__init__(md.parser)
        self._known = known

    def test(self, parent: Element, block: str) -> bool:
        return "*[" in block

    def run(self, parent: Element, blocks: list[str]) -> bool:
        block = blocks[0]
        start = end = -1
        for match in _DEFINITION.finditer(block):
            name, title = match[1].strip(), match[2].strip()
            if not name or not title or (end >= 0 and block[end : match.start()].strip("\n")):
                break
            if title in _NONE:
                self._known.pop(name, None)
            else:
                self._known[name] = title
            start, end = (match.start() if start < 0 else start), match.end()
        if end < 0:
            return False
        del blocks[0]
        for rest in (block[end:].lstrip("\n"), block[:start].rstrip("\n")):
            if rest.strip():
                blocks.insert(0, rest)
        return True


class _Uses(Treeprocessor):
    """Puts each abbreviation in the text into an `<abbr>` element with its title."""

    def __init__(self, md: Markdown, known: dict[str, str]) -> None:
        super().__init__(md)
        self._known = known

    def run(self, root: Element) -> None:
        if not self._known:
            return
        find = _Finder(self._known)
        for parent in list(root.iter()):
            made: list[Element] = []
            before = len(parent)
            parent.text = self._split(find, parent.text, made)
            for child in parent:
                made.append(child)
                child.tail = self._split(find, child.tail, made)
            if len(made) > before:
                parent[:] = made

    def _split(self, find: _Finder, text: str | None, made: list[Element]) -> str | None:
        """Return the text before the first abbreviation. For each abbreviation, append an element to `made`."""
        if not text or isinstance(text, AtomicString):
            return text
        done, first, last = 0, None, None
        for start, end in find.places(text):
            between = text[done:start]
            if last is None:
                first = between
            else:
                last.tail = between
            last = Element("abbr", {"title": self._known[text[start:end]]})
            last.text = AtomicString(text[start:end])
            made.append(last)
            done = end
        if last is None:
            return text
        last.tail = text[done:]
        return first


class _Finder:
    """Finds the longest abbreviation at each position of a text, by the first word of the abbreviation."""

    def __init__(self, known: dict[str, str]) -> None:
        self._by_word: dict[str, list[str]] = {}
        others = []
        for name in sorted(known, key=len, reverse=True):
            word = re.match(r"\w+", name)
            if word:
                self._by_word.setdefault(word[0], []).append(name)
            else:
                others.append(re.escape(name))
        self._start = re.compile("|".join([r"\b\w+", *(rf"\b{other}\b" for other in others)]))

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the start and the end (exclusive) of each abbreviation in a text."""
        done = 0
        for match in self._start.finditer(text):
            start = match.start()
            if start < done:
                continue
            names = self._by_word.get(match[0])
            if names is None:
                if not (match[0][0].isalnum() or match[0][0] == "_"):
                    done = match.end()
                    yield match.span()
                continue
            for name in names:
                end = start + len(name)
                if text.startswith(name, start) and _is_boundary(text, end):
                    done = end
                    yield start, end
                    break


def _is_boundary(text: str, at: int) -> bool:
    return at == len(text) or _is_word(text[at - 1]) != _is_word(text[at])


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"
