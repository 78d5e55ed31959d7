"""Find the common parts of two sequences, in limited time for any input.

Items that each sequence has exactly once are anchors (patience diff). The items between two anchors are compared with
Myers' greedy algorithm ("An O(ND) Difference Algorithm and Its Variations", 1986). If this comparison takes too long,
the items count as replaced.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from publisher.fast_dataclass import dataclass

DEEP = 200
"""The largest number of removals and additions between two anchors. If there are more, the items count as replaced."""


class Run(NamedTuple):
    """`length` equal items, which begin at position `old` of one sequence and at position `new` of the other."""

    old: int
    new: int
    length: int


@dataclass(slots=True)
class Effort:
    """The number of steps that a comparison may still take. Two million steps take about a second."""

    left: int = 2_000_000

    def spend(self, steps: int) -> None:
        """Subtract steps. `left` may become negative."""
        self.left -= steps


class _Part(NamedTuple):
    """A part of both sequences: the items from `old` to `old_end` and from `new` to `new_end` (both exclusive)."""

    old: int
    old_end: int
    new: int
    new_end: int


def runs(old: Sequence[str], new: Sequence[str], effort: Effort) -> list[Run]:
    """Return the equal runs in order. The items between two runs count as replaced.

    When no effort is left, the remaining parts are not compared, so fewer runs are found.
    """
    found: list[Run] = []
    pending = [_Part(0, len(old), 0, len(new))]
    while pending:
        part = _trimmed(old, new, pending.pop(), found)
        if part.old == part.old_end or part.new == part.new_end:
            continue
        effort.spend(part.old_end - part.old + part.new_end - part.new)
        if effort.left <= 0:
            continue
        if anchors := _anchors(old, new, part):
            pending += _between(part, anchors)
            found += (Run(one, two, 1) for one, two in anchors)
        else:
            found += _greedy(old, new, part, effort)
    return _joined(sorted(found))


def _trimmed(old: Sequence[str], new: Sequence[str], part: _Part, found: list[Run]) -> _Part:
    """Return the part without the items at its beginning and end that are equal. Add these items to `found`."""
    one, one_end, two, two_end = part
    while one < one_end and two < two_end and old[one] == new[two]:
        one, two = one + 1, two + 1
    if one > part.old:
        found.append(Run(part.old, part.new, one - part.old))
    while one < one_end and two < two_end and old[one_end - 1] == new[two_end - 1]:
        one_end, two_end = one_end - 1, two_end - 1
    if one_end < part.old_end:
        found.append(Run(one_end, two_end, part.old_end - one_end))
    return _Part(one, one_end, two, two_end)


def _anchors(old: Sequence[str], new: Sequence[str], part: _Part) -> list[tuple[int, int]]:
    """Return the positions of items that each sequence has once. If their order differs, drop the fewest items."""
    here, there = Counter(old[part.old : part.old_end]), Counter(new[part.new : part.new_end])
    places = {new[at]: at for at in range(part.new, part.new_end) if there[new[at]] == 1}
    both = [(at, places[old[at]]) for at in range(part.old, part.old_end) if here[old[at]] == 1 and old[at] in places]
    return _rising(both)


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest subsequence in which the second numbers increase."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        at = bisect_left(ends, place)
        before.append(last[at - 1] if at else -1)
        if at == len(ends):
            ends.append(place)
            last.append(number)
        else:
            ends[at], last[at] = place, number
    found: list[tuple[int, int]] = []
    number = last[-1] if last else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _between(part: _Part, anchors: list[tuple[int, int]]) -> list[_Part]:
    starts = [(part.old, part.new), *((one + 1, two + 1) for one, two in anchors)]
    ends = [*anchors, (part.old_end, part.new_end)]
    return [_Part(one, one_end, two, two_end) for (one, two), (one_end, two_end) in zip(starts, ends, strict=True)]


def _greedy(old: Sequence[str], new: Sequence[str], part: _Part, effort: Effort) -> list[Run]:
    """Return the runs that leave the fewest removals and additions. Return [] if more than DEEP changes are left."""
    a, b = old[part.old : part.old_end], new[part.new : part.new_end]
    reach: dict[int, int] = {1: 0}
    trace: list[dict[int, int]] = []
    for depth in range(min(len(a) + len(b), DEEP) + 1):
        trace.append(dict(reach))
        for lane in range(-depth, depth + 1, 2):
            down = lane == -depth or (lane != depth and reach[lane - 1] < reach[lane + 1])
            one = start = reach[lane + 1] if down else reach[lane - 1] + 1
            two = one - lane
            while one < len(a) and two < len(b) and a[one] == b[two]:
                one, two = one + 1, two + 1
            reach[lane] = one
            effort.spend(1 + one - start)
            if one >= len(a) and two >= len(b):
                return [Run(part.old + x, part.new + y, length) for x, y, length in _way_back(trace, len(a), len(b))]
        if effort.left <= 0:
            break
    return []


def _way_back(trace: list[dict[int, int]], one: int, two: int) -> list[Run]:
    found: list[Run] = []
    for depth in range(len(trace) - 1, -1, -1):
        reach, lane = trace[depth], one - two
        down = lane == -depth or (lane != depth and reach[lane - 1] < reach[lane + 1])
        before = lane + 1 if down else lane - 1
        x = reach[before]
        y = x - before
        start = x if down else x + 1
        if depth == 0:
            start, x, y = 0, 0, 0
        if one > start:
            found.append(Run(start, start - lane, one - start))
        one, two = x, y
    return found


def _joined(found: list[Run]) -> list[Run]:
    """Join runs that are adjacent in both sequences."""
    joined: list[Run] = []
    for run in found:
        if joined and joined[-1].old + joined[-1].length == run.old and joined[-1].new + joined[-1].length == run.new:
            joined[-1] = Run(joined[-1].old, joined[-1].new, joined[-1].length + run.length)
        elif run.length:
            joined.append(run)
    return joined
