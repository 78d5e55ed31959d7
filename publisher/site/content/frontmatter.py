"""The YAML block at the head of an article, read with the place of every value.

Values are taken from the composed nodes, not from YAML's own constructors: a title `2024` or a tag `no` stays what was
written, an impossible date gets its line and column, and a key that stands twice is seen.
"""

from __future__ import annotations

import math
import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from difflib import get_close_matches
from typing import Any

from publisher.errors import Problem
from publisher.site.model import LANGUAGE

KEYS = ("title", "date", "updated", "tags", "summary", "slug", "draft", "author", "authors", "language", "extra")
"""Every key that an article may have at the top level."""

_ELSEWHERE = {
    "description": "summary",
    "excerpt": "summary",
    "categories": "tags",
    "category": "tags",
    "keywords": "tags",
    "published": "date",
    "created": "date",
    "modified": "updated",
    "lastmod": "updated",
    "lang": "language",
    "permalink": "slug",
    "url": "slug",
}
_DATE = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,6})\d*)?)?[ \t]*(Z|z|[+-]\d\d?(?::?\d\d)?)?)?"
)
_DEPTH = 16
_NODES = 10_000
_DEEPEST = 100
_SHORT = 1_000
"""Characters in which nothing can be nested deeply enough to do harm: nearly all front matter is shorter."""

_YAML = "tag:yaml.org,2002:"


@dataclass(slots=True)
class Front:
    """The values of one front matter, and what is wrong with them. `line` is that of the file where the YAML begins."""

    path: str
    text: str
    line: int
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    tags: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Where each tag stands."""
    problems: list[Problem] = field(default_factory=list)
    nodes: int = 0
    too_large: bool = False

    def at(self, index: int) -> tuple[int, int]:
        """Line and column in the file of a character of the block."""
        before = self.text[:index]
        return self.line + before.count("\n"), index - before.rfind("\n")

    def fault(self, index: int, what: str, hint: str = "") -> None:
        """Write down what is wrong at a character of the block."""
        self.problems.append(Problem(self.path, *self.at(index), what, hint))


def read(path: str, text: str, line: int, zone: tzinfo) -> Front:
    """Read a block of YAML that begins on this line of the file; faults are collected, never raised."""
    front = Front(path, text, line)
    node = _compose(front)
    if node is None:
        return front
    if not _is(node, "map"):
        front.fault(node.start_mark.index, "front matter is not a mapping", "write a line for each key, `title: ...`")
        return front
    for key, value in node.value:
        name = str(key.value) if _scalar(key) else ""
        if name not in KEYS:
            front.fault(key.start_mark.index, f"unknown key {name!r}", _right_key(name))
        elif name in front.places:
            first = front.places[name][0]
            front.fault(key.start_mark.index, f"{name!r} stands twice", f"the first is on line {first}; keep one")
        else:
            front.places[name] = front.at(value.start_mark.index)
            _take(front, name, value, zone)
    if "author" in front.places and "authors" in front.places:
        front.problems.append(
            Problem(path, *front.places["author"], "both 'author' and 'authors'", "keep the list `authors`")
        )
    _order(front)
    return front


def _compose(front: Front) -> Any:
    """The YAML nodes; None, with the fault written down, when it is not YAML."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        deep = _too_deep(front.text, loader) if len(front.text) > _SHORT else None
        if deep is not None:
            front.fault(deep, "front matter is nested too deeply", "make it flatter")
            return None
        node = yaml.compose(front.text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.problem, error.context) if part)
        hint = "quote a value that holds `: `, `#`, or begins with a sign"
        front.fault(min(mark.index, len(front.text)) if mark else 0, f"not YAML: {what}", hint)
        return None
    except yaml.reader.ReaderError as error:
        bad = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", front.text)
        front.fault(bad.start() if bad else 0, f"not YAML: {error.reason}", "remove the control character")
        return None
    except RecursionError:
        front.fault(0, "front matter is nested too deeply", "make it flatter")
        return None
    if node is None:
        front.fault(0, "front matter is empty", "begin with `title: ...`")
    return node


