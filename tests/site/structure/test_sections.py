"""Folders become sections with pages, an order, breadcrumbs and a sidebar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from publisher.errors import Problem
from publisher.site.content.records import ArticleRecord, pack, unpack
from publisher.site.model import Article
from publisher.site.page_links import MenuItem, PageLink, TreeNode
from publisher.site.settings import SiteSettings
from publisher.site.structure.all_pages import pages_of
from publisher.site.structure.collect import Order, Site, collect
from publisher.site.structure.nav import section_node
from publisher.site.structure.pages import ArticlePage, ListPage
from publisher.site.structure.reach import unreachable
from publisher.site.structure.sections import Section
from publisher.site.structure_settings import NavEntry
from publisher.site.templates.site_values import usual_menu
from publisher.site.urls import permalink

SITE = SiteSettings(per_page=2)


def record(path: str, kind: Any = "page", day: int | None = None, language: str = "en", **more: Any) -> ArticleRecord:
    """An article whose title is its path, with a date in January 2026 if it has a day."""
    date = datetime(2026, 1, day, tzinfo=UTC) if day else None
    title = more.pop("title", path)
    return unpack(path, pack(bytes(32), Article(path, permalink(path), kind, title, language, date, **more)))


def arranged(*records: ArticleRecord, nav: tuple[NavEntry, ...] = ()) -> tuple[Site, tuple[Problem, ...]]:
    site, _, problems = collect(
        records, SITE, Order(entries=nav, known=frozenset(one.article.source for one in records))
    )
    return site, problems


def outline(section: Section) -> list[Any]:
    """The URLs of a section's articles, and a list for each section in it that begins with its URL."""
    return [
        [child.url, *outline(child)] if isinstance(child, Section) else child.article.source
        for child in section.children
    ]


def nodes(node: TreeNode | None) -> list[Any]:
    assert node is not None
    return [[child.title, *nodes(child)] if child.children else child.title for child in node.children]


GUIDE = (
    record("guide/_index.md", weight=1.0, title="Guide"),
    record("guide/b.md", weight=2.0),
    record("guide/a.md", weight=3.0),
    record("guide/deep/index.md", weight=1.0, title="Deep"),
    record("guide/deep/x.md"),
)


@pytest.mark.parametrize("name", ["_index.md", "index.md", "README.md"])
def test_an_index_article_is_the_page_of_its_folder_at_any_depth(name: str) -> None:
    site, _ = arranged(record(f"a/b/{name}", title="B"), record("a/b/c.md"))
    assert outline(site.top) == [["a/", ["a/b/", "a/b/c.md"]]]
    above = site.top.sections[0]
    assert (above.title, above.index) == ("A", None)
    assert above.sections[0].title == "B"


def test_a_folder_of_plain_pages_is_a_section_and_one_of_posts_is_not() -> None:
    site, _ = arranged(record("notes/a.md"), record("posts/b.md", "post", 1), record("posts/c/index.md", "post", 2))
    assert outline(site.top) == [["notes/", "notes/a.md"]]


def test_an_index_article_alone_in_its_folder_is_a_plain_page() -> None:
    site, _ = arranged(record("about/index.md"))
    assert outline(site.top) == ["about/index.md"]
    pages = [page for page in pages_of(site) if isinstance(page, ArticlePage)]
    assert [page.url for page in pages] == ["about/"]


def test_an_article_with_the_address_of_a_folder_is_the_page_of_its_section() -> None:
    site, _ = arranged(record("guide.md", title="G"), record("guide/a.md"))
    assert outline(site.top) == [["guide/", "guide/a.md"]]
    assert site.top.sections[0].title == "G"


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", ["b", "c", "a", "d"]),  # by weight; without a weight the newest first, then by title
        ("weight", ["b", "c", "a", "d"]),
        ("title", ["a", "b", "c", "d"]),
        ("date", ["c", "a", "b", "d"]),
    ],
)
def test_a_section_has_the_order_that_its_index_names(sort: str, order: list[str]) -> None:
    site, _ = arranged(
        record("g/_index.md", sort_by=sort),
        record("g/a.md", day=1, title="A"),
        record("g/b.md", weight=1.0, title="B"),
        record("g/c.md", day=2, title="C"),
        record("g/d.md", title="d"),
    )
    assert [one.article.source[2:-3] for one in site.top.sections[0].articles] == order


