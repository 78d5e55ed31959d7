from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.site.feeds import atom, missing_id, newest, permanent_id, robots, sitemap
from publisher.site.model import Article
from publisher.site.settings import SiteSettings
from publisher.site.urls import mark

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SITE = SiteSettings(title="Rötes & <Blatt>", author="Ada", url="https://example.eth.limo/", description="Words")
NAMELESS = replace(SITE, url="")


def post(name: str, day: int = 1, **more: Any) -> Article:
    given = {"title": name, "language": "en", "date": datetime(2026, 3, day, 9, tzinfo=UTC), **more}
    return Article(source=f"posts/{name}.md", url=f"posts/{name}/", kind="post", **given)


FIRST, SECOND = post("first", 1), post("second", 2)
HOME = Article(source="index.md", url="", kind="page", title="Home", language="en")
ABOUT = Article(source="about.md", url="about/", kind="page", title="About", language="en")


def feed(*articles: Article, site: SiteSettings = SITE, body: str = "<p>Text</p>") -> ElementTree.Element:
    known = {"posts/second.md": "posts/second/", "a b.png": "a b.png", "index.md": ""}
    return ElementTree.fromstring(atom(site, articles, lambda _: body, lambda _: known.get))


def texts(root: ElementTree.Element, path: str) -> list[str]:
    return [e.text or "" for e in root.iterfind("/".join(ATOM + step for step in path.split("/")))]


def hrefs(root: ElementTree.Element) -> list[str]:
    return [e.get("href", "") for e in root.iter(f"{ATOM}link")]


def test_a_feed_holds_what_rfc_4287_demands() -> None:
    root = feed(FIRST)
    for path in ("id", "title", "updated", "author/name", "entry/id", "entry/title", "entry/updated"):
        assert len(texts(root, path)) == 1, path
    assert texts(root, "title") == ["Rötes & <Blatt>"]
    assert texts(root, "author/name") == ["Ada"]
    assert hrefs(root) == [
        "https://example.eth.limo/feed.xml",
        "https://example.eth.limo/",
        "https://example.eth.limo/posts/first/",
    ]


@given(st.text(alphabet="ab\"'<>&\n\r\t\x00 ü中", max_size=12))
def test_an_attribute_keeps_every_character_that_xml_allows(text: str) -> None:
    root = feed(post("first", tags=(text,)))
    assert [e.get("term") for e in root.iter(f"{ATOM}category")] == [text.replace("\x00", "")]


def test_a_site_without_an_author_is_its_own_author() -> None:
    assert texts(feed(FIRST, site=replace(SITE, author="")), "author/name") == [SITE.title]


def test_the_whole_text_is_in_the_feed_with_complete_links_and_images() -> None:
    body = (
        f'<p>1 &lt; 2 <a href="{mark("posts/second.md#x")}">b</a> <img src="{mark("a b.png")}"> <a href="#y">y</a></p>'
    )
    (text,) = texts(feed(FIRST, body=body), "entry/content")
    assert 'href="https://example.eth.limo/posts/second/#x"' in text
    assert 'src="https://example.eth.limo/a%20b.png"' in text
    assert "1 &lt; 2" in text


def test_without_an_address_links_are_relative_to_the_feed_and_ids_are_still_complete() -> None:
    body = f'<a href="{mark("posts/second.md")}">b</a> <a href="{mark("index.md")}">home</a>'
    root = feed(FIRST, site=NAMELESS, body=body)
    assert hrefs(root) == ["./feed.xml", "./", "./posts/first/"]
    assert texts(root, "entry/content") == ['<a href="./posts/second/">b</a> <a href="./">home</a>']
    assert all(i.startswith("urn:uuid:") for i in texts(root, "id") + texts(root, "entry/id"))


def test_addresses_in_every_script_are_percent_encoded() -> None:
    root = feed(post("中文"))
    assert hrefs(root)[-1] == "https://example.eth.limo/posts/%E4%B8%AD%E6%96%87/"
    assert texts(root, "entry/title") == ["中文"]


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another"},
        {"date": datetime(2020, 1, 1, tzinfo=UTC)},
        {"updated": datetime(2027, 1, 1, tzinfo=UTC)},
        {"url": "elsewhere/"},
        {"language": "zh"},
        {"source": "posts/first/index.md"},
    ],
)
def test_an_id_survives_whatever_changes_about_an_article(change: Any) -> None:
    assert texts(feed(replace(FIRST, **change)), "entry/id") == texts(feed(FIRST), "entry/id")


@pytest.mark.parametrize("url", ["http://example.eth.limo/", "https://EXAMPLE.eth.limo/"])
def test_an_id_survives_another_way_of_writing_the_address(url: str) -> None:
    assert permanent_id(replace(SITE, url=url), "posts/first.md") == permanent_id(SITE, "posts/first.md")


def test_ids_differ_between_articles_between_sites_and_from_the_feed() -> None:
    neighbour = replace(SITE, url="https://example.eth.limo/two/")
    ids = [permanent_id(site, path) for site in (SITE, neighbour, NAMELESS) for path in ("", "a.md", "b.md", "x/a.md")]
    assert len(set(ids)) == len(ids)


def test_an_id_is_this_one_for_ever() -> None:
    assert permanent_id(SITE, "posts/first.md") == "urn:uuid:96728c02-d081-5b56-be83-974dd913b2e0"


