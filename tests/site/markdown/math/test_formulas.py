"""Formulas of the kinds that authors write: each is shown, and its MathML is valid.

The list in formulas.txt was looked at in a browser. A change of a formula there should be looked at too.
"""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.site.markdown.math.formula import BadFormula, Formula
from publisher.site.markdown.math.show import show
from tests.site.markdown.math.showing import fault, shown

FORMULAS = [part for part in (Path(__file__).parent / "formulas.txt").read_text("utf-8").strip().split("\n\n")
            if not part.startswith("## ")]  # fmt: skip
SHOWN = show([Formula(tex, True) for tex in FORMULAS]).results

ATTRIBUTES = {
    "math": {"display"},
    "mi": {"mathvariant"},
    "mo": {"stretchy", "form", "symmetric", "lspace", "rspace", "minsize", "maxsize", "movablelimits", "style"},
    "mtext": {"id", "style"},
    "mspace": {"width", "height", "style"},
    "mstyle": {"displaystyle", "scriptlevel", "mathsize"},
    "mrow": {"style", "id"},
    "mpadded": {"width", "height", "depth", "voffset", "style"},
    "mfrac": {"linethickness", "style"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "munderover": set(),
    "mtable": {"displaystyle", "style"},
    "mtd": {"style"},
    "a": {"href"},
    **{name: set() for name in ("mn", "msub", "msup", "msubsup", "msqrt", "mroot", "mtr", "mphantom")},
    **{name: set() for name in ("mmultiscripts", "mprescripts")},
}
"""The elements of MathML Core that a formula may have, with the attributes that the Nu checker accepts on them."""
CHILDREN = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "mroot": 2, "msubsup": 3, "munderover": 3}


