"""Give each heading a unique id.

The ids are those of GitHub: the words in lower case with `-` between them, and `-1`, `-2` after a repeated id. Earlier
versions of this program wrote `_1`, `_2`, and left out combining marks. If a heading had another id in these versions,
it also gets this old id. So old links still work.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

NAMELESS = "section"
"""The id of a heading that has no letter or digit."""

PERMALINK = {"aria-hidden": "true", "class": "headerlink", "tabindex": "-1"}
"""The attributes of the empty link in a heading. The style sheet shows a character in this link.

Screen readers and feeds leave the link out.
"""

_TAGS = re.compile(r"</?[^>]*>")
_NOT_OLD = re.compile(r"[^\w\- ]")
_COUNTED = re.compile(r"(.*)_([0-9]+)", re.DOTALL)


def slug(text: str) -> str:
    """Return the id that is made from the words of a heading. The words may be in any script."""
    plain = _plain(text)
    if plain.isascii():
        return _NOT_OLD.sub("", plain).replace(" ", "-")
    return "".join([sign for sign in plain if _kept(sign)]).replace(" ", "-")


def _plain(text: str) -> str:
    return _TAGS.sub("", unicodedata.normalize("NFC", text)).strip().lower()


def _kept(sign: str) -> bool:
    return sign.isalnum() or sign in "_- " or unicodedata.category(sign)[0] == "M"


class Ids:
    """Gives ids to the headings of an article, in the order of the headings.

    `written` are all ids that the author gave in the article. `in_tree` are the ids of `written` that are not in raw
    HTML. They are needed for the old ids, because earlier versions of this program ignored ids in raw HTML.
    """

    def __init__(self, written: Iterable[str], in_tree: Iterable[str]) -> None:
        self._next = dict.fromkeys(written, 0)
        self._old = set(in_tree)
        self._old_next: dict[str, int] = {}
        self._moved: dict[str, str] = {}

    def give(self, text: str) -> str:
        """Return the id of the next heading, whose words are `text`."""
        wanted = slug(text) or NAMELESS
        found = self._numbered(wanted)
        old = self._give_old(_NOT_OLD.sub("", _plain(text)).replace(" ", "-") or NAMELESS)
        if old != found:
            self._moved[found] = old
        return found

    def _numbered(self, wanted: str) -> str:
        """Return an id that no other element has: `wanted`, or `wanted` and a number."""
        found = wanted
        while found in self._next:
            self._next[wanted] += 1
            found = f"{wanted}-{self._next[wanted]}"
        self._next[found] = 0
        return found

    def of_a_term(self, text: str) -> str:
        """Return an id for a term of a definition list. It is made from the words of the term, as in Hugo.

        Add a number to the id if another element has it, or if a heading had it in earlier versions. Return "" if
        `text` has no letter or digit.
        """
        wanted = slug(text)
        if wanted in self._moved.values():
            self._next.setdefault(wanted, 0)
        return self._numbered(wanted) if wanted else ""

    def moved(self) -> dict[str, str]:
        """Map each new id to the old id. Leave out pairs of equal ids, and old ids that another element has now."""
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
