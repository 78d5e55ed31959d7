"""Many articles become one site."""

from datetime import UTC, datetime

import pytest

from publisher.site.content.records import ArticleRecord, pack, unpack
from publisher.site.model import Article
from publisher.site.settings import SiteSettings
from publisher.site.structure.all_pages import pages_of
from publisher.site.structure.collect import collect
from publisher.site.structure.pages import ArticlePage, ListPage


def post(day: int, *tags: str, language: str = "en") -> ArticleRecord:
    path, date = f"posts/{day:02}.md", datetime(2025, 1, day, tzinfo=UTC)
    return unpack(
        path, pack(bytes(32), Article(path, f"posts/{day:02}/", "post", f"T{day}", language, date, tags=tags))
    )


def lists(count: int, kind: str = "home") -> list[tuple[str, int, int, str | None, str | None]]:
    """Address, number, how many posts, newer and older address of each list page, two posts a page."""
    site, problems, _ = collect([post(day, "t") for day in range(1, count + 1)], SiteSettings(per_page=2))
    assert problems == ()
    kinds = ("home", "list") if kind == "home" else (kind,)
    pages = [page for page in pages_of(site) if isinstance(page, ListPage) and page.kind in kinds]
    shown = [record.article.url for page in pages for record in page.posts]
    assert shown == [f"posts/{day:02}/" for day in range(count, 0, -1)]
    return [(page.url, page.number, len(page.posts), page.newer_url, page.older_url) for page in pages]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_fewer_than_two_pages_full_of_posts_are_one_page(count: int) -> None:
    assert lists(count) == [("", 0, count, None, None)]


def test_older_posts_stand_on_full_pages_each_of_which_leads_to_both_beside_it() -> None:
    assert lists(4) == [("", 0, 2, None, "page/1/"), ("page/1/", 1, 2, "", None)]
    assert lists(9) == [
        ("", 0, 3, None, "page/3/"),
        ("page/3/", 3, 2, "", "page/2/"),
        ("page/2/", 2, 2, "page/3/", "page/1/"),
        ("page/1/", 1, 2, "page/2/", None),
    ]


def test_the_pages_of_a_tag_lead_to_each_other_alike() -> None:
    assert lists(5, "tag") == [
        ("tags/t/", 0, 3, None, "tags/t/page/1/"),
        ("tags/t/page/1/", 1, 2, "tags/t/", None),
    ]


def beside(*records: ArticleRecord) -> list[tuple[str | None, ...]]:
    """The title of each post, of its newer and of its older neighbour."""
    site, _, _ = collect(records, SiteSettings())
    pages = [page for page in pages_of(site) if isinstance(page, ArticlePage)]
    return [
        tuple(one.article.title if one else None for one in (page.record, page.newer, page.older)) for page in pages
    ]


def test_every_post_has_the_newer_and_the_older_one_beside_it() -> None:
    assert beside(*map(post, (2, 1, 3))) == [("T3", None, "T2"), ("T2", "T3", "T1"), ("T1", "T2", None)]


def test_a_post_has_posts_of_its_own_language_beside_it() -> None:
    chinese = (post(day, language="zh") for day in (4, 2))
    assert beside(post(3), *chinese, post(1)) == [
        ("T4", None, "T2"),
        ("T2", "T4", None),
        ("T3", None, "T1"),
        ("T1", "T3", None),
    ]


@pytest.mark.parametrize(
    ("tags", "problems"),
    [((["one"], ["one"]), 0), ((["One"], ["one"]), 1), ((["!"], []), 1), ((["!"], ["?"]), 1), ((["one"], ["two"]), 0)],
)
def test_two_spellings_of_a_tag_and_a_tag_without_a_letter_are_problems(
    tags: tuple[list[str], list[str]], problems: int
) -> None:
    site, found, _ = collect([post(day, *names) for day, names in enumerate(tags, 1)], SiteSettings())
    assert len(found) == problems
    assert all(tag.url != "tags//" for tag in site.terms[0].terms)
