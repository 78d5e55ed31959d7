import gc
import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.site import urls
from publisher.site.markdown.python_markdown.link_marks import Used
from publisher.site.markdown.python_markdown.positions import Places
from publisher.site.markdown.renderer import renderer as make_renderer
from publisher.site.model import Rendered

RENDERER = make_renderer()
UNGUARDED = make_renderer(guarded=False)

PIECES = [
    "# Heading\n\n",
    "## 标题 一 {#own}\n\n",
    "Some *text* with **strong** and `code`.\n",
    "中文一行\n接着一行，**强调**\n「引号」后。\n\n",
    "[other](other.md#标题) and [own](#own)",
    " ![图](../images/a%20b.png 'title') ",
    "`[x](other.md)` and [x](other.md)\n\n",
    "- one\n- [x] two\n    - three\n\n",
    "1. one\n2. two\n\n",
    "> quoted\n> more\n\n",
    "> [!NOTE]\n> Called out.\n\n",
    '!!! warning "Look"\n    Here, [a](b.md).\n\n',
    "??? info\n    Hidden.\n\n",
    '=== "One"\n    1\n\n=== "Two"\n    2\n\n',
    "Term\n:   Meaning\n\n",
    "| a | b |\n|---|--:|\n| 1 | `2` |\n\n",
    "```python\nprint('[x](other.md)')\n```\n\n",
    "~~~\nplain\n~~~\n\n",
    '```html title="x" linenums="1"\n<a href="/x">\n```\n\n',
    "    indented *code*\n\n",
    "Note[^1] and again[^1].\n\n[^1]: The *note*.\n\n",
    "HTML is.\n\n*[HTML]: Hyper\n\n",
    "$x^2$ and \\(y\\) cost $5.\n\n$$\n\\frac{1}{2}\n$$\n\n",
    "==mark== ~~del~~ ^^ins^^ H~2~O x^2^ ++ctrl+c++ :smile: (c) 1/2 1st --> \n\n",
    "https://example.org www.example.org me@example.org <https://a.org>\n\n",
    '<a href="/x/"><img src="a.png" srcset="a.png 1x, b.png 2x"></a>\n\n',
    '<div markdown="1" id="box">\n*inside* [l](c.md)\n</div>\n\n',
    "https://example.org\n\n",
    "www.example.org\n\n",
    "WWW.example.org\n\n",
    "me@example.org\n\n",
    "[ref][r] [r]\n\n[r]: d.md#x\n\n",
    "\\*not\\* \\[this\\] &amp; &copy; a\\\\b  \nbreak\n\n",
    "{: .class }\n",
    "a = b == c, 1 + 1 ++ 2, WwW.x.y ://z [d] [e][] ![f] ![g][h] a_b :no: `*`*x*`_`_y_\n",
    "![alt](i.png) [![in](j.png)](k.md) [^2] ![^1] [^1](l.md) ]( [m] (n)\n",
    "<!-- comment -->\n\n",
    "[TOC]\n\n",
    "***both*** __too__ _and_ a_b_c `` ` ``\n",
    "\n",
    "| ",
    "[",
    "$",
    "`",
    "  \n",
]
BODIES = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)
WILD = st.lists(st.sampled_from([*PIECES, *"*_~^=+`$\\[](){}<>!:&|#-\n 中a1.\"'"]), max_size=25).map("".join)


def render(text: str, path: str = "posts/a.md") -> Rendered:
    return RENDERER.render(path, text, 1)