class Valid(HTMLParser):
    """Fails for MathML that is not valid."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[list[object]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attrs} <= ATTRIBUTES[tag], f"{tag} {attrs}"
        if self.open:
            self.open[-1][1] = int(str(self.open[-1][1])) + 1
        self.open.append([tag, 0])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        name, children = self.open.pop()
        assert name == tag
        assert children == CHILDREN.get(tag, children), tag

    def handle_data(self, data: str) -> None:
        assert self.open[-1][0] in ("mi", "mo", "mn", "mtext", "a"), data


def check(mathml: str) -> None:
    parser = Valid()
    parser.feed(mathml)
    parser.close()
    assert not parser.open


def test_there_are_two_hundred() -> None:
    assert len(FORMULAS) >= 200


@pytest.mark.parametrize(("tex", "result"), list(zip(FORMULAS, SHOWN, strict=True)))
def test_a_formula_is_shown_and_valid(tex: str, result: str | BadFormula) -> None:
    assert isinstance(result, str), f"{tex}: {result}"
    check(result)
    assert not re.search(r'mathvariant="(?!normal)|menclose|@\d|&ApplyFunction;', result)


TEX = st.lists(
    st.sampled_from([*r"ab1+=<>&^_{}[]()$#@\ ", "\\\\", "'", "中", r"\frac", r"\sqrt", r"\left", r"\right", r"\tag",
                     r"\text{<b> & $x$ 中}", r"\begin{matrix}", r"\end{matrix}", r"\begin{align}", r"\end{align}",
                     r"\label{a}", r"\eqref{a}", r"\foo", r"\limits", r"\hline", r"\color{red}", r"\color{#0f0}",
                     r"\def\a{\a b}", r"\a", r"\newcommand", r"\boxed", r"\substack", r"\operatorname", r"\mathop",
                     r"\boldsymbol", r"\let", r"\Bigl", r"\text", r"\unicode{x3c}", r"\large", r"\hspace", r"\root"]),
    max_size=12,
).map("".join)  # fmt: skip


@given(TEX, st.booleans())
def test_every_formula_is_valid_or_has_a_fault_at_a_place_in_it(tex: str, display: bool) -> None:
    (result,) = show([Formula(tex, display)]).results
    if isinstance(result, BadFormula):
        assert result.reason
        assert 0 <= result.at <= len(tex)
    else:
        check(result)


@pytest.mark.parametrize("display", [True, False])
def test_a_formula_says_whether_it_is_a_block(display: bool) -> None:
    assert shown("x", display=display).startswith(f'<math display="{"block" if display else "inline"}">')


SAME = [
    (r"\begin{alignat}{2} a &= b & c &= d \end{alignat}", r"\begin{align} a &= b & c &= d \end{align}"),
    (r"\begin{eqnarray} a &=& b \end{eqnarray}", r"\begin{align} a &= b \end{align}"),
    (r"\begin{split} a &= b \end{split}", r"\begin{aligned} a &= b \end{aligned}"),
    (r"\begin{aligned} a \\ b \\ \end{aligned}", r"\begin{aligned} a \\ b \end{aligned}"),
    (r"\begin{aligned} a \\[2ex] b \\* c \end{aligned}", r"\begin{aligned} a \\ b \\ c \end{aligned}"),
    (r"\matrix{a \cr b}", r"\begin{matrix} a \\ b \end{matrix}"),
    (r"\begin{array}{*{2}{c}|r} a & b & c \end{array}", r"\begin{array}{cc|r} a & b & c \end{array}"),
    (r"\begin{array}[t]{@{}lp{3cm}} a & b \end{array}", r"\begin{array}{ll} a & b \end{array}"),
    (r"\sum_{\substack{a \\ b}} x", r"\sum_{\begin{subarray}{c} a \\ b \end{subarray}} x"),
    (r"a \\ b", r"\begin{gathered} a \\ b \end{gathered}"),
    (r"a \newline b", r"a \\ b"),
    (r"\begin{equation*} a \\ b \end{equation*}",
     r"\begin{equation*} \begin{gathered} a \\ b \end{gathered} \end{equation*}"),
    (r"\begin{alignat}{1} a &+ b \end{alignat}", r"\begin{align} a &{}+ b \end{align}"),
    (r"\begin{aligned} a &- b & +c \end{aligned}", r"\begin{aligned} a &{}- b & {}+c \end{aligned}"),
    (r"\mbox{a}", r"\text{a}"),
    (r"\begin{cases*} a & if $b$ \\ c & else \end{cases*}",
     r"\begin{cases} a & \text{ if $b$ } \\ c & \text{ else } \end{cases}"),
    (r"\begin{pmatrix} \begin{psmallmatrix} a \end{psmallmatrix} \end{pmatrix}",
     r"\begin{pmatrix} \left( \begin{smallmatrix} a \end{smallmatrix} \right) \end{pmatrix}"),
    (r"\left\lt a \right\gt", r"\left< a \right>"),
    (r"\buildrel a \over = b", r"\overset{a}{=} b"),
    (r"\sqrt[\leftroot{2} n]{x}", r"\sqrt[ n]{x}"),
    (r"\bbox{x}", r"{\bbox[]{x}}"),
    (r"\textdegree", r"\text{\textdegree}"),
    (r"\mathds{1}", r"\mathbb{1}"),
    (r"\pmb{x}", r"\boldsymbol{x}"),
    (r"\boldsymbol{\mathrm{x}}", r"\mathbf{x}"),
    (r"\left< a \right>", r"\left\langle a \right\rangle"),
    (r"\bigl. a \bigr)", r"a \bigr)"),
    (r"\color{red}{a} b", r"\textcolor{red}{a} b"),
    (r"{a \color{red} b} c", r"{a \textcolor{red}{b}} c"),
    (r"\hdots \dotsc \dotsb", r"\ldots \ldots \cdots"),
    (r"a \* b", r"a \ast b"),
    (r"\root 3 \of x", r"\sqrt[3]{x}"),
    (r"\hspace*{1em} a", r"\hspace{1em} a"),
    (r"\mathop{x}\limits_a^b", r"\underset{a}{\overset{b}{\mathinner{x}}}"),
    (r"\require{cancel} \cancel{a}", r"\cancel{a}"),
    ("a % b\n + c", "a + c"),
]  # fmt: skip


@pytest.mark.parametrize(("tex", "plain"), SAME)
def test_one_form_means_the_other(tex: str, plain: str) -> None:
    assert shown(tex) == shown(plain)


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\mathbf{Ax}", "𝐀𝐱"),
        (r"\boldsymbol{b\beta}", "𝒃𝜷"),
        (r"\bm{Ax}", "𝑨𝒙"),
        (r"\mathbb{RC}", "ℝℂ"),
        (r"\mathscr{L}", "ℒ"),
        (r"\mathfrak{gG}", "𝔤𝔊"),
        (r"\boldsymbol{\mathcal{L}}", "𝓛"),
        (r"\bm{\mathfrak g}", "𝖌"),
        (r"\mathrm{abc}", "<mi>abc</mi>"),
        (r"\operatorname{lcm}", "<mi>lcm</mi>"),
        (r"\operatorname{\mathbf{A}}", "𝐀"),
        (r"\text{a \& b \{c\} 50\% \$5}", "<mtext>a &amp; b {c} 50% $5</mtext>"),
        (r"\text{<i>x</i>}", "<mtext>&lt;i&gt;x&lt;/i&gt;</mtext>"),
        (r"\text{ab $x^2$}", "<mtext>ab\xa0</mtext><mrow><msup>"),
        (r"\text{na\"ive caf\'e}", "<mtext>naïve café</mtext>"),
        (r"\text{``a'' -- b---c}", "<mtext>“a” – b—c</mtext>"),
        (r"\textbf{a} b", '<mtext style="font-weight: bold">a</mtext>'),
        (r"\text{\bf a} b", '<mtext style="font-weight: bold">a</mtext>'),
        (r"\&", "<mo>&amp;</mo>"),
        (r"a < b", "<mo>&lt;</mo>"),
        (r"\unicode{x3c}", "<mtext>&#60;</mtext>"),
        (r"\operatorname{a-b*}", "<mtext>a-b*</mtext>"),
        (r"\bbox[yellow, 5px, border: 2px solid red]{x}", "background: yellow; padding: 5px; border: 2px solid red"),
        (r"\fcolorbox{red}{#fff}{x}", "border: 0.06em solid red; background: #fff"),
        (r"\text{a {\small b}}", '<mtext style="font-size: 85%">b</mtext>'),
        (r"\boxed{y}", "border: 0.06em solid"),
        (r"\cancel{x}", "linear-gradient(to bottom right"),
        (r"\bigg\{", 'minsize="2.047em"'),
        (r"\Bigl\lfloor", 'minsize="1.623em"'),
        (r"\Bigr)^2", "<msup><mrow><mo "),
        (r"\textcolor{#f00}{x}", '<mrow style="color: #f00">'),
    ],
)
def test_a_formula_has_in_it(tex: str, expected: str) -> None:
    assert expected in shown(tex).replace("\ufe00", "").replace("\ufe01", "")


@pytest.mark.parametrize("name", ["gather", "gather*", "multline", "rcases", "align", "aligned", "cases", "dcases",
                                  "pmatrix", "smallmatrix", "split", "gathered", "flalign*"])  # fmt: skip
def test_rows_are_rows(name: str) -> None:
    assert shown(rf"\begin{{{name}}} a \\ b \\ c \end{{{name}}}").count("<mtr>") == 3


@pytest.mark.parametrize(
    ("tex", "reason", "at"),
    [
        (r"x + \foo", r"unknown command \foo", 4),
        (r"\ce{H2O}", r"unknown command \ce", 0),
        (r"\begin{foo} x \end{foo}", "unknown environment foo", 0),
        (r"\begin{matrix} x", r"\begin{matrix} without its \end", 0),
        (r"x \end{matrix}", r"\end{matrix} without its \begin", 2),
        (r"\begin{matrix} x \end{pmatrix}", r"\end{pmatrix} closes \begin{matrix}", 17),
        (r"a & b", "& is not inside rows: begin an environment such as aligned", 2),
        (r"{ a", "a { without a }", 0),
        (r"a }", "a } without a {", 2),
        (r"\left( a", r"\left without \right", 8),
        (r"a \right)", r"\right without \left", 2),
        (r"x_a_b", "two subscripts or two superscripts in a row", 3),
        (r"中文 \frac{1}", "a part of it is missing at its end", 11),
        (r"\text{a \foo}", r"unknown command \foo in text", 8),
        (r"\text{a $x}", "$ is missing after $", 8),
        (r"\color{red;x}{a}", "red;x is no colour: write its name, or #rrggbb", 0),
        (r"\hspace{x}", "x is no length", 0),
        (r"\bbox[url(x)]{x}", r"\bbox with an unknown option url(x)", 0),
        (r"\colorbox{a;b}{x}", "a;b is no colour: write its name, or #rrggbb", 0),
        (r"\begin{array}{q} a \end{array}", "an array with an unknown column q", 0),
        (r"\unicode{xD800}", "xD800 is no character", 0),
        (r"\href{javascript:x}{y}", r"unknown command \href", 0),
        ("{" * 101 + "a" + "}" * 101, "it is nested too deeply", 99),
        (r"\sqrt " * 1001 + "a", "it is nested too deeply", 6000),
    ],
)
def test_a_formula_that_cannot_be_shown_says_why_and_where(tex: str, reason: str, at: int) -> None:
    assert fault(tex) == (reason, at)


def test_macros_cannot_nest_deeper_than_a_formula_may_be() -> None:
    ten = r"\def\a#1{" + "{" * 10 + "#1" + "}" * 10 + "}"
    assert shown(ten + r"\a{" * 9 + "x" + "}" * 9)
    assert fault(ten + r"\a{" * 10 + "x" + "}" * 10)[0] == "it is nested too deeply"


def test_a_style_stands_on_an_element_that_may_have_it() -> None:
    table = r"\begin{matrix} a \end{matrix}"
    assert "<mstyle" not in shown(table)
    assert '<mstyle scriptlevel="0"><mtable displaystyle="false">' in shown(f"x^{{{table}}}")
    assert '<mstyle scriptlevel="0"><mtable displaystyle="false">' in shown(rf"\scriptstyle {table}")
    assert '<mstyle displaystyle="true"><mfrac>' in shown(r"\dfrac12")
    assert shown(r"\textstyle x").endswith("</mi></mstyle></math>")


def test_a_formula_of_the_greatest_depth_is_shown() -> None:
    assert shown("{" * 99 + "a" + "}" * 99)
    assert shown(r"\hat" * 1000 + " a")
