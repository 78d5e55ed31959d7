"""Limit the attempts of the library to read emphasis and similar syntax: `*a*`, `~a~`, `^a^`, `==a==`.

For each character that may open such syntax, the library searches the rest of the paragraph for the end of the syntax.
If many of these characters have no end, the time grows with the square of their number.
"""

from __future__ import annotations

import re
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from pymdownx.delimiterprocessor import Delimiter, DelimiterProcessor

from publisher.site.markdown.python_markdown.signs import literal

FREE = 2_000
"""The number of attempts that every paragraph has. Usual paragraphs need far fewer attempts."""
EACH = 4
"""The number of further attempts that a paragraph has for each of its characters that may open or close something.

If no attempt is left, the remaining characters are text.
"""


class Delimiters(DelimiterProcessor):
    """Counts the attempts. It does not measure time, so the same text always gives the same result."""

    def __init__(self, md: Markdown) -> None:
        # The extension betterem replaces this delimiter with an equal one. So its pattern, which takes longer than any
        # other to compile, is compiled only once. The other extensions add their delimiters.
        super().__init__(Delimiter("*", "strong,em", punct=False), md)
        self._text = ""
        self._from = 0
        self._left = 0
        self._literal: frozenset[int] = frozenset()

    def handleMatch(self, m: re.Match[str], data: str) -> Any:  # type: ignore[override]  # noqa: N802
        """Return the library's result for the match `m`."""
        if not self._goes_on(data, len(data) - m.start()):
            self._left = FREE + EACH * len(self.compiled_re.findall(data))
            self._literal = frozenset(len(data) - place for place in literal(data))
        self._text, self._from = data, len(data) - m.start()
        if self._from in self._literal:
            return None, m.start(), m.end()
        return super().handleMatch(m, data)

    def _goes_on(self, data: str, left: int) -> bool:
        """Return whether the last match was in the paragraph of `data`.

        If it was, the text of the last match and `data` end with the same `left` characters.
        """
        return left < self._from and self._text.endswith(data[len(data) - left :])

    def search(self, data: str, start: int) -> re.Match[str] | None:
        """Return the next match that opens or closes something. Return None if none follows or no attempt is left."""
        for sign in self.compiled_re.finditer(data, start):
            if self._left <= 0:
                return None
            self._left -= 1
            if len(data) - sign.start() in self._literal:
                continue
            self.positions.append(sign.start())
            delimiter = self.delimiters[sign[0]]
            found = delimiter.boundary.match(data, sign.start())
            if found is not None and (delimiter.stack or not (found.lastgroup or "").startswith("e")):
                return found
        return None


class BoundedDelimiters(Extension):
    """Registers the stage. This extension must come before the extensions that add their delimiters to the stage."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the stage. Python-Markdown calls this once."""
        md.inlinePatterns.register(Delimiters(md), "delimiter", 60)