def html(text: str) -> str:
    return render(text).html.replace("\0", "|")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "==m== ~~d~~ H~2~O x^2^ ^^i^^",
            "<p><mark>m</mark> <del>d</del> H<sub>2</sub>O x<sup>2</sup> <ins>i</ins></p>",
        ),
        (":smile: :octocat: :none:", "<p>😄 :octocat: :none:</p>"),
        ("(c) 1/2 -->", "<p>© ½ →</p>"),
        ("**强调：**文字和**「引用」**后", "<p><strong>强调：</strong>文字和<strong>「引用」</strong>后</p>"),
        ("> [!NOTE]\n> x", '<div class="admonition note">\n<p class="admonition-title">Note</p>\n<p>x</p>\n</div>'),
        ("`#!python 1`", '<p><code class="language-python highlight"><span class="mi">1</span></code></p>'),
    ],
)
def test_what_authors_write(text: str, expected: str) -> None:
    assert html(text) == expected


def test_tabs_work_without_a_script_and_task_lists_have_boxes() -> None:
    tabs = html('=== "A"\n    one\n\n=== "B"\n    two')
    assert tabs.count('type="radio"') == 2
    assert "<script" not in tabs
    assert 'type="checkbox"' in html("- [x] done")


def test_code_is_coloured_with_classes_and_never_with_styles() -> None:
    found = html("```python\ndef f(): return '<'\n```")
    assert found.startswith('<div class="language-python highlight"><pre><code><span class="k">def</span>')
    assert "&lt;" in found
    assert "style=" not in found


def test_a_diagram_and_an_unknown_language_stay_code() -> None:
    for language in ("mermaid", "nonsense"):
        assert html(f"```{language}\na-->b\n```") == (
            f'<div class="language-{language} highlight"><pre><code>a--&gt;b\n</code></pre></div>'
        )


@given(st.text(max_size=60))
def test_coloured_code_is_the_code(source: str) -> None:
    from html import unescape

    from publisher.site.markdown.highlight import spans

    text = unescape(re.sub("<[^>]*>", "", spans(source, "python")))
    assert "".join(text.split()) == "".join(source.split())


def test_highlighted_code_may_be_remembered() -> None:
    kept: dict[str, str] = {}
    asked: list[str] = []

    def recall(key: Any, make: Any) -> Any:
        asked.append(key)
        return kept.setdefault(key, make())

    remembering = make_renderer(recall)
    text = "```python\nx = 1\n```\n\n```js\nx = 1\n```\n"
    first = remembering.render("posts/a.md", text, 1)
    assert remembering.render("posts/b.md", text, 1).html == first.html == render(text).html
    assert (len(asked), len(kept)) == (4, 2)


def test_chinese_headings_keep_their_words_as_anchors() -> None:
    before = render("## 标题 一\n\n## 二、其它\n")
    after = render("## 新的\n\n## 标题 一\n\n## 二、其它\n")
    assert before.anchors == ("标题-一", "二其它")
    assert after.anchors[1:] == before.anchors
    assert [(h.level, h.id, h.text) for h in before.toc] == [(2, "标题-一", "标题 一"), (2, "二其它", "二、其它")]


def test_the_table_of_contents_is_plain_text_in_order() -> None:
    toc = render("# A & `b`\n\n### 深 <b>x</b>\n\n## C[^1]\n\n[^1]: n\n").toc
    assert [(h.level, h.text) for h in toc] == [(1, "A & b"), (3, "深 x"), (2, "C")]


def test_anchors_are_those_of_headings_attributes_raw_html_and_notes() -> None:
    found = render(
        '# H\n\nText\n{: #own }\n\n<a id="raw" name="old"></a>\n\n<p id=bare>x</p>\n\nN[^1]\n\n[^1]: n\n'
    ).anchors
    assert set(found) == {"h", "own", "raw", "old", "bare", "fnref:1", "fn:1"}


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("中文\n换行", "中文换行"),
        ("中文，\n换行", "中文，换行"),
        ("「引」\n「文」", "「引」「文」"),
        ("他说：“好”\n然后", "他说：“好”然后"),
        ("カタ\nかな", "カタかな"),
        ("中文**强调**\n换行", "中文<strong>强调</strong>换行"),
        ("中文**强调\n换行**后", "中文<strong>强调换行</strong>后"),
        ("中文\n**强调**", "中文<strong>强调</strong>"),
        ("**一**\n**二**", "<strong>一</strong><strong>二</strong>"),
        ("中文\nEnglish", "中文\nEnglish"),
        ("English\n中文", "English\n中文"),
        ("a paragraph.\nWith", "a paragraph.\nWith"),
        ("comma,\nnext", "comma,\nnext"),
        ("한국어\n문장", "한국어\n문장"),
        ("中文\n`代码`\n中文", "中文\n<code>代码</code>\n中文"),
        ("“quoted”\n“again”", "“quoted”\n“again”"),
    ],
)
def test_lines_are_joined_only_between_wide_characters(text: str, joined: str) -> None:
    assert html(text) == f"<p>{joined}</p>"


