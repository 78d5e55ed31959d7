"""Where formulas stand in an article, and where a dollar is a dollar."""

import re
from html import unescape

import pytest

from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.renderer import Renderer, renderer
from publisher.site.model import Rendered
from publisher.site.settings import FLAVOURS

RENDERER = renderer()
BRACKETS = renderer(options=MarkdownOptions(brackets=True, macros=(("RR", r"\mathbb{R}"),)))
FLAVOUR = ["python"]


@pytest.fixture(autouse=True, params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> None:
    """Both flavours find the same formulas."""
    FLAVOUR[:] = [request.param]


def render(text: str, by: Renderer = RENDERER) -> Rendered:
    return by.render("posts/a.md", text, 1, flavour=FLAVOUR[0])


def formulas(text: str) -> list[str]:
    """The text of each formula."""
    found = re.findall(r"<math [^>]*>(.*?)</math>", render(text).html)
    return [unescape(re.sub(r"<[^>]*>", "", one)) for one in found]


@pytest.mark.parametrize(
    "text",
    [
        "$HOME and $PATH; a$b$",
        "$HOME/$USER:$PATH",
        '"$HOME" and "$PATH"',
        "It costs $5 and $6.",
        "from $5 to $6",
        "from 7$ to 8$",
        "US$5 and A$6, ~$1,550）再到 $15.4",
        "a $ x $ b, $ x$, $x $",
        "$n$th, a$n$, 2$x$, $x$1",
        r"\$x\$ and \$x$",
        "a $x",
        "$$x",
        "$x\n\ny$",
        "$$ $$ and $$$$",
    ],
)
def test_a_dollar_beside_something_else_is_a_dollar(text: str) -> None:
    assert formulas(text) == []
    assert render(text).html.count("$") == text.count("$")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$x$", ["x"]),
        ("中文$x$中文，$y$。", ["x", "y"]),
        ("($a$), \"$b$\" '$c$' -$d$- *$e$* **$f$** _$g$_ [$h$](b.md)", [*"abcdefgh"]),
        ("$5 and $x$", ["x"]),
        ("$a$ $b$, $c$", ["a", "b", "c"]),
        ("$a\nb$", ["ab"]),
        (r"$\$5$ $a\$$", ["$5", "a$"]),
        ("$`a_1*b*c`$", ["a1∗b∗c"]),
        ("a $$x$$ b", ["x"]),
        ("a\n$$\nx\n$$\nb", ["x"]),
        ("$$a$$ b $$c$$", ["a", "c"]),
        ("$$\nx\n$$", ["x"]),
        ("> $$\n> x\n> $$", ["x"]),
        ("$$\na\n+ b\n- c\n= d\n# e\n> f\n1. g\n$$".replace("# ", "\\# "), ["a+b−c=d#e>f1.g"]),
        ("$$a\n- b$$", ["a−b"]),
        ("\\begin{gather*}\na\n+ b\n\\end{gather*}", ["a+b"]),
        ("$$ is no formula\n\n- b\n\n$$\na\n+ c\n$$", ["a+c"]),
        ("> $$\n> a\n> - b\n> $$\n\n- $$\n  a\n  + b\n  $$\n- x", ["a−b", "a+b"]),
        ("1. a\n\n    $$\n    x\n    $$", ["x"]),
        ("```math\nx\n```", ["x"]),
        ("\\begin{gather}\nx\n\\end{gather}", ["x(1)"]),
        (r"$a_1 b_1$ and $c_1$", ["a1b1", "c1"]),
        ("| $a$ |\n|---|\n| $b$ |", ["a", "b"]),
        ("a[^1]\n\n[^1]: $x$", ["x"]),
    ],
)
def test_a_formula_is_found(text: str, expected: list[str]) -> None:
    assert formulas(text) == expected
    assert not [problem for problem in render(text).problems if problem.kind == "formula"]


def test_a_form_that_the_parser_of_commonmark_does_not_have() -> None:
    if FLAVOUR == ["python"]:
        assert formulas("$``x``$") == ["x"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"$\text{if $x$}$ b", ["if\xa0x"]),
        (r"> a $\text{if $x$} + \mbox{$y$}$ b $z$", ["if\xa0x+y", "z"]),
        ("$\\text{if $x$}$ and\n\n$$\na\n+ \\text{$b$}\n$$", ["if\xa0x", "a+b"]),
        ("`$\\text{if $x$}$`\n\n```\n$\\text{if $x$}$\n```", []),
    ],
)
def test_a_formula_inside_a_text_inside_a_formula(text: str, expected: list[str]) -> None:
    assert formulas(text) == expected
    assert "\x1f" not in render(text).html


def test_signs_between_dollars_in_code_stay_as_they_are() -> None:
    text = "```\n$$\n+ a\n$$\n```\n\n`$$`\n\n+ a\n\n`$$`\n\n$$\n\n- b\n\n$$"
    html = render(text).html
    assert formulas(text) == []
    assert "$$\n+ a\n$$" in html
    assert html.count("<li>") == 2


def test_code_is_no_formula() -> None:
    assert formulas("`$x$` and `` $`x`$ `` and `$`x`$`\n\n    $x$\n\n```\n$x$\n```") == []


