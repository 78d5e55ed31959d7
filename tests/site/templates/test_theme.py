"""The default theme by itself: its templates with hand-made values, its style sheet as text."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined, nodes
from markupsafe import Markup

from publisher.site.model import Card, Heading, TagCard
from publisher.site.page_links import MenuItem
from publisher.site.templates.blocks import check_blocks
from publisher.site.templates.site_values import TaxonomyCard
from publisher.site.urls import mark, place
from publisher.site.words import words

THEME = Path(__file__).parents[3] / "templates"
STYLE = (THEME / "assets/style.css").read_text(encoding="utf-8")
NASTY = "</script><b> \"'& 中文 <!--"
VOID = {"meta", "link", "img", "input", "hr", "br"}


def card(url: str, title: str, language: str = "en", **more: Any) -> Card:
    usual: dict[str, Any] = {"kind": "post", "date": datetime(2026, 3, 8, tzinfo=UTC), "updated": None, "tags": ()}
    return Card(**{"url": url, "title": title, "language": language, "summary": "", **usual, **more})


@dataclass(frozen=True)
class Site:
    """What an article may read; anything else is an error."""

    title: str = "A site"
    description: str = "Some words"
    language: str = "en"
    author: str = "Ada"
    url: str = "https://example.eth.limo/"
    menu: tuple[MenuItem, ...] = (MenuItem("About", "about/", "en"),)
    own_menu: bool = False
    taxonomies: tuple[TaxonomyCard, ...] = (TaxonomyCard("tags", "tags/", ""),)
    archives_url: str = ""


@dataclass(frozen=True)
class WholeSite(Site):
    """What a list may read as well."""

    year: int | None = 2026
    tags: tuple[TagCard, ...] = (TagCard("ipfs", "tags/ipfs/", 3), TagCard("写作", "tags/写作/", 1))


TOC = (Heading(2, "one", "One"), Heading(3, "two", "Two"), Heading(4, "deep", "Deep"), Heading(2, "三", "三"))
POST: Mapping[str, Any] = {
    "kind": "post", "title": "Title", "url": "posts/first/", "date": datetime(2025, 3, 8, 9, tzinfo=UTC),
    "updated": datetime(2025, 4, 1, tzinfo=UTC), "tags": (TagCard("写作", "tags/写作/"),), "authors": ("Bob", "李雷"),
    "summary": "In short", "language": "en", "toc": TOC, "html": Markup("<p>Text</p>"), "words": 900, "minutes": 4,
    "draft": False, "extra": {}, "newer": card("posts/new/", "New"), "older": card("posts/旧/", "旧", "zh"),
    "previous": None, "next": None, "breadcrumbs": (), "tree": None, "terms": {"tags": ()}, "series": (), "related": (),
}  # fmt: skip
BARE = {**POST, "kind": "page", "url": "about/", "date": None, "updated": None, "tags": (), "authors": (),
        "summary": "", "toc": (), "newer": None, "older": None}  # fmt: skip
LIST: Mapping[str, Any] = {
    "kind": "home", "title": "A site", "url": "", "number": 0, "newer_url": None, "older_url": "page/2/", "tag": None,
    "html": None, "language": "en", "summary": "", "taxonomy": "", "sections": (), "by_date": True, "feed_url": "",
    "breadcrumbs": (), "previous": None, "next": None, "tree": None,
    "cards": (card("posts/a/", "A", summary="About A"), card("posts/b/", "乙", "zh")),
}  # fmt: skip
OLDER = {**LIST, "kind": "list", "url": "page/2/", "number": 2, "newer_url": "", "older_url": None}
TAG = {
    **LIST,
    "kind": "tag",
    "title": "写作",
    "url": "tags/写作/",
    "tag": TagCard("写作", "tags/写作/"),
    "older_url": None,
}
TAGS = {"kind": "tags", "html": "", "taxonomy": "tags", "title": "Tags", "url": "tags/", "language": "en"}
MISSING = {"kind": "404", "title": "Not found", "url": "404.html", "language": "en"}
EVERY = [
    ("article.html", POST, Site()), ("article.html", BARE, Site()), ("list.html", LIST, WholeSite()),
    ("list.html", OLDER, WholeSite()), ("list.html", TAG, WholeSite()), ("tags.html", TAGS, WholeSite()),
    ("404.html", MISSING, WholeSite()),
]  # fmt: skip


@cache
def environment(own: tuple[tuple[str, str], ...]) -> Environment:
    """The theme below an author's own templates, compiled once."""
    default = FileSystemLoader(THEME)
    loader = ChoiceLoader([DictLoader(dict(own)), default, PrefixLoader({"default": default})])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined)