def test_lines_of_code_and_hard_breaks_are_never_joined() -> None:
    assert "中文\n换行" in html("```\n中文\n换行\n```")
    assert "中文\n换行" in html("    中文\n    换行")
    assert "中文\n换行" in html("<pre>中文\n换行</pre>")
    assert html("中文  \n换行") == "<p>中文<br>\n换行</p>"


def test_links_are_marked_with_what_they_point_at() -> None:
    text = "[a](b.md#x) [c](../about.md) ![i](../images/x%20y.png) [r](/images/z.png) [m](/posts/b.md) [o](#x)"
    text += " [t](../tags/写/)"
    assert list(urls.targets(render(text).html)) == [
        "posts/b.md#x",
        "about.md",
        "images/x%20y.png",
        "/images/z.png",
        "/posts/b.md",
        "posts/a.md#x",
        "tags/写/",
    ]


def test_percent_encoding_and_entities_mean_what_they_say() -> None:
    text = "[a](%E5%86%99.md#%E5%86%99) [b](a%26b.md) [c](a&b.md) [d](x.md?a=1&b=2#y) [e](<a b.md>) [f](100%25.md)"
    found = list(urls.targets(render(text).html))
    assert [urls.split(target)[0] for target in found] == [
        "posts/写.md",
        "posts/a&b.md",
        "posts/a&b.md",
        "posts/x.md",
        "posts/a b.md",
        "posts/100%.md",
    ]
    placed = urls.place(render("[d](x.md?a=1&b=2#y)").html, "posts/a/", lambda path: "x/")
    assert placed == '<p><a href="../../x/?a=1&amp;b=2#y">d</a></p>'


def test_other_sites_are_left_alone() -> None:
    text = "[a](https://x.org) [b](mailto:a@b.c) [c](//x.org/y) [d](tel:1) [e](data:,x) [f](#)"
    found = render(text)
    assert "\0" not in found.html
    assert found.references == ()


def test_raw_html_is_marked_and_its_other_bytes_stay() -> None:
    raw = (
        "<p><a  HREF = 'b.md' title=\"href='/x'\">x</a><img src=a.png srcset=\"a.png 1x, /b.png 2x\">\n"
        '<!-- <a href="/no"> --><svg><use href="#shape"/></svg><i style="background: url(\'c.png\')">y</i></p>\n'
        '<video poster=p.png src="v.mp4"></video>'
    )
    assert html(raw) == (
        "<p><a  HREF = '|posts/b.md|' title=\"href='/x'\">x</a>"
        '<img src=|posts/a.png| srcset="|posts/a.png| 1x, |/b.png| 2x">\n'
        '<!-- <a href="/no"> --><svg><use href="#shape"/></svg>'
        "<i style=\"background: url('|posts/c.png|')\">y</i></p>\n"
        '<video poster=|posts/p.png| src="|posts/v.mp4|"></video>'
    )
    assert html('a <a href="b.md">b</a> c') == '<p>a <a href="|posts/b.md|">b</a> c</p>'


