"""Define the findings of `publish doctor`, and write the lines that show the problems of a site."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Literal

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass

Level = Literal["ok", "note", "warning", "fault"]
"""A fault stops a publish. A warning is about a risk that can be avoided, or about a later fault."""

APART = 60.0
"""Two clocks may differ by this many seconds, because a Date header has whole seconds and an answer takes time."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one test of `publish doctor`."""

    who: str
    """The subject: the label of a store, a name, or a part of this machine."""
    level: Level
    what: str
    """The result of the test in words."""
    fix: str = ""
    """The next step of the user, or an empty string if there is nothing to do."""


def clocks(who: str, date: str, now: float) -> Finding | None:
    """Return a warning if the clock of a server differs from `now` by more than APART seconds, and otherwise None.

    `who` is the subject of the warning. `date` is the Date header of the server's answer. If this header is not a date,
    return None. `now` is in seconds since 1970.
    """
    from email.utils import parsedate_to_datetime  # only `publish doctor` needs it

    try:
        there = parsedate_to_datetime(date)
    except (TypeError, ValueError):  # There is no Date header, or it is not a date.
        return None
    # A date without a zone is in GMT: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
    apart = (there if there.tzinfo else there.replace(tzinfo=UTC)).timestamp() - now
    if abs(apart) <= APART:
        return None
    what = (
        f"this machine's clock is {spell(abs(apart))} {'behind' if apart > 0 else 'ahead of'} the clock of this service"
    )
    return Finding(who, "warning", what, "set the clock that is wrong: certificates depend on it")


def spell(seconds: float) -> str:
    """Return a number of seconds as text in the largest unit that fits, such as `3 hours`."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if round(seconds / size) >= 2:
            return f"{seconds / size:.0f} {unit}s"
    return f"{seconds:.0f} seconds"


FIRST = 3
"""A problem with at most this many places has a line for each place. With more places, it has one line."""

LEVELS = ("error", "warning", "note")


def problem_lines(problems: Iterable[Problem], *, every: bool = False) -> Iterator[str]:
    """Yield the lines of problems: errors first, then warnings, then notes. Each kind keeps its order.

    With `every`, each place of a problem has a line. Otherwise, a problem with more than FIRST places has one line. A
    line begins with its first place, `path:line:col`, so that editors and CI find the place.
    """
    groups: dict[tuple[int, str], list[tuple[int, Problem]]] = {}
    for number, problem in enumerate(problems):
        apart = f"{number}" if every else problem.what
        groups.setdefault((LEVELS.index(problem.level), apart), []).append((number, problem))
    lines: list[tuple[int, int, str]] = []
    for (level, _), group in groups.items():
        if len(group) > FIRST:
            lines.append((level, group[0][0], _together([problem for _, problem in group])))
        else:
            lines += [(level, number, str(problem)) for number, problem in group]
    yield from (line for _, _, line in sorted(lines))


def _together(group: list[Problem]) -> str:
    first, *others = group
    same = first.hint if len({problem.hint for problem in group}) == 1 else ""
    line = str(Problem(first.path, first.line, first.col, first.what, same, level=first.level))
    named = ", ".join(problem.place for problem in others[: FIRST - 1])
    return f"{line} ({len(group):,} times: also {named} and {len(group) - FIRST:,} more)"


def tally(problems: Iterable[Problem]) -> str:
    """Return the number of problems of each kind: `8 dead-link and 2 other errors, 3 unused-footnote warnings`."""
    counts: dict[str, Counter[str]] = {level: Counter() for level in LEVELS}
    for problem in problems:
        counts[problem.level][problem.kind or "other"] += 1
    return ", ".join(_of_level(level, found) for level, found in counts.items() if found)


def _of_level(level: str, found: Counter[str]) -> str:
    kinds = sorted(found.items(), key=lambda item: (item[0] == "other", -item[1], item[0]))
    *most, last = [f"{number:,} {kind}" for kind, number in kinds]
    listed = f"{', '.join(most)} and {last}" if most else last
    return f"{listed} {level}{'s' if found.total() > 1 else ''}"
