"""What makes an article large takes time by its size: the same results as the library's, in fewer steps."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, cast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown import Markdown

from publisher.site.markdown.python_markdown import brackets, definitions
from publisher.site.markdown.python_markdown.abbreviations import Abbreviations
from publisher.site.markdown.python_markdown.delimiters import FREE, BoundedDelimiters, Delimiters
from publisher.site.markdown.python_markdown.footnotes import Footnotes
from publisher.site.markdown.python_markdown.pieces import LONGEST, pieces
from publisher.site.markdown.python_markdown.tabs import Tabs
from publisher.site.markdown.renderer import renderer as make_renderer

RENDERER = make_renderer()

LIBRARY = Markdown(
    extensions=["abbr", "footnotes", "tables", "def_list", "pymdownx.betterem", "pymdownx.mark"],
    extension_configs={"pymdownx.betterem": {"punctuation": False}},
)
OURS = Markdown(
    extensions=[
        Abbreviations(),
        Footnotes(),
        "tables",
        "def_list",
        BoundedDelimiters(),
    ]
)
for sign in "^~":  # our rules for these two (see signs.py) are not those of the library
    cast("Delimiters", OURS.inlinePatterns["delimiter"]).remove(sign)
brackets.bound(OURS)
definitions.take_together(OURS)

PARTS = [
    "[a](b.md)", "[a]", "![a](b.png 'c')", "[a][b]", "![a][b]", "[b]", "![b]", "[[a]](b)", "[a](b(c)d)",
    "[a](<b c>)", '[a](b "c")', "[", "]", "(", ")", "!", "[a](b 'c' \"d\")", "[a", "](", "[![a](b)](c)", "[^1]",
    "AB", "AB-C", "A", " ", "\n", "\n\n", "[b]: c.md\n", "[b]: c.md 'd'\n", "\n[e]:\n    f.md\n", "*[AB]: x\n",
    "*[AB-C]: y\n", "\n*[A]: z\n", '*[AB]: ""\n', "## h\n", "# h #\n", "- x\n", "> q\n", ": m\n", "t\n: m\n",
    "*", "**", "_", "a*b", "^", "^^", "`c`", "\\[", "\n[^1]: n\n", "    i\n", "|a|b|\n|-|-|\n", "<b>", "word", "'", '"',
    "==", "=", "~",
]  # fmt: skip


# An abbreviation with a bracket or the end of a line in its name is none here.
_STRANGE = re.compile(r"^\*\[[^\\\]\n]*[\]\n][^\\]*?\] ?:", re.MULTILINE)

# The library takes an opening bracket behind a quote for the end of a link, and loses what comes before it.
_MISREAD = re.compile(r"\]\([^)]*[\"'][^)]*\(|\]\(\[.*[\"']", re.DOTALL)

# With a letter or another `=` directly outside, `==` is text here, as in `a==b==c` (see signs.py), and a mark in the
# library.
_BESIDE = re.compile(r"\w==\S(?:.*\S)?==|==\S(?:.*\S)?==\w|===", re.DOTALL)

# The library takes a name over several lines for the name of a footnote.
_LONG_NAME = re.compile(r"\[\^[^\]\n]*\n")


def whole(md: Markdown, text: str) -> str:
    html = md.reset().convert(text)
    # The library takes a way back for each further reference; ours takes one away where there is none.
    html = re.sub(r'(&#160;)?<a class="footnote-backref".*?</a>', "", html)
    return html.replace("<p></p>\n", "")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=25).map("".join))
def test_the_html_is_that_of_the_library(text: str) -> None:
    assume(not any(other.search(text) for other in (_STRANGE, _MISREAD, _BESIDE, _LONG_NAME)))
    assert whole(OURS, text) == whole(LIBRARY, text)


SIGNS = ["^^a^^ b", "H~2~O", "x^2^ y", "~~a **b** c~~", "^^a ~~b~~ ==c==^^", "**a ^^b** c^^", "a^b c^", "~a b~", "~~a"]


@pytest.mark.parametrize("text", SIGNS)
def test_signs_are_read_as_the_library_reads_them(text: str) -> None:
    library = ["pymdownx.betterem", "pymdownx.caret", "pymdownx.mark", "pymdownx.tilde"]
    assert whole(Markdown(extensions=[BoundedDelimiters()]), text) == whole(Markdown(extensions=library), text)


def test_what_was_read_before_does_not_count() -> None:
    texts = ["\\[x](b.md)", "the real [x](b.md)", "[y](a) [x](b.md)", "*x* [x](b.md)", "[x](b.md", "[[x](b.md)"]
    for first in texts:
        for second in texts:
            expected = make_renderer().render("a.md", second, 1)
            RENDERER.render("a.md", first, 1)
            assert RENDERER.render("a.md", second, 1) == expected


def test_ends_of_another_text_are_not_taken_for_those_of_this_one() -> None:
    ends = brackets.Ends("[", "]")
    assert ends.end("[a] x]", 1) == 2
    assert ends.end("[x]", 1) == 2  # the same as the end of the other text, but for the bracket
    assert ends.end("[[x]", 1) == -1
    assert ends.end("[[x]", 2) == 3


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(['=== "a"\n', '=== "*b*"\n    x\n', "\n", "    y\n", '===+ "c"\n', "w\n", "# h\n", "> q\n"]),
        min_size=8,
    )
)
def test_tabs_are_those_of_the_library(lines: list[str]) -> None:
    text = '=== "a"\n' * 100 + "".join(lines)
    library = Markdown(extensions=["pymdownx.tabbed"], extension_configs={"pymdownx.tabbed": {"alternate_style": True}})
    ours = Markdown(extensions=[Tabs()])
    assert ours.convert(text) == library.convert(text)


def test_a_list_of_a_hundred_levels_is_a_page_and_one_of_more_is_too_deep() -> None:
    levels = ["".join(f"{'    ' * i}- a\n" for i in range(count)) for count in (100, 101)]
    deep, too_deep = (RENDERER.render("a.md", text, 1) for text in levels)
    assert (deep.html.count("<ul>"), deep.problems) == (100, ())
    assert [problem.what for problem in too_deep.problems] == ["the article is nested too deeply"]


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of Python are executed: the same on any machine."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


SHAPES: dict[str, Callable[[int], str]] = {
    "one footnote": lambda n: "a[^1] " * n + "\n\n[^1]: x",
    "many footnotes": lambda n: (
        "".join(f"a[^{i}] " for i in range(n)) + "\n\n" + "".join(f"[^{i}]: x\n" for i in range(n))
    ),
    "unused footnotes": lambda n: "a\n\n" + "".join(f"[^{i}]: x\n\n" for i in range(n)),
    "footnotes that are not there": lambda n: "".join(f"a[^{i}] " for i in range(n)),
    "abbreviations": lambda n: "".join(f"*[A{i}]: x\n" for i in range(n)) + "\n" + "".join(f"A{i} " for i in range(n)),
    "links begun": lambda n: "[a](" * n,
    "links with brackets begun": lambda n: "[a](" * n + ")",
    "images begun": lambda n: "![a](" * n,
    "links": lambda n: "[a](#a) " * n,
    "brackets open": lambda n: "[" * n,
    "brackets open, one defined": lambda n: "[a " * n + "\n\n[b]: c.md",
    "definitions": lambda n: "".join(f"w\n[a{i}]: x.md\n" for i in range(n)),
    "contents": lambda n: "[TOC]\n\n" + "## A\n\n" * n,
    "headings in one block": lambda n: "## A\nw\n" * n,
    "meanings of a term": lambda n: "a\n" + ":   b\n" * n,
    "stars open": lambda n: "*a " * n,
    "carets open": lambda n: "a^b " * n,
    "underscores": lambda n: "_a " * n,
    "backticks": lambda n: "`a " * n,
    "tags open": lambda n: "<a " * n,
    "tags closed and not opened": lambda n: "</a " * n,
    "quotes": lambda n: "> a\n" * n,
    "table cells": lambda n: "|" + "a|" * n + "\n|" + "-|" * n + "\n|" + "a|" * n,
    "comments open": lambda n: "<!-- a\n" * n,
    "formulas": lambda n: "$a_1$ " * n,
    "a formula": lambda n: "$" + "\\frac{a}{b} + " * n + "a$",
    "rows of a formula": lambda n: "$$\n\\begin{align}\n" + "a &= b \\\\\n" * n + "\\end{align}\n$$",
    "text in a formula": lambda n: "$\\text{" + "a \\& b " * n + "}$",
    "macros in a formula": lambda n: "$\\def\\a{x}" + "\\a " * n + "$",
    "references": lambda n: "\\eqref{a} " * n + "\n\n$$x \\tag{1} \\label{a}$$",
    "dollars open": lambda n: "$a " * n,
    "double dollars open": lambda n: "$$a b$ " * n,
    "wrong formulas": lambda n: "".join(f"$\\frac{i}$ " for i in range(n)),
    "wikilinks": lambda n: "[[x]] " * n,
    "ids twice": lambda n: "a <b id='x'>\n\n" * n,
    "emoji": lambda n: ":a" * n,
    "fences": lambda n: "```\na\n```\n\n" * n,
    "tabs": lambda n: '=== "a"\n\n    x\n\n' * n,
    "tabs in one block": lambda n: '=== "a"\n' * n,
    "tabs with words": lambda n: '=== "a"\n    x\n' * n,
    "lists inside each other": lambda n: "".join(f"{'    ' * i}- a\n" for i in range(int((20 * n) ** 0.5))),
    "short lists inside each other": lambda n: "".join(f"{'    ' * i}- a\n" for i in range(8)) * n,
    "quotes inside each other": lambda n: "".join(f"{'> ' * i}a\n" for i in range(int((20 * n) ** 0.5))),
    "fences that are never closed": lambda n: "- ```\n" * n,
    "items": lambda n: "- a\n" * n,
    "items and empty lines": lambda n: "- a\n\n" * n,
    "items in items": lambda n: "- a\n  - b\n    - c\n" * n,
    "empty lines in a deep list": lambda n: "- " * 50 + "a\n" + "\n" * n + "b\n" * n,
    "lists of one item": lambda n: "- a\n* a\n" * n,
    "elements open": lambda n: "<div>\n\n" * n,
    "elements closed and not opened": lambda n: "</div>\n\n" * n,
    "an element of many lines": lambda n: "<div>\n" + "a\n" * n,
    "a tag of many lines": lambda n: "<div\n" + "a\n" * n,
    "elements for Markdown": lambda n: "<div markdown>\na\n</div>\n" * n,
    "ends in the text": lambda n: "<div markdown>\n" + "a</p> b\n" * n,
    "formulas that are never closed": lambda n: "$$\na\n\n" * n,
    "notes in a list": lambda n: "- a\n" + " [^1]: b\n" * n,
    "tildes": lambda n: "a~b " * n,
    "equals": lambda n: "a==b ==" * n,
    "pluses": lambda n: "a++b" * n,
    "signs of typography": lambda n: "(c) 1/2 " * n,
    "addresses": lambda n: "https://a.org，" * n,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_ten_times_the_text_takes_at_most_twelve_times_the_steps(shape: str) -> None:
    texts = [SHAPES[shape](size) for size in (60, 600)]
    for text in texts:
        RENDERER.render("a.md", text, 1)  # what is read once is not counted
    few, many = (lines_run(lambda text=text: RENDERER.render("a.md", text, 1)) for text in texts)  # type: ignore[misc]
    assert many <= 12 * few


def test_emphasis_is_found_before_the_limit_and_is_text_behind_it() -> None:
    html = RENDERER.render("a.md", "*a* " * FREE * 3, 1).html
    assert html.count("<em>") == FREE * 3  # closed signs take a step each
    assert "<em>last</em>" in RENDERER.render("a.md", "*a " * 40 + "*last*", 1).html


@given(st.text("ab \n\x02\x03", max_size=60))
def test_pieces_are_the_whole_text(text: str) -> None:
    long = text * (LONGEST // 20)
    parts = list(pieces(long))
    assert "".join(parts) == long
    assert all(len(part) <= LONGEST for part in parts)


def test_a_very_long_paragraph_is_one_paragraph() -> None:
    html = RENDERER.render("a.md", "some *words* and `code` [x](#y)\n" * (LONGEST // 10), 1).html
    assert html.count("<p>") == 1
    assert html.count("<em>words</em>") == html.count("<code>code</code>") == LONGEST // 10
    assert "piece" not in html


def test_a_paragraph_of_the_greatest_length_is_not_cut() -> None:
    text = f"*{'a' * (LONGEST - 2)}*"
    assert RENDERER.render("a.md", text, 1).html.startswith("<p><em>")
    assert RENDERER.render("a.md", f"*a{text[1:]}", 1).html.startswith("<p>*")


def test_a_bracket_behind_a_quote_is_no_end_of_a_link() -> None:
    html = RENDERER.render("a.md", '[a](b "" [c](d.md)', 1).html
    assert html == '<p>[a](b "" <a href="\0d.md\0">c</a></p>'
