"""Read TOML front matter.

The library does not tell the positions of values. So this module searches the text for the keys of the top level. A
nested value has the position of the value of the top level that contains it.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from typing import Any

from publisher.site.content.frontmatter.value import DEEPEST, FrontMatterValue, Unreadable, too_deep

_KEY = re.compile(r"[ \t]*(?:\[\[?[ \t]*)?(?:\"([^\"\n]*)\"|'([^'\n]*)'|([A-Za-z0-9_-]+))[ \t]*([=.\]])[ \t]*")
_WHERE = re.compile(r" \(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)$")
_DOTTED = re.compile(rf"(?<![\w\"'-])(?:[\w\"'-]++[ \t]*+\.[ \t]*+){{{DEEPEST}}}")
"""Matches a key that has too many parts. The time of the library grows with the square of the number of parts."""

Places = dict[str, tuple[int, int, int]]
"""Maps each key to its line, its column, and the column of its value."""


class _Number(str):
    __slots__ = ()


def read(text: str, line: int) -> FrontMatterValue:
    """Return the values of a block that begins on line `line` of its file. Raises Unreadable if it is not TOML."""
    if dotted := _DOTTED.search(text):
        raise too_deep(line + text.count("\n", 0, dotted.start()), 1)
    try:
        data = tomllib.loads(text, parse_float=_Number)
    except tomllib.TOMLDecodeError as error:
        place = _WHERE.search(str(error))
        at = (line + int(place[1]) - 1, int(place[2])) if place and place[1] else (line + text.count("\n"), 1)
        hint = "write texts in quotes, and each key once"
        raise Unreadable(*at, f"the front matter is not TOML: {_WHERE.sub('', str(error))}", hint) from error
    except ValueError as error:  # Python converts no number that has thousands of digits
        raise Unreadable(
            line, 1, "the front matter is not TOML: a number is too long", "put the number in quotes"
        ) from error
    except RecursionError as error:
        raise too_deep(line, 1) from error
    places = _places(text, line)
    pairs = []
    for key, item in data.items():
        row, col, after = places.get(key, (line, 1, 1))
        pairs.append((FrontMatterValue("text", row, col, key), _value(item, row, after, 0)))
    return FrontMatterValue("map", line, 1, pairs=tuple(pairs))


def _places(text: str, line: int) -> Places:
    """Return the first position of each key of the top level. The position of a table is that of its header."""
    found: Places = {}
    table = False
    quotes = ""
    for number, row in enumerate(text.split("\n"), line):
        if not quotes and (match := _KEY.match(row)):
            header = row.lstrip().startswith("[")
            if header or not table:
                name = match[1] or match[2] or match[3] or ""
                found.setdefault(name, (number, len(row) - len(row.lstrip()) + 1, match.end() + 1))
            table = table or header
        for mark in ('"""', "'''"):
            if quotes in ("", mark) and row.count(mark) % 2:
                quotes = "" if quotes else mark
                break
    return found


def _value(item: Any, line: int, col: int, depth: int) -> FrontMatterValue:
    if depth > DEEPEST:
        return FrontMatterValue("endless", line, col)
    if isinstance(item, dict):
        pairs = (
            (FrontMatterValue("text", line, col, key), _value(one, line, col, depth + 1)) for key, one in item.items()
        )
        return FrontMatterValue("map", line, col, pairs=tuple(pairs))
    if isinstance(item, list):
        return FrontMatterValue("list", line, col, items=tuple(_value(one, line, col, depth + 1) for one in item))
    if isinstance(item, bool):
        return FrontMatterValue("bool", line, col, str(item).lower())
    if isinstance(item, datetime.date | datetime.time):
        return FrontMatterValue("text", line, col, item.isoformat())
    if isinstance(item, int | _Number):
        return FrontMatterValue("number", line, col, str(item))
    return FrontMatterValue("text", line, col, str(item))
