from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import ContentError
from publisher.site.content import parser
from publisher.site.content.summary import LONGEST
from publisher.site.markdown.renderer import renderer as make_renderer
from publisher.site.model import Parsed, Reference, SourceFile
from publisher.site.settings import SiteSettings
from tests.timing import grows_at_most

RENDERER = make_renderer()


def parsed(text: str, path: str = "posts/2025-01-31-a-walk.md") -> Parsed:
    return parser.parse(SourceFile(path, text.encode()), SiteSettings(), RENDERER)


def test_the_front_matter_names_the_article_and_its_headings_stay() -> None:
    found = parsed("---\ntitle: T\n---\n# H\n\nText.\n")
    assert found.article.title == "T"
    assert "<h1" in found.html
    assert [heading.text for heading in found.article.toc] == ["H"]


def test_a_first_heading_becomes_the_title_and_is_not_shown_twice() -> None:
    found = parsed("# A *long* walk\n\nText, [back](#a-long-walk).\n\n## Next\n")
    assert found.article.title == "A long walk"
    assert "<h1" not in found.html
    assert "long" not in found.html.split("<p>")[0].replace('<a id="a-long-walk"></a>', "")
    assert 'id="a-long-walk"' in found.html
    assert [heading.text for heading in found.article.toc] == ["Next"]
    assert "a-long-walk" in found.article.anchors
    assert found.article.summary == "Text, back."


def test_without_a_heading_of_level_1_the_first_is_the_title() -> None:
    found = parsed("## A walk\n\n### Next\n")
    assert found.article.title == "A walk"
    assert "<h2" not in found.html


def test_a_part_of_the_text_is_no_title() -> None:
    found = parsed("Text.\n\n## Tables\n")
    assert found.article.title == "A walk"
    assert "<h2" in found.html


def test_a_heading_of_level_1_comes_before_others_and_stays_where_text_stands_before_it() -> None:
    found = parsed("Text.\n\n## Before\n\n# A walk\n")
    assert found.article.title == "A walk"
    assert "<h1" in found.html
    assert [heading.text for heading in found.article.toc] == ["Before", "A walk"]


def test_a_heading_of_raw_html_stays() -> None:
    found = parsed("<h1>Raw</h1>\n\n# A walk\n")
    assert found.article.title == "A walk"
    assert found.html.count("<h1") == 2


def test_a_heading_in_code_is_no_title() -> None:
    assert parsed("```\n# No\n```\n").article.title == "A walk"


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("index.md", "Home"),
        ("walks/index.md", "Walks"),
        ("walks/_index.md", "Walks"),
        ("my_first-post.markdown", "My first-post"),
        ("my-first-post.MD", "My first post"),
        ("About This Place.md", "About This Place"),
        ("posts/2016-09-22.md", "2016-09-22"),
        ("posts/写作.md", "写作"),
    ],
)
def test_the_files_name_is_the_last_title(path: str, title: str) -> None:
    assert parsed("Text.\n", path).article.title == title


@pytest.mark.parametrize(
    ("path", "text", "day"),
    [
        ("posts/2016-9-2-x.md", "", (2016, 9, 2)),
        ("posts/2016/09/22/x.md", "", (2016, 9, 22)),
        ("posts/2016-09-22-x/index.md", "", (2016, 9, 22)),
        ("posts/2016-09-22-x.md", "---\ndate: 2015-01-01\n---\n", (2015, 1, 1)),
        ("posts/x.md", "---\npermalink: /2016/09/22/x/\n---\n", (2016, 9, 22)),
        ("posts/x.md", "---\npublish_date: 2016-09-22\n---\n", (2016, 9, 22)),
    ],
)
def test_a_date_stands_in_the_front_matter_the_name_the_folders_or_the_address(
    path: str, text: str, day: tuple[int, int, int]
) -> None:
    assert parsed(text, path).article.date == datetime(*day, tzinfo=UTC)


@pytest.mark.parametrize(
    "path", ["posts/2016-13-22-x.md", "posts/2016/02/30/x.md", "posts/12016-09-22-x.md", "posts/x.md"]
)
def test_what_is_no_date_is_none(path: str) -> None:
    assert parsed("", path).article.date is None


@pytest.mark.parametrize(
    ("path", "text", "url"),
    [
        ("2016-09-22-news.md", "Title: News 12\nDate: 2016-09-22\n\n", "news-12/"),
        ("2016-09-22-news.md", "Title: News 12\nSlug: x\n\n", "x/"),
        ("2016-09-22-news.md", "Title: !\n\n", "news/"),
        ("2016-09-22-news.md", "---\ntitle: News 12\n---\n", "news/"),
        ("news/index.md", "Title: News 12\n\n", "news/"),
    ],
)
def test_header_lines_make_the_address_of_the_title(path: str, text: str, url: str) -> None:
    assert parsed(text, path).article.url == url


def test_a_title_that_makes_too_long_an_address_is_told() -> None:
    assert parsed(f"Title: {'a' * 255}\n\n").article.url == f"posts/{'a' * 255}/"
    with pytest.raises(ContentError) as caught:
        parsed(f"Title: {'a' * 256}\n\n")
    (problem,) = caught.value.problems
    assert problem.what == "the address made of the title has 256 bytes, and at most 255 are allowed"


