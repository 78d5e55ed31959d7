"""Run work in several threads: work that waits, and work that lets other threads run, such as hashing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from publisher.concurrency.forking import cores

T = TypeVar("T")
R = TypeVar("R")


def run_in_threads(work: Callable[[T], R], items: Sequence[T]) -> tuple[R, ...]:
    """Return the results in order, computed in parallel; one item needs no thread.

    The first error is raised at the end.

    The threads are daemons: Ctrl-C does not wait for an upload, and the next run sees what was done.
    """
    if len(items) < 2:
        return tuple(work(item) for item in items)
    done = _side_by_side(work, items)
    return tuple(done[number] for number in range(len(items)))


def within(work: Callable[[T], R], items: Sequence[T], until: float) -> list[R | None]:
    """Return the results in order, None for each that is not ready by `until`, a time of `time.monotonic`.

    An error in time is raised after all have ended or the time is over. Late threads continue.
    """
    done = _side_by_side(work, items, until)
    return [done.get(number) for number in range(len(items))]


def thread_map(work: Callable[[T], R], values: Iterable[T]) -> list[R]:
    """Return the results of `work` in order, with one thread for each core. An error is raised after all have ended."""
    todo = list(values)
    count = max(1, min(cores(), len(todo)))
    shares = run_in_threads(lambda number: list(map(work, todo[number::count])), range(count))
    return [shares[number % count][number // count] for number in range(len(todo))]


def _side_by_side(work: Callable[[T], R], items: Sequence[T], until: float | None = None) -> dict[int, R]:
    """Return item number -> result, with a thread for each. Raises the error of the first item that failed."""
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
