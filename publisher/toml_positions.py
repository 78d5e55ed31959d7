"""Where each key of a TOML document stands, which `tomllib` does not tell.

The grammar: https://toml.io/en/v1.0.0
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from contextlib import suppress

Path = tuple[str, ...]
"""The keys that lead to a value, from the top."""

_SPACE = re.compile(r"(?:\s|#[^\n]*)*+")
"""Blanks, ends of lines and comments."""
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_STRING = re.compile(
    r'''"""(?:[^"\\]|\\.|"{1,2}(?!"))*+"{3,5}|\'\'\'(?:[^']|'{1,2}(?!'))*+'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'''',
    re.DOTALL,
)
_PLAIN = re.compile(r"[^\[\]{},#\n]+")
"""Numbers, dates (with a space in them) and truth values."""


def key_lines(text: str) -> dict[Path, int]:
    """The line, from 1, on which each key and table is first written; of an array of tables, in any of them.

    `text` is a document that `tomllib` has read. Where it is none, keys are missing after the fault.
    """
    scan = _Scan(text)
    with suppress(_Unexpected, RecursionError, tomllib.TOMLDecodeError):  # the last for an escape in a key
        scan.document()
    return scan.found


class _Unexpected(Exception):
    """No TOML here."""


class _Scan:
    """Reads on from `at`, and notes each key that it passes."""

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
        """A key with dots: each part of it is a table that may be written here for the first time."""
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
        """Go to what comes next; whether anything does."""
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
