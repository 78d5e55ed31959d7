"""Read links, images and references in linear time, with the same results as the library.

The library searches for the end of each `[` and each `(` character by character. If a bracket does not close, the
library searches up to the end of the paragraph.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.inlinepatterns import (
    IMAGE_LINK_RE,
    IMAGE_REFERENCE_RE,
    LINK_RE,
    REFERENCE_RE,
    ImageInlineProcessor,
    ImageReferenceInlineProcessor,
    LinkInlineProcessor,
    ReferenceInlineProcessor,
    ShortImageReferenceInlineProcessor,
    ShortReferenceInlineProcessor,
)
from markdown.util import ETX, HTML_PLACEHOLDER_RE, INLINE_PLACEHOLDER_RE, STX

_TAG = re.compile(r"<[^>]*>")
_ESCAPED = re.compile(rf"{STX}(\d+){ETX}")

LONGEST = 1_000
"""The largest number of characters of a destination that has a title or quotes. Other destinations may be longer."""


class Ends:
    """Finds the closing brackets of opening brackets.

    The positions are stored as distances from the end of the text. A pattern goes through a text from left to right.
    A replacement never changes the text after the current position, so the distances stay correct.
    """

    def __init__(self, opening: str, closing: str) -> None:
        self._opening = opening
        self._either = re.compile(f"[{re.escape(opening + closing)}]")
        self._text = ""
        self._from = 0
        self._ends: dict[int, int] = {}

    def end(self, text: str, inside: int) -> int:
        """Return the index of the closing bracket of the bracket before `inside`, or -1 if it does not close."""
        left = len(text) - inside
        if text is not self._text or left >= self._from:
            if left >= self._from or not self._text.endswith(text[inside - 1 :]):
                self._look(text)
            else:
                self._from = left + 1
            self._text = text
        return len(text) - self._ends.get(left, len(text) + 1)

    def _look(self, text: str) -> None:
        self._from = len(text) + 1
        self._ends.clear()
        opened: list[int] = []
        for match in self._either.finditer(text):
            if match[0] == self._opening:
                opened.append(match.end())
            elif opened:
                self._ends[len(text) - opened.pop()] = len(text) - match.start()


class _Bounded(LinkInlineProcessor):
    """The part that all patterns of this module share."""

    def __init__(self, pattern: str, md: Markdown) -> None:
        super().__init__(pattern, md)
        self._brackets = Ends("[", "]")
        self._parentheses = Ends("(", ")")

    def getText(self, data: str, index: int) -> tuple[str, int, bool]:  # noqa: N802
        end = self._brackets.end(data, index)
        return ("", index, False) if end < 0 else (data[index:end], end + 1, True)

    def getLink(self, data: str, index: int) -> tuple[str, str | None, int, bool]:  # noqa: N802
        start = self.RE_LINK.match(data, index)
        if not start or start[1]:
            return super().getLink(data, index)
        end = self._parentheses.end(data, index + 1)
        if any(data.find(quote, index, end if end >= 0 else len(data)) >= 0 for quote in ("'", '"')):
            href, title, length, handled = super().getLink(data[index : start.end() + LONGEST], 0)
            # A negative length is a bug of the library: after a quote, it counts an opening bracket as a closing one.
            return href, title, index + length, handled and length > 0
        if end < 0:
            return "", None, index, False
        return self.unescape(data[start.end() : end]).strip(), None, end + 1, True


class _Link(_Bounded):
    pass


class _Image(_Bounded, ImageInlineProcessor):
    pass


class _Named(_Bounded, ReferenceInlineProcessor):
    """The part that all references share. The names of references may contain code and escapes, as in ``[`a`]``."""

    def evalId(self, data: str, index: int, text: str) -> tuple[str | None, int, bool]:  # noqa: N802
        name, end, handled = super().evalId(data, index, text)
        return (self._as_written(name) if name and STX in name else name), end, handled

    def _as_written(self, name: str) -> str:
        inline: Any = self.md.treeprocessors["inline"]

        def code(match: re.Match[str]) -> str:
            node = inline.stashed_nodes.get(match[1])
            if isinstance(node, str):
                return node  # the node is an escaped character
            if not isinstance(node, Element) or node.tag != "code":
                return match[0]
            held = HTML_PLACEHOLDER_RE.fullmatch(node.text or "")
            piece = self.md.htmlStash.rawHtmlBlocks[int(held[1])] if held else node.text
            return f"`{unescape(_TAG.sub('', str(piece)))}`"

        return _ESCAPED.sub(lambda match: f"\\{chr(int(match[1]))}", INLINE_PLACEHOLDER_RE.sub(code, name)).lower()


class _Reference(_Named):
    pass


class _ImageReference(_Named, ImageReferenceInlineProcessor):
    pass


class _ShortReference(_Named, ShortReferenceInlineProcessor):
    pass


class _ShortImageReference(_Named, ShortImageReferenceInlineProcessor):
    pass


def bound(md: Markdown) -> None:
    """Replace the patterns of the library with the patterns of this module."""
    for name, priority, pattern in (
        ("reference", 170, _Reference(REFERENCE_RE, md)),
        ("link", 160, _Link(LINK_RE, md)),
        ("image_link", 150, _Image(IMAGE_LINK_RE, md)),
        ("image_reference", 140, _ImageReference(IMAGE_REFERENCE_RE, md)),
        ("short_reference", 130, _ShortReference(REFERENCE_RE, md)),
        ("short_image_ref", 125, _ShortImageReference(IMAGE_REFERENCE_RE, md)),
    ):
        md.inlinePatterns.register(pattern, name, priority)
