"""Ask several end points at the same time, and wait for them with one deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Spread(Protocol):
    """Does work for several end points, as `fan_out` does."""

    def __call__(self, work: Callable[[T], R], items: Sequence[T], deadline: float) -> list[R | Exception | None]:
        """Return a result, an exception or None for each item."""
        ...


def fan_out(work: Callable[[T], R], items: Sequence[T], deadline: float) -> list[R | Exception | None]:
    """Return the result of `work` for each item, in the order of the items. Each of several items has a thread.

    An exception takes the place of the result that it prevented. The wait ends when all items are done. It also ends
    after `deadline` seconds if at least one item has a result. The items that are not done then have None. Their
    threads continue, and their results are dropped.
    """
    if len(items) == 1:
        return [_result(work, items[0])]
    done: SimpleQueue[tuple[int, R | Exception]] = SimpleQueue()

    def one(number: int) -> None:
        done.put((number, _result(work, items[number])))

    for number in range(len(items)):
        # A daemon thread does not keep the process alive while it waits for an end point that hangs.
        threading.Thread(target=one, args=(number,), daemon=True).start()
    found: dict[int, R | Exception] = {}
    until = time.monotonic() + deadline
    while len(found) < len(items):
        works = any(not isinstance(result, Exception) for result in found.values())
        try:
            number, result = done.get(timeout=max(until - time.monotonic(), 0.0) if works else None)
        except Empty:
            break
        found[number] = result
    return [found.get(number) for number in range(len(items))]


def _result(work: Callable[[T], R], item: T) -> R | Exception:
    try:
        return work(item)
    except Exception as error:
        return error
