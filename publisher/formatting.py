"""Format numbers for people (sizes, amounts of ether, counts, times), and escape text from outside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def volume(size: int) -> str:
    """Return a number of bytes as text, such as `1.5 MB`. The units are powers of ten."""
    for power, unit in ((12, "TB"), (9, "GB"), (6, "MB"), (3, "kB")):
        if size >= 10**power:
            return f"{size / 10**power:.1f} {unit}"
    return f"{size} B"


CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""This pattern matches control characters and line separators.

Terminals and log viewers act on them, and the name of a file may contain them.
"""


def shown(text: str, keep: str = "") -> str:
    """Return a text with escaped control characters, so that a terminal shows them. Those in `keep` are not escaped."""
    return CONTROL.sub(lambda found: found[0] if found[0] in keep else _named(found[0]), text)


def _named(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def count(number: int, noun: str) -> str:
    """Return a number with its noun, such as `1 page` or `2 pages`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def chain_time(seconds: int) -> datetime | None:
    """Return a time of the chain as a date and time in UTC, or None if Python cannot express it.

    `seconds` counts from 1970.
    """
    from datetime import UTC, datetime  # Most runs do not need this import.

    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def date_of(seconds: int) -> str:
    """Return the date of a time of the chain, such as `2026-11-29`. `seconds` counts from 1970.

    If Python cannot express the time, return a text with the number.
    """
    at = chain_time(seconds)
    return f"{at:%Y-%m-%d}" if at else f"second {seconds}"


def ether(wei: int) -> str:
    """Return an amount of wei as a text in ETH, such as `0.0012 ETH`.

    It is rounded to two significant digits or more. Zeros at its end are left out.
    """
    if wei == 0:
        return "0 ETH"
    amount = wei / 10**18
    digits = max(2, 1 - _exponent(amount))
    return f"{amount:.{min(digits, 18)}f}".rstrip("0").rstrip(".") + " ETH"


def _exponent(amount: float) -> int:
    return int(f"{amount:e}".split("e")[1])
