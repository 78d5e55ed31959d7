"""Read the headers of conditional and range requests (RFC 9110, sections 13 and 14)."""

import re

_TAG = re.compile(r'(?:W/)?("[^"]*")')
_EITHER_TAG = re.compile(r'(W/)?("[^"]*")')
_RANGE = re.compile(r"([0-9]{0,30})\s*-\s*([0-9]{0,30})")


class Unsatisfiable(Exception):
    """No requested range has a byte in the content. The response is 416."""


def matches(header: str, tag: str) -> bool:
    """Return whether the If-None-Match header has this entity tag. A weak tag matches too, and `*` matches any tag."""
    if header.strip() == "*":
        return True
    return tag.removeprefix("W/") in _TAG.findall(header)


def holds(header: str, tag: str) -> bool:
    """Return whether the If-Match header has this entity tag, or is empty.

    A weak tag does not match, because only a strong tag guarantees the same bytes.
    """
    return not header or header.strip() == "*" or ("", tag) in _EITHER_TAG.findall(header)


def same(header: str, tag: str) -> bool:
    """Return whether the If-Range header allows a range, or is empty.

    Only the same strong tag allows a range. A date never allows one.
    """
    return not header or (header == tag and not tag.startswith("W/"))


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the start and the stop (exclusive) of the first requested range that exists in `size` bytes.

    Return None if the whole content is to be sent. This is so if the header has no range in bytes, or is malformed.
    Raises Unsatisfiable if no requested range exists.
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
