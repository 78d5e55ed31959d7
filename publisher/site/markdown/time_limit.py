"""Limits the time of an article, so that an endless one becomes a fault with its name."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS = 60.0
"""Processor time for one article.

Ten megabytes of usual text take less. On a slower machine an article may fail, but its bytes do not change.
"""

AGAIN = 0.5
"""Seconds until the alarm is repeated, since Python drops an exception that a garbage collector callback raises."""


class TooLong(BaseException):
    """The time is over. It is no Exception, since libraries catch those and go on."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooLong in the body once this process has used `seconds` of processor time.

    It works only in the main thread, and only if no other alarm is set. Else there is no limit.
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
