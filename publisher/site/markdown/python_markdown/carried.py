"""Carries exceptions through the library, which catches most of them and shows code as plain text instead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pymdownx.inlinehilite import InlineHiliteException
from pymdownx.superfences import SuperFencesException


class Carried(SuperFencesException, InlineHiliteException):
    """The library does not catch this exception, since it has the library's own classes.

    Its cause is the real exception.
    """


@contextmanager
def carried() -> Iterator[None]:
    """Carry every exception of the body through the library to its caller.

    Use it in functions that the library calls. Raises Carried.
    """
    try:
        yield
    except Exception as error:
        raise Carried from error


def unwrapped(error: Exception) -> Exception:
    """Return the exception itself if it was carried."""
    cause = error.__cause__
    return cause if isinstance(error, Carried) and isinstance(cause, Exception) else error
