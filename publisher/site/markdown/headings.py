"""Headings: a unique id for each, and a link to each.

Ids are those of GitHub: the words in lower case with `-` between them, and `-1`, `-2` after a repeated id. Earlier
versions wrote `_1`, `_2` and left out marks upon letters. So that old links still work, the heading holds the old id
too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

NAMELESS = "section"
"""The id of a heading without a letter or a digit."""

PERMALINK = {"aria-hidden": "true", "class": "headerlink", "tabindex": "-1"}
"""The attributes of the empty link in a heading, into which the style sheet writes a sign.

Screen readers and feeds skip it.
"""

_TAGS = re.compile(r"</?[^>]*>")
_NOT_OLD = re.compile(r"[^\w\- ]")
_COUNTED = re.compile(r"(.*)_([0-9]+)", re.DOTALL)


def slug(text: str) -> str:
    """Return the words of a heading as an id, in any script."""
    plain = _plain(text)
    if plain.isascii():
        return _NOT_OLD.sub("", plain).replace(" ", "-")
    return "".join([sign for sign in plain if _kept(sign)]).replace(" ", "-")


def _plain(text: str) -> str:
    return _TAGS.sub("", unicodedata.normalize("NFC", text)).strip().lower()


def _kept(sign: str) -> bool:
    return sign.isalnum() or sign in "_- " or unicodedata.category(sign)[0] == "M"


class Ids:
    """Gives ids to headings in their order. `written` are the ids that the author gave, anywhere in the article.

    `in_tree` are those of them that old ids had to avoid. Ids in raw HTML did not count.
    """

    def __init__(self, written: Iterable[str], in_tree: Iterable[str]) -> None:
        self._next = dict.fromkeys(written, 0)
        self._old = set(in_tree)
        self._old_next: dict[str, int] = {}
        self._moved: dict[str, str] = {}

    def give(self, text: str) -> str:
        """Return the id of a heading with these words."""
        wanted = slug(text) or NAMELESS
        found = wanted
        while found in self._next:
            self._next[wanted] += 1
            found = f"{wanted}-{self._next[wanted]}"
        self._next[found] = 0
        old = self._give_old(_NOT_OLD.sub("", _plain(text)).replace(" ", "-") or NAMELESS)
        if old != found:
            self._moved[found] = old
        return found

    def moved(self) -> dict[str, str]:
        """Return new id -> old id, if they differ and no other element has the old one now."""
        return {new: old for new, old in self._moved.items() if old not in self._next}

    def _give_old(self, wanted: str) -> str:
        found = wanted
        if found in self._old:
            counted = _COUNTED.fullmatch(wanted)
            base, number = (counted[1], int(counted[2])) if counted else (wanted, 0)
            known = self._old_next.get(base, 0)
            in_row = number <= known + 1
            number = max(number, known) + 1 if in_row else number + 1
            while (found := f"{base}_{number}") in self._old:
                number += 1
            if in_row:
                self._old_next[base] = number
        self._old.add(found)
        return found
