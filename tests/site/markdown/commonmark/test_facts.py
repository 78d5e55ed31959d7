"""What is known of an article beside its HTML: places of links and faults, words, the opening, headings."""

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

import pytest

from publisher.errors import PublishError
from publisher.site.content.parser import parse
from publisher.site.markdown.commonmark import parsing
from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.renderer import renderer as make_renderer
from publisher.site.model import Heading, Rendered, SourceFile
from publisher.site.settings import SiteSettings

OPTIONS = MarkdownOptions(flavour="commonmark")
RENDERER = make_renderer(options=OPTIONS)
OBSIDIAN = make_renderer(options=MarkdownOptions(flavour="commonmark", obsidian=True))


def rendered(text: str, line: int = 1) -> Rendered:
    return RENDERER.render("posts/a.md", text, line)


def faults(text: str, line: int = 1) -> list[tuple[int, int, str]]:
    return [(problem.line, problem.col, problem.kind) for problem in rendered(text, line).problems]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("[a](b.md) [a](b.md)", [("posts/b.md", 1, 5), ("posts/b.md", 1, 15)]),
        ("中文 [a]( <b.md> 't')", [("posts/b.md", 1, 10)]),
        ("中文\n> 中 [a *b*\n> c](b.md)", [("posts/b.md", 3, 6)]),
        ("[![a](i.png)](b.md)", [("posts/i.png", 1, 7), ("posts/b.md", 1, 15)]),
        ("[a][r] [r] [R][]\n\n[r]: b.md", [("posts/b.md", 3, 6)]),
        ("| a |\n|---|\n| 中 [a](b.md) |", [("posts/b.md", 3, 9)]),
        ("- x\n  - [a](b.md)", [("posts/b.md", 2, 9)]),
        ("a[^1]\n\n[^1]: [a](b.md)", [("posts/b.md", 3, 11)]),
        ("中 <a href='b.md'>x</a>", [("posts/b.md", 1, 12)]),
        ("> <div>\n> 中<a href='b.md'>x</a>\n> </div>", [("posts/b.md", 2, 13)]),
        ("`[a](b.md)` [a](b.md)", [("posts/b.md", 1, 17)]),
        ("[a]()[](b.md)", [("posts/b.md", 1, 9)]),
        ("# [a](b.md) {#x}", [("posts/b.md", 1, 7)]),
        ("[TOC]\n\n# A\n\n[a](#a)[^1]\n\n[^1]: x", [("posts/a.md#a", 5, 5)]),
    ],
)
def test_a_link_has_the_place_of_its_destination(text: str, places: list[tuple[str, int, int]]) -> None:
    assert [(one.target, one.line, one.col) for one in rendered(text).references] == places


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](../../x.md)", []),
        ("中 [a]()", [(7, 7, "dead-link")]),
        ("[a](/../x)", [(7, 5, "dead-link")]),
        ("# A {#x}\n\n# B {#x}", [(9, 1, "duplicate-id")]),
        ("<i id='x'>\n\n中<b id='x'>", [(9, 9, "duplicate-id")]),
        ("a\n\n[^1]: b", [(9, 1, "unused-footnote")]),
        ("中[^1]", [(7, 2, "unknown-reference")]),
        ("中 [a][b]", [(7, 6, "unknown-reference")]),
        ("x[1][2] \\[^1] `[^1]`", []),
        ("中 {{< x >}}", [(7, 3, "foreign-syntax")]),
        ("`{{< x >}}`\n\n    {% x %}", []),
        ("[[x]] ![[y]]", [(7, 1, "foreign-syntax"), (7, 7, "foreign-syntax")]),
        ("中 `!!!`\n\n> !!! note\n>     words", [(9, 3, "foreign-syntax")]),
        ('> ??? tip "A b"\n>\n>     words', [(7, 3, "foreign-syntax")]),
        ("1. - !!! note\n          words", [(7, 6, "foreign-syntax")]),
        ('> === "T"\n> \twords', [(7, 3, "foreign-syntax")]),
        ('!!! note\nwords\n\n```\n!!! note\n    words\n```\n\n=== "T" b', []),
        ("# A {#x}\n\nwords\n{: #x }", [(10, 1, "duplicate-id")]),
        ("> - 中 $\\frac{a}$", [(7, 9, "formula")]),
        ("```math\n\\nosuch\n```", [(8, 1, "formula")]),
        ("\\eqref{x} $\\label{y}$", None),
    ],
)
def test_a_fault_has_its_line_and_its_column(text: str, found: list[tuple[int, int, str]] | None) -> None:
    seen = faults(text, 7)
    if found is None:
        assert (7, 1, "formula") in seen
    elif found and found[0][2] == "formula":
        assert [(line, kind) for line, _, kind in seen] == [(line, kind) for line, _, kind in found]
        assert seen[0][1] >= found[0][1] - 1
    else:
        assert seen == found


def test_an_id_that_comes_again_is_on_the_page_once() -> None:
    html = rendered("<i id='x'>a</i> <b class=c id='x'>b</b> [a](b.md){#x}").html
    assert html.count("id=") == 1
    assert "<b class=c>" in html


def test_words_and_characters_are_counted_without_code() -> None:
    found = rendered("# One two\n\n中文 three `four five` $x$\n\n```\nsix\n```\n\n- seven[^1]\n\n[^1]: eight")
    assert (found.cjk, found.words) == (2, 7)


