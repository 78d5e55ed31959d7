"""What a doctor finds: one line about one thing, and what to do about it."""

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Literal

Level = Literal["ok", "note", "warning", "fault"]
"""A fault stops a publish; a warning will become one by itself, or is a risk that nobody has to take."""

APART = 60.0
"""Seconds that two clocks may differ: a Date counts whole ones, and an answer is on its way for some."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried."""

    who: str
    """A store or a name as publish.toml calls it, or a part of this machine."""
    level: Level
    what: str
    fix: str = ""
    """What to do; empty where nothing has to be done."""


def clocks(who: str, date: str, now: float) -> Finding | None:
    """Whether the Date of an HTTP answer, and `now` in seconds since 1970, are about the same; None when they are."""
    try:
        there = parsedate_to_datetime(date)
    except (TypeError, ValueError):  # none was sent, or no date
        return None
    # A date without a zone means GMT: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
    apart = (there if there.tzinfo else there.replace(tzinfo=UTC)).timestamp() - now
    if abs(apart) <= APART:
        return None
    what = f"this machine's clock is {spell(abs(apart))} {'behind' if apart > 0 else 'ahead of'} its clock"
    return Finding(who, "warning", what, "set the clock of the one that is wrong: certificates are judged by it")


def spell(seconds: float) -> str:
    """A length of time in its largest unit."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if round(seconds / size) >= 2:
            return f"{seconds / size:.0f} {unit}s"
    return f"{seconds:.0f} seconds"
