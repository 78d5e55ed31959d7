"""Define the arguments and the results of the conversion of formulas.

This module does not import the conversion, because articles without formulas do not need it.
"""

from __future__ import annotations

from collections.abc import Mapping

from publisher.fast_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Equation:
    """An equation with a label. `anchor` is the id of its element, and `number` is the HTML of its number."""

    anchor: str
    number: str


class BadFormula(ValueError):
    """A formula cannot be shown. `reason` says why. `at` is the index of the wrong character in the formula."""

    def __init__(self, reason: str, at: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.at = reason, at


@dataclass(frozen=True, slots=True)
class Formula:
    """The TeX of a formula, without its delimiters. If `display` is set, the formula is a block."""

    tex: str
    display: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """The results of the formulas of an article, in the order of the formulas. `labels` maps labels to equations.

    The result of a formula is the element `math`, or the error if the formula cannot be shown.
    """

    results: tuple[str | BadFormula, ...]
    labels: Mapping[str, Equation]
