"""Read the data files of a site: TOML, YAML, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import tomllib
from collections.abc import Callable, Iterable
from typing import Any

from publisher.site.frozen import frozen

ENDINGS = (".toml", ".yaml", ".yml", ".json", ".csv")
"""The extensions of data files, in lower case. Other files of the data folder are ignored."""


MOST_REPEATED = 100_000
"""The largest number of values that the aliases of a YAML file may add. Without a limit, 300 bytes fill the memory."""

DEEPEST = 100
"""The largest depth of nested lists and mappings."""


_JSON_WORD = re.compile(r'"(?:[^"\\]|\\.)*+"|([-+\w.]++)')
_TOML_WORD = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|"(?:[^"\\\n]|\\.)*+"'
    r"|'''.*?'''|'[^'\n]*+'|#[^\n]*+|^[ \t]*+\[++[^\]\n]*+\]++[ \t]*+$|([-+\w.]++)(?![ \t]*=)",
    re.DOTALL | re.MULTILINE,
)
_YAML_WORD = re.compile(
    r'"(?:[^"\\]|\\.)*+"'
    r"|(?<![\w'])'[^']*+'|(?<!\S)#[^\n]*+|(?<![^\s\[,])([-+]?\.(?i:inf|nan))(?=[ \t]*(?:$|[\],}\n]|[ \t]#))",
    re.MULTILINE,
)
"""These patterns match words that may be numbers, as group 1.

They also match each text, comment and head of a table as a whole, so that no word inside of it is found.
"""


class BadData(Exception):
    """A data file cannot be read. `line` and `col` are its position, or 0 if they are unknown."""

    def __init__(self, line: int, col: int, what: str, hint: str) -> None:
        super().__init__(what)
        self.line, self.col, self.what, self.hint = line, col, what, hint


def is_data(path: str) -> bool:
    """Return whether a file with this path is a data file."""
    return path.lower().endswith(ENDINGS)


def name_of(path: str) -> str:
    """Return the name by which templates read a data file: its path without the extension."""
    return path.rpartition(".")[0]


def doubled(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return the path of each data file whose name an earlier file has too, and the path of that earlier file."""
    first: dict[str, str] = {}
    found = [(path, first.setdefault(name_of(path), path)) for path in sorted(paths)]
    return [(path, other) for path, other in found if path != other]


