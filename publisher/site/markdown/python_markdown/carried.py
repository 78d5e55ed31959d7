"""Pass exceptions through the library. The library catches most exceptions, and then shows code as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pymdownx.inlinehilite import InlineHiliteException
from pymdownx.superfences import SuperFencesException


class Carried(SuperFencesException, InlineHiliteException):
    """An exception that passes through the library. Its cause is the original exception.

    The library raises its own two kinds of exceptions again, and this class is a subclass of both.
    """


@contextmanager
def carried() -> Iterator[None]:
    """Raise Carried instead of every exception of the body. So the exception reaches the caller of the library.

    Use this context manager in functions that the library calls.
    """
    try:
        yield
    except Exception as error:
        raise Carried from error


def unwrapped(error: Exception) -> Exception:
    """Return the original exception if `error` is Carried, else `error`."""
    cause = error.__cause__
    return cause if isinstance(error, Carried) and isinstance(cause, Exception) else error
