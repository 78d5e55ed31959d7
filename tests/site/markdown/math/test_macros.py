"""Macros that authors define, in articles and in publish.toml."""

import pytest

from tests.site.markdown.math.showing import fault, page, shown

SAME = [
    (r"\newcommand{\R}{\mathbb{R}} \R", r"\mathbb{R}"),
    (r"\newcommand\R{\mathbb{R}} x \in \R^n", r"x \in \mathbb{R}^n"),
    (r"\renewcommand{\vec}[1]{\mathbf{#1}} \vec{x} + \vec y", r"\mathbf{x} + \mathbf y"),
    (r"\newcommand*{\f}[2]{\frac{#1}{#2}} \f{a}{b}", r"\frac{a}{b}"),
    (r"\newcommand{\f}[2][x]{f(#1, #2)} \f{y}, \f[z]{y}", r"f(x, y), f(z, y)"),
    (r"\providecommand{\alpha}{a} \alpha", r"a"),
    (r"\newcommand{\a}{1} \providecommand{\a}{2} \a", r"1"),
    (r"\def\R{\mathbb{R}} \R", r"\mathbb{R}"),
    (r"\def\f#1#2{#2 #1} \f{a}{b}", r"b a"),
    (r"\let\a\alpha \a", r"\alpha"),
    (r"\let\a=\alpha \a", r"\alpha"),
    (r"\DeclareMathOperator{\Tr}{Tr} \Tr A", r"\operatorname{Tr} A"),
    (r"\DeclareMathOperator*{\am}{arg\,max} \am_x", r"\operatorname*{arg\,max}_x"),
    (r"\newcommand{\be}{\begin{aligned}}\newcommand{\ee}{\end{aligned}} \be a &= b \ee",
     r"\begin{aligned} a &= b \end{aligned}"),
    (r"\newcommand{\a}{xy} 2^\a", r"2^{xy}"),
    (r"\newcommand{\name}{width} \text{the \name}", r"\text{the width}"),
    (r"\newcommand{\a}{\b}\newcommand{\b}{c} \a", r"c"),
]  # fmt: skip


@pytest.mark.parametrize(("tex", "plain"), SAME)
def test_a_macro_is_what_it_stands_for(tex: str, plain: str) -> None:
    assert shown(tex) == shown(plain)


def test_a_macro_is_known_to_later_formulas_of_the_article_alone() -> None:
    assert page(r"\newcommand{\R}{x}", r"\R + 1")[1] == page("x + 1")[0]
    assert page(r"\foo") == [r"0: unknown command \foo"]


def test_macros_of_the_site_are_known_to_every_formula() -> None:
    macros = {"R": r"\mathbb{R}", "norm": r"\left\lVert #1 \right\rVert", "half": r"\frac12"}
    assert shown(r"\norm{x} \in \R", macros=macros) == shown(r"\left\lVert x \right\rVert \in \mathbb{R}")
    assert shown(r"\half", macros=macros) == shown(r"\frac12")


@pytest.mark.parametrize(
    ("tex", "reason"),
    [
        (r"\newcommand{\a}{\a\a} \a", "its macros make it too long"),
        (r"\newcommand{\a}{\a} \a", "its macros make it too long"),
        (r"\def\a#1{\a{#1#1}} \a{xx}", "its macros make it too long"),
        (r"\def\a{\text{\a}} \a", "it is nested too deeply"),
        (r"\def\a{\text{$\a$}} \a", "it is nested too deeply"),
        (r"\def\a#1{\text{\textbf{\a{#1}}}} \a{x}", "it is nested too deeply"),
        (r"\newcommand{x}{y}", r"\newcommand needs the name of a command"),
        (r"\newcommand{\a}[y]{x}", "y is no number of arguments"),
        (r"\newcommand{\a}[1]{#2} \a{x}", r"\a uses #2, which is none of its arguments"),
        (r"\def\a(#1){x}", r"\def allows only #1#2... before its body: write \newcommand"),
        (r"\newcommand{\a}[1]{#1} \a", r"something is missing after \a"),
    ],
)
def test_a_macro_that_cannot_be_is_a_fault(tex: str, reason: str) -> None:
    assert fault(tex)[0] == reason


def test_a_fault_behind_a_macro_has_its_place_in_the_source() -> None:
    assert fault(r"\newcommand{\a}{xxxxxxxx} \a + \foo") == (r"unknown command \foo", 31)
    assert fault(r"\newcommand{\a}{x \foo} y + \a") == (r"unknown command \foo", 28)