@pytest.mark.parametrize(
    "text",
    [
        '```html\n<a href="/x">\n```',
        '    <a href="/x">',
        '`<a href="/x">`',
        '<pre>href="/x"</pre>',
        "<script>var s = '<a href=\"/x\">';</script>",
        '<textarea><a href="/x"></textarea>',
        '- item\n\n    ```\n    [x](y.md) href="/x"\n    ```',
    ],
)
def test_code_samples_are_never_marked(text: str) -> None:
    found = render(text)
    assert "\0" not in found.html
    assert found.references == ()


def places(text: str) -> list[tuple[str, int, int]]:
    return [(ref.target, ref.line, ref.col) for ref in RENDERER.render("a.md", text, 5).references]


def test_references_have_the_line_and_column_of_their_destination() -> None:
    assert places("one\n\n中文 [x](b.md) and ![y](c.png)") == [("b.md", 7, 8), ("c.png", 7, 23)]
    assert places('<img\n  src="c.png"\n  srcset="c.png 1x, d.png 2x">') == [
        ("c.png", 6, 8),
        ("c.png", 7, 11),
        ("d.png", 7, 21),
    ]
    assert places("[x][r] and [r]\n\n[r]: b.md") == [("b.md", 7, 6)]
    assert places("- a\n\n    > [x](b.md)") == [("b.md", 7, 11)]
    assert places("x[^1]\n\n[^1]: [x](b.md)") == [("b.md", 7, 11)]
    assert places("[x](a\\_b.md) [y](a&amp;b.md)") == [("a_b.md", 5, 5), ("a%26b.md", 5, 18)]


@pytest.mark.parametrize(
    "sample", ["`[x](b.md)`", "```\n[x](b.md)\n```", "    [x](b.md)", '<pre>href="b.md"</pre>', "\\[x](b.md)"]
)
def test_a_link_in_a_code_sample_is_not_taken_for_the_real_one(sample: str) -> None:
    text = f"{sample}\n\nthe real [x](b.md)\n\n{sample}\n"
    line = 5 + text[: text.index("real")].count("\n")
    assert places(text) == [("b.md", line, 14)]


def test_the_same_link_twice_has_two_places() -> None:
    assert places("[x](b.md)\n[y](b.md)") == [("b.md", 5, 5), ("b.md", 6, 5)]


def test_links_that_markdown_makes_itself_are_no_references() -> None:
    found = render("# H\n\nx[^1]\n\n[^1]: n\n\n[TOC]\n")
    assert found.references == ()
    assert found.html.count(urls.mark("posts/a.md#h")) == 2


def problems(text: str) -> list[str]:
    return [str(problem) for problem in RENDERER.render("posts/a.md", text, 5).problems]


def test_links_that_lead_nowhere_or_out_are_problems() -> None:
    assert problems("[a](/../x.md)\n![b]()\n[c](/%2e%2e/x)") == [
        "posts/a.md:6:6: this link has no target: ''; write a target, such as `other.md`",
        "posts/a.md:7:5: this link leaves the content folder: '/%2e%2e/x'; put the file into the content folder",
        "posts/a.md:5:5: this link leaves the content folder: '/../x.md'; put the file into the content folder",
    ]


def test_formulas_become_mathml_and_need_no_script() -> None:
    found = html("So $x^2 < 3$ and $`a`$.\n\n$$\n\\frac{1}{2}\n$$\n\n```math\n\\int_0^1 x\\,dx\n```\n")
    assert found.count("<math ") == 4
    assert found.count('display="block"') == 2
    assert "<mo>&lt;</mo>" in found
    assert "$" not in found
    assert "<script" not in found


def test_money_is_no_formula() -> None:
    assert html("It costs $5 and $6.") == "<p>It costs $5 and $6.</p>"
    assert html("`$x$` \\$x\\$") == "<p><code>$x$</code> $x$</p>"


