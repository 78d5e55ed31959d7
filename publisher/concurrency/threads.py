"""Run work in several threads. This is useful for work that waits, and for work without the GIL, such as hashing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

from publisher.concurrency.forking import cores

if TYPE_CHECKING:
    from queue import SimpleQueue

T = TypeVar("T")
R = TypeVar("R")
_Calls: TypeAlias = "SimpleQueue[Callable[[], R] | None]"
_Results: TypeAlias = "SimpleQueue[tuple[R | None, BaseException | None]]"


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


def in_threads(work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """Yield the results of `work` for all items, in the order in which they are finished.

    This thread takes the items out of `items`, and others do the work. At most two items for each thread, and one more,
    are in memory. With one thread, or if the system allows no thread, this thread does the work too. Raises the first
    error of `work`, after all threads have ended. Items that no thread has begun by then are left out.
    """
    if threads < 2:
        yield from map(work, items)
        return
    from queue import Empty, SimpleQueue

    todo: _Calls[R] = SimpleQueue()
    done: _Results[R] = SimpleQueue()
    running: list[threading.Thread] = []
    try:
        with suppress(RuntimeError):  # the system allows no further thread, so fewer do the work
            for _ in range(threads):
                thread = threading.Thread(target=_serve, args=(todo, done), daemon=True)
                thread.start()
                running.append(thread)
        yield from _handed_over(work, items, todo, done, 2 * threads) if running else map(work, items)
    finally:
        with suppress(Empty):
            while True:
                todo.get_nowait()
        for _ in running:
            todo.put(None)
        for thread in running:
            thread.join()


def _handed_over(
    work: Callable[[T], R], items: Iterable[T], todo: _Calls[R], done: _Results[R], most: int
) -> Iterator[R]:
    """Put calls into `todo`, and yield the results in `done`. At most `most` calls wait while this takes an item."""
    waiting = 0
    for item in items:
        todo.put(partial(work, item))
        waiting += 1
        while waiting > most or not done.empty():
            yield _result(*done.get())
            waiting -= 1
    for _ in range(waiting):
        yield _result(*done.get())


def _serve(todo: _Calls[R], done: _Results[R]) -> None:
    """Do the work of a thread until it gets None."""
    while call := todo.get():
        try:
            done.put((call(), None))
        except BaseException as error:
            done.put((None, error))


def _result(result: R | None, error: BaseException | None) -> R:
    if error is not None:
        raise error
    return cast(R, result)


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
