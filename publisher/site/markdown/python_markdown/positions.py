"""Find the lines and columns of links and formulas in the Markdown source, because the library does not record them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass
from publisher.site.markdown import links, obsidian
from publisher.site.markdown.math.place import behind
from publisher.site.model import Reference

if TYPE_CHECKING:
    from publisher.site.markdown.python_markdown.link_marks import Used

_TOKEN = "place{}ecalp"  # noqa: S105  replaces a destination, and has no meaning in Markdown


FORMULAS = 20
"""At least this number of bad formulas get a search for their position, even in a very long article."""
SEARCHED = 2_000_000
"""The largest number of characters, in all searches together, that are searched for bad formulas.

Each bad formula needs a search of the whole text.
"""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A formula with a fault: its source, the reason, and the index in the formula at which the fault is."""

    formula: str
    reason: str
    at: int = 0


class Places:
    """Finds positions in the body `text` of an article. The body begins on line `line` of its file.

    If a destination occurs in the source as often as the conversion used it, each occurrence is the position of a link.
    The two counts differ if a code sample shows the same link, or if a definition is used twice. In these cases,
    each occurrence is replaced with its own token, and `used_in` converts the changed text. If the result has a link to
    a token, the occurrence that the token replaced is the position of a link. `raw` says whether any link comes from
    raw HTML.
    """

    def __init__(
        self, path: str, text: str, line: int, used_in: Callable[[str], Iterable[Used]], raw: bool = True
    ) -> None:
        self._path, self._text, self._line, self._used_in, self._raw = path, text, line, used_in, raw
        self._starts: dict[str, list[int]] | None = None

    def references(self, used: Sequence[Used]) -> tuple[Reference, ...]:
        """Return every link with a target, at each of its positions.

        A link that Markdown itself made has no position in the source. Leave it out if it is a link within the article.
        """
        starts = self._find(used)
        found = {
            Reference(one.target, one.kind, *self.at(start))
            for one in set(used)
            if one.target
            for start in starts.get(one.written) or ([] if one.written.startswith("#") else [0])
        }
        return tuple(sorted(found, key=lambda r: (r.line, r.col, r.target, r.kind)))

    def bad_links(self, used: Sequence[Used]) -> tuple[Problem, ...]:
        """Return a problem for each link that has no target."""
        wrong = sorted({one for one in used if one.fault}, key=lambda one: one.written)
        starts = self._find(used) if wrong else {}
        hints = {
            links.NOWHERE: "write a target, such as `other.md`",
            links.ESCAPES: "put the file into the content folder",
        }
        return tuple(
            Problem(self._path, *self.at(start), f"{one.fault}: {one.written!r}", hints[one.fault], kind="dead-link")
            for one in wrong
            for start in starts.get(one.written) or [0]
        )

    def bad_formulas(self, wrong: Sequence[Wrong]) -> tuple[Problem, ...]:
        """Return a problem for each bad formula.

        If there are very many bad formulas, the positions of the last of them are not searched. Their problems have the
        position of the beginning of the article.
        """
        searched = max(FORMULAS, SEARCHED // (len(self._text) + 1))
        return tuple(
            Problem(
                self._path,
                *self.at(behind(self._text, start, one.formula[: one.at])),
                f"this formula cannot be shown: {one.reason}",
                "correct the TeX",
                kind="formula",
            )
            for number, (one, times) in enumerate(Counter(wrong).items())
            for start in (self._formula(one.formula) if number < searched else [0])[:times]
        )

    def tags(self, names: Iterable[str]) -> Iterator[tuple[str, tuple[int, int]]]:
        """Yield each tag of Obsidian in `names`, with the line and the column at which the tag first occurs."""
        wanted = set(names)
        starts: dict[str, int] = {}
        for start, _, name in obsidian.tags(self._text) if wanted else ():
            starts.setdefault(name, start)
        for name in names:
            yield name, self.at(starts.get(name, 0))

    def at(self, start: int) -> tuple[int, int]:
        """Return the line in the file and the column of the character of the body with the index `start`."""
        above = bisect_left(self._ends, start)
        return self._line + above, start - (self._ends[above - 1] if above else -1)

    @cached_property
    def _ends(self) -> list[int]:
        """The indexes of all line ends. They are found once.

        In a large article, it would be slow to count the lines for each link.
        """
        return [match.start() for match in re.finditer("\n", self._text)]

    def _formula(self, formula: str) -> list[int]:
        words = r"[\s>]+".join(re.escape(word) for word in formula.split())
        sign = r"(?:(?<!`)(?<!\\)(?:\$\$?|\\\(|\\\[|(?:```|~~~)[ {.]*math\b[^\n]*\n)|(?<!\\)\$`+)[\s>]*"
        found = [match.end() for match in re.finditer(f"{sign}(?={words})", self._text)]
        return found or [max(self._text.find(formula), 0)]

    def _find(self, used: Sequence[Used]) -> dict[str, list[int]]:
        if self._starts is None:
            self._starts = self._look(Counter(one.written for one in used)) if used else {}
        return self._starts

    def _look(self, times: Counter[str]) -> dict[str, list[int]]:
        starts: dict[str, list[int]] = {}
        spans: list[tuple[int, int, str]] = []

        def take(found: Iterable[tuple[int, int, str]]) -> None:
            for start, end, meant in found:
                if meant.strip() in times:
                    starts.setdefault(meant.strip(), []).append(start)
                    spans.append((start, end, meant.strip()))

        take(links.destinations(self._text))
        if self._raw or any(meant not in starts for meant in times if meant[:1] != "#"):
            take(links.in_attributes(self._text))
            spans.sort()
        unsure = {meant for meant, found in starts.items() if len(found) != times[meant]}
        if unsure:
            numbered = [(start, end) for start, end, meant in spans if meant in unsure]
            seen = self._seen(numbered)
            for meant in unsure:
                starts[meant] = [start for start in starts[meant] if start in seen] or starts[meant][:1]
        return starts

    def _seen(self, spans: list[tuple[int, int]]) -> set[int]:
        """Convert the text again, and return the starts of those destinations in `spans` that become links."""
        parts: list[str] = []
        done = 0
        for start, end in spans:
            parts += (self._text[done:start], _TOKEN.format(start))
            done = end
        text = "".join([*parts, self._text[done:]])
        written = {one.written for one in self._used_in(text)}
        return {start for start, _ in spans if _TOKEN.format(start) in written}