@pytest.mark.parametrize(
    ("formula", "reason", "behind"),
    [
        (r"\foo", r"unknown command \foo", 0),
        (r"a + \foo", r"unknown command \foo", 4),
        (r"\frac{1}", "a part of it is missing at its end", 8),
        (r"\left( x", r"\left without \right", 8),
        (r"x_a_b", "two subscripts or two superscripts in a row", 3),
        (r"\frac{1}{2", "a { without a }", 8),
        (r"x}", "a } without a {", 1),
        (r"a & b", "& is not inside rows: begin an environment such as aligned", 2),
        (r"\href{javascript:x}{y}", r"unknown command \href", 0),
    ],
)
def test_a_formula_that_cannot_be_shown_is_a_problem_at_its_place(formula: str, reason: str, behind: int) -> None:
    hint = "correct the TeX"
    assert problems(f"`${formula}$`\n\nx ${formula}$") == [
        f"posts/a.md:7:{4 + behind}: this formula cannot be shown: {reason}; {hint}"
    ]
    at = f"8:{1 + behind}" if behind < len(formula) else "9:1"
    assert problems(f"x\n\n$$\n{formula}\n$$") == [f"posts/a.md:{at}: this formula cannot be shown: {reason}; {hint}"]


def test_the_opening_is_the_first_paragraph_as_it_is_read() -> None:
    text = "# H\n\n![x](y.png)\n\n中文\n**一** `a<b` & [l](m.md)[^1] $x$\n\nNext.\n\n[^1]: n\n"
    assert render(text).opening == "中文一 a<b & l x"
    assert render("```\ncode\n```").opening == ""


def test_code_blocks_are_not_counted_as_reading() -> None:
    found = render("一二三 one two\n\n```\nnot these words\n```\n")
    assert (found.cjk, found.words) == (3, 2)


@settings(max_examples=150, deadline=None)
@given(WILD)
def test_guards_change_no_byte(text: str) -> None:
    assert RENDERER.render("posts/a.md", text, 1) == UNGUARDED.render("posts/a.md", text, 1)


DEFINED = "\n\n[r]: c.md\n[^n]: Note."


@pytest.mark.parametrize("piece", PIECES)
def test_a_long_article_is_what_its_pieces_are(piece: str) -> None:
    """Above a thousand, blocks wait in a queue; what is put back comes out of it as out of a list."""
    long = "[a](b.md)\n\n" * 1_000 + piece + "[^1]: note\n\n    more\n\n    still\n\nend\n\n"
    assert RENDERER.render("posts/a.md", long, 1) == UNGUARDED.render("posts/a.md", long, 1)


def test_time_for_places_grows_as_the_article_does() -> None:
    def seconds(links: int) -> float:
        text = "\n\n".join(f"[a{n}](b{n}.md) some words" for n in range(links))
        used = [Used(f"b{n}.md", "link", f"b{n}.md") for n in range(links)]
        took = []
        for _ in range(3):
            began = time.process_time()
            found = Places("a.md", text, 1, lambda _: [], raw=False).references(used)
            took.append(time.process_time() - began)
            assert found[-1].line == 2 * links - 1
        return min(took)

    gc.disable()  # what other tests have left in memory would be counted
    try:
        assert seconds(16_000) < 80 * seconds(1_000)  # 26 times; with lines counted anew for each, 165 times
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        *(("*a*", "<em>"), ("_a_", "<em>"), ("H~2~O", "<sub>"), ("x^2^", "<sup>"), ("==a==", "<mark>")),
        *(("`a`", "<code>"), ("$a$", "<math"), ("++a++", "<kbd"), ('++"a b"++', "<kbd")),
        *(("[a](b.md)", "<a "), ("[a][r]", "<a "), ("[r]", "<a "), ("[r][]", "<a "), ("[^n]", "<sup")),
        *(
            ("![^n]", "<sup"),
            ("![a](b.png)", "<img "),
            ("![a][r]", "<img "),
            ("![r]", "<img "),
            ("[![a](b.png)](c.md)", "<img "),
        ),
        *(("<https://a.org>", "<a "), ("<a@b.org>", "<a "), ("<b>a</b>", "<b>"), ("<!-- a -->", "<!-- a")),
        *(("http://a.org", "<a "), ("www.a.org", "<a "), ("wWw.a.org", "<a "), ("a@b.org", "<a ")),
        *(("a  \nb", "<br>"), ("&copy;", "&copy;"), (":smile:", "😄"), (r"\#", "#"), ("a `b` *c* `d` _e_", "</em>")),
    ],
)
def test_a_pattern_alone_in_a_text_is_not_missed(text: str, tag: str) -> None:
    found = RENDERER.render("posts/a.md", text + DEFINED, 1)
    assert tag in found.html
    assert found == UNGUARDED.render("posts/a.md", text + DEFINED, 1)


