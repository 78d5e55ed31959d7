"""Collect the formulas of an article and its references to equations, and convert them after the whole article.

Before the end of the article, some equations have no number yet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass
from publisher.html import links
from publisher.html.tokens import words
from publisher.site.markdown.accessibility import formula_scrolls
from publisher.site.markdown.commonmark.ids import ArticleIds
from publisher.site.markdown.commonmark.links import Links
from publisher.site.markdown.commonmark.source import Source
from publisher.site.markdown.math.formula import BadFormula, Formula, Shown
from publisher.site.markdown.math.guard import restored
from publisher.site.markdown.math.place import behind

REFERENCE = re.compile(r"\\(?P<form>eqref|ref)\{(?P<label>[^{}\n]++)\}")
"""Matches a reference to an equation in the text."""


@dataclass(frozen=True, slots=True)
class _Found:
    formula: Formula
    piece: int
    """The index in `out` of the piece that becomes the formula."""
    word: int
    """The index in `plain_text` (see `finish`) of the piece that becomes the words of the formula."""
    offset: int


@dataclass(frozen=True, slots=True)
class _Reference:
    written: str
    label: str
    piece: int
    offset: int


class Formulas:
    """Converts the formulas of the article at the content path `path`, and collects their faults.

    `macros` maps the names of the site's macros to their TeX.
    """

    def __init__(self, source: Source, path: str, macros: Mapping[str, str]) -> None:
        self._source, self._path, self._macros = source, path, macros
        self._found: list[_Found] = []
        self._references: list[_Reference] = []
        self.has_labels = "\\label{" in source.text
        self.problems: list[Problem] = []

    def write(self, out: list[str], tex: str, offset: int, *, display: bool, word: int) -> None:
        """Append a piece to `out` that `finish` replaces with this formula. `offset` is where its TeX begins.

        `word` is the index of the formula's piece in the plain text. Before the call, the last piece of `out` must be
        the start tag of the element around the formula, because `finish` may give this element a `tabindex`.
        """
        tex = restored(tex)
        stripped = tex.strip()
        offset += len(tex[: tex.find(stripped)].encode())
        self._found.append(_Found(Formula(stripped, display), len(out), word, offset))
        out.append("")

    def refer(self, out: list[str], match: re.Match[str], offset: int) -> None:
        """Append a piece to `out` that `finish` replaces with a link to an equation.

        `match` is a match of REFERENCE.
        """
        self._references.append(_Reference(match[0], match["label"].strip(), len(out), offset))
        out.append("")

    def finish(self, out: list[str], plain_text: list[str], ids: ArticleIds, marks: Links) -> None:
        """Convert all formulas and references, and write them into their pieces of `out` and of `plain_text`.

        Equations are numbered from the first formula to the last. A reference may name a later equation.
        """
        if not self._found and not self._references:
            return
        from publisher.site.markdown.math.show import show

        shown = show([found.formula for found in self._found], self._macros)
        for found, result in zip(self._found, shown.results, strict=True):
            if isinstance(result, BadFormula):
                self._fault(self._behind(found, result.at), f"this formula cannot be shown: {result.reason}")
            else:
                out[found.piece] = self._marked(result, found.offset, ids, marks)
                plain_text[found.word] = words(result)
                if found.formula.display and formula_scrolls(result):
                    out[found.piece - 1] = out[found.piece - 1].replace(">", ' tabindex="0">')
        for reference in self._references:
            out[reference.piece] = self._link(reference, shown, marks)

    def _behind(self, found: _Found, at: int) -> int:
        """Return the offset of the character `at` of a formula. In a quote, the lines of the source begin with `>`."""
        most = found.offset + 2 * len(found.formula.tex.encode()) + 200
        source = self._source.cut(found.offset, most)
        return found.offset + len(source[: behind(source, 0, found.formula.tex[:at])].encode())

    def _marked(self, html: str, offset: int, ids: ArticleIds, marks: Links) -> str:
        if ' id="' in html:
            for given in links.ids(html):
                ids.author(given, lambda: self._source.place(offset))
        if "<a href=" in html:
            html = links.replace(html, lambda link: marks.here(link.text[1:]) if link.text[:1] == "#" else None)
        return html

    def _link(self, reference: _Reference, shown: Shown, marks: Links) -> str:
        found = shown.labels.get(reference.label)
        if found is None:
            self._fault(reference.offset, f"this formula cannot be shown: no equation has the label {reference.label}")
            return reference.written.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        number = f"({found.number})" if reference.written.startswith("\\eqref") else found.number
        return f'<a href="{marks.here(found.anchor)}">{number}</a>'

    def _fault(self, offset: int, what: str) -> None:
        self.problems.append(Problem(self._path, *self._source.place(offset), what, "correct the TeX", kind="formula"))
