"""Give the elements of one article their ids. Headings get their ids last. Report each id that two elements have."""

from __future__ import annotations

from collections.abc import Callable

from publisher.errors import Problem
from publisher.site.markdown.headings import Ids

Place = Callable[[], tuple[int, int]]
"""A function that returns the line and the column of an element, both counted from 1."""


class ArticleIds:
    """The ids of the article at the content path `path`, and the faults of these ids."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._places: dict[str, Place | None] = {}
        self.problems: list[Problem] = []
        self._headings: Ids | None = None

    def author(self, wanted: str, place: Place) -> str:
        """Return an id that the author wrote, or "" if an earlier element has this id.

        If an earlier element has the id, record a fault. A page may have an id only once, and links lead to the earlier
        element. `place` returns the position of the element.
        """
        if wanted in self._places:
            first = self._places[wanted]
            where = f": links to #{wanted} lead to line {first()[0]}" if first else ""
            what = f"the id {wanted!r} is used twice{where}"
            self.problems.append(
                Problem(self._path, *place(), what, "give one of the two another id", kind="duplicate-id")
            )
            return ""
        self._places[wanted] = place
        return wanted

    def ours(self, wanted: str) -> str:
        """Return an id for an element that the program made: `wanted`, with a number if another element has this id."""
        found, number = wanted, 0
        while found in self._places:
            number += 1
            found = f"{wanted}-{number}"
        self._places[found] = None
        return found

    def heading(self, text: str) -> str:
        """Return an id for a heading with this text.

        Call this method for the headings in their order, after all other elements have their ids.
        """
        if self._headings is None:
            self._headings = Ids(self._places, self._places)
        found = self._headings.give(text)
        self._places[found] = None
        return found

    def all(self) -> tuple[str, ...]:
        """Return all ids of the article, in the order in which they were given."""
        return tuple(self._places)
