"""Emphasis and its like, `*a*`, `~a~`, `^a^`, `==a==`: the library's stage with a limit on its attempts.

For each sign that may open something, the library searches the rest of the paragraph, past all other signs, for its
end. If hardly any sign is closed, the time grows with the square of their number.
"""

from __future__ import annotations

import re
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from pymdownx.delimiterprocessor import Delimiter, DelimiterProcessor

FREE = 2_000
"""Signs that may be examined in any paragraph. Usual paragraphs need far fewer."""
EACH = 4
"""Further examinations for each sign of a paragraph. When they are used up, the remaining signs are text."""


class Delimiters(DelimiterProcessor):
    """Counts the signs that it examines, so that the same text always ends at the same sign."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(Delimiter("*", "strong,em"), md)  # the extensions add theirs
        self._text = ""
        self._from = 0
        self._left = 0

    def handleMatch(self, m: re.Match[str], data: str) -> Any:  # type: ignore[override]  # noqa: N802
        """Return the library's result for the sign at this match."""
        if not self._goes_on(data, len(data) - m.start()):
            self._left = FREE + EACH * len(self.compiled_re.findall(data))
        self._text, self._from = data, len(data) - m.start()
        return super().handleMatch(m, data)

    def _goes_on(self, data: str, left: int) -> bool:
        """Return whether the last `left` characters also end the text of the last match: the same paragraph goes on."""
        return left < self._from and self._text.endswith(data[len(data) - left :])

    def search(self, data: str, start: int) -> re.Match[str] | None:
        """Return the next sign that opens or closes something; None if there is none, or if the limit is reached."""
        for sign in self.compiled_re.finditer(data, start):
            if self._left <= 0:
                return None
            self._left -= 1
            self.positions.append(sign.start())
            delimiter = self.delimiters[sign[0]]
            found = delimiter.boundary.match(data, sign.start())
            if found is not None and (delimiter.stack or not (found.lastgroup or "").startswith("e")):
                return found
        return None


class BoundedDelimiters(Extension):
    """Registers the stage before the extensions with delimiters, since they add theirs to it."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the stage. Markdown calls it once."""
        md.inlinePatterns.register(Delimiters(md), "delimiter", 60)
