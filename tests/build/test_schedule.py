"""An article of a later day is held back, an expired one too; without such articles the day changes nothing."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.build import BuildSettings
from publisher.build.schedule import Schedule, schedule
from publisher.errors import ContentError
from publisher.site.model import ArticleMetadata
from tests.build.site import Workshop, article

TODAY = date(2026, 11, 29)
LATER = "---\ntitle: Later\ndate: 2030-06-01\n---\nx\n"


def post(
    name: str, day: str, *, kind: Literal["post", "page"] = "post", publish: str = "", expires: str = ""
) -> ArticleMetadata:
    def moment(text: str) -> datetime | None:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None

    return ArticleMetadata(
        name,
        f"{name}/",
        kind,
        name,
        "en",
        moment(day),
        publish_date=moment(publish),
        expires=moment(expires),
    )


def held(*articles: ArticleMetadata, now: date = TODAY, future: bool = False) -> frozenset[str]:
    return schedule(articles, now, UTC, future=future)[0]


def told(*articles: ArticleMetadata, now: date = TODAY) -> Schedule:
    return schedule(articles, now, UTC, future=False)[1]


def test_a_post_comes_out_on_its_day_and_not_the_day_before() -> None:
    assert held(post("a", "2026-11-29"), post("b", "2026-11-30")) == {"b"}


def test_a_page_has_a_date_and_is_shown_all_the_same() -> None:
    assert held(post("about", "2030-01-01", kind="page")) == frozenset()


def test_a_page_with_a_day_to_come_out_waits_for_it() -> None:
    assert held(post("about", "2020-01-01", kind="page", publish="2026-11-30")) == {"about"}


def test_the_day_to_come_out_counts_before_the_date() -> None:
    assert held(post("a", "2030-01-01", publish="2026-11-01"), post("b", "2020-01-01", publish="2027-01-01")) == {"b"}


def test_an_article_is_gone_on_the_day_on_which_it_expires() -> None:
    assert held(post("a", "2020-01-01", expires="2026-11-29"), post("b", "2020-01-01", expires="2026-11-30")) == {"a"}


def test_with_future_what_comes_later_is_shown_and_what_has_expired_is_not() -> None:
    articles = post("a", "2030-01-01"), post("b", "2020-01-01", expires="2026-01-01")
    assert held(*articles, future=True) == {"b"}


def test_without_a_day_nothing_is_held_back() -> None:
    articles = [post("a", "2030-01-01"), post("b", "2020-01-01", expires="2026-01-01")]
    assert schedule(articles, None, UTC, future=False) == (frozenset(), Schedule())


def test_the_day_is_that_of_the_zone_of_the_site() -> None:
    late = post("a", "2026-11-29T23:30:00")
    east = timezone(timedelta(hours=2))
    assert schedule([late], TODAY, UTC, future=False)[0] == frozenset()
    assert schedule([late], TODAY, east, future=False)[0] == {"a"}


def test_how_many_wait_which_is_next_and_until_when_the_root_is_the_same_is_told() -> None:
    articles = (
        post("old", "2020-01-01"),
        post("later", "2027-02-01"),
        post("soon", "2026-12-24"),
        post("gone", "2020-01-01", expires="2026-06-01"),
        post("going", "2020-01-01", expires="2026-12-31"),
    )
    assert told(*articles) == Schedule("2026-11-29", "2026-06-01", "2026-12-24", 2, 1, "soon", "2020-01-01")


def test_without_such_articles_there_is_nothing_to_say() -> None:
    assert told(post("a", "2020-01-01")) == Schedule("", "2020-01-01", "", 0, 0, "", "2020-01-01")


DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 1))


@given(st.lists(st.tuples(DAYS, st.none() | DAYS), max_size=6), DAYS, DAYS)
def test_days_between_two_changes_hold_the_same_back(
    given_articles: list[tuple[date, date | None]], now: date, other: date
) -> None:
    articles = [
        post(f"a{number}", out.isoformat(), expires=gone.isoformat() if gone else "")
        for number, (out, gone) in enumerate(given_articles)
    ]
    first, span = schedule(articles, now, UTC, future=False)
    if span.holds_on(other):
        assert schedule(articles, other, UTC, future=False)[0] == first
    elif span.until == other.isoformat():
        assert schedule(articles, other, UTC, future=False)[0] != first


def test_without_future_articles_the_day_changes_no_byte(tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    roots = {shop.clean(now=day).root for day in (None, date(2026, 11, 29), date(2099, 1, 1))}
    assert len(roots) == 1


def test_a_warm_build_equals_a_clean_one_whatever_the_days_in_between(tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    shop.write({"content/posts/later.md": "---\ntitle: Later\ndate: 2030-06-01\nexpiryDate: 2030-08-01\n---\nx\n"})
    for day in ("2030-05-31", "2030-06-01", "2030-05-31", "2030-07-31", "2030-08-01", "2030-06-01", "2030-08-02"):
        now = date.fromisoformat(day)
        warm, clean = shop.build(now=now), shop.clean(now=now)
        assert (warm.root, warm.schedule) == (clean.root, clean.schedule), day


def test_what_is_held_back_is_nowhere_in_the_site(tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    shop.write({"content/posts/later.md": LATER.replace("date", "tags: [only-later]\ndate")})
    files = shop.files(shop.build(now=date(2030, 5, 31)))
    assert not [path for path in files if "later" in path]
    assert not [path for path, data in files.items() if b"only-later" in data]


def test_a_link_to_what_is_held_back_is_a_dead_link(tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    shop.write({"content/posts/later.md": LATER})
    shop.write({"content/posts/a.md": article("A", 2, "[x](later.md)")})
    with pytest.raises(ContentError) as caught:
        shop.build(now=date(2030, 5, 31))
    assert [problem.kind for problem in caught.value.problems] == ["dead-link"]
    shop.build(now=date(2030, 6, 1))


def test_a_setting_lets_what_comes_later_out(tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    shop.write({"content/posts/later.md": LATER})
    built = shop.build(now=date(2030, 5, 31), settings=BuildSettings(future=True))
    assert "posts/later/index.html" in shop.files(built)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_post_is_included_from_its_day_on_and_not_before(tmp_path: Path, end: str) -> None:
    shop = Workshop(tmp_path)
    later = LATER.replace("\n", end).encode()
    shop.write(
        {"content/posts/later.md": later, "content/a.md": "---\ntitle: A\n---\n::include{file=posts/later.md}\n"}
    )
    for day in ("2030-05-31", "2030-06-01", "2030-05-31"):
        for build in (shop.build, shop.clean):
            if day == "2030-06-01":
                assert b"<p>x</p>" in shop.files(build(now=date.fromisoformat(day)))["a/index.html"]
                continue
            with pytest.raises(ContentError) as caught:
                build(now=date.fromisoformat(day))
            (problem,) = caught.value.problems
            what = "content/posts/later.md has a later date and is not included before that day"
            assert (problem.path, problem.line, problem.what) == ("content/a.md", 4, what)
    assert b"<p>x</p>" in shop.files(shop.build(now=date(2030, 5, 31), future=True))["a/index.html"]
    shop.write(
        {"content/notes/later.md": later, "content/a.md": "---\ntitle: A\n---\n::include{file=notes/later.md}\n"}
    )
    assert b"<p>x</p>" in shop.files(shop.build(now=date(2030, 5, 31)))["a/index.html"]


def test_an_article_of_html_is_included_as_one_of_markdown(tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    shop.write({"content/a.md": "---\ntitle: A\n---\n::include{file=posts/b.html}\n"})
    for front, what in (
        ("date: 2030-06-01", "has a later date and is not included before that day"),
        ("draft: true", "may be unpublished and is not included"),
        ("expires: 2030-06-01", "may be unpublished and is not included"),
    ):
        shop.write({"content/posts/b.html": f"---\n{front}\n---\n<p>x</p>\n"})
        faults = shop.faults(now=date(2030, 5, 31))
        assert f"content/a.md:4:1: content/posts/b.html {what}" in faults[0], faults
    shop.write({"content/posts/b.html": "---\ndate: 2030-05-31\n---\n<p>x</p>\n"})
    page = shop.text(shop.build(now=date(2030, 5, 31)), "a/index.html")
    assert "<p>x</p>" in page
    assert "date" not in page
