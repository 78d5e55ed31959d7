"""Read the Markdown around a difference between the blocks of two pages, and find the probable cause."""

import re
from collections.abc import Callable
from itertools import pairwise

Applies = Callable[[list[str], str, str], bool]
"""A function that returns whether a cause applies. Its arguments are lines of Markdown, our shapes and their shapes."""

ITEM = re.compile(r"^( *)([*+-]|\d{1,9}[.)])(?: +|$)")
FENCE = re.compile(r"^ *(```+|~~~+)\s*(.*)$")
_HTML = re.compile(
    r"^ {0,3}</?(?:details|summary|div|center|p|table|section|aside|figure|ul|ol|li|h[1-6])\b", re.IGNORECASE
)


def cause_of(lines: list[str], line: int, ours: str, theirs: str) -> str:
    """Return the cause in words. `line` counts from 1. `ours` and `theirs` are the shapes that differ."""
    near = lines[max(line - 3, 0) : line + 12]
    for cause, applies in CAUSES:
        if applies(near, ours, theirs):
            return cause
    return "another cause"


def _list_after_text(near: list[str], ours: str, theirs: str) -> bool:
    return any(
        ITEM.match(below) and above.strip() and not ITEM.match(above) and above[:1] not in (" ", "#", ">", "|", "\t")
        for above, below in pairwise(near)
    ) and ours.count("li") != theirs.count("li")


def _fence_after_text(near: list[str], ours: str, theirs: str) -> bool:
    return "p(pre)" in ours or (
        any(FENCE.match(below) and above.strip() and not FENCE.match(above) for above, below in pairwise(near))
        and "pre" in theirs
    )


def _another_sign(near: list[str], ours: str, theirs: str) -> bool:
    signs = {found[2] for one in near if (found := ITEM.match(one)) and not found[1] and not found[2][0].isdigit()}
    return len(signs) > 1 and ours.count("ul(") != theirs.count("ul(")


def _in_a_paragraph(near: list[str], ours: str, theirs: str) -> bool:
    return re.search(r"\bp\(", ours + theirs) is not None


def _no_space(near: list[str], ours: str, theirs: str) -> bool:
    return any(re.match(r"#{1,6}[^#\s]", one) for one in near) and "h" in ours + theirs


def _nested(width: int) -> Applies:
    def applies(near: list[str], ours: str, theirs: str) -> bool:
        return (
            any((found := ITEM.match(one)) and len(found[1]) in (width, 2 * width) for one in near) and ours != theirs
        )

    return applies


def _number(near: list[str], ours: str, theirs: str) -> bool:
    return re.findall(r"ol(\d+)", ours) != re.findall(r"ol(\d+)", theirs)


def _info(near: list[str], ours: str, theirs: str) -> bool:
    return any((found := FENCE.match(one)) and re.search(r"[ ,/=]", found[2]) for one in near) and _more(
        "pre", theirs, ours
    )


def _html(near: list[str], ours: str, theirs: str) -> bool:
    return any(_HTML.match(one) for one in near)


def _table(near: list[str], ours: str, theirs: str) -> bool:
    return "table" in ours + theirs


def _setext(near: list[str], ours: str, theirs: str) -> bool:
    return any(re.match(r"^ {0,3}(?:-+|=+) *$", one) for one in near) and _more("h", theirs, ours)


def _footnote(near: list[str], ours: str, theirs: str) -> bool:
    return any(re.match(r"^ {0,3}\[\^[^\]]+\]:", one) for one in near)


def _more(kind: str, one: str, other: str) -> bool:
    return len(re.findall(rf"\b{kind}", one)) > len(re.findall(rf"\b{kind}", other))


CAUSES: list[tuple[str, Applies]] = [
    ("a list after a list with another sign", _another_sign),
    ("a list right after a paragraph", _list_after_text),
    ("a fence right after a paragraph", _fence_after_text),
    ("a block inside a paragraph", _in_a_paragraph),
    ("a fence with an unknown info string", _info),
    ("an ordered list that does not begin with 1", _number),
    ("Markdown inside HTML", _html),
    ("a table", _table),
    ("a nested list indented by 2", _nested(2)),
    ("a nested list indented by 3", _nested(3)),
    ("a line of `-` or `=` below several lines", _setext),
    ("a footnote", _footnote),
    ("`#x` without a space", _no_space),
]
