"""One formula to its MathML, for the tests of this folder."""

from publisher.site.markdown.math.formula import BadFormula, Formula
from publisher.site.markdown.math.show import show


def shown(tex: str, *, display: bool = True, macros: dict[str, str] | None = None) -> str:
    """The MathML of a formula that is right."""
    (result,) = show([Formula(tex, display)], macros).results
    assert isinstance(result, str), f"{tex}: {result} at {result.at}"
    return result


def fault(tex: str, *, display: bool = True) -> tuple[str, int]:
    """The reason and the place of the fault of a formula that is wrong."""
    (result,) = show([Formula(tex, display)]).results
    assert isinstance(result, BadFormula), f"{tex}: {result}"
    return result.reason, result.at


def page(*formulas: str) -> list[str]:
    """The MathML of all formulas of an article, which are blocks."""
    results = show([Formula(tex, True) for tex in formulas]).results
    return [result if isinstance(result, str) else f"{result.at}: {result.reason}" for result in results]
