"""Write the blocks of an article that are diagrams, and find the positions of their faults."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass
from publisher.site.markdown.diagrams import drawing
from publisher.site.markdown.diagrams.clean import ID

if TYPE_CHECKING:
    from publisher.site.markdown.highlight import Recall

_FENCE = re.compile(rf"[ \t>*+.)\d-]*(?:`{{3,}}|~{{3,}})[ \t{{.]*{drawing.LANGUAGE}\b")
_CLOSING = re.compile(r"`{3,}|~{3,}")


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A diagram that is shown as code: its source, its number among all diagrams, the reason, and the position."""

    source: str
    number: int
    reason: str
    kind: str
    hint: str = ""
    line: int = 0
    column: int = 0


class Diagrams:
    """Draws the diagrams of one article after another. `recall` stores drawings between builds (see highlight.py)."""

    def __init__(self, recall: Recall | None) -> None:
        self._recall = recall
        self._sources: list[str] = []
        self._wrong: list[_Wrong] = []

    def begin(self) -> None:
        """Forget the diagrams of the previous article."""
        self._sources, self._wrong = [], []

    def html(self, source: str) -> str | None:
        """Return the HTML of a diagram. Return None if it is shown as code, and record the reason."""
        self._sources.append(source)
        number = len(self._sources)
        if not drawing.is_installed():
            self._wrong.append(_Wrong(source, number, drawing.MISSING, "diagram-library", drawing.INSTALL))
            return None
        key = hashlib.sha256(f"{drawing.LANGUAGE}\0{source}".encode()).hexdigest()
        try:
            html = self._recall(key, lambda: drawing.draw(source)) if self._recall else drawing.draw(source)
        except drawing.BadDiagram as error:
            reason = f"this diagram cannot be drawn: {error.reason}"
            self._wrong.append(
                _Wrong(source, number, reason, "diagram", "correct the diagram", error.line, error.column)
            )
            return None
        return html.replace(ID, ID.replace("NUMBER", str(number)))

    def problems(self, path: str, text: str, line: int) -> tuple[Problem, ...]:
        """Return the problem of each diagram that is shown as code.

        `text` is the body of the article with the content path `path`. It begins on line `line` of the file.
        """
        if not self._wrong:
            return ()
        lines = text.split("\n")
        begins = _begins(lines, self._sources)
        return tuple(
            Problem(path, line + at, column, one.reason, one.hint, kind=one.kind)
            for one in self._wrong
            for at, column in [_place(one, lines, begins[one.number - 1])]
        )


def _begins(lines: Sequence[str], sources: Sequence[str]) -> list[int]:
    """Return the index of the line with the opening fence of each diagram, or 0 if it is not found.

    Equal diagrams are found in the order of the article.
    """
    fences = [number for number, line in enumerate(lines) if _FENCE.match(line)]
    known: dict[str, list[int]] = {}
    for number in reversed(fences):
        known.setdefault(_first(lines[number + 1 :]), []).append(number)
    found: list[int] = []
    for source in sources:
        there = known.get(_first(source.split("\n")), [])
        fitting = [number for number in reversed(there) if _fits(lines, number, source)]
        if fitting:
            there.remove(fitting[0])
        found.append(fitting[0] if fitting else 0)
    return found


def _first(lines: Sequence[str]) -> str:
    """Return the first line of a diagram without the signs of quotes and lists around it."""
    first = lines[0].strip(" \t>") if lines else ""
    return "" if _CLOSING.fullmatch(first) else first


def _fits(lines: Sequence[str], number: int, source: str) -> bool:
    """Return whether the lines after the line `number` are those of a diagram."""
    wanted = source.strip("\n").split("\n")
    there = lines[number + 1 : number + 1 + len(wanted)]
    return len(there) == len(wanted) and all(
        line.rstrip().endswith(want.strip()) for line, want in zip(there, wanted, strict=True)
    )


def _place(one: _Wrong, lines: Sequence[str], begin: int) -> tuple[int, int]:
    """Return the index of the line of a fault, and its column, which counts from 1."""
    written = one.source.split("\n")
    if not 0 < one.line <= len(written) or begin + one.line >= len(lines):
        return begin, 1
    want = written[one.line - 1]
    return begin + one.line, max(lines[begin + one.line].find(want), 0) + max(one.column, 1)
