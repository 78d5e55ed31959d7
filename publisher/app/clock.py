"""Compare the clock with the time of the newest block, so that a wrong clock publishes no article too early."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from publisher.errors import ConfigError
from publisher.findings import spell

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.names.base import NameState
    from publisher.report import Report

AHEAD = 86400.0
"""The clock may be this many seconds ahead of the newest block. A private chain may make no block for hours."""
BEHIND = 600.0
"""The clock may be this many seconds behind the newest block. No block comes from the future."""
LATE = 3600
"""The day of an article may begin at most this many seconds after the newest block, because this block may be old."""


def check_clock(report: Report, settings: Config, names: Sequence[NameState], released: str, now: float) -> None:
    """Warn if the clock differs from the time of the newest block on the names' chains. Without a block, do nothing.

    `now` is the time of this machine in seconds since 1970. `released` is the last day (ISO 8601) on which an article
    of the root came out, or "" if no article has such a day. Raises ConfigError if this day begins more than LATE
    seconds after the newest block.
    """
    from publisher.site.time_zones import zone

    newest = max((name.time for name in names if name.time is not None), default=None)
    if newest is None:
        return
    apart = now - newest
    if apart > AHEAD:
        report.warn(f"this machine's clock is {spell(apart)} ahead of the newest block: one of them is wrong")
    elif apart < -BEHIND:
        report.warn(
            f"this machine's clock is {spell(-apart)} behind the newest block, so articles that are due may be left out"
        )
    try:
        day = datetime.fromtimestamp(newest + LATE, zone(settings.site.timezone)).date().isoformat()
    except (ValueError, OverflowError, OSError):  # A chain for tests may have any time.
        return
    if released > day:
        raise ConfigError(
            "clock",
            f"this root has articles of {released}, but according to the newest block it is {day}; nothing was stored",
            hint="correct the clock of this machine or the day of --now; if these articles may come out, add --future",
        )
