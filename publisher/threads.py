"""A map on several threads, for work that lets other threads run meanwhile, such as hashing what is long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

from publisher.forking import cores

T = TypeVar("T")
R = TypeVar("R")


def thread_map(work: Callable[[T], R], values: Iterable[T]) -> list[R]:
    """`work` of each value, in their order, by one thread for each core: the caller's and others.

    An error of `work` is raised once all threads have ended.
    """
    todo = list(values)
    count = max(1, min(cores(), len(todo)))
    shares: list[list[R]] = [[] for _ in range(count)]
    errors: list[BaseException] = []

    def share(number: int) -> None:
        try:
            shares[number] = list(map(work, todo[number::count]))
        except BaseException as error:
            errors.append(error)

    others = [threading.Thread(target=share, args=(number,), daemon=True) for number in range(1, count)]
    for other in others:
        other.start()
    share(0)
    for other in others:
        other.join()
    if errors:
        raise errors[0]
    return [shares[number % count][number // count] for number in range(len(todo))]
