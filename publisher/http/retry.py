"""When a request is repeated after a broken connection or a 429 or 503, and how long it waits."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from datetime import datetime

PAUSES = (0.5, 1.0, 2.0)
"""Seconds before each new try after a broken connection: long enough for a daemon to restart."""

LATER = 60.0
"""Seconds that a service may ask us to wait. A longer wait is reported to the reader instead."""

BUSY = (429, 503)
"""Statuses by which a service asks to be called later."""


def later(headers: Mapping[str, str], otherwise: float, now: datetime | None = None) -> float:
    """Return the seconds that a service asks to wait, or `otherwise` if it does not clearly say.

    Retry-After holds seconds or a date (RFC 9110, 10.2.3). A date counts from the Date header of the answer, since
    clocks differ; without that header, it counts from `now`.
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
    """Return the message about a wait that is too long, in seconds, and its hint."""
    days = wait / 86_400
    when = f"{wait:g} s" if wait < 3600 else f"{24 * days:.0f} hours" if days < 2 else f"{days:.0f} days"
    return f"{where} accepts the next request in {when}, not before", "run again at that time: what was done is kept"
