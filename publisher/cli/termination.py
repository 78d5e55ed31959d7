"""End a run in order when the system asks for it."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


@contextlib.contextmanager
def termination() -> Iterator[None]:
    """End a run on SIGTERM as on Ctrl-C. So the run prints its JSON object and removes its temporary files."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # Only the main thread can receive signals. In any other thread there is nothing to set.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
