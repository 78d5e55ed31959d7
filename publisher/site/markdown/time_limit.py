"""An end for an article that would take for ever, so that the fault is told with its name."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS = 60.0
"""Processor time for one article; ten megabytes of usual text take less. A slower machine gives an error, no other
bytes."""

AGAIN = 0.5
"""Seconds after which the alarm comes once more: Python drops what is raised in a callback of its garbage collector."""


class TooLong(BaseException):
    """The time is over. Not an Exception: libraries catch those, and go on."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooLong in what stands inside once this process has used so many seconds of its processor.

    Only the main thread can be told. Where somebody else has set an alarm, nothing is limited.
    """
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGVTALRM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)


def _stop(number: int, frame: FrameType | None) -> None:
    raise TooLong
