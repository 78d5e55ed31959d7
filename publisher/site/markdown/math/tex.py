"""Split TeX source into tokens. Each token knows its position in the formula."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from publisher.site.markdown.math.formula import BadFormula

_TOKEN = re.compile(r"(?P<comment>%[^\n]*\n?[ \t]*)|\\[a-zA-Z]+|\\.|\s+|.", re.DOTALL)

DEEPEST = 100
"""The largest depth of groups, environments and `\\left`. The library crashes if the depth is much larger."""
WORDS = 1000
"""The largest number of commands in the open groups together. Each command may add a level of nesting."""

_NESTING = re.compile(r"\\(?:begin|end|left|right)(?![a-zA-Z])|\\[a-zA-Z]+|\\.|[{}]", re.DOTALL)
_BRACES = re.compile(r"\\.|%[^\n]*|[{}]", re.DOTALL)
_OPENING = ("{", "\\begin", "\\left")
_CLOSING = ("}", "\\end", "\\right")


class Token(NamedTuple):
    """A command, a character, or a blank that stands for white space of any length. `start` is its index."""

    text: str
    start: int

    @property
    def is_word(self) -> bool:
        """Whether the token is a command whose name ends with a letter.

        A letter directly after this command would become a part of its name.
        """
        return self.text[:1] == "\\" and self.text[-1:].isalpha()


def tokens(tex: str, at: int | None = None) -> list[Token]:
    """Return the tokens of `tex` without its comments. If `at` is given, it is the position of all tokens."""
    return [
        Token(" " if match[0].isspace() else match[0], match.start() if at is None else at)
        for match in _TOKEN.finditer(tex)
        if not match["comment"]
    ]


def written(parts: Iterable[Token]) -> str:
    """Return the TeX of these tokens. Write a blank between a command of letters and a letter that follows it."""
    found: list[str] = []
    after_word = False
    for part in parts:
        if after_word and part.text[:1].isalpha():
            found.append(" ")
        found.append(part.text)
        after_word = part.is_word
    return "".join(found)


def place(parts: Sequence[Token], index: int) -> int:
    """Return the index in the formula of the character with the index `index` in `written(parts)`."""
    done = 0
    after_word = False
    for part in parts:
        done += len(part.text) + (after_word and part.text[:1].isalpha())
        if done > index:
            return part.start
        after_word = part.is_word
    return parts[-1].start if parts else 0


def check_nesting(tex: str) -> None:
    """Check `tex`. Raises BadFormula if its braces do not pair, or if it is nested too deeply for the library."""
    _check_braces(tex)
    if len(tex) <= 2 * DEEPEST:
        return  # each level takes at least two characters
    words = [0]
    total = 0
    for match in _NESTING.finditer(tex):
        sign = match[0]
        if sign in _OPENING:
            words.append(0)
        elif sign in _CLOSING:
            total -= words.pop() if len(words) > 1 else 0
        elif len(sign) > 2:
            words[-1] += 1
            total += 1
        if len(words) > DEEPEST or total > WORDS:
            raise BadFormula("it is nested too deeply", match.start())


def _check_braces(tex: str) -> None:
    groups: list[int] = []
    for match in _BRACES.finditer(tex):
        if match[0] == "{":
            groups.append(match.start())
        elif match[0] == "}" and not groups:
            raise BadFormula("a } without a {", match.start())
        elif match[0] == "}":
            groups.pop()
    if groups:
        raise BadFormula("a { without a }", groups[-1])
