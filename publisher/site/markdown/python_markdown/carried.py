"""Pass exceptions through the library. It catches most exceptions, and then shows code as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pymdownx.inlinehilite import InlineHiliteException
from pymdownx.superfences import SuperFencesException


class Carried(SuperFencesException, InlineHiliteException):
    """An exception that the library does not catch, because it has the library's own classes.

    Its cause is the real exception.
    """


@contextmanager
def carried() -> Iterator[None]:
    """Raise Carried for every exception of the body, so that it passes through the library to its caller.

    Use this in functions that the library calls.
    """
    try:
        yield
    except Exception as error:
        raise Carried from error


def unwrapped(error: Exception) -> Exception:
    """Return the real exception if `error` is Carried, else `error`."""
    cause = error.__cause__
    return cause if isinstance(error, Carried) and isinstance(cause, Exception) else error
