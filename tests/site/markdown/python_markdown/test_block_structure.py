"""Articles for GitHub have the blocks that GitHub shows, and articles for Python-Markdown keep theirs."""

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from publisher.site.markdown.renderer import renderer as make_renderer
from tests.site.markdown.python_markdown.shapes import shape

RENDERER = make_renderer()
COMMONMARK = MarkdownIt("commonmark", {"html": True}).enable("table")


def html(text: str) -> str:
    found = RENDERER.render("a.md", text, 1)
    assert not [problem for problem in found.problems if "fails here" in problem.what]
    return found.html.replace("\0", "|")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("text\n- a\n- b", "p ul(li(p) li(p))"),
        ("text\n* a", "p ul(li(p))"),
        ("text\n+ a", "p ul(li(p))"),
        ("text\n1. a\n2. b", "p ol(li(p) li(p))"),
        ("text\n1) a", "p ol(li(p))"),
        ("**text**\n- a", "p ul(li(p))"),
        ("# h\n- a", "h1 ul(li(p))"),
        ("in the year\n2020. Then", "p"),
        ("a sum of 3\n*\nmore", "p"),
        ("> text\n> - a", "blockquote(p ul(li(p)))"),
        ("- a\n\n  text\n  - b", "ul(li(p p ul(li(p))))"),
    ],
)
def test_a_list_may_follow_a_paragraph(text: str, expected: str) -> None:
    assert shape(html(text)) == expected


@pytest.mark.parametrize("sign", ["```", "~~~", "````"])
@pytest.mark.parametrize("before", ["text", "text\nmore", "- a", "> q", "| a |\n|---|\n| b |", "# h"])
def test_a_fence_may_follow_anything_and_is_in_no_paragraph(before: str, sign: str) -> None:
    text = f"{before}\n{sign}\ncode\n{sign}\nafter"
    assert shape(html(text)) == f"{shape(html(before))} pre p"
    assert re.search(r"<pre[^>]*><code>code\n</code></pre>", html(text))


@pytest.mark.parametrize("width", [2, 3, 4])
@pytest.mark.parametrize("mark", ["- ", "* ", "+ ", "-   "])
def test_lists_are_nested_by_two_three_or_four(mark: str, width: int) -> None:
    if len(mark) > width:
        return
    deep = "".join(" " * (width * level) + f"{mark}{level}\n" for level in range(4))
    assert shape(html(deep + f"{mark}last")) == "ul(li(p ul(li(p ul(li(p ul(li(p))))))) li(p))"


@pytest.mark.parametrize("width", [3, 4])
def test_numbered_lists_are_nested_by_three_or_four(width: int) -> None:
    space = " " * width
    assert shape(html(f"1. a\n{space}1. b\n{space}2. c\n2. d")) == "ol(li(p ol(li(p) li(p))) li(p))"
    assert shape(html(f"1. a\n{space}- b\n{space}{space}- c\n2. d")) == "ol(li(p ul(li(p ul(li(p))))) li(p))"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3. c\n4. d", "ol3(li(p) li(p))"),
        ("0. zero", "ol0(li(p))"),
        ("007. b", "ol7(li(p))"),
        ("1. a\n5. b", "ol(li(p) li(p))"),
        ("5) a", "ol5(li(p))"),
        ("1. a\n\n```\nx\n```\n\n2. b", "ol(li(p)) pre ol2(li(p))"),
        ("- 2. b", "ul(li(ol2(li(p))))"),
        ("1234567890. too long", "p"),
    ],
)
def test_a_list_keeps_its_numbers(text: str, expected: str) -> None:
    assert shape(html(text)) == expected


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("rust,ignore", "rust"),
        ("rust,edition2021,should_panic", "rust"),
        ("js=1", "js"),
        ('text file="a"', "text"),
        ("src/main.rs", "rs"),
        ("c++ x y", "c++"),
        ("C#", "C#"),
        (".python", "python"),
        ("python {1,3-4}", "python"),
        ("sh {{ x }}", "sh"),
        ("rust , ignore", "rust"),
        ("ts twoslash showLineNumbers {2}", "ts"),
    ],
)
@pytest.mark.parametrize("place", ["{}", "- a\n\n  {}", "> {}"])
def test_the_words_after_a_fence_are_understood_or_left_out(info: str, language: str, place: str) -> None:
    lines = f"```{info}\ncode\n```".split("\n")
    prefix = {"{}": "", "- a\n\n  {}": "  ", "> {}": "> "}[place]
    found = html(place.format("\n".join([lines[0], *(prefix + line for line in lines[1:])])))
    assert f'<div class="language-{language} highlight"><pre>' in found
    assert re.sub("<[^>]*>", "", found).split()[-1:] == ["code"]


