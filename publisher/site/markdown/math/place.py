"""The place of a fault in the source of a formula, which has the signs of quotes that the formula does not have."""

from __future__ import annotations

import re

_SOLID = re.compile(r"^[ \t]*(?:>[ \t]*)+|(?P<sign>\S)", re.MULTILINE)
"""A sign that is no white space, or the signs of quotes at the beginning of a line."""


def behind(text: str, start: int, before: str) -> int:
    """Return the index in `text` of the character behind `before`, which begins at `start`.

    `text` may have more white space than `before`, and the signs of quotes at the beginnings of its lines.
    """
    left = sum(not sign.isspace() for sign in before)
    for match in _SOLID.finditer(text, start):
        if match["sign"] is None:
            continue
        if not left:
            return match.start("sign")
        left -= 1
    return start
