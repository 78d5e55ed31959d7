"""Ids of headings are those of GitHub, each once in a page; the old ones still lead there."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.site.feeds import atom
from publisher.site.markdown.headings import Ids, slug
from publisher.site.markdown.renderer import renderer as make_renderer
from publisher.site.model import Article, Rendered
from publisher.site.settings import SiteSettings

RENDERER = make_renderer()


def render(text: str) -> Rendered:
    return RENDERER.render("posts/a.md", text, 1)


class Tags(HTMLParser):
    """Every id of a page, and what stands around the elements that have one."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.open: list[str] = []
        self.inside: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
                self.inside[value or ""] = self.open[-1] if self.open else ""
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass


def ids(text: str) -> list[str]:
    return [heading.id for heading in render(text).toc]


def headings(*words: str) -> str:
    return "\n\n".join(f"## {each}" for each in words)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a a a", ["a", "a-1", "a-2"]),
        ("a-1 a a", ["a-1", "a", "a-2"]),
        ("a a a-1", ["a", "a-1", "a-1-1"]),
        ("a a-1 a a-1 a", ["a", "a-1", "a-2", "a-1-1", "a-3"]),
        ("a-1 a-1 a a", ["a-1", "a-1-1", "a", "a-2"]),
        ("! !", ["section", "section-1"]),
    ],
)
def test_headings_that_come_again_are_numbered_as_github_does(words: str, expected: list[str]) -> None:
    assert ids(headings(*words.split())) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("A & B", "a--b"),
        ("Some_thing", "some_thing"),
        ("标题 一", "标题-一"),
        ("हिन्दी", "हिन्दी"),
        ("ไทย ที่", "ไทย-ที่"),
        ("Cafe\u0301", "caf\u00e9"),
        ("\u26a0\ufe0f Look", "\ufe0f-look"),
        ("`code` *x*", "code-x"),
        ("ÄÖ", "äö"),
    ],
)
def test_the_id_is_the_words_in_any_script(words: str, expected: str) -> None:
    assert ids(f"## {words}") == [expected]


def test_the_old_id_of_a_heading_still_leads_there() -> None:
    found = Tags(render(headings("a", "a", "a", "हिन्दी")).html)
    assert found.ids == ["a", "a-1", "a_1", "a-2", "a_2", "हिन्दी", "हनद"]
    assert found.inside["a_1"] == found.inside["a_2"] == found.inside["हनद"] == "h2"
    assert '<h2 id="a-1"><span id="a_1"></span>a<a ' in render(headings("a", "a")).html


def test_an_old_id_that_is_another_headings_now_is_that_one() -> None:
    found = Tags(render(headings("a", "a", "a_1")).html)
    assert found.ids == ["a", "a-1", "a_1", "a_2"]  # where #a_1 led was called a_2 by the third


def test_an_old_link_is_right_for_the_check() -> None:
    assert "a_1" in render(headings("a", "a")).anchors


def test_a_heading_that_stands_alone_has_one_id() -> None:
    assert render("## a").html.count("id=") == 1


@pytest.mark.parametrize(
    "written",
    [
        '<b id="a">x</b>',
        'x <b id="a">x</b>',
        '<a name="a"></a>',
        "*x*{#a}",
        "| a | b |\n|--|--|\n| x {#a} | y |",
        "``` {.py #a}\nx\n```",
        '``` {.py title="t" #a}\nx\n```',
        "![x](y.png){#a}",
        "text\n{: #a }",
        '<div markdown id="a">\n\nx\n\n</div>',
        "## other {#a}",
    ],
)
def test_an_id_that_the_author_wrote_is_an_anchor_and_no_other_heading_gets_it(written: str) -> None:
    for text in (f"{written}\n\n## A", f"## A\n\n{written}"):
        found = render(text)
        assert found.anchors.count("a") == 1
        assert "a-1" in found.anchors
        assert found.html.count('id="a"') + found.html.count('name="a"') == 1
        assert found.problems == ()


@given(st.lists(st.sampled_from(["a", "a-1", "a_1", "a_2", "A", "a-1-1", "हि", "<b id='a-2'>a</b>", "b {#a}"])))
def test_every_id_stands_once(words: list[str]) -> None:
    words = [word for number, word in enumerate(words) if word[0] not in "<b" or word not in words[:number]]
    found = Tags(render(headings(*words)).html).ids
    assert sorted(found) == sorted(set(found))
    assert set(found) == set(render(headings(*words)).anchors)


def test_many_headings_of_one_name_take_a_step_each() -> None:
    given = Ids([], [])
    assert [given.give("a") for _ in range(20_000)][-1] == "a-19999"
    assert len(given.moved()) == 19_999


def test_the_link_of_a_heading_is_empty_and_nobody_hears_it() -> None:
    (link,) = re.findall(r"<a [^>]*headerlink.*?</a>", render("## a").html)
    assert link.endswith("></a>")
    assert 'aria-hidden="true"' in link
    assert 'tabindex="-1"' in link


def test_the_feed_has_no_links_of_headings() -> None:
    article = Article("posts/a.md", "posts/a/", "post", "A", "en", datetime(2026, 1, 1, tzinfo=UTC))
    html = render("## a\n\n## a\n\n[b](https://b.example/)").html
    settings = SiteSettings(url="https://a.example/")
    feed = atom(settings, [article], lambda _: html, lambda _: lambda _: "posts/a/").decode()
    assert "headerlink" not in feed
    assert "b.example" in feed


def test_no_heading_can_have_an_id_of_the_theme() -> None:
    assert slug("theme:main") == "thememain"


@pytest.mark.parametrize(
    ("text", "leads"),
    [
        ("[x](#Some-Heading)\n\n## Some heading", "some-heading"),
        ("## Some heading\n\n<a href='#SOME-heading'>x</a>", "some-heading"),
        ("## 設定 A\n\n[x](#設定-A)", "設定-a"),
        ("## 設定 A\n\n[x](#%E8%A8%AD%E5%AE%9A-A)", "設定-a"),
        ("[x](#A)\n\n## A\n\n*b*{#A}", "A"),
        ("[x](#b)\n\n*b*{#B}", "B"),
        ("[x](a.md#A)\n\n## A", "a"),
    ],
)
def test_a_link_inside_an_article_finds_its_heading_in_any_case(text: str, leads: str) -> None:
    found = render(text)
    assert f"posts/a.md#{leads}" in [reference.target for reference in found.references]
    assert f"\0posts/a.md#{leads}\0" in found.html


def test_a_link_to_no_heading_stays_what_it_is() -> None:
    assert [reference.target for reference in render("[x](#Nothing)\n\n## A").references] == ["posts/a.md#Nothing"]


def test_the_case_of_a_link_to_another_article_counts() -> None:
    assert [reference.target for reference in render("[x](b.md#A)\n\n## A").references] == ["posts/b.md#A"]
