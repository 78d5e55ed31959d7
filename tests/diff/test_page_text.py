"""The words and links of a page: the same from the tree and from the tokens, whatever the page is."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.diff import page_parser
from publisher.diff.page_parser import MOST_TAGS, PageReader, parse_tokens, parse_tree
from publisher.diff.page_text import read, resolved
from publisher.site.markdown.renderer import renderer
from tests.diff.test_hostile import HOSTILE

Parse = Callable[[str, PageReader], None]


@pytest.fixture(params=[parse_tree, parse_tokens], ids=["tree", "tokens"])
def parse(request: pytest.FixtureRequest) -> Parse:
    return request.param  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "html",
    [
        "<p>x</p><script>a()</script><style>b{}</style><template>t</template><!-- c --><p>y</p>",
        "<div>x</div><svg><title>no title</title></svg>no title<div>y</div>",
    ],
)
def test_scripts_styles_and_comments_are_no_words(html: str, parse: Parse) -> None:
    assert [text for text in read(html, "", parse).main if text != "no title"] == ["x", "y"]


def test_what_is_not_shown_ends_no_paragraph_and_has_no_words(parse: Parse) -> None:
    html = "<p>a<template><p>b<template>c</template>d<a href=x></template> e<math><annotation>f</annotation></math>"
    assert read(html + "<script src=x/>g</script><math><annotation/>h</math>", "", parse).main == ("a eh",)
    assert [link.target for link in read(html, "", parse).links] == []


def test_where_else_a_page_leads_is_told(parse: Parse) -> None:
    html = "<meta http-equiv=refresh content='0; url=a'><img srcset='b 1x, c 2x'><object data=d><i data=e cite=f>"
    told = [(link.kind, link.target) for link in read(html, "", parse).links]
    assert told == [("link", "/a"), ("file", "/b"), ("file", "/c"), ("file", "/d"), ("link", "/f")]


def test_a_description_is_what_the_tag_of_that_name_says(parse: Parse) -> None:
    assert (
        read("<meta content='a  b' name=Description><meta name=description content=c>", "", parse).description == "a b"
    )
    assert (
        read("<meta name='og:description' content=c><meta data-name=description content=d>", "", parse).description
        == ""
    )


def test_without_main_the_article_counts_and_without_it_what_is_no_navigation(parse: Parse) -> None:
    assert read("<nav>n</nav><article>a</article>b", "", parse).main == ("a",)
    assert read("<nav>n</nav><div>a</div><footer>f</footer>b", "", parse).main == ("a", "b")


@pytest.mark.parametrize(
    ("target", "whole"),
    [
        ("../x", "/x"),
        ("../../../x/", "/x/"),
        ("", ""),
        ("#a", "#a"),
        ("?q", "?q"),
        ("//h/x", "//h/x"),
        ("mailto:a@b", "mailto:a@b"),
        ("/a/./b/../c?d=../e", "/a/c?d=../e"),
        ("..", "/"),
        (".", "/p/"),
    ],
)
def test_a_link_reads_as_a_browser_reads_it(target: str, whole: str) -> None:
    assert resolved(target, "p/index.html") == whole


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*HOSTILE, "<p>", "</p>", "a", " ", "文", "<pre>", "\n", ">", "'", '"', "<nav>"])))
def test_any_page_can_be_read(parts: list[str]) -> None:
    read("".join(parts), "a/b.html")


def test_the_tree_and_the_tokens_of_an_article_are_the_same() -> None:
    text = "# A\n\n- x\n- y\n\n| a | b |\n| - | - |\n| 一 | [c](d.md) |\n\n```python\nx = 1\n```\n\n$a^2$ ![p](p.png)\n"
    html = renderer().render("a.md", text, 1).html.replace("\0", "")
    page = f"<!doctype html><title>T &amp; U</title><nav><a href=/>h</a></nav><main>{html}</main>"
    assert read(page, "a/index.html", parse_tree) == read(page, "a/index.html", parse_tokens)


@pytest.mark.parametrize(("tags", "tree"), [(MOST_TAGS, True), (MOST_TAGS + 1, False)])
def test_a_page_with_very_many_tags_is_read_without_a_tree(
    tags: int, tree: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_by: list[str] = []
    monkeypatch.setattr(page_parser, "parse_tree", lambda html, reader: read_by.append("tree"))
    monkeypatch.setattr(page_parser, "parse_tokens", lambda html, reader: read_by.append("tokens"))
    read("<b>" * tags)
    assert read_by == ["tree" if tree else "tokens"]