def test_options_of_a_fence_that_are_known_stay_among_others() -> None:
    found = html('```python,ignore title="a.py" x="y"\nx\n```')
    assert '<span class="filename">a.py</span>' in found
    assert '<span class="n">x</span>' in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<details>\n<summary>S</summary>\n\n**b**\n\n- l\n\n</details>", "details(summary p ul(li(p)))"),
        ("<div>\n\n**b**\n\n</div>", "div(p)"),
        ("<center>\n\n**b**\n\n</center>", "p"),
        ("<div>\n\n```\nx\n```\n\n</div>", "div(pre)"),
        ("<div>\n\n# h\n\n</div>\n\ntext", "div(h1) p"),
        ("- a\n\n  <details>\n\n  **b**\n\n  </details>\n- c", "ul(li(p details(p)) li(p))"),
        ("</div><div>\n    <div>x</div>\n</div>", "div(div(p))"),
        ("<div>\n    <i>x</i>\n</div></div><div>\n    <div>y</div>\n</div>\n\n    code", "div(p) div(div(p)) pre"),
    ],
)
def test_markdown_may_stand_in_html_after_an_empty_line(text: str, expected: str) -> None:
    found = html(text)
    assert shape(found) == expected
    assert "**" not in found


@pytest.mark.parametrize(
    "text",
    ["<div>\n**b**\n</div>", "<pre>\n\n**b**\n\n- x\n</pre>", "<script>\n\n**b**\n</script>", "<!--\n\n**b**\n-->"],
)
def test_html_without_an_empty_line_stays_as_it_is(text: str) -> None:
    assert html(text) == text


def test_an_element_for_markdown_may_hold_every_block() -> None:
    text = '<div markdown="1" class="a">\n- a\n  - b\n\n<div>\n\n*c*\n\n</div>\n\n```\nx\n```\n</div>\n\nafter'
    assert shape(html(text)) == "div(ul(li(p ul(li(p)))) div(p) pre) p"
    assert html('<p markdown="1">\n- *a*\n</p>') == "<p>- <em>a</em></p>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n* b\n+ c", "ul(li(p)) ul(li(p)) ul(li(p))"),
        ("- a\n1. b", "ul(li(p)) ol(li(p))"),
        ("1. a\n1) b", "ol(li(p)) ol(li(p))"),
        ("1. a\n\n- b", "ol(li(p)) ul(li(p))"),
        ("- a\n\n\n- b", "ul(li(p) li(p))"),
    ],
)
def test_another_mark_begins_another_list(text: str, expected: str) -> None:
    assert shape(html(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n\n  more\n- b", "ul(li(p p) li(p))"),
        ("1. a\n\n   more\n2. b", "ol(li(p p) li(p))"),
        ("1. a\n\n  less", "ol(li(p)) p"),
        ("- a\n\n  ```\n  x\n  ```\n- b", "ul(li(p pre) li(p))"),
        ("1. a\n   ```\n   x\n   ```\n2. b", "ol(li(p pre) li(p))"),
        ("- a\n  > q\n- b", "ul(li(p blockquote(p)) li(p))"),
        ("- a\n\n  # h\n\n  ---", "ul(li(p h1 hr))"),
        ("- # h\n- ```\n  x\n  ```\n- > q", "ul(li(h1) li(pre) li(blockquote(p)))"),
        ("- a\n  | b | c |\n  |---|---|\n  | d | e |", "ul(li(p table))"),
        ("-\n  text\n-\n- b", "ul(li(p) li li(p))"),
    ],
)
def test_items_hold_blocks_that_are_indented_as_their_text(text: str, expected: str) -> None:
    assert shape(html(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("text\n| a | b |\n|---|---|\n| c | d |", "p table"),
        ("text\na | b\n-|-\nc | d\n\nafter", "p table p"),
        ("text\n| a | b |\n|---|---|---|\n| c | d |", "p"),
        ("a | b\n---", "h2"),
        ("| a |\n|---|\n| b |\n- c", "table ul(li(p))"),
        ("> text\n> | a | b |\n> |---|---|\n> | c | d |", "blockquote(p table)"),
    ],
)
def test_a_table_may_follow_text(text: str, expected: str) -> None:
    assert shape(html(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#x", "<p>#x</p>"),
        ("text\n#1234 is open", "<p>text\n#1234 is open</p>"),
        ("####### seven", "<p>####### seven</p>"),
        ("a\\\nb", "<p>a<br>\nb</p>"),
        ("a\\", "<p>a\\</p>"),
        ("`a\\\nb`", "<p><code>a\\\nb</code></p>"),
    ],
)
def test_signs_that_mean_a_heading_or_a_break_only_on_github_or_only_here(text: str, expected: str) -> None:
    assert html(text) == expected