def test_a_formula_amid_a_line_is_in_the_line_and_a_block_is_a_block() -> None:
    assert render("a $x$ b").html.startswith('<p>a <span class="math"><math display="inline">')
    assert render("a $$x$$ b").html.startswith('<p>a <span class="math display"><math display="block">')
    assert render("$$x$$").html.startswith('<div class="math"><math display="block">')


def test_brackets_are_formulas_only_where_the_site_says_so() -> None:
    text = r"\(x\) and \[y\]" + "\n\n" + r"\[" + "\nz\n" + r"\]"
    assert formulas(text) == []
    assert "(x) and [y]" in render(text).html
    assert render(text, BRACKETS).html.count("<math ") == 3
    rows = render("\\[\na\n+ b\n- c\n\\]", BRACKETS).html
    assert rows.count("<math ") == 1
    assert "<li>" not in rows


def test_macros_of_the_site_are_known() -> None:
    assert "ℝ" in render(r"$\RR$", BRACKETS).html
    assert render(r"$\RR$").problems


def test_references_in_the_text_are_links() -> None:
    rendered = render(
        "See \\eqref{b} and \\ref{a}.\n\n```math\n\\begin{equation}x\\label{a}\\end{equation}\n```\n\n"
        "$$\\begin{equation}y\\label{b}\\end{equation}$$\n\n`\\ref{a}`"
    )
    assert 'See <a href="\0posts/a.md#eq-b\0">(2)</a> and <a href="\0posts/a.md#eq-a\0">1</a>.' in rendered.html
    assert set(rendered.anchors) == {"eq-a", "eq-b"}
    assert "<code>\\ref{a}</code>" in rendered.html
    assert not rendered.problems


def test_a_reference_in_the_text_that_leads_nowhere_is_a_fault_if_the_article_has_labels() -> None:
    (problem,) = render("x\n\nsee \\ref{b}\n\n$$\\tag{1}\\label{a}$$").problems
    assert (problem.kind, problem.line, problem.col) == ("formula", 3, 5)
    assert not render("see `\\label` and \\ref{b}").problems


def test_a_heading_does_not_take_the_id_of_an_equation() -> None:
    rendered = render("# Eq a\n\n$$x \\tag{1} \\label{a}$$")
    assert sorted(rendered.anchors) == ["eq-a", "eq-a-1"]


def test_the_opening_has_the_words_of_a_formula() -> None:
    assert render("`a`\n\nb").opening == "a"
    assert render("![x](y.png)\n\na $x_1$ b $$z\n+ c$$ d").opening == "a x1 b z+c d"


def test_numbers_begin_anew_in_each_article() -> None:
    text = "$$\\begin{equation}x\\end{equation}$$"
    assert render(text).html == render(text).html
    assert "(1)" in render(text).html


def test_nothing_in_a_formula_becomes_markup() -> None:
    html = render("$\\text{<script>alert(1)</script>}$ $`<b>`$ $a<b>c$").html
    assert "<script" not in html
    assert "<b>" not in html


@pytest.mark.parametrize(
    ("text", "line", "col"),
    [
        ("a\n\nb $x + \\foo$", 3, 8),
        ("$$\nx\n\\foo\n$$", 3, 1),
        ("> $$\n> x\n>   + \\foo\n> $$", 3, 7),
        ("```math\nx\n  \\foo\n```", 3, 3),
        ("\\begin{gather}\nx \\\\\n\\foo\n\\end{gather}", 3, 1),
        ("$`x \\foo`$", 1, 5),
    ],
)
def test_a_fault_has_line_and_column_of_its_place_in_the_formula(text: str, line: int, col: int) -> None:
    (problem,) = render(text).problems
    assert (problem.line, problem.col) == (line, col)
    assert "unknown command \\foo" in problem.what


@pytest.mark.parametrize(
    ("text", "col", "what"),
    [
        ("the $n$th", 5, "$n$ is left as text"),
        (r"a$\frac{a}{b}$", 2, r"$\frac{a}{b}$ is left as text"),
        ("$2^n$x and $y$", 1, "$2^n$ is left as text"),
        ("$$\nx", 1, "`$$` is left as text, because no other"),
        ("$$\nx\n\ny\n$$", 1, "`$$` is left as text, because an empty line"),
    ],
)
def test_what_looks_like_a_formula_and_is_none_is_reported(text: str, col: int, what: str) -> None:
    first, *_ = render(text).problems
    assert (first.kind, first.line, first.col) == ("foreign-syntax", 1, col)
    assert first.what.startswith(what)


@pytest.mark.parametrize(
    "text",
    [
        "$$\nx\n$$\n\n$$\ny\n$$",
        "$HOME and $PATH; a$b$",
        "$A_B/$C_D$E",
        "$5 and $6",
        "`$n$th`",
        "`$$`",
        "```\n$$\nx\n\n$n$th\n```",
        "$x$ $$y$$ $z^2$",
    ],
)
def test_plain_dollars_and_formulas_are_not_reported(text: str) -> None:
    assert not render(text).problems
