"""Find dollars that authors may mean as a formula, but that are text by GitHub's rules. The author gets a message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from publisher.site.markdown.math import dollars

_LIKELY = (
    r"(?<![\\$`])\$(?=(?:[^$\n]{0,200}?(?:\\[a-zA-Z]|\w\^[\w{]|_\{))|[a-zA-Z]\$(?:th|st|nd|rd|s)\b)"
    r"(?P<tex>[^\s$](?:[^$\n]{0,300}[^\s$\\])?)\$(?!\$)"
)
_DISPLAY = r"\\.|(?P<empty>\n[ \t>]*\n)|(?<!\$)(?P<sign>\$\$)(?!\$)"


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Return the compiled patterns. Only an article with a dollar needs them, and to compile them is slow."""
    return re.compile(dollars.INLINE), re.compile(_LIKELY), re.compile(_DISPLAY, re.DOTALL)


def left_dollars(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Yield each part of `text` that looks like a formula, but whose dollars are text by GitHub's rules.

    The values of a part are its start, its end (exclusive), what is wrong, and what to do. Parts inside code are also
    yielded.
    """
    if "$" not in text:
        return
    done = 0
    whole, likely, display = _patterns()
    while match := likely.search(text, done):
        done = match.end()
        if whole.match(text, match.start()):
            continue
        what = f"${match['tex']}$ is left as text, because a letter or a digit is directly beside one of its dollars"
        yield *match.span(), what, "write a blank or a hyphen there, or put the letter into the formula"
    opened: re.Match[str] | None = None
    for match in display.finditer(text):
        if match["sign"]:
            opened = None if opened else match
        elif match["empty"] and opened:
            what = "`$$` is left as text, because an empty line comes before the next `$$`"
            yield (
                *opened.span(),
                what,
                "take the empty line out, or write a fence with the language math",
            )
            opened = None
    if opened:
        yield *opened.span(), "`$$` is left as text, because no other `$$` ends the formula", "write `$$` after it"
