"""Clocks of services: how far they may be from the clock of this machine, and how this is told."""

import pytest

from publisher.findings import clocks, spell

NOON = "Sun, 22 Nov 2026 12:00:00 GMT"
AT_NOON = 1795348800.0


@pytest.mark.parametrize("seconds", [-60.0, 0.0, 60.0])
def test_clocks_may_differ_by_a_minute(seconds: float) -> None:
    assert clocks("x", NOON, AT_NOON + seconds) is None


@pytest.mark.parametrize(("seconds", "words"), [(61.0, "61 seconds ahead of"), (-7200.0, "2 hours behind")])
def test_clocks_that_differ_by_more_are_told_with_the_direction(seconds: float, words: str) -> None:
    finding = clocks("x", NOON, AT_NOON + seconds)
    assert finding is not None
    assert words in finding.what


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 22 Nov 2026 12:00:00", "99999"])
def test_what_is_no_date_says_nothing_and_one_without_a_zone_is_of_greenwich(date: str) -> None:
    assert clocks("x", date, AT_NOON) is None


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "1 seconds"), (89, "89 seconds"), (91, "2 minutes"), (7199, "2 hours"), (9e5, "10 days")]
)
def test_a_length_of_time_is_told_in_its_largest_unit(seconds: float, text: str) -> None:
    assert spell(seconds) == text
