"""Whether time grows as the size does: measured in processor time, and again where another process got in the way."""

import gc
import time
from collections.abc import Callable

TRIES = 12


def grows_at_most(work: Callable[[int], object], sizes: tuple[int, int], factor: float, spare: float) -> bool:
    """Whether the work of the larger size takes at most `factor` times that of the smaller, plus `spare` seconds.

    The least of up to twelve measurements counts for each. A measurement of the smaller size does the work several
    times, so that it takes about as long as one of the larger size. Some machines stop a process for three milliseconds
    in each five, and count them as its own time. A short measurement could fall between two stops, but a long one could
    not. Python collects no garbage during a measurement: a search through what other tests hold takes a second.
    """
    least = [float("inf"), float("inf")]
    for _ in range(TRIES):
        for number, size in enumerate(sizes):
            least[number] = min(least[number], _seconds(work, size, max(1, sizes[1] // size)))
        if least[1] < factor * least[0] + spare:
            return True
    return False


def _seconds(work: Callable[[int], object], size: int, times: int) -> float:
    gc.disable()
    try:
        start = time.process_time()
        for _ in range(times):
            work(size)
        return (time.process_time() - start) / times
    finally:
        gc.enable()
