from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from latex2mathml import exceptions

from publisher.site.markdown import math
from publisher.site.markdown.math import BadFormula, mathml

TEX = st.lists(
    st.sampled_from(
        [*r"ab1+=<>&^_{}[]()\ ", r"\frac", r"\sqrt", r"\left", r"\right", r"\begin{matrix}", r"\end{matrix}"]
    )
    | st.sampled_from(
        [r"\\", r"\sum", r"\text{<b> 中}", r"\foo", r"\limits", "'", "中", r"\hline", r"\genfrac", r"\color"]
    ),
    max_size=12,
).map("".join)


@given(TEX)
def test_every_formula_is_well_formed_or_refused_with_a_reason(formula: str) -> None:
    try:
        shown = mathml(formula, "inline")
    except BadFormula as error:
        assert str(error)  # noqa: PT017  either way is right
    else:
        assert fromstring(shown).tag.endswith("math")


def test_every_exception_of_the_library_has_a_reason() -> None:
    classes = {
        name for name, kind in vars(exceptions).items() if isinstance(kind, type) and issubclass(kind, Exception)
    }
    assert classes == set(math._REASONS)


@pytest.mark.parametrize("display", ["inline", "block"])
def test_a_formula_says_how_it_stands(display: str) -> None:
    assert f'display="{display}"' in mathml("x", display)


def test_text_inside_a_formula_cannot_become_tags() -> None:
    assert "<mtext>&lt;b&gt;" in mathml(r"\text{<b>x</b>}", "inline")
