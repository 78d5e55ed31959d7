"""A site in the flavour of CommonMark: what other rooms know of its articles."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.errors import ContentError
from publisher.site.settings import FLAVOURS, MarkdownSettings
from tests.build.site import SITE, Workshop, article, page

COMMONMARK = replace(SITE, markdown=MarkdownSettings(flavour="commonmark"))
OBSIDIAN = replace(SITE, markdown=MarkdownSettings(flavour="commonmark", obsidian=True))


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path, posts=2)


def faults(shop: Workshop, body: str) -> list[str]:
    shop.write({"content/posts/a.md": article("A", 3, body)})
    with pytest.raises(ContentError) as caught:
        shop.build(site=COMMONMARK)
    return [f"{problem.line}:{problem.col} {problem.what}" for problem in caught.value.problems]


def test_links_to_nothing_are_faults_with_their_places(shop: Workshop) -> None:
    assert faults(shop, "中 [x](nothing.md)\n\n1) ![y](no.png)\n2) [z](p1.md#none)") == [
        "5:7 there is no such file or article: posts/nothing.md",
        "7:9 there is no such image: posts/no.png",
        "8:8 there is no anchor #none in posts/p1.md",
    ]


def test_links_lead_to_the_pages_and_headings_of_other_articles(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A", 3, "[x](b.md#part-1) [y](p1.md)")})
    shop.write({"content/posts/b.md": article("B", 4, "# Part\n\n# Part", markdown="commonmark")})
    built = shop.build(site=COMMONMARK)
    page = shop.text(built, "posts/a/index.html")
    assert '<a href="../b/#part-1">x</a> <a href="../p1/">y</a>' in page


def test_the_feed_has_the_article_and_its_summary(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A", 3, "Above[^1] $x$\n\n<!-- more -->\n\n1) [x](p1.md)\n\n[^1]: n")})
    feed = shop.text(shop.build(site=COMMONMARK), "feed.xml")
    assert "https://example.eth.limo/posts/p1/" in feed
    assert "<summary>Above" in feed
    assert "headerlink" not in feed


def test_an_article_in_one_flavour_stays_while_another_changes_its_own(shop: Workshop) -> None:
    shop.build()
    shop.write({"content/posts/a.md": article("A", 3, "text\n1) one", markdown="commonmark")})
    built = shop.build()
    assert "<ol>" in shop.text(built, "posts/a/index.html")
    assert built.root == shop.clean().root


def test_names_lead_to_articles_and_pictures(shop: Workshop) -> None:
    shop.write({"content/images/deep/cat.png": b"p"})
    shop.write({"content/posts/a.md": article("A", 3, "[[Post 1]] ![[cat.png]] [[b#^id]] #new ![[Cat.png#icon]]")})
    shop.write({"content/posts/b.md": article("B", 4, "A block. ^id")})
    built = shop.build(site=OBSIDIAN)
    page = shop.text(built, "posts/a/index.html")
    assert '<a href="../p1/">Post 1</a> <img src="../../images/deep/cat.png" alt="">' in page
    assert '<a href="../b/#%5Eid">b &gt; ^id</a> <a class="tag" href="../../tags/new/">#new</a>' in page
    assert '<img src="../../images/deep/cat.png#icon" alt="">' in page
    assert '<p id="^id">A block.</p>' in shop.text(built, "posts/b/index.html")
    assert "tags/new/index.html" in shop.files(built)


def test_a_name_of_nothing_is_a_fault_with_its_place(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A", 3, "中 [[nobody]] ![[no.png]] [[p1#^none]]")})
    with pytest.raises(ContentError) as caught:
        shop.build(site=OBSIDIAN)
    assert [(problem.line, problem.col, problem.kind) for problem in caught.value.problems] == [
        (5, 5, "dead-link"),
        (5, 17, "dead-image"),
        (5, 28, "dead-anchor"),
    ]


BACK = (
    '{% extends "default/article.html" %}'
    "{% block end %}{% for card in page.backlinks %}<i>{{ card.title }}</i>{% endfor %}{% endblock %}"
)


def backlinks(shop: Workshop) -> list[str]:
    shop.write({"templates/article.html": BACK})
    built = shop.build(site=OBSIDIAN)
    assert built.root == shop.clean(site=OBSIDIAN).root
    return re.findall("<i>(.*?)</i>", shop.text(built, "posts/p1/index.html"))


def test_a_template_lists_the_articles_that_link_to_an_article(shop: Workshop) -> None:
    assert backlinks(shop) == []
    shop.write({"content/posts/a.md": article("A", 3, "[[p1]] [x](p1.md#x) [self](a.md)\n\n![p](p1.md)")})
    shop.write({"content/b.md": article("B", 4, "[x](posts/p1.md)", markdown="python")})
    shop.write({"content/posts/p1.md": article("Post 1", 1, "# x\n\n[own](p1.md)")})
    assert backlinks(shop) == ["A", "B"]
    shop.write({"content/posts/a.md": article("New title", 3, "[[p1]]")})
    assert backlinks(shop) == ["New title", "B"]
    shop.remove("content/b.md")
    assert backlinks(shop) == ["New title"]


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_file_name_alone_is_found_in_any_folder_as_in_obsidian(shop: Workshop, flavour: str) -> None:
    site = replace(SITE, markdown=MarkdownSettings(flavour=flavour, obsidian=True))
    shop.write({"content/images/cat.png": b"p", "content/z/cat.png": b"q", "content/z/deep/note.md": page("Note")})
    shop.write({"content/posts/near.png": b"r", "content/images/near.png": b"s"})
    links = "![a](cat.png#frame) ![b](near.png) [c](note.md#part) [d](note) [e](Cat.png)"
    shop.write({"content/posts/a.md": article("A", 3, f"{links}\n\n## Part")})
    shop.write({"content/z/deep/note.md": page("Note", "## Part")})
    built = shop.build(site=site)
    text = shop.text(built, "posts/a/index.html")
    paragraph = text.partition("<p>")[2].partition("</p>")[0]
    assert re.findall(r'(?:src|href)="([^"]*)"', paragraph) == [
        "../../images/cat.png#frame",
        "../near.png",
        "../../z/deep/note/#part",
        "../../z/deep/note/",
        "../../images/cat.png",
    ]
    assert built.problems == ()


def test_without_obsidian_a_file_name_alone_is_a_path(shop: Workshop) -> None:
    shop.write({"content/images/cat.png": b"p"})
    assert faults(shop, "![a](cat.png)") == ["5:6 there is no such image: posts/cat.png"]


def test_no_title_and_no_alias_is_a_file_name(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A", 3, "[x](Title.md) [y](Other.md)")})
    shop.write({"content/z/b.md": page("Title", aliases="[Other]")})
    with pytest.raises(ContentError) as caught:
        shop.build(site=OBSIDIAN)
    assert [(problem.col, problem.kind) for problem in caught.value.problems] == [(5, "dead-link"), (19, "dead-link")]


def test_a_file_that_a_draft_and_an_article_call_by_its_name_is_published(shop: Workshop) -> None:
    shop.write({"content/images/cat.png": b"p", "content/images/own.png": b"q", "content/images/dog.png": b"r"})
    shop.write({"content/posts/a.md": article("A", 3, "![a](cat.png) ![[dog.png]]")})
    shop.write(
        {"content/posts/b.md": article("B", 3, "![](../images/cat.png) ![[dog.png]] ![[own.png]]", draft="true")}
    )
    files = shop.files(shop.build(site=OBSIDIAN))
    assert sorted(name for name in files if name.endswith(".png")) == ["images/cat.png", "images/dog.png"]
