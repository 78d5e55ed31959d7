"""Read YAML front matter.

The library composes nodes, and this module makes the values from them. The constructors of the library are not used. So
a title `2024` and a tag `no` stay texts, an impossible date has its line and column, and a repeated key is noticed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from publisher.site.content.frontmatter.value import (
    DEEPEST,
    NOTHING,
    FrontMatterValue,
    Kind,
    Lines,
    Unreadable,
    too_deep,
)

_SHORT = 1_000
"""A text with at most this many characters is not checked for depth, because its depth can do no harm."""

_TAG = "tag:yaml.org,2002:"
_KINDS: dict[str, Kind] = {
    "str": "text",
    "timestamp": "text",
    "merge": "text",
    "value": "text",
    "int": "number",
    "float": "number",
    "bool": "bool",
    "null": "null",
    "seq": "list",
    "map": "map",
}


def read(text: str, line: int) -> FrontMatterValue:
    """Return the values of a block that begins on line `line` of its file. Raises Unreadable if it is not YAML."""
    lines = Lines(text, line)
    node = _compose(text, lines)
    return NOTHING if node is None else _Reader(lines).value(node, 0)


def _compose(text: str, lines: Lines) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        deep = _deep(text, loader) if len(text) > _SHORT else None
        if deep is not None:
            raise too_deep(*lines.at(deep))
        return yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.problem, error.context) if part)
        hint = "put a value in quotes if it holds `: ` or `#`, or begins with a special character"
        at = min(mark.index, len(text)) if mark else 0
        raise Unreadable(*lines.at(at), f"the front matter is not YAML: {what}", hint) from error
    except yaml.reader.ReaderError as error:
        bad = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
        place = lines.at(bad.start() if bad else 0)
        raise Unreadable(
            *place, f"the front matter is not YAML: {error.reason}", "remove the control character"
        ) from error
    except RecursionError as error:
        raise too_deep(*lines.at(0)) from error


def _deep(text: str, loader: Any) -> int | None:
    """Return the index at which `text` is nested too deeply, or None if it is not too deep.

    The library composes by recursion in C, without a limit. A hundred thousand nested brackets would end the process.
    """
    import yaml

    depth = 0
    events: Iterator[Any] = yaml.parse(text, Loader=loader)
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                mark: Any = event.start_mark
                return int(mark.index)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


class _Reader:
    """Reads nodes. A node is read once, even if many aliases refer to it. So a few aliases cannot fill the memory."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._known: dict[Any, FrontMatterValue | None] = {}
        """Maps each node to its value, or to None while the node is being read. Two different nodes are never equal."""

    def value(self, node: Any, depth: int) -> FrontMatterValue:
        place = self._lines.at(node.start_mark.index)
        if node in self._known:
            return self._known[node] or FrontMatterValue(
                "endless", *place
            )  # if the value is None, the node is still being read, so it contains itself
        if depth > DEEPEST:
            return FrontMatterValue("endless", *place)
        self._known[node] = None
        kind = _KINDS.get(node.tag.removeprefix(_TAG), "other")
        if isinstance(node.value, str):
            found = FrontMatterValue(kind if kind not in ("list", "map") else "other", *place, node.value)
        elif kind == "list":
            found = FrontMatterValue(kind, *place, items=tuple(self.value(item, depth + 1) for item in node.value))
        elif kind == "map":
            pairs = ((self.value(key, depth + 1), self.value(item, depth + 1)) for key, item in node.value)
            found = FrontMatterValue(kind, *place, pairs=tuple(pairs))
        else:
            found = FrontMatterValue("other", *place)
        self._known[node] = found
        return found
