"""Exceptions on their way through the library, which shows code as plain text over most of them, and goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pymdownx.inlinehilite import InlineHiliteException
from pymdownx.superfences import SuperFencesException


class Carried(SuperFencesException, InlineHiliteException):
    """What the library lets through, since it is of its own kinds. The exception itself is its cause."""


@contextmanager
def carried() -> Iterator[None]:
    """Around what the library calls while it reads code: whatever is raised inside reaches who called the library."""
    try:
        yield
    except Exception as error:
        raise Carried from error


def unwrapped(error: Exception) -> Exception:
    """The exception itself, if it was carried."""
    cause = error.__cause__
    return cause if isinstance(error, Carried) and isinstance(cause, Exception) else error