def test_the_title_for_links_is_in_the_sidebar_and_sorts() -> None:
    site, _ = arranged(
        record("g/_index.md", title="Long", link_title="G"),
        record("g/a.md", title="Z"),
        record("g/b.md", link_title="B"),
    )
    assert [child.title for child in section_node(site.top.sections[0]).children] == ["B", "Z"]
    assert site.navigation.of("g/a/").crumbs == (PageLink("G", "g/", "en"),)
    assert site.top.sections[0].title == "Long"


def test_the_order_of_a_section_holds_below_it_too() -> None:
    site, _ = arranged(record("g/_index.md", sort_by="title"), record("g/h/a.md", weight=2.0), record("g/h/b.md"))
    assert site.top.sections[0].sections[0].sort == "title"


def test_posts_with_an_index_are_a_section_by_date_whose_sidebar_lists_sections_only() -> None:
    site, _ = arranged(
        record("posts/_index.md", title="Blog"),
        record("posts/a.md", "post", 1),
        record("posts/b.md", "post", 2),
        record("posts/2026/_index.md", title="Year"),
        record("posts/2026/c.md", "post", 3),
    )
    assert outline(site.top) == [["posts/", ["posts/2026/", "posts/2026/c.md"], "posts/b.md", "posts/a.md"]]
    assert nodes(site.navigation.tree("section posts", "en")) == ["Year"]
    beside = {page.url: page for page in pages_of(site) if isinstance(page, ArticlePage)}
    assert (beside["posts/a/"].newer, beside["posts/a/"].older) == (record("posts/b.md", "post", 2), None)
    assert beside["posts/2026/c/"].newer is beside["posts/2026/c/"].older is None
    assert [link.title for link in beside["posts/2026/c/"].place.crumbs] == ["Blog", "Year"]


def test_the_pages_of_an_ordered_section_follow_each_other_in_the_order_of_its_sidebar() -> None:
    site, _ = arranged(*GUIDE)
    tree = site.navigation.tree("section guide", "en")
    assert nodes(tree) == [["Deep", "guide/deep/x.md"], "guide/b.md", "guide/a.md"]
    chain = ["guide/", "guide/deep/", "guide/deep/x/", "guide/b/", "guide/a/"]
    for at, url in enumerate(chain):
        place = site.navigation.of(url)
        near = [link.url if link else None for link in (place.previous, place.next)]
        assert near == [chain[at - 1] if at else None, chain[at + 1] if at + 1 < len(chain) else None]
        assert place.tree == "section guide"
    assert site.navigation.of("guide/deep/x/").crumbs == (
        PageLink("Guide", "guide/", "en"),
        PageLink("Deep", "guide/deep/", "en"),
    )


def test_readers_of_a_language_see_and_turn_the_pages_of_their_language() -> None:
    site, _ = arranged(*GUIDE, record("guide/c.md", language="zh", weight=2.5))
    assert nodes(site.navigation.tree("section guide", "zh")) == ["guide/c.md"]
    assert "guide/c.md" not in nodes(site.navigation.tree("section guide", "en"))
    place = site.navigation.of("guide/c/")
    assert place.previous is place.next is None


def test_the_page_of_a_section_lists_its_articles_and_the_sections_below_it() -> None:
    site, _ = arranged(*GUIDE, *(record(f"guide/z{n}.md", weight=9.0 + n) for n in range(3)))
    pages = [page for page in pages_of(site) if isinstance(page, ListPage) and page.kind == "section"]
    first, second, third, deep = pages
    assert [card.url for card in first.sections] == ["guide/deep/"]
    shown = [[record.article.source for record in page.posts] for page in (first, second, third)]
    assert shown == [["guide/b.md", "guide/a.md"], ["guide/z0.md", "guide/z1.md"], ["guide/z2.md"]]
    assert [(page.url, page.newer_url, page.older_url) for page in (first, second, third)] == [
        ("guide/", None, "guide/page/2/"),
        ("guide/page/2/", "guide/", "guide/page/3/"),
        ("guide/page/3/", "guide/page/2/", None),
    ]
    assert (first.intro, second.intro, second.sections) == (site.top.sections[0].index, None, ())
    assert deep.url == "guide/deep/"


def test_an_index_says_how_many_articles_a_page_of_its_section_lists() -> None:
    site, _ = arranged(record("g/_index.md", paginate_by=3), *(record(f"g/{n}.md") for n in range(3)))
    assert len([page for page in pages_of(site) if isinstance(page, ListPage) and page.kind == "section"]) == 1


