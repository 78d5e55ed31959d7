"""Find titles, in the language of the article, for callouts whose author gave no title."""

from __future__ import annotations

from publisher.site.words import CALLOUTS, words


class Titles:
    """The titles of the kinds of callouts. Set `language` before each article."""

    language = "en"

    def of(self, kind: str) -> str | None:
        """Return the title of a kind of callout, or None if the kind is not in CALLOUTS."""
        kind = kind.lower()
        return words(self.language)[kind] if kind in CALLOUTS else None