@pytest.mark.parametrize(
    ("written", "words"), [("# a #", "a"), ("## C#", "C#"), ("# a\\#", "a#"), ("#\ta", "a"), ("#  a ## b", "a ## b")]
)
def test_the_signs_of_a_heading_are_no_part_of_its_words(written: str, words: str) -> None:
    assert RENDERER.render("a.md", written, 1).toc[0].text == words


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```\nnever closed\n\n- x", "never closed\n\n- x\n"),
        ("```\nx\n`````\n\nafter", "x\n"),
        ("````\n```\nx\n```\n````", "```\nx\n```\n"),
        ("```\n~~~\n```", "~~~\n"),
        ("  ```\n    x\n  y\n z\n  ```", "  x\ny\nz\n"),
        ("- ```\n  x\n    y\n  ```", "x\n  y\n"),
        ("- a\n\n      x\n        y", "x\n  y\n"),
        ("- a\n\n        x\n            y", "x\n    y\n"),
        ("```\n   \n\tx\n```", "   \n\tx\n"),
        ("\tx\n\t\ty", "x\n\ty\n"),
        ("-\ta\n\n\t\tx\n\t\t\ty", "x\n\ty\n"),
        ("> ```\n> a\n>\n> \tb\n> ```", "a\n\n\tb\n"),
        ("```\n&lt; <b> \\* $x$\n```", "&amp;lt; &lt;b&gt; \\* $x$\n"),
    ],
)
def test_code_is_what_stands_between_the_fences(text: str, code: str) -> None:
    found = html(text)
    assert f"<code>{code}</code>" in found
    assert found.count("<pre") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n\n    more\n\n        code\n\n    - b\n\n        more", "ul(li(p p pre ul(li(p p))))"),
        ("1. a\n\n    more\n\n        - b", "ol(li(p p pre))"),
        ("100. a\n\n    more", "ol100(li(p p))"),
        ("100. a\n    - b", "ol100(li(p ul(li(p))))"),
        ("   1. a\n    - b", "ol(li(p ul(li(p))))"),
        ('!!! note "T"\n    - a\n        - b\n\n    more\nafter', "div(p ul(li(p ul(li(p)))) p) p"),
        ("- a\n\n    !!! note\n        b\n\n        c\n\n    d", "ul(li(p div(p p p) p))"),
        ("??? note\n    a\n\n    ```\n    x\n    ```", "details(summary p pre)"),
        ("Term\n:   a\n\n    b\n\n    - c\n:   d", "dl(dt dd(p p ul(li(p))) dd(p))"),
        ("Term\n\n:   a\n\nOther\n:   b", "dl(dt dd(p) dt dd(p))"),
        ("text\n!!! note\n    a", "p div(p p)"),
    ],
)
def test_what_python_markdown_reads_stays(text: str, expected: str) -> None:
    assert shape(html(text)) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("`a\tb`", "a\tb"),
        ("text\n`a\tb` c", "a\tb"),
        ("- x `a\tb`", "a\tb"),
        ("<pre>a\tb</pre>", "a\tb"),
        ("<pre>\n\ta\tb\n</pre>", "\n\ta\tb\n"),
        ("!!! note\n    ```\n    \ta\tb\n    ```", "\ta\tb"),
        ("1.\ta\n\n\t```\n\ta\tb\n\t\tc\n\t```", "a\tb\n\tc"),
        ("[^1]\n\n[^1]:\n    ```\n    a\tb\n    ```", "a\tb"),
        ('=== "A"\n\n\t```\n\ta\tb\n\t```', "a\tb"),
        ("Term\n:   a\n\n    ```\n    a\tb\n    ```", "a\tb"),
        ("> `a\tb`", "a\tb"),
    ],
)
def test_tabs_in_code_stay_tabs(text: str, code: str) -> None:
    assert code in html(text)


def test_tabs_hold_every_block() -> None:
    found = html('=== "A"\n\n    - a\n      - b\n\n    ```\n    x\n    ```\n\n=== "B"\n\n    b')
    assert found.count('class="tabbed-block"') == 2
    assert "<ul>\n<li>a<ul>\n<li>b</li>" in found


def test_a_note_or_an_address_does_not_divide_a_list() -> None:
    text = "1. a[^1]\n\n  [^1]:\n    The note.\n\n    - l\n\n  [x]: b.md\n\n1. [c][x]"
    found = html(text)
    assert found.startswith("<ol>\n<li>\n<p>a<sup")
    assert '<p><a href="|b.md|">c</a></p>\n</li>\n</ol>\n<div class="footnote">' in found
    assert "<p>The note.</p>\n<ul>\n<li>l</li>\n</ul>" in found


@pytest.mark.parametrize(
    "text", ["$$\n- a\n+ b\n$$", "\\begin{aligned}\n- a\n\\end{aligned}", "text\n$$\n1. a\n$$\nmore"]
)
def test_lines_of_a_formula_begin_no_list(text: str) -> None:
    assert "<math" in html(text)
    assert "<li>" not in html(text)


@pytest.mark.parametrize(
    ("text", "tight"),
    [
        ("- a\n- b", True),
        ("- a\n\n- b", False),
        ("- a\n  - b\n\n- c", False),
        ("- a\n\n  b", False),
        ("- a\n  - b\n  - c", True),
    ],
)
def test_the_space_between_items_is_that_of_commonmark(text: str, tight: bool) -> None:
    assert ("<li>a" in html(text)) == tight


LINES = [
    *(
        "- a",
        "- b",
        "  - c",
        "    - e",
        "1. x",
        "2. y",
        "1. x\n   - z",
        "3) w",
        "* s",
        "+ p",
        "10. ten",
        "-",
        "1.",
        "- - n",
    ),
    *(
        "text",
        "text",
        "  text",
        "   text",
        "    four",
        "      six",
        "        eight",
        "",
        "",
        "",
        "**b**",
        "- # h",
        "- > q",
    ),
    *(
        "> q",
        "> - a",
        ">",
        ">   q",
        "  > q",
        "# h",
        "## h ##",
        "#x",
        "  # h",
        "---",
        "===",
        "***",
        "```",
        "```js",
        "  ```",
    ),
    *("~~~", "````", "| a | b |\n|---|---|\n| 1 | 2 |", "\ttab", "-\ttab", "---\n", "- a\n\n  para", "1. a\n\n   para"),
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=7).map("\n".join))
def test_blocks_are_those_of_commonmark(text: str) -> None:
    assume(not re.search(r"^(?:-|1\.)\n\n\n", text, re.MULTILINE))  # markdown-it-py begins a second list there
    assert shape(html(text)) == shape(COMMONMARK.render(text))
