"""Titles of callouts without one, in the article's language."""

from __future__ import annotations

from publisher.site.words import CALLOUTS, words


class Titles:
    """The titles of the kinds. `language` is set before each article."""

    language = "en"

    def of(self, kind: str) -> str | None:
        """Return the title of a kind; None for a kind that has only its own name."""
        kind = kind.lower()
        return words(self.language)[kind] if kind in CALLOUTS else None
