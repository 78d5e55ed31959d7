"""Read links to an article by its name: `[[name]]`, `[[name|text]]` and `[[name#heading]]`."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.util import HTML_PLACEHOLDER_RE

SIGN = "\x03[["
"""The destination of a link by name begins with this text until a link mark replaces the destination.

No source has this text, because the stage in source.py removes its first character from every source.
"""

_TAG = re.compile(r"<[^>]*>")

# Does not match an embed (`![[x]]`), or a link whose text is in brackets (`[[1]](x)`, `[[1]][x]`).
_LINK = r"(?<!!)\[\[([^\[\]|\\\n]+)(?:\\?\|([^\[\]\n]+))?\]\](?!\(|\[(?!\[))"


class WikiLinks(InlineProcessor):
    r"""Finds links by name. It runs before the pattern for escapes, because in a table the bar is written `\|`."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(_LINK, md)
        md.inlinePatterns.register(self, "wikilink", 185)

    def handleMatch(self, m: re.Match[str], data: str) -> Any:  # type: ignore[override]  # noqa: N802
        """Return the element of the link. Its destination is SIGN and the text that the author wrote."""
        written, text = self._words(m[1]), (m[2] or "").strip()
        if not written:
            return None, None, None
        link = Element("a", {"href": SIGN + written})
        link.text = text or written.lstrip("#").replace("#", " > ")
        return link, m.start(0), m.end(0)

    def _words(self, text: str) -> str:
        """Return `text` with the code that the placeholders of the library stand for."""

        def fetch(match: re.Match[str]) -> str:
            piece = self.md.htmlStash.rawHtmlBlocks[int(match[1])]
            return unescape(_TAG.sub("", piece)) if isinstance(piece, str) else ""

        return HTML_PLACEHOLDER_RE.sub(fetch, str(self.unescape(text))).strip()
