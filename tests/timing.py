"""Whether time grows as the size does: measured in processor time, and again where another process got in the way."""

import gc
import time
from collections.abc import Callable

TRIES = 12


def grows_at_most(work: Callable[[int], object], sizes: tuple[int, int], factor: float, spare: float) -> bool:
    """Whether the work of the larger size takes at most `factor` times that of the smaller, plus `spare` seconds.

    The least of up to twelve measurements counts for each. Python collects no garbage during a measurement: a search
    through what other tests hold takes a second.
    """
    least = [float("inf"), float("inf")]
    for _ in range(TRIES):
        for number, size in enumerate(sizes):
            least[number] = min(least[number], _seconds(work, size))
        if least[1] < factor * least[0] + spare:
            return True
    return False


def _seconds(work: Callable[[int], object], size: int) -> float:
    gc.disable()
    try:
        start = time.process_time()
        work(size)
        return time.process_time() - start
    finally:
        gc.enable()
