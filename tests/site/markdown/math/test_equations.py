"""Numbers, labels and references of the equations of an article."""

import re

import pytest

from tests.site.markdown.math.showing import fault, page, shown


def numbers(*formulas: str) -> list[str]:
    return re.findall(r"<mtext[^>]*>(\([^<]*\))</mtext>", "".join(page(*formulas)))


def test_numbers_count_through_the_article() -> None:
    first = r"\begin{align} a &= b \\ c &= d \end{align}"
    assert numbers(first, "x", r"\begin{equation} e \end{equation}", first) == ["(1)", "(2)", "(3)", "(4)", "(5)"]


@pytest.mark.parametrize("name", ["equation", "align", "gather", "multline", "alignat", "flalign", "eqnarray"])
def test_an_environment_has_numbers_and_with_a_star_it_has_none(name: str) -> None:
    columns = "{1}" if name == "alignat" else ""
    assert numbers(rf"\begin{{{name}}}{columns} a \end{{{name}}}") == ["(1)"]
    assert numbers(rf"\begin{{{name}*}}{columns} a \end{{{name}*}}") == []


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\begin{align} a \notag \\ b \nonumber \\ c \end{align}", ["(1)"]),
        (r"\begin{align} a \tag{A} \\ b \end{align}", ["(A)", "(1)"]),
        (r"\begin{align*} a \\ b \tag{B} \end{align*}", ["(B)"]),
        (r"\begin{multline} a \\ b \\ c \end{multline}", ["(1)"]),
        (r"\begin{equation} \begin{split} a &= b \\ &= c \end{split} \end{equation}", ["(1)"]),
        (r"\begin{gather} a \\ b \\ \end{gather}", ["(1)", "(2)"]),
        (r"x \tag{7}", ["(7)"]),
        (r"x \tag{a--b \& c}", ["(a–b &amp; c)"]),
        (r"\begin{equation} x \tag{*} \end{equation}", ["(*)"]),
        (r"\left\{ \begin{align} a \\ b \end{align} \right.", []),
    ],
)
def test_a_row_is_numbered_as_it_says(tex: str, expected: list[str]) -> None:
    assert numbers(tex) == expected


def test_a_tag_with_a_star_has_no_brackets_and_a_formula_in_a_tag_is_one() -> None:
    assert "<mtext>Euler</mtext>" in shown(r"x \tag*{Euler}")
    assert "<mtext>(</mtext>" in (found := shown(r"x \tag{$\alpha$}"))
    assert "<mi>α</mi>" in found


def test_the_number_of_a_multline_stands_in_its_last_row() -> None:
    found = shown(r"\begin{multline} a \tag{3} \\ b \end{multline}")
    assert found.index("(3)") > found.index("<mi>b</mi>")


def test_references_lead_to_earlier_and_later_equations() -> None:
    found = page(
        r"\eqref{late}, \ref{early}",
        r"\begin{align} a \label{early} \\ b \notag \end{align}",
        r"\begin{equation} \begin{split} c \label{late} \end{split} \end{equation}",
    )
    assert '<a href="#eq-late">(2)</a>' in found[0]
    assert '<a href="#eq-early">1</a>' in found[0]
    assert 'id="eq-early">(1)<' in found[1]
    assert 'id="eq-late">(2)<' in found[2]


def test_labels_of_one_form_have_different_ids() -> None:
    found = page(*(rf"\begin{{equation}} a \label{{{label}}} \end{{equation}}" for label in ("a b", "a&b", "&", "?")))
    ids = re.findall(r'id="([^"]+)"', "".join(found))
    assert len(set(ids)) == 4
    assert all(re.fullmatch(r"[\w.:-]+", one) for one in ids)


@pytest.mark.parametrize(
    ("tex", "reason", "at"),
    [
        (r"a + \eqref{x}", "no equation has the label x", 4),
        (r"a \label{x}", r"a \label in a row without a number", 2),
        (r"\begin{align*} a \label{x} \end{align*}", r"a \label in a row without a number", 17),
        (r"a \tag{1} \tag{2}", r"a second \tag in one row", 10),
    ],
)
def test_a_number_that_is_not_there_is_a_fault(tex: str, reason: str, at: int) -> None:
    assert fault(tex) == (reason, at)


def test_a_label_that_stands_twice_is_a_fault_of_the_second() -> None:
    equation = r"\begin{equation} a \label{x} \end{equation}"
    first, second = page(equation, equation)
    assert first.startswith("<math")
    assert second == "19: two equations have the label x"


def test_a_formula_that_is_wrong_does_not_stop_the_others() -> None:
    found = page(r"\foo", r"\begin{equation} a \end{equation}", r"\frac{1")
    assert [one[:5] for one in found] == ["0: un", "<math", "5: a "]
