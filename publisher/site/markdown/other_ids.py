"""Find the ids that other tools give to headings. So links in articles for these tools still lead to the headings.

Hugo keeps letters, digits, `_` and `-`, and writes `-` for each space. Zola, and older versions of Hugo, write one `-`
instead of any run of characters that are neither letters nor digits. Zola also removes accents, and writes the names
of emoji. MkDocs writes one `-` instead of several.
Sources: https://gohugo.io/methods/page/fragments/, https://www.getzola.org/documentation/content/linking/,
https://python-markdown.github.io/extensions/toc/.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import cache

from publisher.site.model import Heading

_PLAIN = re.compile(r"[A-Za-z0-9_]+(?: [A-Za-z0-9_]+)*+")
"""Matches words of ASCII letters, digits and `_`, with one space between two words.

If a text matches and has no `_`, all of these tools make the same id from it.
"""
_NO_LETTERS = re.compile(r"[\W_]+")
_NOT_IN_HUGO = re.compile(r"[^\w\- ]")
_DASHES = re.compile("-{2,}")


def other_ids(headings: Iterable[Heading], anchors: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Return each id that another tool gives to one of `headings`, together with our id of the heading.

    `anchors` are the ids of the page. They are left out. If another tool makes the same id for two headings, `-1`
    follows the id of the second heading, as in that tool.
    """
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    for heading in headings:
        if not heading.id or (_PLAIN.fullmatch(heading.text) and "_" not in heading.text):
            continue
        for other in dict.fromkeys(_slugs(heading.text)):
            number = counts[other] = counts.get(other, -1) + 1
            given = f"{other}-{number}" if number else other
            if given and given not in anchors:
                found.setdefault(given, heading.id)
    return tuple(found.items())


def _slugs(text: str) -> Iterator[str]:
    """Yield the ids of a heading in Hugo, in MkDocs, in older versions of Hugo, and in Zola."""
    words = text.strip().lower()
    hugo = _NOT_IN_HUGO.sub("", words).replace(" ", "-")
    yield hugo
    yield _DASHES.sub("-", hugo)
    yield _NO_LETTERS.sub("-", words).strip("-")
    yield _NO_LETTERS.sub("-", words if words.isascii() else _ascii(words)).strip("-")


def _ascii(words: str) -> str:
    """Return a text without accents, and with the name of each emoji instead of the emoji, as Zola writes it."""
    named = "".join(
        f"{_emoji_names().get(sign, '')} " if unicodedata.category(sign) == "So" else sign for sign in words
    )
    return unicodedata.normalize("NFKD", named).encode("ascii", "ignore").decode()


@cache
def _emoji_names() -> dict[str, str]:
    """Map each emoji of one character to its name. The names are loaded when they are first needed, to save time."""
    from pymdownx import emoji1_db

    single = ((each["unicode"], name) for name, each in emoji1_db.emoji.items() if "-" not in each["unicode"])
    return {chr(int(point, 16)): name.strip(":").replace("_", " ") for point, name in single}
