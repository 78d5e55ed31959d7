"""Read JSON front matter.

The library does not tell the positions of values. So this module searches the text for the keys of the outermost
object. A nested value has the position of the outermost value that contains it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from publisher.site.content.frontmatter.value import DEEPEST, FrontMatterValue, Lines, Unreadable, too_deep

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"(\s*:\s*)?|[{}\[\]]', re.DOTALL)


class _Number(str):
    __slots__ = ()


class _Object(tuple[tuple[str, Any], ...]):
    __slots__ = ()


def read(text: str, line: int) -> FrontMatterValue:
    """Return the values of a block that begins on line `line` of its file. Raises Unreadable if it is not JSON."""
    lines = Lines(text, line)
    decoder = json.JSONDecoder(
        object_pairs_hook=_Object, parse_int=_Number, parse_float=_Number, parse_constant=_Number, strict=False
    )
    try:
        data, _ = decoder.raw_decode(text)
    except json.JSONDecodeError as error:
        hint = "write keys and texts in double quotes, with a comma between two lines"
        raise Unreadable(
            *lines.at(min(error.pos, len(text))), f"the front matter is not JSON: {error.msg}", hint
        ) from error
    except RecursionError as error:
        raise too_deep(line, 1) from error
    places = iter(_places(text, lines))
    pairs = []
    for key, item in data:
        key_at, value_at = next(places, ((line, 1), (line, 1)))
        pairs.append((FrontMatterValue("text", *key_at, key), _value(item, *value_at, 0)))
    return FrontMatterValue("map", line, 1, pairs=tuple(pairs))


def _places(text: str, lines: Lines) -> Iterable[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield the line and column of each key of the outermost object, and of its value, in order."""
    depth = 0
    for token in _TOKEN.finditer(text):
        sign = token[0][0]
        if sign != '"':
            depth += 1 if sign in "{[" else -1
        elif depth == 1 and token[1] is not None:
            yield lines.at(token.start()), lines.at(token.end())


def _value(item: Any, line: int, col: int, depth: int) -> FrontMatterValue:
    if depth > DEEPEST:
        return FrontMatterValue("endless", line, col)
    if isinstance(item, _Object):
        pairs = ((FrontMatterValue("text", line, col, key), _value(one, line, col, depth + 1)) for key, one in item)
        return FrontMatterValue("map", line, col, pairs=tuple(pairs))
    if isinstance(item, list):
        return FrontMatterValue("list", line, col, items=tuple(_value(one, line, col, depth + 1) for one in item))
    if item is None:
        return FrontMatterValue("null", line, col)
    if isinstance(item, bool):
        return FrontMatterValue("bool", line, col, str(item).lower())
    return FrontMatterValue("number" if isinstance(item, _Number) else "text", line, col, str(item))
