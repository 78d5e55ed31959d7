"""Number the equations of an article, and record their labels."""

from __future__ import annotations

import re
from html import escape

from publisher.fast_dataclass import dataclass, field
from publisher.site.markdown.math.formula import BadFormula, Equation

_NO_ID = re.compile(r"[^\w.:-]+")


@dataclass(slots=True)
class Equations:
    """The equations of one article. The formulas of the article must be converted in their order."""

    labels: dict[str, Equation] = field(default_factory=dict)
    _last: int = 0

    def next_number(self) -> str:
        """Return the number of the next equation. The first equation has the number 1."""
        self._last += 1
        return str(self._last)

    def name(self, label: tuple[str, int], number: str) -> str:
        """Give an equation its label, and return the id of its element.

        `label` is the name and the index of the label in the formula. Raises BadFormula if an earlier equation has this
        label.
        """
        name, at = label
        if name in self.labels:
            raise BadFormula(f"two equations have the label {name}", at)
        anchor = "eq-" + (_NO_ID.sub("-", name).strip("-") or str(len(self.labels) + 1))
        taken = {equation.anchor for equation in self.labels.values()}
        while anchor in taken:
            anchor += "-"
        self.labels[name] = Equation(anchor, escape(number, quote=False))
        return anchor
