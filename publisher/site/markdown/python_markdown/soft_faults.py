"""Find faults that do not prevent a page: repeated ids, unused footnotes, and syntax that stays in the page as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass
from publisher.site.markdown.left_as_text import left
from publisher.site.markdown.python_markdown.link_marks import Used

_WORD = "again{}niaga"

_ID = re.compile(r"""(?:\{[^{}\n\#]*+\#|(?<=[\s"'{])(?:id|name)\s*+=\s*+["']?+)([^\s"'{}<>=#]+)""")
_NOTE = re.compile(r"^[ \t>]*+(?:(?:[-*+]|\d+[.)])[ \t]++)*+\[\^([^\]\n]*+)\]:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Written:
    """The results of a conversion that Soft checks."""

    html: str
    notes: frozenset[str]
    """The labels of all footnotes."""
    unused: tuple[str, ...]
    """The labels of footnotes without a reference."""
    definitions: frozenset[str]
    """The labels of defined links, in lower case."""
    repeated: tuple[str, ...]
    """The ids that more than one element has."""
    wikilinks: bool = False
    obsidian: bool = False
    """Whether `![[name]]` is an embed and no fault."""


@dataclass(frozen=True, slots=True)
class Again:
    """The results of a second conversion, of the article with some words replaced."""

    html: str
    used: list[Used]
    ids: frozenset[str]
    notes: frozenset[str]


class Soft:
    """Finds the faults in one body. `at` returns the line and column of an index. `again` converts a changed text."""

    def __init__(
        self, path: str, text: str, at: Callable[[int], tuple[int, int]], again: Callable[[str], Again]
    ) -> None:
        self._path, self._text, self._at, self._again = path, text, at, again

    def problems(self, written: Written) -> tuple[Problem, ...]:
        """Return the problems, each with its kind and its position."""
        found = [*self._repeated(written.repeated), *self._unused(written.unused)]
        seen = left(
            self._text,
            written.html,
            written.notes,
            written.definitions,
            lambda text: self._again(text).html,
            wikilinks=written.wikilinks,
            embeds=written.obsidian,
        )
        found += (Problem(self._path, *self._at(one.start), one.what, one.hint, kind=one.kind) for one in seen)
        return tuple(found)

    def _repeated(self, ids: Sequence[str]) -> Iterator[Problem]:
        if not ids:
            return
        asked = frozenset(ids)
        spans = [span for span in _spans(_ID, self._text) if span[2] in asked]
        kept = self._kept(spans, lambda again: again.ids)
        places: dict[str, list[int]] = {}
        for start, _, given in kept:
            places.setdefault(given, []).append(start)
        for given in ids:
            first, *others = places.get(given) or [-1]
            for start in others:
                what = f"the id {given!r} is used twice: links to #{given} lead to line {self._at(first)[0]}"
                yield self._problem("duplicate-id", start, what, "give one of the two another id")
            if not others:
                yield self._problem(
                    "duplicate-id", first, f"the id {given!r} is used twice", "give one of the two another id"
                )

    def _unused(self, labels: Sequence[str]) -> Iterator[Problem]:
        if not labels:
            return
        asked = frozenset(labels)
        spans = [span for span in _spans(_NOTE, self._text) if span[2] in asked]
        kept = self._kept(spans, lambda again: again.notes) if len(spans) > len(labels) else spans
        places = {label: start - len("[^") for start, _, label in reversed(kept)}
        for label in labels:
            what = f"nothing refers to the footnote [^{label}]"
            yield self._problem(
                "unused-footnote", places.get(label, -1), what, "add a reference to the text, or remove the footnote"
            )

    def _problem(self, kind: str, start: int, what: str, hint: str) -> Problem:
        return Problem(self._path, *(self._at(start) if start >= 0 else (0, 0)), what, hint, kind=kind)

    def _kept(
        self, spans: list[tuple[int, int, str]], names: Callable[[Again], frozenset[str]]
    ) -> list[tuple[int, int, str]]:
        """Return the spans that are syntax. Leave out the spans that are code.

        Convert the text again, with a unique word instead of each span. `names` returns the ids or labels of the
        result. A span is syntax if its word is among them.
        """
        parts: list[str] = []
        done = 0
        for number, (start, end, _) in enumerate(spans):
            parts += (self._text[done:start], _WORD.format(number))
            done = end
        known = names(self._again("".join([*parts, self._text[done:]]))) if spans else frozenset()
        return [span for number, span in enumerate(spans) if _WORD.format(number) in known]


def _spans(pattern: re.Pattern[str], text: str) -> list[tuple[int, int, str]]:
    return [(*match.span(1), match[1]) for match in pattern.finditer(text)]
