"""Emphasis and the like, `*a*`, `~a~`, `^a^`, `==a==`: the library's, with a limit on how much it tries.

For each sign that may open something the library looks through the rest of the paragraph, over all other signs, for
what closes it. Where hardly any sign is closed that takes time by the square of their number.
"""

from __future__ import annotations

import re
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from pymdownx.delimiterprocessor import Delimiter, DelimiterProcessor

FREE = 2_000
"""Signs that may be looked at in any paragraph; those that people write are done with far fewer."""
EACH = 4
"""Times more that each sign of a paragraph may be looked at. When all is used up, the signs that are left are text."""


class Delimiters(DelimiterProcessor):
    """Counts what it looks at: the same text always ends at the same sign."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(Delimiter("*", "strong,em"), md)  # the extensions add theirs
        self._text = ""
        self._from = 0
        self._left = 0

    def handleMatch(self, m: re.Match[str], data: str) -> Any:  # type: ignore[override]  # noqa: N802
        """What becomes of the sign at this match; see the library."""
        if not self._goes_on(data, len(data) - m.start()):
            self._left = FREE + EACH * len(self.compiled_re.findall(data))
        self._text, self._from = data, len(data) - m.start()
        return super().handleMatch(m, data)

    def _goes_on(self, data: str, left: int) -> bool:
        """Whether this is the text of the last match, of which only what lies before it was changed."""
        return left < self._from and self._text.endswith(data[len(data) - left :])

    def search(self, data: str, start: int) -> re.Match[str] | None:
        """The next sign that opens or closes something."""
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
    """Has to stand before the extensions that have delimiters: they share what they find."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Called once by Markdown."""
        md.inlinePatterns.register(Delimiters(md), "delimiter", 60)
