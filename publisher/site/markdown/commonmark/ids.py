"""The ids of one article: each is given once, headings get theirs last, and an id that comes again is a fault."""

from __future__ import annotations

from collections.abc import Callable

from publisher.errors import Problem
from publisher.site.markdown.headings import Ids

Place = Callable[[], tuple[int, int]]
"""Returns the line and the column of an element."""


class ArticleIds:
    """Gives out the ids of one article."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._places: dict[str, Place | None] = {}
        self.problems: list[Problem] = []
        self._headings: Ids | None = None

    def author(self, wanted: str, place: Place) -> str:
        """Return an id that the author wrote; an empty text if an earlier element has it, since no page may repeat it.

        Links lead to the earlier element, so the id that comes again is a fault.
        """
        if wanted in self._places:
            first = self._places[wanted]
            where = f": links to #{wanted} lead to line {first()[0]}" if first else ""
            what = f"the id {wanted!r} stands twice{where}"
            self.problems.append(
                Problem(self._path, *place(), what, "give one of the two another id", kind="duplicate-id")
            )
            return ""
        self._places[wanted] = place
        return wanted

    def ours(self, wanted: str) -> str:
        """Return this id, or one with a number after it if it is taken."""
        found, number = wanted, 0
        while found in self._places:
            number += 1
            found = f"{wanted}-{number}"
        self._places[found] = None
        return found

    def heading(self, text: str) -> str:
        """Return the id of a heading with this text. Call it in order, after all other ids are given."""
        if self._headings is None:
            self._headings = Ids(self._places, self._places)
        found = self._headings.give(text)
        self._places[found] = None
        return found

    def all(self) -> tuple[str, ...]:
        """Return every id that was given."""
        return tuple(self._places)
