"""Limit the time for an article, so that an article that takes too long becomes a problem with its path."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS = 60.0
"""The largest processor time for one article. Ten megabytes of usual text take less.

On a slower machine, an article may fail, but its bytes never change.
"""

AGAIN = 0.5
"""The number of seconds after which the alarm repeats.

Python drops an exception that is raised in a callback of the garbage collector. The next alarm raises it again.
"""


class TooLong(BaseException):
    """The time is over. It is not an Exception, because libraries catch those and continue."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooLong in the body once this process has used `seconds` of processor time.

    This works only in the main thread, and only if no other alarm is set. In other cases there is no limit.
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
