"""Encode the problems of an article or a page as plain values for a row of the cache."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from publisher.errors import Problem


def pack_problems(problems: Iterable[Problem]) -> list[tuple[str, int, int, str, str, str]]:
    """Return problems as plain values. Leave out the levels, because the settings of each build decide them."""
    return [(each.path, each.line, each.col, each.what, each.hint, each.kind) for each in problems]


def unpack_problems(rows: Iterable[Sequence[Any]]) -> tuple[Problem, ...]:
    """Return the problems from a result of `pack_problems`, even if this result was encoded as JSON and decoded."""
    return tuple(Problem(path, line, col, what, hint, kind=kind) for path, line, col, what, hint, kind in rows)