def test_the_feed_is_as_old_as_its_newest_change() -> None:
    changed = replace(FIRST, updated=datetime(2026, 5, 1, 8, tzinfo=timezone(timedelta(hours=8))))
    assert texts(feed(changed, SECOND), "updated") == ["2026-05-01T00:00:00Z"]
    assert texts(feed(FIRST, SECOND), "updated") == ["2026-03-02T09:00:00Z"]
    assert texts(feed(), "updated") == ["1970-01-01T00:00:00Z"]


def test_a_change_dated_before_publication_does_not_make_an_article_older() -> None:
    odd = replace(SECOND, updated=datetime(2020, 1, 1, tzinfo=UTC))
    assert texts(feed(odd), "entry/updated") == texts(feed(odd), "entry/published") == ["2026-03-02T09:00:00Z"]


def test_a_date_before_1970_or_in_a_zone_of_seconds_is_written_right() -> None:
    old = post("old", date=datetime(1901, 1, 1, 8, 5, 43, tzinfo=timezone(timedelta(hours=8, minutes=5, seconds=43))))
    assert texts(feed(old), "entry/updated") == ["1901-01-01T00:00:00Z"]


def test_only_posts_that_are_out_are_in_it_newest_first() -> None:
    draft = post("secret", 9, draft=True)
    root = feed(FIRST, draft, HOME, ABOUT, SECOND)
    assert texts(root, "entry/title") == ["second", "first"]


def test_posts_of_one_moment_are_sorted_by_address() -> None:
    assert [a.url for a in newest([post("b"), post("a"), post("中")])] == ["posts/a/", "posts/b/", "posts/中/"]


@pytest.mark.parametrize(("items", "held"), [(0, 0), (1, 1), (2, 2), (3, 2)])
def test_the_feed_holds_as_many_as_configured(items: int, held: int) -> None:
    asked: list[Article] = []

    def render(article: Article) -> str:
        asked.append(article)
        return ""

    root_bytes = atom(replace(SITE, feed_items=items), [FIRST, SECOND], render, lambda _: lambda _: None)
    assert len(ElementTree.fromstring(root_bytes).findall(f"{ATOM}entry")) == held == len(asked)


@given(st.permutations([FIRST, SECOND, ABOUT, HOME, post("c"), post("d", 4)]))
def test_the_order_of_reading_changes_no_byte(articles: Any) -> None:
    usual = sorted(articles, key=lambda a: a.source)
    assert atom(SITE, articles, lambda a: a.title, lambda _: str) == atom(SITE, usual, lambda a: a.title, lambda _: str)
    assert sitemap(SITE, articles, ["tags/", ""]) == sitemap(SITE, usual, ["", "tags/"])


@given(st.text().filter(lambda t: "\0" not in t), st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_a_title_or_a_tag_holds_the_feed_is_well_formed(body: str, text: str) -> None:
    article = post("x", title=text, tags=(text,), summary=text, authors=(text,), language=text)
    printable = body.encode(errors="ignore").decode()
    root = feed(article, site=replace(SITE, title=text, description=text), body=printable)
    assert len(root.findall(f"{ATOM}entry")) == 1


def locations(data: bytes | None) -> dict[str, str | None]:
    assert data is not None
    return {e.findtext(f"{MAP}loc", ""): e.findtext(f"{MAP}lastmod") for e in ElementTree.fromstring(data)}


def test_a_sitemap_lists_every_page_once_with_its_last_change() -> None:
    found = locations(sitemap(SITE, [SECOND, HOME, ABOUT, post("中")], ["", "tags/"]))
    assert found == {
        "https://example.eth.limo/": None,
        "https://example.eth.limo/about/": None,
        "https://example.eth.limo/posts/second/": "2026-03-02T09:00:00Z",
        "https://example.eth.limo/posts/%E4%B8%AD/": "2026-03-01T09:00:00Z",
        "https://example.eth.limo/tags/": None,
    }
    assert list(found) == sorted(found)


def test_a_draft_is_in_no_sitemap() -> None:
    assert "secret" not in str(sitemap(SITE, [post("secret", draft=True)]))


def test_there_is_no_sitemap_without_an_address() -> None:
    assert sitemap(NAMELESS, [FIRST]) is None
    assert b"Sitemap" not in robots(NAMELESS)


def test_robots_are_welcome_and_told_where_the_sitemap_is() -> None:
    assert robots(SITE) == b"User-agent: *\nAllow: /\nSitemap: https://example.eth.limo/sitemap.xml\n"


NAMED = replace(SITE, id="9b2c7a52-6f0e-4f4e-9a0f-0d5f3a1c2b4d")


@pytest.mark.parametrize("change", [{"url": ""}, {"url": "https://elsewhere.example/"}, {"title": "Another"}])
def test_with_an_id_of_the_site_an_id_survives_a_move_to_another_address(change: Any) -> None:
    assert permanent_id(replace(NAMED, **change), "posts/first.md") == permanent_id(NAMED, "posts/first.md")


def test_an_id_from_that_of_the_site_is_this_one_for_ever() -> None:
    assert permanent_id(NAMED, "posts/first.md") == "urn:uuid:56fb67f2-18eb-5353-b45a-00ab194f0da5"


def test_two_sites_with_ids_share_none() -> None:
    other = replace(NAMED, id="another")
    ids = [permanent_id(site, path) for site in (NAMED, other, SITE, NAMELESS) for path in ("", "a.md", "x/a.md")]
    assert len(set(ids)) == len(ids)


def test_a_site_without_an_id_is_told_what_that_means() -> None:
    with_address, without = missing_id(SITE, "publish.toml"), missing_id(NAMELESS, "publish.toml")
    assert with_address is not None
    assert without is not None
    assert "change with its address" in with_address.what
    assert "every other such site" in without.what
    assert missing_id(NAMED, "publish.toml") is None
