"""Convert an author's own values into values for templates: texts, numbers, true, false, null, lists and mappings."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from publisher.site.content.frontmatter.value import FrontMatterValue

_DEPTH = 16
_NODES = 10_000
_HALF = re.compile("[\ud800-\udfff]")

Fault = Callable[[FrontMatterValue, str, str], None]


def unfit(value: FrontMatterValue) -> tuple[str, str] | None:
    """Return the fault of a text and a hint, or None if the text is allowed.

    Escapes in JSON, TOML and YAML can make texts that no source file could have.
    """
    if "\0" in value.text:  # in a page, a NUL would begin a link mark (see urls.py)
        return "this text has a NUL character", "remove the character"
    if not value.text.isascii() and _HALF.search(value.text):
        return "this text has half of a surrogate pair, which no UTF-8 file can hold", "write the whole character"
    return None


class OwnValues:
    """Turns values into plain Python values. One limit holds for the number of all values of an article.

    Dates stay texts. `fault` reports a fault: it takes the value, the text and the hint.
    """

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._nodes = 0
        self._too_large = False

    def plain(self, value: FrontMatterValue, depth: int = 0) -> Any:
        """Return `value` as a Python value that JSON can hold. If `value` has a fault, report it and return None."""
        self._nodes += 1
        if depth > _DEPTH or self._nodes > _NODES or value.kind == "endless":
            if not self._too_large:  # report the fault only once for an article
                self._fault(value, "'extra' is too deep or too large", "keep data of this size in a file")
            self._too_large = True
            return None
        if value.kind == "map":
            return self._mapping(value, depth)
        if value.kind == "list":
            return [self.plain(item, depth + 1) for item in value.items]
        if wrong := unfit(value):
            self._fault(value, *wrong)
            return None
        return self._scalar(value)

    def _mapping(self, value: FrontMatterValue, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in value.pairs:
            if key.kind in ("list", "map", "endless") or (key.kind == "other" and not key.text):
                self._fault(key, "this key is not a text", "put the key in quotes")
            elif wrong := unfit(key):
                self._fault(key, *wrong)
            elif key.text in found:
                self._fault(key, f"the key {key.text!r} occurs twice", "keep one of the two")
            else:
                found[key.text] = self.plain(item, depth + 1)
        return found

    def _scalar(self, value: FrontMatterValue) -> Any:
        if value.kind == "null":
            return None
        if value.kind == "bool":
            return is_true(value)
        if value.kind == "text":
            return value.text
        if value.kind == "number":
            number = number_of(value)
            if number is not None:
                return number
            if not _endless(value.text):
                return value.text  # `0x1f` and `1:30` are numbers in YAML 1.1, but authors mean texts
        self._fault(value, f"a value of this kind is not allowed: {value.text!r}", "put the value in quotes")
        return None


def is_true(value: FrontMatterValue) -> bool:
    """Return whether a flag is true. `value` must be a flag."""
    return value.text.strip().lower() in ("true", "yes", "on")


def number_of(value: FrontMatterValue) -> int | float | None:
    """Return a value as a number, or None if it is not a finite number."""
    digits = value.text.strip().replace("_", "")
    try:
        return int(digits, 10)
    except ValueError:
        pass
    try:
        number = float(digits)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _endless(text: str) -> bool:
    try:
        return not math.isfinite(float(text.replace("_", "")))
    except ValueError:
        return text.strip().lower().lstrip("+-").startswith((".inf", ".nan"))
