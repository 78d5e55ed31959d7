"""Who is asked too often, or breaks off, is asked again: after how long, and when that is too long to wait for."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from datetime import datetime

PAUSES = (0.5, 1.0, 2.0)
"""Seconds before each new try when a connection breaks: long enough for a daemon that is being restarted."""

LATER = 60.0
"""Seconds that a service may ask us to wait, at most; who wants more is told to the reader."""

BUSY = (429, 503)
"""Statuses with which a service says that it wants to be asked later."""


def later(headers: Mapping[str, str], otherwise: float, now: datetime | None = None) -> float:
    """Seconds to wait before a service wants to be asked again; `otherwise` where it does not clearly say.

    Retry-After holds seconds or a date (RFC 9110, 10.2.3). A date counts from the answer's own, since clocks differ; of
    an answer without one it counts from `now`.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:9]), 10**9))
    try:
        then = email.utils.parsedate_to_datetime(text)
        since = now if now and "Date" not in headers else email.utils.parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (then - since).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return otherwise


def too_late(where: str, wait: float) -> tuple[str, str]:
    """What is said of a wait that is too long, and what to do."""
    days = wait / 86_400
    when = f"{wait:g} s" if wait < 3600 else f"{24 * days:.0f} hours" if days < 2 else f"{days:.0f} days"
    return f"{where} wants to be asked again in {when}, not before", "run again then: what was done is kept"
