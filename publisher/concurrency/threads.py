"""Run work in several threads. This is useful for work that waits, and for work without the GIL, such as hashing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from publisher.concurrency.forking import cores

T = TypeVar("T")
R = TypeVar("R")


def run_in_threads(work: Callable[[T], R], items: Sequence[T]) -> tuple[R, ...]:
    """Return the results of `work` for all items, in the order of the items. Each item has a thread.

    Raises the error of the first item that failed, after all threads have ended. The threads are daemons, so Ctrl-C
    does not wait for an upload. A single item needs no thread.
    """
    if len(items) < 2:
        return tuple(work(item) for item in items)
    done = _side_by_side(work, items)
    return tuple(done[number] for number in range(len(items)))


def within(work: Callable[[T], R], items: Sequence[T], until: float) -> list[R | None]:
    """Return the results of `work` for all items, in the order of the items. A late result is None.

    The wait ends when `time.monotonic()` is `until`. Threads that are late continue, and their results are dropped.
    Raises the error of the first item that failed before the end of the wait.
    """
    done = _side_by_side(work, items, until)
    return [done.get(number) for number in range(len(items))]


def thread_map(work: Callable[[T], R], values: Iterable[T]) -> list[R]:
    """Return the results of `work` for all values, in their order. There is one thread for each core.

    Raises the error of a thread after all threads have ended.
    """
    todo = list(values)
    count = max(1, min(cores(), len(todo)))
    shares = run_in_threads(lambda number: list(map(work, todo[number::count])), range(count))
    return [shares[number % count][number // count] for number in range(len(todo))]


def _side_by_side(work: Callable[[T], R], items: Sequence[T], until: float | None = None) -> dict[int, R]:
    """Return a map from the number of each item to its result. Each item has a thread.

    Raises the error of the first item that failed. With `until`, late results are missing in the map.
    """
    done: dict[int, R] = {}
    failed: dict[int, BaseException] = {}

    def one(number: int) -> None:
        try:
            done[number] = work(items[number])
        except BaseException as error:
            failed[number] = error

    threads = [threading.Thread(target=one, args=(number,), daemon=True) for number in range(len(items))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(None if until is None else max(until - time.monotonic(), 0.0))
    if failed:
        raise failed[min(failed)]
    return done
