"""Parse dates as authors write them. An ambiguous form, such as 01/02/2016, is rejected."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache

LONGEST = 100
"""A text with more characters than this number is not taken as a date."""

_TIME = (
    r"(?:(?:T|[ \t]+)(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,6})\d*)?)?"
    r"[ \t]*(?P<zone>Z|UTC|GMT|[+-]\d\d?(?::?\d\d)?)?)?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d\d?)(?:st|nd|rd|th)?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?[ \t]+)?"
_FORMS = (
    r"(?P<year>\d{4})(?P<sign>[-/])(?P<month>\d\d?)(?P=sign)(?P<day>\d\d?)",
    rf"{_WEEKDAY}{_DAY}[ \t]+{_NAME},?[ \t]+(?P<year>\d{{4}})",
    rf"{_WEEKDAY}{_NAME}[ \t]+{_DAY},?[ \t]+(?P<year>\d{{4}})",
)
"""The forms of dates: ISO 8601, and dates with the name of a month as in RFC 5322. Small deviations are allowed.

Sources: https://www.rfc-editor.org/rfc/rfc3339#section-5.6, https://www.rfc-editor.org/rfc/rfc5322#section-3.3.
"""


@cache
def _compiled(form: str) -> re.Pattern[str]:
    """Return the pattern for a form of a date, with a time after it. The later forms are rarely needed."""
    return re.compile(form + _TIME, re.ASCII | re.IGNORECASE)


class ImpossibleDate(ValueError):
    """A text has the form of a date, but this date does not exist. The message says why."""


def read(written: str, zone: tzinfo) -> datetime | None:
    """Return the time that a text means, or None if the text does not have the form of a date.

    If the text names no time zone, the time is in `zone`. If the text has only a day, the time is the beginning of that
    day. Raises ImpossibleDate if the date does not exist.
    """
    forms = _FORMS if len(written) <= LONGEST else ()
    match = next(filter(None, (_compiled(form).fullmatch(written) for form in forms)), None)
    if match is None:
        return None
    parts = match.groupdict()
    month = _MONTHS.index(parts["name"][:3].lower()) + 1 if parts.get("name") else int(parts["month"])
    year, day = int(parts["year"]), int(parts["day"])
    hour, minute, second = (int(parts[part] or 0) for part in ("hour", "minute", "second"))
    try:
        away = _offset(parts["zone"]) if parts["zone"] else zone
        microsecond = int((parts["fraction"] or "").ljust(6, "0"))
        moment = datetime(year, month, day, hour, minute, second, microsecond, tzinfo=away)
        moment.astimezone(UTC)  # raises OverflowError if the feed could not show the time in UTC
        return moment
    except OverflowError as error:
        raise ImpossibleDate("in UTC it lies outside the years 1 to 9999") from error
    except ValueError as error:
        raise ImpossibleDate(_why(year, month, day, hour, minute, second)) from error


def _why(year: int, month: int, day: int, hour: int, minute: int, second: int) -> str:
    """Return the reason why a date does not exist. The text does not depend on the version of Python."""
    if year < 1:
        return "there is no year 0"
    if not 1 <= month <= 12:
        return "months go from 1 to 12"
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        return f"that month has {days} days"
    if hour > 23:
        return "hours go from 0 to 23"
    return "minutes and seconds go from 0 to 59" if max(minute, second) > 59 else "offsets go up to 23:59"


def _offset(text: str) -> tzinfo:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    away = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-away if text[0] == "-" else away)
