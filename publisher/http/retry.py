"""Decide when a request is repeated after a broken connection or a status 429 or 503."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from datetime import datetime

PAUSES = (0.5, 1.0, 2.0)
"""The pauses in seconds before each new try after a broken connection. A daemon can restart in this time."""

LATER = 60.0
"""The program waits for at most this many seconds if a service asks it to wait. A longer wait is an error."""

BUSY = (429, 503)
"""With one of these statuses, a service asks us to retry later."""


def later(headers: Mapping[str, str], otherwise: float, now: datetime | None = None) -> float:
    """Return the number of seconds that a service asks us to wait, or `otherwise` if it has no valid Retry-After.

    Retry-After has a number of seconds or a date (RFC 9110, 10.2.3). The wait until a date is counted from the Date
    header of the answer, because the clocks of two machines differ. Without this header, it is counted from `now`.
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
    """Return the message and the hint about a service that asks us to wait too long. `wait` is in seconds."""
    days = wait / 86_400
    when = f"{wait:g} s" if wait < 3600 else f"{24 * days:.0f} hours" if days < 2 else f"{days:.0f} days"
    return f"{where} accepts the next request in {when}, not before", "run again at that time: what was done is kept"
