"""Find the characters with which the matches of a pattern can begin, so that a lexer need not try every pattern.

Also find out whether a match must be at the beginning of a line.

The functions read the tree that Python's own parser of patterns makes. A part of a tree that they do not know counts as
a part that can begin with any character.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import Any

ASCII = frozenset(map(chr, range(128)))

Tree = Any
"""A parsed pattern: a sequence of pairs of an operation and its arguments."""

_CLASSES = {
    f"CATEGORY_{name}": frozenset(filter(re.compile(pattern).match, ASCII))
    for name, pattern in (
        ("DIGIT", r"\d"),
        ("NOT_DIGIT", r"\D"),
        ("SPACE", r"\s"),
        ("NOT_SPACE", r"\S"),
        ("WORD", r"\w"),
        ("NOT_WORD", r"\W"),
    )
}
_EMPTY = frozenset({"AT", "ASSERT", "ASSERT_NOT"})
"""The operations that match no character."""
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_FOLDED = frozenset("iIkKsS")
"""The ASCII letters that equal a letter outside of ASCII if case does not count."""


@cache
def first_characters(pattern: re.Pattern[str]) -> frozenset[str]:
    """Return the ASCII characters with which a match of `pattern` can begin.

    If a match can be empty, or if this version of Python makes no tree, return all ASCII characters.
    """
    tree = _tree(pattern)
    if tree is None:
        return ASCII
    found, empty = _of(tree, bool(pattern.flags & re.IGNORECASE))
    return ASCII if empty else found


@cache
def begins_line(pattern: re.Pattern[str]) -> bool:
    """Return whether the first operation of `pattern` only matches at the beginning of a line or of a text.

    If this is not known, return False.
    """
    tree = _tree(pattern)
    return tree is not None and _at_beginning(tree)


def _tree(pattern: re.Pattern[str]) -> Tree | None:
    """Return the tree of a pattern, or None if this version of Python makes none."""
    try:
        return import_module("re._parser").parse(pattern.pattern, pattern.flags)
    except (ImportError, AttributeError):
        return None


def _at_beginning(tree: Tree) -> bool:
    """Return the same as `begins_line` for a tree."""
    if not len(tree):
        return False
    operation, given = tree[0]
    if str(operation) == "SUBPATTERN":
        return _at_beginning(given[3])
    if str(operation) == "BRANCH":
        return all(map(_at_beginning, given[1]))
    return str(operation) == "AT" and str(given) in ("AT_BEGINNING", "AT_BEGINNING_STRING")


def _of(tree: Tree, folds: bool) -> tuple[frozenset[str], bool]:
    """Return the ASCII characters with which a match of a tree can begin, and whether a match can be empty.

    If `folds` is set, case does not count.
    """
    found: frozenset[str] = frozenset()
    for operation, given in tree:
        characters, empty = _one(str(operation), given, folds)
        found |= characters
        if not empty:
            return found, False
    return found, True


def _one(name: str, given: Any, folds: bool) -> tuple[frozenset[str], bool]:
    """Return the same as `_of` for one operation."""
    if name in _EMPTY:
        return frozenset(), True
    if name == "SUBPATTERN":
        return _of(given[3], folds or bool(given[1] & re.IGNORECASE))
    if name in _REPEATS:
        found, empty = _of(given[2], folds)
        return found, empty or given[0] == 0
    if name == "BRANCH":
        branches = [_of(branch, folds) for branch in given[1]]
        return frozenset().union(*(found for found, _ in branches)), any(empty for _, empty in branches)
    return _of_set(given if name == "IN" else [(name, given)], folds), False


def _of_set(items: list[tuple[Any, Any]], folds: bool) -> frozenset[str]:
    """Return the ASCII characters that a set of characters has, such as `[a-z_]`."""
    found: set[str] = set()
    negated = str(items[0][0]) == "NEGATE"
    for operation, given in items[negated:]:
        name = str(operation)
        if name == "CATEGORY" and str(given) in _CLASSES:
            found |= _CLASSES[str(given)]
        elif name in ("LITERAL", "RANGE"):
            first, last = (given, given) if name == "LITERAL" else given
            found |= set(map(chr, range(first, min(last, 127) + 1)))
            found |= _FOLDED if folds and last > 127 else frozenset()
        else:
            return ASCII
    if negated:
        return ASCII if folds else ASCII - found
    return frozenset({*found, *"".join(found).swapcase()} if folds else found)
