"""Whether work can be given to another process or core."""

from __future__ import annotations

import os
import sys
import threading


def may_fork() -> bool:
    """Return whether a forked child would be safe: another thread could hold a lock that no one in the child frees."""
    if sys.platform == "darwin" or not hasattr(os, "fork"):
        return False  # system libraries of macOS do not survive a fork
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return threading.active_count() == 1


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
