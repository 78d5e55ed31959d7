"""How numbers and foreign text are written for people: sizes, amounts of ether, counts, times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def volume(size: int) -> str:
    """A number of bytes as people say it, in powers of ten."""
    for power, unit in ((12, "TB"), (9, "GB"), (6, "MB"), (3, "kB")):
        if size >= 10**power:
            return f"{size / 10**power:.1f} {unit}"
    return f"{size} B"


CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys instead of showing it: a file's name or a node's answer may hold such characters."""


def shown(text: str, keep: str = "") -> str:
    """Text from outside as one line that a terminal and a log show and do not obey."""
    return CONTROL.sub(lambda found: found[0] if found[0] in keep else _named(found[0]), text)


def _named(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def count(number: int, noun: str) -> str:
    """1 page, 2 pages."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def chain_time(seconds: int) -> datetime | None:
    """A time of the chain, in seconds since 1970; None for one that no calendar has."""
    from datetime import UTC, datetime  # not needed by most runs

    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def date_of(seconds: int) -> str:
    """A time of the chain, in seconds since 1970, as a date; the number for one that no calendar has."""
    at = chain_time(seconds)
    return f"{at:%Y-%m-%d}" if at else f"second {seconds}"


def ether(wei: int) -> str:
    """An amount of wei in ETH, with the digits that matter and no more."""
    if wei == 0:
        return "0 ETH"
    amount = wei / 10**18
    digits = max(2, 1 - _exponent(amount))
    return f"{amount:.{min(digits, 18)}f}".rstrip("0").rstrip(".") + " ETH"


def _exponent(amount: float) -> int:
    return int(f"{amount:e}".split("e")[1])
