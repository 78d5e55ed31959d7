"""Find the position of a fault in the source of a formula. In a quote, the source has `>` and the formula does not."""

from __future__ import annotations

import re

_SOLID = re.compile(r"^[ \t]*(?:>[ \t]*)+|(?P<sign>\S)", re.MULTILINE)
"""Matches a character other than white space, or all `>` at the beginning of a line in a quote."""


def behind(text: str, start: int, before: str) -> int:
    """Return the index in `text` of the character after `before`, which begins at `start`.

    `text` may have other white space than `before`, and `>` at the beginnings of its lines.
    """
    left = sum(not sign.isspace() for sign in before)
    for match in _SOLID.finditer(text, start):
        if match["sign"] is None:
            continue
        if not left:
            return match.start("sign")
        left -= 1
    return start
