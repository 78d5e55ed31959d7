"""Addresses that authors ask for: patterns of sections, permalinks and aliases of articles."""

from datetime import UTC, datetime

import pytest

from publisher.site.permalinks import (
    NoDate,
    PermalinkNames,
    address_fault,
    alias_names,
    alias_urls,
    pattern_fault,
    permalink_fault,
    url_of,
    url_written,
)

DAY = datetime(2016, 9, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "path", "url"),
    [
        ("/:year/:month/:day/:slug/", "posts/2016-09-02-My Post.md", "2016/09/02/my-post/"),
        ("/:year/:slug.html", "posts/x.md", "2016/x.html"),
        ("/:slug", "posts/x.md", "x/"),
        ("/:title/", "posts/x.md", "a-title/"),
        ("/:section/:slug/", "posts/a/b/x.md", "posts/x/"),
        ("/b/:sections/:slug/", "posts/a/b/x.md", "b/posts/a/b/x/"),
        ("/:filename/", "posts/2016-09-02-My Post.md", "2016-09-02-My Post/"),
        ("/:year/:slug/", "posts/trip/index.md", "2016/trip/"),
        ("/:year/:slug/", "posts/trip/_index.md", "posts/trip/"),
        ("/:year/:slug/", "posts/index.md", "posts/"),
        ("/:year/:slug/", "posts/README.md", "posts/"),
        ("/:year/:slug/", "notes/x.md", "notes/x/"),
    ],
)
def test_a_pattern_makes_the_addresses_of_its_section(pattern: str, path: str, url: str) -> None:
    assert url_of(PermalinkNames(path, "A title", date=DAY), (("posts", pattern),)) == url


def test_articles_at_the_top_have_the_section_without_a_name() -> None:
    permalinks = (("", "/p/:slug/"),)
    assert url_of(PermalinkNames("about.md"), permalinks) == "p/about/"
    assert url_of(PermalinkNames("a/about.md"), permalinks) == "a/about/"
    assert url_of(PermalinkNames("index.md"), permalinks) == ""


def test_a_slug_fills_the_pattern_and_may_have_folders() -> None:
    assert url_of(PermalinkNames("posts/x.md", slug="a/b", date=DAY), (("posts", "/:year/:slug/"),)) == "2016/a/b/"
    assert url_of(PermalinkNames("posts/x.md", slug="a/b"), ()) == "posts/a/b/"


def test_the_permalink_of_an_article_wins() -> None:
    named = PermalinkNames("posts/x.md", slug="s", permalink="/2016/09/x.html", date=DAY)
    assert url_of(named, (("posts", "/:year/:slug/"),)) == "2016/09/x.html"
    assert url_of(PermalinkNames("posts/x.md", permalink="/:year/old/", date=DAY), ()) == "2016/old/"


def test_a_pattern_of_dates_needs_one() -> None:
    with pytest.raises(NoDate):
        url_of(PermalinkNames("posts/x.md"), (("posts", "/:year/:slug/"),))


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("/a/b/", "a/b/"),
        ("/a/b", "a/b/"),
        ("a/b", "a/b/"),
        ("/a.html", "a.html"),
        ("/a.HTM", "a.HTM"),
        ("/a/index.html", "a/"),
        ("/index.html", ""),
        ("/", ""),
        ("/v1.2", "v1.2/"),
        ("/%E4%BD%A0/", "你/"),
        ("/e\u0301/", "é/"),
    ],
)
def test_an_address_is_a_file_where_it_ends_with_html_and_a_folder_elsewhere(text: str, url: str) -> None:
    assert address_fault(text) is None
    assert url_written(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "https://x.org/a",
        "//x.org/a",
        "/a/../b",
        "/%2e%2e/b",
        "/a/./b",
        "/a//b",
        "/a?b",
        "/a#b",
        "/a\\b",
        "/.git/x",
        "/100%",
    ],
)
def test_what_is_no_address_of_this_site_is_a_fault(text: str) -> None:
    assert address_fault(text)
    assert permalink_fault(text)


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("/:yaer/:slug/", "there is no token :yaer"),
        (":year/:slug/", "does not begin with a slash"),
        ("/:year/", "gives every article one address"),
        ("/../:slug/", "has a part that is `.` or `..`"),
        ("/a//:slug/", "has two slashes in a row"),
    ],
)
def test_a_pattern_that_makes_no_addresses_is_a_fault(pattern: str, what: str) -> None:
    fault = pattern_fault(pattern)
    assert fault
    assert what in fault[0]
    assert pattern_fault("/:year/:month/:slug.html") is None


def test_an_alias_with_a_slash_is_an_address_and_any_other_a_name() -> None:
    aliases = ("/old/", "older.html", "Another name", "/old", "https://x.org/", "/now/")
    assert alias_urls(aliases, "now/") == ("old/", "older.html")
    assert alias_names(aliases) == ("Another name",)