def render(name: str, page: Mapping[str, Any], site: Site, own: Mapping[str, str] | None = None) -> str:
    env = environment(tuple((own or {}).items()))
    view = SimpleNamespace(**page)
    extra = {"style": STYLE, "link": Markup} if name == "404.html" else {"link": lambda to: Markup(mark(to))}
    html = env.get_template(name).render(site=site, page=view, words=words(view.language), **extra)
    return place(html, view.url, {"posts/other.md": "posts/other/"}.get)


class Elements(HTMLParser):
    """Every element, and whether each that was opened was closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, str] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]] = self.texts.get(self.open[-1], "") + data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        return [a for t, a in self.seen if t == tag and all(a.get(k) == v for k, v in wanted.items())]

    def links(self) -> list[str]:
        return [a[name] for t, a in self.seen for name in ("href", "src") if name in a and a.get("rel") != "canonical"]


@pytest.mark.parametrize(("name", "page", "site"), EVERY)
def test_every_page_is_well_formed_with_one_heading_and_its_landmarks(name: Any, page: Any, site: Any) -> None:
    found = Elements(render(name, page, site))
    assert found.open == []
    assert len(found.all("h1")) == len(found.all("main", id="theme:main")) == len(found.all("title")) == 1
    assert found.all("a", **{"class": "skip", "href": "#theme:main"})
    assert found.all("html", lang="en", dir="ltr")
    assert found.all("nav", **{"aria-label": "Main menu"})
    assert all(attributes["type"] == "application/ld+json" for attributes in found.all("script"))


@pytest.mark.parametrize(("name", "page", "site"), EVERY)
def test_every_link_is_relative_but_those_of_404(name: Any, page: Any, site: Any) -> None:
    links = Elements(render(name, page, site)).links()
    absolute = [to for to in links if to.startswith(("/", "http"))]
    assert bool(absolute) is (name == "404.html"), absolute
    assert not [to for to in links if to.startswith("http")]


@pytest.mark.parametrize(("name", "page", "site"), EVERY)
def test_without_an_address_nothing_is_absolute(name: Any, page: Any, site: Any) -> None:
    html = render(name, page, replace(site, url=""))
    assert "canonical" not in html
    assert "og:url" not in html
    assert not [to for to in Elements(html).links() if to.startswith("http")]


def test_a_page_says_what_it_is_to_machines() -> None:
    found = Elements(render("article.html", POST, Site()))
    assert found.all("link", rel="canonical", href="https://example.eth.limo/posts/first/")
    assert found.all("link", rel="alternate", type="application/atom+xml", href="../../feed.xml")
    assert found.all("meta", name="description", content="In short")
    assert found.all("meta", property="og:type", content="article")
    assert found.all("meta", property="article:published_time", content="2025-03-08T09:00:00+00:00")
    assert found.all("time", datetime="2025-03-08")
    assert found.all("a", rel="tag", href="../../tags/%E5%86%99%E4%BD%9C/")


def test_every_block_of_the_theme_is_shown() -> None:
    theme = {path.name: path.read_text(encoding="utf-8") for path in THEME.glob("*.html")}
    find = {**theme, **{f"default/{name}": text for name, text in theme.items()}}.get
    for name, text in theme.items():
        check_blocks(Environment(), name, text, name, find)


def outside_of_macros(node: nodes.Node) -> Iterator[nodes.Node]:
    for child in node.iter_child_nodes():
        if not isinstance(child, nodes.Macro):
            yield child
            yield from outside_of_macros(child)


def test_a_template_that_loads_no_other_sets_nothing_outside_of_its_macros() -> None:
    """A page that imports such a template would get values that were set for an earlier page (see _Module)."""
    loads = nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport
    sets = nodes.Assign | nodes.AssignBlock | nodes.CallBlock | nodes.Block
    trees = {path: Environment().parse(path.read_text(encoding="utf-8")) for path in THEME.glob("*.html")}
    found = {path.name: list(outside_of_macros(tree)) for path, tree in trees.items()}
    kept = {name: parts for name, parts in found.items() if not any(isinstance(part, loads) for part in parts)}
    assert "parts.html" in kept
    assert [name for name, parts in kept.items() if any(isinstance(part, sets) for part in parts)] == []


def test_a_canonical_address_is_percent_encoded() -> None:
    found = Elements(render("list.html", TAG, WholeSite()))
    assert found.all("link", rel="canonical", href="https://example.eth.limo/tags/%E5%86%99%E4%BD%9C/")


def test_structured_data_is_json_whatever_a_title_holds() -> None:
    page = {**POST, "title": NASTY, "summary": NASTY, "authors": (NASTY,), "tags": (TagCard(NASTY, "tags/x/"),)}
    found = Elements(render("article.html", page, replace(Site(), title=NASTY, author=NASTY)))
    data = json.loads(found.texts["script"])
    assert data["@type"] == "BlogPosting"
    assert data["headline"] == data["description"] == data["author"][0]["name"] == data["keywords"][0] == NASTY
    assert data["datePublished"] == "2025-03-08T09:00:00+00:00"
    assert data["url"] == "https://example.eth.limo/posts/first/"


@pytest.mark.parametrize(("name", "page", "site"), EVERY)
def test_no_text_of_an_author_becomes_markup(name: Any, page: Any, site: Any) -> None:
    nasty = replace(site, title=NASTY, description=NASTY, author=NASTY, menu=(MenuItem(NASTY, "a/", "en"),))
    more = {"title": NASTY} | ({"cards": (card("b/", NASTY, summary=NASTY),)} if "cards" in page else {})
    found = Elements(render(name, {**page, **more}, nasty))
    assert found.open == []
    assert not found.all("b")


def test_an_article_reads_nothing_that_another_article_changes() -> None:
    with pytest.raises(Exception, match="has no attribute"):
        render("list.html", LIST, Site())
    render("article.html", POST, Site())


def test_contents_stand_beside_an_article_of_three_headings_or_more() -> None:
    links = [a["href"] for a in Elements(render("article.html", POST, Site())).all("a")]
    assert [to for to in links if to in ("#one", "#two", "#deep", "#三")] == ["#one", "#two", "#三"]
    short = render("article.html", {**POST, "toc": TOC[:3]}, Site())
    assert 'class="toc"' not in short


def test_each_language_is_marked_where_it_differs() -> None:
    found = Elements(render("article.html", {**POST, "language": "ar"}, Site()))
    assert found.all("html", lang="ar", dir="rtl")
    assert found.all("span", lang="zh", dir="auto")
    cards = Elements(render("list.html", LIST, WholeSite()))
    assert len(cards.all("h2", lang="zh", dir="auto")) == 1
    assert len(cards.all("h2")) == 2


def test_dates_are_said_in_the_language_of_the_page() -> None:
    assert ">2025年3月8日</time>" in render("article.html", {**POST, "language": "zh-CN"}, Site())
    assert ">8 March 2025</time>" in render("article.html", POST, Site())


def test_a_change_on_the_day_of_publication_is_not_told() -> None:
    same_day = {**POST, "updated": datetime(2025, 3, 8, 21, tzinfo=UTC)}
    assert "Updated" not in render("article.html", same_day, Site())
    assert "Updated" in render("article.html", POST, Site())


def test_the_way_to_the_home_page_is_not_lost_for_being_empty() -> None:
    found = Elements(render("list.html", OLDER, WholeSite()))
    assert found.all("a", rel="prev", href="../../")
    assert not found.all("a", rel="next")


def test_a_page_that_is_not_there_brings_its_style_and_is_not_indexed() -> None:
    html = render("404.html", MISSING, WholeSite())
    assert STYLE.strip() in html
    assert 'rel="stylesheet"' not in html
    assert Elements(html).all("meta", name="robots", content="noindex")


def test_an_author_changes_one_block_and_keeps_the_rest() -> None:
    own = {"base.html": '{% extends "default/base.html" %}{% block footer %}<footer>Mine</footer>{% endblock %}'}
    for name, page, site in EVERY:
        html = render(name, page, site, own)
        assert "<footer>Mine</footer>" in html
        assert 'class="end"' not in html
        assert 'class="skip"' in html


def test_the_style_asks_for_nothing_from_anywhere() -> None:
    assert not re.search(r"url\(|@import|https?:|src:", STYLE.replace('[href^="http"]', ""))
    assert STYLE.count("{") == STYLE.count("}")
    assert "<" not in STYLE  # it is also written into a style element


def test_the_picture_of_the_site_is_one_drawing() -> None:
    root = ElementTree.parse(THEME / "assets/favicon.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


def palettes() -> dict[str, dict[str, str]]:
    """The colours by scheme; dark is what it changes, upon light."""
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks[:2])
    return {"light": light, "dark": {**light, **dark}}


def luminance(colour: str) -> float:
    """As WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_can_be_read_on_what_it_stands_on(scheme: str) -> None:
    of = palettes()[scheme]
    texts = ["ink", "soft", "accent", "blue", "green", "violet", "amber", "red", "comment"]
    pairs = [(text, ground) for text in texts for ground in ("paper", "tint")] + [("mark-ink", "mark"), ("ink", "line")]
    faint = {pair: round(contrast(of[pair[0]], of[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in faint.items() if ratio < 4.5} == {}


def test_ids_of_the_theme_begin_so_that_no_heading_can_have_them() -> None:
    found = [each for path in THEME.glob("*.html") for each in re.findall(r"\bid=\"([^\"]*)", path.read_text())]
    assert found
    assert all(each.startswith("theme:") for each in found), found


def test_the_sign_of_a_heading_is_written_by_the_style_sheet() -> None:
    assert '.headerlink::before { content: "¶"; }' in (THEME / "assets/style.css").read_text()