@settings(max_examples=60, deadline=None)
@given(WILD, BODIES)
def test_what_was_rendered_before_leaves_no_trace(before: str, text: str) -> None:
    alone = make_renderer().render("posts/a.md", text, 1)
    RENDERER.render("posts/before.md", before, 1)
    assert RENDERER.render("posts/a.md", text, 1) == alone


@settings(max_examples=100, deadline=None)
@given(WILD)
def test_whatever_is_written_marks_are_whole_and_places_are_inside(text: str) -> None:
    found = RENDERER.render("posts/a.md", text, 1)
    assert found.html.count("\0") % 2 == 0
    lines = text.split("\n")
    places = [(one.line, one.col) for one in found.references] + [(one.line, one.col) for one in found.problems]
    for line, col in places:
        assert 1 <= line <= len(lines)
        assert 1 <= col <= len(lines[line - 1]) + 1


@pytest.mark.parametrize("count", [1, 2, 3, 50])
@pytest.mark.parametrize("gap", ["", "\n", "\n\n"])
def test_elements_that_are_never_closed_lose_no_word(count: int, gap: str) -> None:
    """The library closes one of those that have the same name, and drops all of them with what is in them."""
    found = html("before\n\n" + ("<div markdown=1>" + gap) * count + "one *two* [l](c.md)\n\nthree")
    assert re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", found)).strip() == "before one two l three"
    assert '<em>two</em> <a href="|posts/c.md|">' in found
    assert found.count("<div>") == found.count("</div>") == count


def test_an_article_that_is_nested_too_deeply_leaves_no_trace() -> None:
    text = "one\n\ntwo\n\n- three\n\nfour"
    expected = render(text)
    assert render("- " * 2000 + "x").problems
    assert render(text) == expected


def test_deep_nesting_is_a_problem_or_a_page_and_never_a_crash() -> None:
    for text in (">" * 3000 + " x", "- " * 2000 + "x", "*" * 5000 + "x", "[" * 3000, "<div markdown=1>" * 400):
        found = render(text)
        told = [problem.what for problem in found.problems]
        assert told == ([] if found.html else ["the article is nested too deeply"])


def test_the_library_is_imported_only_when_an_article_is_rendered() -> None:
    import subprocess
    import sys

    code = "import sys, publisher.site.content.parser, publisher.site.links.check; sys.exit('markdown' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_tables_of_guards_name_what_the_library_has() -> None:
    from publisher.site.markdown.python_markdown import blocks, inline

    engine = _engine(UNGUARDED)
    patterns = {item.name for item in engine._md.inlinePatterns._priority}
    processors = {item.name for item in engine._md.parser.blockprocessors._priority}
    assert set(inline._NEEDS) <= patterns
    assert set(blocks._SIGNS) | {"paragraph", "lists"} == processors
    needs = {sign for signs in inline._NEEDS.values() for sign in signs}
    guarded: Any = _engine(RENDERER)._md.treeprocessors["inline"]
    guarded._source.www = True
    assert all(sign in guarded._signs(f"[{sign}smile:") for sign in needs)
    assert not guarded._signs("a: b! (c) [d] = e + f / g. w w\n h".replace("[", ""))


def _engine(renderer: Any) -> Any:
    renderer.render("a.md", "x", 1)
    return renderer._engines["python"]