def test_a_section_has_a_feed_if_an_article_in_it_has_a_date() -> None:
    site, _ = arranged(record("a/x.md", day=1), record("b/x.md"))
    feeds = [page.feed for page in pages_of(site) if isinstance(page, ListPage) and page.kind == "section"]
    assert feeds == ["a/feed.xml", ""]


NAV = (
    NavEntry(page="b.md"),
    NavEntry("Part", "", (NavEntry("The first", "a.md"), NavEntry("Outside", "https://example.org/"))),
    NavEntry(page="guide/"),
)


def test_a_nav_gives_titles_order_and_breadcrumbs_and_may_name_a_section() -> None:
    site, problems = arranged(record("a.md"), record("b.md"), *GUIDE, nav=NAV)
    assert problems == ()
    tree = site.navigation.tree("nav", "en")
    guide = ["Guide", ["Deep", "guide/deep/x.md"], "guide/b.md", "guide/a.md"]
    assert nodes(tree) == ["b.md", ["Part", "The first", "Outside"], guide]
    chain = ["b/", "a/", "guide/", "guide/deep/", "guide/deep/x/", "guide/b/", "guide/a/"]
    following = [site.navigation.of(url).next for url in chain]
    assert [link.url if link else None for link in following] == [*chain[1:], None]
    assert site.navigation.of("a/").crumbs == (PageLink("Part", None, ""),)
    assert "section guide" not in site.navigation.trees


def test_articles_of_a_nav_are_in_no_section_and_not_in_the_menu() -> None:
    site, _ = arranged(
        record("a.md"), record("g/b.md"), record("c.md"), nav=(NavEntry(page="a.md"), NavEntry(page="g/b.md"))
    )
    assert outline(site.top) == ["c.md"]


def test_an_entry_of_a_nav_that_is_no_article_is_a_problem_and_a_hidden_article_is_none() -> None:
    records = [record("first.md")]
    order = Order("content/SUMMARY.md", (NavEntry(page="frist.md", place=(3, 5)), NavEntry(page="draft.md")))
    site, _, problems = collect(records, SITE, Order(order.file, order.entries, frozenset({"first.md", "draft.md"})))
    assert [(one.path, one.line, one.col, one.hint) for one in problems] == [
        ("content/SUMMARY.md", 3, 5, "did you mean first.md?")
    ]
    assert nodes(site.navigation.trees.get("nav") or TreeNode("", None, "")) == []


PATHS = st.sampled_from(
    ["index.md", "a.md", "g.md", "G/b.md", "g/_index.md", "g/c.md", "g/h/d.md", "h/h/h/e.md", "h/e.md", "tags/one.md"]
)


@settings(max_examples=60)
@given(
    st.dictionaries(PATHS, st.tuples(st.sampled_from(["page", "post"]), st.sampled_from([(), ("one",)]))),
    st.lists(PATHS, max_size=3, unique=True),
)
def test_every_article_is_reached_without_a_menu_of_the_author(
    found: dict[str, tuple[str, tuple[str, ...]]], listed: list[str]
) -> None:
    assume(not {"g.md", "g/_index.md"} <= found.keys())  # two files with one address are a fault of every build
    records = [record(path, kind, 1, tags=tags) for path, (kind, tags) in sorted(found.items())]
    site, _ = arranged(*records, nav=tuple(NavEntry(page=path) for path in listed))
    lists = tuple(MenuItem(terms.taxonomy.name, terms.url, "en") for terms in site.terms)
    assert not [one.path for one in unreachable(site, (*usual_menu(site), *lists), lambda _: ())]


def test_an_article_is_the_page_of_one_of_two_folders_whose_names_differ_by_capital_letters() -> None:
    site, _ = arranged(record("g.md"), record("G/b.md"), record("g/c.md"))
    assert outline(site.top) == ["G/b.md", ["g/", "g/c.md"]]
    assert [page.url for page in pages_of(site)].count("g/") == 1


def test_a_page_whose_address_has_other_capital_letters_is_the_page_of_the_folder() -> None:
    own = record("x.md")
    own = replace(own, article=replace(own.article, url="bases/"))
    site, _ = arranged(record("Bases/a.md"), own)
    assert outline(site.top) == [["bases/", "Bases/a.md"]]
    assert "Bases/" not in [page.url for page in pages_of(site)]