def _too_deep(text: str, loader: Any) -> int | None:
    """Where YAML is nested deeper than anybody means it. The library composes by recursion in C, without a limit: a
    hundred thousand brackets end the process."""
    import yaml

    depth = 0
    events: Iterator[Any] = yaml.parse(text, Loader=loader)
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                mark: Any = event.start_mark
                return int(mark.index)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


def _take(front: Front, name: str, node: Any, zone: tzinfo) -> None:
    value: Any
    if name in ("date", "updated"):
        value = _date(front, name, node, zone)
    elif name == "draft":
        value = _flag(front, node)
    elif name in ("tags", "authors", "author"):
        value = _names(front, name, node)
    elif name == "extra":
        value = _extra(front, node)
    else:
        value = _text(front, name, node)
        value = _shape(front, name, node, value) if value is not None else None
    if value is not None:
        front.values[name] = value


def _is(node: Any, kind: str) -> bool:
    return bool(node.tag == _YAML + kind)


def _scalar(node: Any) -> bool:
    return isinstance(node.value, str)


def _has_nul(front: Front, node: Any) -> bool:
    """A NUL that was written as an escape. In a page it would begin the mark of a link, see urls.py."""
    if "\0" not in str(node.value):
        return False
    front.fault(node.start_mark.index, "a NUL character", "remove it")
    return True


def _text(front: Front, name: str, node: Any) -> str | None:
    """Any scalar, as it was written: `title: 2024` is a text."""
    if not _scalar(node):
        front.fault(node.start_mark.index, f"{name!r} is not a text", "put the text on one line, in quotes if need be")
        return None
    if _has_nul(front, node):
        return None
    value = unicodedata.normalize("NFC", node.value).strip()
    if not value or _is(node, "null"):
        front.fault(node.start_mark.index, f"{name!r} is empty", "write a text, or remove the line")
        return None
    return value


def _shape(front: Front, name: str, node: Any, value: str) -> str | None:
    """What slug and language have to look like."""
    if name == "slug" and (re.search(r"[/\\\x00-\x1f\x7f]", value) or value.startswith(".")):
        front.fault(
            node.start_mark.index,
            f"slug {value!r} cannot be part of an address",
            "one name, without slashes, not beginning with a dot",
        )
        return None
    if name == "language" and not LANGUAGE.fullmatch(value):
        front.fault(node.start_mark.index, f"language {value!r} is no language tag", "write it as `en` or `zh-Hans`")
        return None
    return " ".join(value.split()) if name in ("title", "summary") else value


def _flag(front: Front, node: Any) -> bool | None:
    if _is(node, "bool"):
        return str(node.value).lower() in ("true", "yes", "on")
    front.fault(node.start_mark.index, "'draft' is neither true nor false", "write `draft: true`, without quotes")
    return None


def _names(front: Front, name: str, node: Any) -> tuple[str, ...] | None:
    """A list of texts, each once, in order. One author may stand alone."""
    if name != "tags" and _scalar(node):
        one = _text(front, name, node)
        return None if one is None else (one,)
    if not _is(node, "seq"):
        front.fault(node.start_mark.index, f"{name!r} is not a list", f"write `{name}: [one, two]`")
        return None
    found: dict[str, tuple[int, int]] = {}
    for item in node.value:
        text = _text(front, name, item)
        if text:
            found.setdefault(" ".join(text.split()), front.at(item.start_mark.index))
    if name == "tags":
        front.tags = found
    return tuple(found)


