"""Conditional and partial requests: RFC 9110, sections 13 and 14."""

import re

_TAG = re.compile(r'(?:W/)?("[^"]*")')
_EITHER_TAG = re.compile(r'(W/)?("[^"]*")')
_RANGE = re.compile(r"([0-9]{0,30})\s*-\s*([0-9]{0,30})")


class Unsatisfiable(Exception):
    """No byte of any asked range is there: 416."""


def matches(header: str, tag: str) -> bool:
    """Whether If-None-Match names this entity tag: weak ones, lists and `*` too."""
    if header.strip() == "*":
        return True
    return tag.removeprefix("W/") in _TAG.findall(header)


def holds(header: str, tag: str) -> bool:
    """Whether If-Match, where it is sent, names this entity tag: only a strong one is sure to be the same bytes."""
    return not header or header.strip() == "*" or ("", tag) in _EITHER_TAG.findall(header)


def same(header: str, tag: str) -> bool:
    """Whether If-Range lets the range hold: only the very same strong tag does; a date never does."""
    return not header or (header == tag and not tag.startswith("W/"))


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Start and stop (not included) of the first range asked for that is there.

    None where the whole is to be sent: no range, not a range of bytes, or one that is not well formed, which must be
    ignored. Raises Unsatisfiable.
    """
    unit, _, text = header.partition("=")
    if unit.strip().lower() != "bytes" or not size:
        return None
    asked = [part.strip() for part in text.split(",") if part.strip()]
    found = [_RANGE.fullmatch(part) for part in asked]
    if not found:
        return None
    spans: list[tuple[int, int]] = []
    for match in found:
        if match is None or not (match[1] or match[2]):
            return None
        start = int(match[1]) if match[1] else max(0, size - int(match[2]))
        stop = int(match[2]) + 1 if match[1] and match[2] else size
        if match[1] and match[2] and stop <= start:
            return None
        spans.append((start, min(stop, size)))
    for start, stop in spans:
        if start < stop:
            return start, stop
    raise Unsatisfiable
