"""Read emphasis and similar syntax (`*a*`, `_a_`, `~a~`, `^a^`, `==a==`), and limit the attempts of the library.

For each character that may open such syntax, the library searches the rest of the paragraph for the end of the syntax.
If many of these characters have no end, the time grows with the square of their number.

The library's extensions for this syntax (betterem, caret, mark, tilde) compile the patterns of all five characters at
once, which takes as long as converting a short article. Here each pattern is compiled when its character first occurs.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from pymdownx.delimiterprocessor import Delimiter, DelimiterProcessor
from pymdownx.util import escape_chars

from publisher.site.markdown.python_markdown.signs import literal

FREE = 2_000
"""The number of attempts that every paragraph has. Usual paragraphs need far fewer attempts."""
EACH = 4
"""The number of further attempts that a paragraph has for each of its characters that may open or close something.

If no attempt is left, the remaining characters are text.
"""


REPLACED = "em_strong"
"""The pattern of Python-Markdown that reads emphasis in another way."""


class LazyDelimiter(Delimiter):
    """A character that opens and closes something. Its patterns are compiled when they are first used."""

    def _build_patterns(self, token: str) -> str:
        """Compile nothing yet. Return the pattern of the character itself. The library calls this in `__init__`."""
        return re.escape(token)

    @cached_property
    def boundary(self) -> re.Pattern[str]:  # type: ignore[override]
        """The pattern of the character where it may open or close something."""
        self._build()
        return self.boundary

    @cached_property
    def bad(self) -> re.Pattern[str]:  # type: ignore[override]
        """The pattern of a run of the character."""
        self._build()
        return self.bad

    @cached_property
    def max_size(self) -> int:  # type: ignore[override]
        """The largest number of these characters that open or close one thing."""
        self._build()
        return self.max_size

    def _build(self) -> None:
        super()._build_patterns(self.token)  # this sets the three attributes


class Delimiters(DelimiterProcessor):
    """Counts the attempts. It does not measure time, so the same text always gives the same result."""

    def __init__(self, md: Markdown) -> None:
        # CommonMark's rule about punctuation would read `**强调：**文字` as plain text.
        super().__init__(LazyDelimiter("*", "strong,em", punct=False), md)
        self.add(LazyDelimiter("_", "strong,em", smart=True, punct=False))
        self.add(LazyDelimiter("^", "ins,sup", no_space=True, punct=False))
        self.add(LazyDelimiter("=", "mark", double=True))
        self.add(LazyDelimiter("~", "del,sub", no_space=True, punct=False))
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

    def get_match(self, data: str, start: int) -> re.Match[str] | None:
        """Return the match of the character at `start`. The library would try the patterns of all characters."""
        delimiter = self.delimiters.get(data[start : start + 1])
        return delimiter.boundary.match(data, start) if delimiter else None

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
    """Registers the stage in place of the library's patterns for emphasis."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the stage. Python-Markdown calls this once. Raises ValueError if it has no pattern `em_strong`."""
        md.registerExtension(self)
        md.inlinePatterns.deregister(REPLACED)
        escape_chars(md, ["^", " ", "=", "~"])
        self._delimiters = Delimiters(md)
        md.inlinePatterns.register(self._delimiters, "delimiter", 60)

    def reset(self) -> None:
        """Forget everything that was found in the last article. Python-Markdown calls this before each article."""
        self._delimiters.reset()
