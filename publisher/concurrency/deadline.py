"""Work side by side that has to end by a time: what is late is left out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def within(work: Callable[[T], R], items: Sequence[T], until: float) -> list[R | None]:
    """Results in order, asked for side by side; None for what did not come in time. `work` raises nothing of ours."""
    done: dict[int, R] = {}

    def one(number: int) -> None:
        done[number] = work(items[number])

    threads = [threading.Thread(target=one, args=(number,), daemon=True) for number in range(len(items))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(until - time.monotonic(), 0.0))
    return [done.get(number) for number in range(len(items))]