def test_the_opening_is_the_first_paragraph_as_readers_see_it() -> None:
    text = "# H\n\n> quoted\n\n*Some* `code` [x](y)[^1]\n接着\n中文 :smile: <b>raw</b>\n\nMore\n\n[^1]: n"
    assert rendered(text).opening == "Some code x 接着中文 😄 raw"
    assert rendered("- item").opening == ""


def test_headings_have_their_ids_and_their_text() -> None:
    assert rendered("# A *b* `c`\n## D {#x}\n## 标题").toc == (
        Heading(1, "a-b-c", "A b c"),
        Heading(2, "x", "D"),
        Heading(2, "标题", "标题"),
    )


def test_a_title_and_a_summary_are_taken_from_the_text() -> None:
    source = SourceFile("posts/a.md", b"# The title\n\nAbove.[^1]\n\n<!-- more -->\n\nBelow.\n\n[^1]: n\n")
    parsed = parse(source, SiteSettings(), RENDERER)
    assert (parsed.article.title, parsed.article.summary) == ("The title", "Above.")
    assert "<h1" not in parsed.html
    assert "more" not in parsed.html


def test_code_is_recalled_by_the_key_of_the_other_flavour() -> None:
    keys: dict[str, list[str]] = {"python": [], "commonmark": []}
    for flavour, found in keys.items():
        renderer = make_renderer(lambda key, make, found=found: found.append(key) or make())  # type: ignore[misc]
        renderer.render("a.md", "```py\nx = 1\n```\n", 1, "en", flavour)
    assert keys["python"] == keys["commonmark"] != []


def test_an_error_of_the_cache_is_no_fault_of_the_article() -> None:
    def broken(key: str, make: object) -> str:
        raise PublishError("cache", "full")

    with pytest.raises(PublishError):
        make_renderer(broken, options=OPTIONS).render("a.md", "```py\nx\n```", 1)


@pytest.mark.parametrize(
    "text", ["> " * 200_000 + "a", "*a " * 150_000 + "b" + "*" * 150_000, "![" * 99_999 + "](x)" * 99_999]
)
def test_a_text_of_any_depth_is_an_article_or_a_fault(text: str) -> None:
    found = rendered(text)
    assert found.html or [problem.what for problem in found.problems] == ["the article is nested too deeply"]


def test_only_the_parser_runs_in_another_thread() -> None:
    threads: list[int] = []

    def recall(_: str, make: Callable[[], str]) -> str:
        threads.append(threading.get_ident())
        return make()

    text = f"{'*a* ' * parsing.DEEP}\n\n```py\nx = 1\n```"
    found = make_renderer(recall, options=OPTIONS).render("a.md", text, 1)
    assert "</code></pre>" in found.html
    assert threads == [threading.get_ident()]


def test_a_panic_of_the_parser_is_an_exception() -> None:
    class PanicException(BaseException):
        pass

    def panics(*_: object) -> NoReturn:
        raise PanicException("index out of bounds")

    with pytest.raises(parsing.ParserPanic, match="index out of bounds"):
        parsing.parse("a", parsing.extensions(OPTIONS), panics)


def test_another_exception_passes_through_the_parser() -> None:
    def interrupted(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        parsing.parse("a", parsing.extensions(OPTIONS), interrupted)


def test_forms_of_obsidian_have_their_meaning() -> None:
    text = "[[x]] [[x|y]] [[x#H i]] [[x#^b1]] ![[p.png|100]] ![[n]] #tag #a/b x#no #12\n\n"
    text += "%%hid *x*%%text ^b2\n\n- i ^b3\n\n==用==词"
    found = OBSIDIAN.render("posts/a.md", text, 1)
    assert [one.target for one in found.references] == [
        "//x//", "//x//", "//x//#h-i", "//x//#^b1", "//p.png//", "//n//",
    ]  # fmt: skip
    assert found.tags == (("tag", (1, text.index("#tag") + 1)), ("a/b", (1, text.index("#a/b") + 1)))
    assert '<p id="^b2">text</p>' in found.html
    assert '<li><span id="^b3"></span>i</li>' in found.html
    assert '<img src="\0//p.png//\0" alt="" width="100">' in found.html
    assert "hid" not in found.html
    assert "<mark>用</mark>词" in found.html
    assert {"^b2", "^b3"} <= set(found.anchors)


def test_tags_of_the_text_are_tags_of_the_article() -> None:
    source = SourceFile("posts/a.md", b"---\ntags: [one, Two]\n---\n#two #three\n")
    site = SiteSettings()
    assert parse(source, site, OBSIDIAN).article.tags == ("one", "Two", "three")
    assert parse(source, site, RENDERER).article.tags == ("one", "Two")


def test_an_article_that_takes_too_long_is_a_fault_and_the_next_one_is_not() -> None:
    renderer = make_renderer(options=OPTIONS, seconds=0.01)
    found = renderer.render("a.md", "*a* `b` [c](d.md)\n\n" * 40_000, 1)
    assert (found.html, [problem.what for problem in found.problems]) == (
        "",
        ["the article takes more than 0.01 seconds of processor time"],
    )
    assert renderer.render("a.md", "*a*", 1).html == "<p><em>a</em></p>\n"


def test_python_markdown_is_not_imported_for_this_flavour() -> None:
    code = (
        "import sys; from publisher.site.markdown.renderer import renderer\n"
        "html = renderer().render('a.md', '# $a$ :smile:\\n\\n```py\\nx = 1\\n```', 1, 'en', 'commonmark').html\n"
        "print('<math' in html, {'markdown', 'pymdownx'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True set()\n"