def _date(front: Front, name: str, node: Any, zone: tzinfo) -> datetime | None:
    """A date, or a date with a time; without a zone it is in the site's."""
    written = node.value.strip() if _scalar(node) else ""
    match = _DATE.fullmatch(written)
    if not match:
        front.fault(
            node.start_mark.index, f"{name!r} is not a date", "write `2025-01-31` or `2025-01-31T09:30:00+02:00`"
        )
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "").ljust(6, "0")),
            tzinfo=_offset(offset) if offset else zone,
        )
        moment.astimezone(UTC)  # as the feed and the sitemap write it
        return moment
    except OverflowError:
        what = f"no such date: {written} (in UTC it lies outside the years 1 to 9999)"
        front.fault(node.start_mark.index, what, "correct the date")
        return None
    except ValueError:
        reason = _impossible(*(int(part or 0) for part in (year, month, day, hour, minute, second)))
        front.fault(node.start_mark.index, f"no such date: {written} ({reason})", "correct the date")
        return None


def _impossible(year: int, month: int, day: int, hour: int, minute: int, second: int) -> str:
    """Why there is no such date, in words that do not depend on Python's version."""
    if year < 1:
        return "there is no year 0"
    if not 1 <= month <= 12:
        return "months go from 1 to 12"
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        return f"that month has {days} days"
    if hour > 23:
        return "hours go from 0 to 23"
    return "minutes and seconds go from 0 to 59" if max(minute, second) > 59 else "a day has 24 hours of zones"


def _offset(text: str) -> tzinfo:
    if text in "Zz":
        return UTC
    digits = text[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    away = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-away if text[0] == "-" else away)


def _order(front: Front) -> None:
    date, updated = front.values.get("date"), front.values.get("updated")
    if date and updated and updated < date:
        front.problems.append(
            Problem(front.path, *front.places["updated"], "'updated' is before 'date'", "correct one of them")
        )


def _extra(front: Front, node: Any) -> dict[str, Any] | None:
    if not _is(node, "map"):
        front.fault(node.start_mark.index, "'extra' is not a mapping", "indent your own keys below `extra:`")
        return None
    value = _plain(front, node, 0)
    return value if isinstance(value, dict) else None


def _plain(front: Front, node: Any, depth: int) -> Any:
    """An own value: texts, numbers, true, false, null, lists and mappings. Dates stay as they were written."""
    start = node.start_mark.index
    front.nodes += 1
    if depth > _DEPTH or front.nodes > _NODES:
        if not front.too_large:  # told once, not for every value that is too many
            front.fault(start, "'extra' is too deep or too large", "keep data of this size in a file")
        front.too_large = True
        return None
    if _is(node, "map"):
        found: dict[str, Any] = {}
        for key, item in node.value:
            if not _scalar(key):
                front.fault(key.start_mark.index, "a key has to be a text", "quote it")
            elif _has_nul(front, key):
                continue
            elif key.value in found:
                front.fault(key.start_mark.index, f"{key.value!r} stands twice", "keep one")
            else:
                found[key.value] = _plain(front, item, depth + 1)
        return found
    if _is(node, "seq"):
        return [_plain(front, item, depth + 1) for item in node.value]
    return _number_or_text(front, node)


def _number_or_text(front: Front, node: Any) -> Any:
    written = str(node.value)
    if _has_nul(front, node):
        return None
    if _is(node, "null"):
        return None
    if _is(node, "bool"):
        return written.lower() in ("true", "yes", "on")
    if _is(node, "str") or _is(node, "timestamp"):
        return written
    if _is(node, "int") or _is(node, "float"):
        try:
            number = int(written.replace("_", ""), 10) if _is(node, "int") else float(written.replace("_", ""))
        except ValueError:
            return written  # 0x1f, 1:30 and the like: nobody means YAML 1.1's number
        if isinstance(number, int) or math.isfinite(number):
            return number
    front.fault(node.start_mark.index, f"a value of this kind is not allowed: {written!r}", "quote it")
    return None


def _right_key(name: str) -> str:
    near = _ELSEWHERE.get(name.lower()) or next(iter(get_close_matches(name.lower(), KEYS, 1)), "")
    own = "own values go under `extra:`"
    return f"did you mean {near!r}? {own}" if near else own
