"""Find out whether this process can be forked, and how many cores it may use."""

from __future__ import annotations

import os
import sys
import threading


def may_fork() -> bool:
    """Return whether this process can be forked safely.

    A process with another thread cannot. The other thread could hold a lock, and no thread of the child would release
    the lock.
    """
    if sys.platform == "darwin" or not hasattr(os, "fork"):
        return False  # The system libraries of macOS do not work after a fork.
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return threading.active_count() == 1


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
