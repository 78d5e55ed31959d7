"""Keep Python from searching for cycles in objects that live to the end of a build."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def long_lived() -> Iterator[Callable[[], None]]:
    """Yield a function that excludes all present objects from Python's searches for cycles.

    The end of the context includes them again. A build calls the function after each step that makes many objects, such
    as the records of all articles, because a search of them takes ten milliseconds. If other code has excluded objects
    before, the function does nothing, because Python can only include all objects again.
    """
    if gc.get_freeze_count():
        yield _nothing
        return
    try:
        yield gc.freeze
    finally:
        gc.unfreeze()


def _nothing() -> None:
    pass
