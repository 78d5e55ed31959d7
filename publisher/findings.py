"""What was found: by a doctor, a line about one thing; in a site, the same fault in many places as one line."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Literal

from publisher.errors import Problem

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


FIRST = 3
"""So many places of a fault have a line each; of a fault that stands in more, so many are named."""

LEVELS = ("error", "warning", "note")


def problem_lines(problems: Iterable[Problem], *, every: bool = False) -> Iterator[str]:
    """Errors first, then warnings, then notes; a fault that stands in more than three places has one line for all.

    A line begins with its first place, `path:line:col`, so that editors and CI can follow it. With `every`, each place
    has a line of its own.
    """
    groups: dict[tuple[int, str], list[Problem]] = {}
    for number, problem in enumerate(problems):
        apart = f"{number}" if every else problem.what
        groups.setdefault((LEVELS.index(problem.level), apart), []).append(problem)
    for _, group in sorted(groups.items(), key=lambda item: item[0][0]):
        if len(group) > FIRST:
            yield _together(group)
        else:
            yield from map(str, group)


def _together(group: list[Problem]) -> str:
    first, *others = group
    same = first.hint if len({problem.hint for problem in group}) == 1 else ""
    line = str(Problem(first.path, first.line, first.col, first.what, same, level=first.level))
    named = ", ".join(problem.place for problem in others[: FIRST - 1])
    return f"{line} ({len(group):,} times: also {named} and {len(group) - FIRST:,} more)"


def tally(problems: Iterable[Problem]) -> str:
    """How many there are of each kind: `8 dead-link and 2 other errors, 3 unused-footnote warnings`."""
    counts: dict[str, Counter[str]] = {level: Counter() for level in LEVELS}
    for problem in problems:
        counts[problem.level][problem.kind or "other"] += 1
    return ", ".join(_of_level(level, found) for level, found in counts.items() if found)


def _of_level(level: str, found: Counter[str]) -> str:
    kinds = sorted(found.items(), key=lambda item: (item[0] == "other", -item[1], item[0]))
    *most, last = [f"{number:,} {kind}" for kind, number in kinds]
    listed = f"{', '.join(most)} and {last}" if most else last
    return f"{listed} {level}{'s' if found.total() > 1 else ''}"
