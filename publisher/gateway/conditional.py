"""Conditional and range requests: RFC 9110, sections 13 and 14."""

import re

_TAG = re.compile(r'(?:W/)?("[^"]*")')
_EITHER_TAG = re.compile(r'(W/)?("[^"]*")')
_RANGE = re.compile(r"([0-9]{0,30})\s*-\s*([0-9]{0,30})")


class Unsatisfiable(Exception):
    """No byte of any requested range exists: 416."""


def matches(header: str, tag: str) -> bool:
    """Return whether If-None-Match names this entity tag. Weak tags, lists and `*` count."""
    if header.strip() == "*":
        return True
    return tag.removeprefix("W/") in _TAG.findall(header)


def holds(header: str, tag: str) -> bool:
    """Return whether If-Match, if it was sent, names this entity tag. Only a strong tag guarantees the same bytes."""
    return not header or header.strip() == "*" or ("", tag) in _EITHER_TAG.findall(header)


def same(header: str, tag: str) -> bool:
    """Return whether If-Range allows the range: only the same strong tag does, never a date."""
    return not header or (header == tag and not tag.startswith("W/"))


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the start and the stop (not included) of the first requested range that exists in `size` bytes.

    None means that the whole is sent: there is no range, it is not in bytes, or it is malformed and must be ignored.
    Raises Unsatisfiable.
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