def read_data(path: str, data: bytes) -> Any:
    """Return the values of a data file. They cannot be changed. A CSV file is a list with a mapping for each row.

    Raises BadData if the file cannot be read.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadData(line, 0, "this is not UTF-8", "save the file as UTF-8") from error
    lower = path.lower()
    if lower.endswith(".csv"):
        return frozen(_csv(text))
    if lower.endswith(".toml"):
        found, place = _toml(text), lambda: _first_infinite(text, _TOML_WORD)
    elif lower.endswith(".json"):
        found, place = _json(text), lambda: _first_infinite(text, _JSON_WORD)
    else:
        found, place = _yaml(text), lambda: _first_infinite(text, _YAML_WORD)
    _check(found, 0, place)
    return frozen(found)


def _first_infinite(text: str, words: re.Pattern[str]) -> tuple[int, int]:
    """Return the line and the column of the first number in `text` that is not finite, or (0, 0) if none is found."""
    for match in words.finditer(text):
        if match[1] and not _is_finite(match[1]):
            return text.count("\n", 0, match.start()) + 1, match.start() - text.rfind("\n", 0, match.start())
    return 0, 0


def _is_finite(word: str) -> bool:
    """Return whether a word is a finite number, or no number at all."""
    try:
        return math.isfinite(float(word.lower().replace(".inf", "inf").replace(".nan", "nan")))
    except ValueError:
        return True


def _toml(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, place = str(error).partition(" (at line ")
        line, _, col = place.rstrip(")").partition(", column ")
        at = (int(line), int(col)) if line.isdigit() and col.isdigit() else (0, 0)
        raise BadData(*at, f"this is not TOML: {what}", "correct the file") from error
    except ValueError as error:  # a number with thousands of digits
        raise BadData(0, 0, f"this TOML cannot be read: {error}", "correct the file") from error
    except RecursionError as error:
        raise _too_deep() from error


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadData(error.lineno, error.colno, f"this is not JSON: {error.msg}", "correct the file") from error
    except ValueError as error:  # a number with thousands of digits
        raise BadData(0, 0, f"this JSON cannot be read: {error}", "correct the file") from error
    except RecursionError as error:
        raise _too_deep() from error


def _csv(text: str) -> Any:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[dict[str, str]] = []
    heads: list[str] = []
    try:
        for row in reader:
            if not row:
                continue
            if not heads:
                heads = row
                if double := [name for place, name in enumerate(heads) if name in heads[:place]]:
                    raise BadData(
                        reader.line_num, 0, f"two columns have the name {double[0]!r}", "rename one of the two"
                    )
                continue
            if len(row) != len(heads):
                what = f"this row has {len(row)} values, and the first row has {len(heads)}"
                raise BadData(reader.line_num, 0, what, "put values with commas in double quotes")
            rows.append(dict(zip(heads, row, strict=True)))
    except csv.Error as error:
        raise BadData(reader.line_num, 0, f"this is not CSV: {error}", "correct the file") from error
    return rows


def _yaml(text: str) -> Any:
    import yaml  # takes 20 ms, and most sites have no data in YAML

    loader_class = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_depth(yaml.parse(text, Loader=loader_class))
        loader = loader_class(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _Sizes(len(text) + MOST_REPEATED).of(node)
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, col = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise BadData(line, col, f"this is not YAML: {error.problem}", "correct the file") from error
    except (yaml.YAMLError, ValueError) as error:
        raise BadData(0, 0, f"this is not YAML: {error}", "correct the file") from error
    except RecursionError as error:
        raise _too_deep() from error


def _check_depth(events: Iterable[Any]) -> None:
    """Raise BadData if YAML is nested too deep.

    The library composes by recursion in C, so deep nesting would crash the process.
    """
    import yaml

    depth = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _too_deep(event.start_mark.line + 1, event.start_mark.column + 1)


class _Sizes:
    """Counts the values of YAML nodes. An alias counts as often as it is written. Each node is visited once.

    The count comes before the library makes values, because the library repeats the values of merge keys (`<<`).
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[Any, int] = {}
        """Maps each node to its number of values, or to 0 while the node is counted. Two nodes are never equal."""

    def of(self, node: Any) -> int:
        """Return the number of values of a node. Raise BadData for too many, or for a node that contains itself."""
        known = self._known.get(node)
        place = node.start_mark.line + 1, node.start_mark.column + 1
        if known == 0:
            raise BadData(*place, "this value contains itself", "remove the alias")
        if known is None:
            self._known[node] = 0
            items = [] if isinstance(node.value, str) else node.value
            known = 1 + sum(self.of(each) for item in items for each in (item if isinstance(item, tuple) else (item,)))
            self._known[node] = known
        if known > self._most:
            raise BadData(*place, "the aliases of this value repeat too many values", "use fewer aliases")
        return known


def _check(value: Any, depth: int, place: Callable[[], tuple[int, int]]) -> None:
    """Raise BadData for a set, for a number that is not finite, and for values that are nested too deep.

    `place` returns the position of the first number that is not finite.
    """
    if depth > DEEPEST:
        raise _too_deep()
    if isinstance(value, set):
        raise BadData(0, 0, "a set of YAML has no order", "write a list")
    if isinstance(value, float) and not math.isfinite(value):
        raise BadData(*place(), f"{value} is no number that a page can show", "write a number or null")
    if isinstance(value, dict):
        for item in value.values():
            _check(item, depth + 1, place)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item, depth + 1, place)


def _too_deep(line: int = 0, col: int = 0) -> BadData:
    return BadData(line, col, "the values are nested too deep", "write fewer levels")