@pytest.mark.parametrize("mark", ["<!-- more -->", "<!--more-->", "<!--  MORE\n-->"])
def test_a_mark_ends_the_summary_and_is_not_in_the_page(mark: str) -> None:
    found = parsed(f"First, with `code` and a note[^1].\n\n* one\n\n{mark}\n\nRest.\n\n[^1]: Note.\n")
    assert found.article.summary == "First, with code and a note. one"
    assert "more" not in found.html.lower()
    assert "Rest." in found.html


def test_a_mark_inside_a_paragraph_ends_the_summary_too() -> None:
    found = parsed("Before <!-- more --> after.\n")
    assert found.article.summary == "Before"
    assert "more" not in found.html


def test_a_mark_in_code_is_code() -> None:
    found = parsed("First.\n\n```\n<!-- more -->\n```\n\n`<!-- more -->`\n")
    assert found.article.summary == "First."
    assert found.html.count("more") == 2


def test_a_summary_of_the_front_matter_counts_and_the_mark_goes() -> None:
    found = parsed("---\nsummary: S\n---\nText.\n\n<!-- more -->\n")
    assert found.article.summary == "S"
    assert "more" not in found.html


def test_a_marked_summary_has_a_limit() -> None:
    assert len(parsed("a " * LONGEST + "\n\n<!-- more -->\n").article.summary) <= LONGEST + 1


def test_the_title_is_no_part_of_a_marked_summary() -> None:
    assert parsed("# T\n\nText.\n\n<!-- more -->\n").article.summary == "Text."


def test_an_image_is_checked_as_one_of_the_text_is() -> None:
    found = parsed("---\nimage: ../images/a b.png\n---\n").article
    assert found.image == "\0images/a%20b.png\0"
    assert [(one.target, one.kind, one.line, one.col) for one in found.references] == [
        ("images/a%20b.png", "image", 2, 8)
    ]
    assert parsed("---\nimage: /images/a.png\n---\n").article.image == "\0/images/a.png\0"
    outside = parsed("---\nimage: https://example.org/a.png\n---\n").article
    assert (outside.image, outside.references) == ("https://example.org/a.png", ())


def test_an_image_outside_of_the_folder_is_looked_for_like_any_other() -> None:
    found = parsed("---\nimage: ../../a.png\n---\n")
    assert found.problems == ()
    assert found.article.references == (Reference("../a.png", "image", 2, 8),)


def test_an_image_that_can_have_no_target_can_be_shown_without_it() -> None:
    found = parsed("---\nimage: /../a.png\n---\n")
    assert found.article.image == ""
    assert [(each.kind, each.line, each.col) for each in found.problems] == [("dead-image", 2, 8)]


def test_mdx_is_told_and_stays() -> None:
    text = "import A from './a'\n\n# T\n\n<Tabs x={1}/> {/* no */}\n\n`<Code/>`\n\n```\n<Code/>\n```\n\nimport this.\n"
    found = parsed(text, "posts/a.mdx")
    assert [(each.kind, each.line, each.col) for each in found.problems] == [
        ("foreign-syntax", 1, 1),
        ("foreign-syntax", 5, 1),
    ]
    assert "import A" in found.html
    assert parsed(text, "posts/a.md").problems == ()


def test_an_html_article_is_shown_as_it_stands() -> None:
    text = (
        '---\nlayout: x\n---\n<h1>My  page</h1>\n\n<div>*no*\n\n<a href="b.md#x">b</a></div>\n'
        '<p>First &amp; <b>l</b>ast.</p><h2 id="two">Two</h2>\n<img src=c.png>\n'
    )
    found = parsed(text, "posts/a.html")
    of = found.article
    assert (of.title, of.url, of.summary) == ("My page", "posts/a/", "First & last.")
    assert "*no*\n\n<a href=" in found.html
    assert "<h1>" not in found.html
    assert "\0posts/b.md#x\0" in found.html
    places = [(one.target, one.kind, one.line, one.col) for one in of.references]
    assert places == [("posts/b.md#x", "link", 8, 10), ("posts/c.png", "image", 10, 10)]
    assert [(heading.level, heading.id) for heading in of.toc] == [(2, "two")]
    assert of.anchors == ("two",)


@pytest.mark.parametrize(
    "part", ["<a ", '<a href="', "<h1>", "<p>", "<pre>", "<!--", "<!-- more -->", "<!x", '<sup id="fnref', "a "]
)
@pytest.mark.whole
def test_html_takes_time_by_its_length(part: str) -> None:
    def read(size: int) -> None:
        for text in (f"<!-- more --><a {part * (size // len(part))}", f"{part * (size // len(part))}<!-- more -->"):
            with suppress(ContentError):
                parsed(f"---\n---\n{text}", "posts/a.html")

    assert grows_at_most(read, (10_000, 80_000), 24, 0.3)


@given(st.text(alphabet="<>/!-ah1p= \"'\n#mor", max_size=80))
def test_any_html_gives_a_page(text: str) -> None:
    try:
        assert parsed(f"---\n---\n{text}", "posts/a.html").article.title
    except ContentError as error:
        assert all("a link that" in problem.what for problem in error.problems)  # noqa: PT017  these alone may be
