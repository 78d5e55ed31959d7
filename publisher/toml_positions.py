"""Find the line of each key of a TOML document, because `tomllib` does not report lines.

The grammar is at https://toml.io/en/v1.0.0.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from contextlib import suppress

Path = tuple[str, ...]
"""The keys that lead to a value. The outermost key is first."""

_SPACE = re.compile(r"(?:\s|#[^\n]*)*+")
"""This pattern matches blanks, line ends and comments."""
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_STRING = re.compile(
    r'''"""(?:[^"\\]|\\.|"{1,2}(?!"))*+"{3,5}|\'\'\'(?:[^']|'{1,2}(?!'))*+'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'''',
    re.DOTALL,
)
_PLAIN = re.compile(r"[^\[\]{},#\n]+")
"""This pattern matches a number, a date (which may contain a space), `true` and `false`."""


def key_lines(text: str) -> dict[Path, int]:
    """Return a map from each key and table in `text` to the line, counted from 1, on which it is first written.

    All tables of an array have the same keys in the map, with the line of the first one. `text` is a document that
    `tomllib` has read. In any other text, the keys after the first error are missing.
    """
    scan = _Scan(text)
    # `tomllib` reads quoted keys, and raises TOMLDecodeError for a wrong escape in them.
    with suppress(_Unexpected, RecursionError, tomllib.TOMLDecodeError):
        scan.document()
    return scan.found


class _Unexpected(Exception):
    """Raised at a character that TOML does not allow."""


class _Scan:
    """Reads a document from the position `at` and records the line of each key in `found`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, int] = {}
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def document(self) -> None:
        table: Path = ()
        while self._space():
            if self._takes("["):
                many = self._takes("[")
                table = self._key(())
                self._expect("]]" if many else "]")
            else:
                self._pair(table)

    def _pair(self, table: Path) -> None:
        path = self._key(table)
        self._expect("=")
        self._value(path)

    def _value(self, path: Path) -> None:
        self._space()
        if self._takes("{"):
            while not self._ended("}"):
                self._pair(path)
        elif self._takes("["):
            while not self._ended("]"):
                self._value(path)
        else:
            self._match(_STRING if self.text[self.at : self.at + 1] in ("'", '"') else _PLAIN)

    def _key(self, table: Path) -> Path:
        """Read a dotted key, record its line, and return its path below `table`.

        Each part of the key may be a table that is first written here, so the line of each part is recorded.
        """
        self._space()
        path = table
        while True:
            line = bisect_left(self._ends, self.at) + 1
            part = self._match(_KEY)
            path = (*path, tomllib.loads(f"key = {part}")["key"] if part[0] in "'\"" else part)
            self.found.setdefault(path, line)
            dot = _DOT.match(self.text, self.at)
            if dot is None:
                return path
            self.at = dot.end()

    def _ended(self, mark: str) -> bool:
        self._space()
        if self._takes(","):
            self._space()
        return self._takes(mark)

    def _space(self) -> bool:
        """Skip blanks and comments. Return whether the document has more text."""
        self._match(_SPACE)
        return self.at < len(self.text)

    def _takes(self, mark: str) -> bool:
        there = self.text.startswith(mark, self.at)
        self.at += len(mark) * there
        return there

    def _expect(self, mark: str) -> None:
        self._space()
        if not self._takes(mark):
            raise _Unexpected

    def _match(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise _Unexpected
        self.at = match.end()
        return match[0]
