"""Convert all formulas of an article to MathML. The engines of both flavours call `show`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from publisher.fast_dataclass import dataclass
from publisher.site.markdown.math import commands, environments, mathml
from publisher.site.markdown.math.equations import Equations
from publisher.site.markdown.math.expansion import Expansion, Handler, Reference, Values
from publisher.site.markdown.math.formula import BadFormula, Formula, Shown
from publisher.site.markdown.math.macros import OF_OTHER_TOOLS, Macro, macro
from publisher.site.markdown.math.reasons import reason
from publisher.site.markdown.math.tex import Token, check_nesting, place, tokens, written

HANDLERS: Mapping[str, Handler] = {
    **commands.COMMANDS,
    "\\begin": environments.begin,
    "\\end": environments.end,
    "\\\\": environments.new_row,
}
_ROWS = ("\\tag", "\\label", "\\notag", "\\nonumber", "&")
_COMMAND = re.compile(r"\\(?:[a-zA-Z]+|.)|[&@]", re.DOTALL)
_ANGLE = re.compile(r"[<>]|\\[lg]t(?![a-zA-Z])")
"""Matches signs that are brackets after `\\left` and relations in other positions."""
_PLAIN = frozenset(("\\,", "\\;", "\\:", "\\!", "\\ ", "\\{", "\\}", "\\|"))
_PLAIN_WITH_BRACKETS = _PLAIN | {"\\left", "\\right", "\\middle"}


@dataclass(frozen=True, slots=True)
class _Draft:
    """A converted formula without the links of its references, because the equations may come later."""

    inner: str
    values: Values


def show(formulas: Sequence[Formula], macros: Mapping[str, str] | None = None) -> Shown:
    """Convert all formulas of an article, and number its equations. `formulas` are in the order of the article.

    References may name later equations. A macro that one formula defines can be used in later formulas. `macros` maps
    the names of the site's macros, without a backslash, to their TeX. The result of a formula that cannot be shown is a
    BadFormula.
    """
    article = _Article({**OF_OTHER_TOOLS, **{f"\\{name}": macro(body) for name, body in (macros or {}).items()}})
    drafts = [article.draft(formula) for formula in formulas]
    results = tuple(
        draft if isinstance(draft, BadFormula) else article.finished(draft, formula.display)
        for draft, formula in zip(drafts, formulas, strict=True)
    )
    return Shown(results, article.equations.labels)


class _Article:
    """The macros and the equations that the formulas of an article share."""

    def __init__(self, macros: dict[str, Macro]) -> None:
        self._macros = macros
        self.equations = Equations()

    def draft(self, formula: Formula) -> _Draft | BadFormula:
        """Return the formula without the links of its references, or the error if it cannot be shown."""
        values = Values()
        try:
            check_nesting(formula.tex)
            if self._is_plain(formula.tex):
                return _Draft(_convert(formula.tex, formula.display), values)
            return _Draft(self._rewritten(tokens(formula.tex), formula.display, values), values)
        except BadFormula as error:
            return error
        except RecursionError:
            return BadFormula("it is nested too deeply")

    def finished(self, draft: _Draft, display: bool) -> str | BadFormula:
        """Return the element `math` of the draft, or the error if one of its references has no equation."""
        try:
            return mathml.element(mathml.filled(draft.inner, draft.values.of, self._link), display)
        except BadFormula as error:
            return error

    def _link(self, reference: Reference) -> str:
        found = self.equations.labels.get(reference.label)
        if found is None:
            raise BadFormula(f"no equation has the label {reference.label}", reference.at)
        return mathml.link(reference, found.anchor, found.number)

    def _is_plain(self, tex: str) -> bool:
        """Return whether the library can convert the formula unchanged. It can convert most formulas unchanged."""
        plain = _PLAIN if _ANGLE.search(tex) else _PLAIN_WITH_BRACKETS
        return all(
            sign in plain or not (sign in HANDLERS or sign in self._macros or sign in _ROWS or len(sign) == 1)
            for sign in _COMMAND.findall(tex)
        )

    def _rewritten(self, parts: Sequence[Token], display: bool, values: Values, depth: int = 0) -> str:
        def inner(inside: Sequence[Token], values: Values) -> str:
            return self._rewritten(inside, False, values, depth + 1)

        expansion = Expansion(self._macros, HANDLERS, inner, values, display=display, depth=depth)
        arranged = environments.Arrangement(expansion, self.equations).run(expansion.run(parts))
        tex = written(arranged)
        try:
            check_nesting(tex)
            return _convert(tex, display)
        except BadFormula as error:
            raise BadFormula(error.reason, place(arranged, error.at)) from error


@cache
def _library() -> tuple[Any, type[Exception]]:
    from math_core import LatexError, LatexToMathML

    return LatexToMathML(fancy_error=False, allow_unreliable_rendering=True), LatexError


def _convert(tex: str, display: bool) -> str:
    """Return the content of the library's element `math`. Raises BadFormula if the library cannot convert `tex`."""
    converter, failure = _library()
    try:
        found: str = converter.convert_with_local_state(tex, displaystyle=display)
    except failure as error:
        raise reason(str(error), tex) from error
    return mathml.without_element(found)
