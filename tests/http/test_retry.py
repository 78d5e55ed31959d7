"""When a service wants to be asked again."""

from datetime import UTC, datetime

import pytest

from publisher.http.retry import later

THEN = "Sun, 22 Nov 2026 10:00:09 GMT"
NOW = datetime(2026, 11, 22, 10, 0, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("0", 0), (" 7 ", 7), ("9" * 400, 999_999_999), ("-1", 5), ("1.5", 5), ("\u00b2", 5), ("soon", 5), ("", 5)],
)
def test_seconds_are_a_whole_number_and_anything_else_is_our_own_wait(said: str, seconds: float) -> None:
    assert later({"Retry-After": said}, 5) == seconds


@pytest.mark.parametrize(("date", "seconds"), [("10:00:00", 9), ("10:00:09", 0), ("10:00:10", 0)])
def test_a_date_counts_from_the_answer_s_own_and_never_into_the_past(date: str, seconds: float) -> None:
    headers = {"Retry-After": THEN, "Date": f"Sun, 22 Nov 2026 {date} GMT"}
    assert later(headers, 5) == later(headers, 5, NOW) == seconds


def test_without_a_date_of_the_answer_it_counts_from_the_clock_that_is_handed_in() -> None:
    assert later({"Retry-After": THEN}, 5, NOW) == 7
    assert later({"Retry-After": THEN}, 5) == 5


@pytest.mark.parametrize("date", ["Sun, 99 Nov 2026 10:00:00 GMT", "soon", "Sun, 22 Nov 2026 10:00:00 -0000"])
def test_a_date_of_the_answer_that_cannot_be_read_is_no_date(date: str) -> None:
    assert later({"Retry-After": THEN, "Date": date}, 5, NOW) == 5
