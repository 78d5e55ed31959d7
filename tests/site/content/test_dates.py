from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.site.content.frontmatter.dates import LONGEST, ImpossibleDate, read


@pytest.mark.parametrize(
    "written",
    [
        "2016-09-22",
        "2016/9/22",
        "Sep 22, 2016",
        "September 22nd, 2016",
        "Sept. 22 2016",
        "22 September 2016",
        "22 sep 2016",
        "Thursday, 22 September 2016",
        "Thu Sep 22 2016",
    ],
)
def test_one_day_in_every_form(written: str) -> None:
    assert read(written, UTC) == datetime(2016, 9, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("2016-09-22 10:00:00 +0200", 2),
        ("2016-09-22T10:00:00.000Z", 0),
        ("2016/9/22 10:00 -03", -3),
        ("Thu, 22 Sep 2016 10:00:00 GMT", 0),
        ("Thu, 22 Sep 2016 10:00:00 -0330", -3.5),
        ("2016-09-22 10:00:00 UTC", 0),
    ],
)
def test_a_time_with_its_zone(written: str, hours: float) -> None:
    assert read(written, timezone(timedelta(hours=9))) == datetime(
        2016, 9, 22, 10, tzinfo=timezone(timedelta(hours=hours))
    )


@pytest.mark.parametrize(
    "written",
    [
        "01/02/2016",
        "1.2.2016",
        "2016",
        "2016-09",
        "22 9 2016",
        "Foo 22, 2016",
        "2016-09/22",
        "20160922",
        "２０１６-09-22",
        "",
    ],
)
def test_what_may_mean_two_days_or_none_is_no_date(written: str) -> None:
    assert read(written, UTC) is None


def test_a_date_has_an_end() -> None:
    assert read("2016-09-22" + " " * (LONGEST - 15) + "10:00", UTC) is not None
    assert read("2016-09-22" + " " * (LONGEST - 14) + "10:00", UTC) is None


@pytest.mark.parametrize("written", ["Feb 30, 2016", "31 June 2016", "2016/13/01", "2016-01-01 24:00"])
def test_a_day_that_never_was_is_a_fault(written: str) -> None:
    with pytest.raises(ImpossibleDate):
        read(written, UTC)


@given(st.text(alphabet="0123456789-/:+ TZSepWdmarch,.", max_size=40))
def test_any_text_is_a_date_or_none(written: str) -> None:
    with suppress(ImpossibleDate):
        moment = read(written, UTC)
        assert moment is None or moment.tzinfo is not None
