"""The stage that replaces the formulas found by pymdownx.arithmatex with MathML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any, Literal
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString
from pymdownx.arithmatex import RE_SMART_DOLLAR_INLINE, InlineArithmatexPattern

from publisher.site.markdown.math import BadFormula, mathml
from publisher.site.markdown.python_markdown.carried import carried


class _Inline(InlineArithmatexPattern):
    """The library's pattern.

    It searches for the end of each bracket up to the end of the paragraph if there is none.
    """

    def __init__(self, pattern: str) -> None:
        initialise: Any = super().__init__  # not typed
        initialise(pattern, {"generic": True})
        self._dollars = re.compile(RE_SMART_DOLLAR_INLINE)

    def getCompiledRegExp(self) -> Any:  # noqa: N802
        """Return the object to search with, which is this one."""
        return self

    def finditer(self, text: str, start: int) -> Iterator[re.Match[str]]:
        r"""Yield all formulas from `start` on. Without `\)` in the rest, only those with dollars are searched."""
        closed = text.find("\\)", start) >= 0
        return (self.compiled_re if closed else self._dollars).finditer(text, start)


class Formulas(Treeprocessor):
    """Inline `$x$`, blocks `$$ x $$`, and `math` fences. `wrong` holds bad formulas: (formula, reason)."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[tuple[str, str]] = []

    def join(self, md: Markdown) -> None:
        """Register the stage after the inline stage."""
        self.md = md
        inline: Any = md.inlinePatterns["arithmatex-inline"]
        md.inlinePatterns.register(_Inline(inline.pattern), "arithmatex-inline", 189.9)
        md.treeprocessors.register(self, "formulas", 12)

    def run(self, root: Element) -> None:
        """Replace the library's generic output with MathML."""
        for element in root.iter():
            if element.get("class") == "arithmatex" and element.text and element.text[:2] in (r"\(", r"\["):
                block = element.text[:2] == r"\["
                formula = unescape(element.text[2:-2]) if block else element.text[2:-2]
                element.set("class", "math")
                element.text = AtomicString(self._stash(formula, "block" if block else "inline"))

    def fence(self) -> dict[str, Any]:
        """Return the entry for superfences that makes a `math` fence a formula."""

        def write(source: str, *_: object, **__: object) -> str:
            with carried():
                return f'<div class="math">{self._show(source, "block")}</div>'

        return {"name": "math", "class": "math", "format": write}

    def _stash(self, formula: str, display: Literal["inline", "block"]) -> str:
        assert self.md is not None
        return self.md.htmlStash.store(self._show(formula, display))

    def _show(self, formula: str, display: Literal["inline", "block"]) -> str:
        try:
            return mathml(formula.strip(), display)
        except BadFormula as error:
            self.wrong.append((formula.strip(), str(error)))
            return ""
