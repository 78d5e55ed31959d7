"""Find the position of a fault in the source of a formula.

If the formula is in a quote, the lines of the source begin with `>`. The parsed formula lacks these characters.
"""

from __future__ import annotations

import re

_SOLID = re.compile(r"^[ \t]*(?:>[ \t]*)+|(?P<sign>\S)", re.MULTILINE)
"""Matches a character that is not white space, or all `>` at the beginning of a line in a quote."""


def behind(text: str, start: int, before: str) -> int:
    """Return the index in `text` of the character after `before`. In `text`, `before` begins at `start`.

    White space may differ between `text` and `before`. The lines of `text` may also begin with `>`.
    """
    left = sum(not sign.isspace() for sign in before)
    for match in _SOLID.finditer(text, start):
        if match["sign"] is None:
            continue
        if not left:
            return match.start("sign")
        left -= 1
    return start
