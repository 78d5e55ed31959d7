"""Limit the time for one article. If an article takes too long, the caller can report a problem with its path."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS = 60.0
"""The largest processor time for one article, in seconds. Ten megabytes of usual text take less.

On a slower machine, an article may fail, but its bytes never change.
"""

AGAIN = 0.5
"""The number of seconds after which the alarm repeats.

Python drops an exception that is raised in a callback of the garbage collector. The next alarm raises it again.
"""


class TooLong(BaseException):
    """The time is over. This class is no Exception, because libraries catch every Exception and continue."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooLong in the body once this process has used `seconds` of processor time.

    The limit works only in the main thread, and only if no other alarm is set. In other cases, the time is not limited.
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
