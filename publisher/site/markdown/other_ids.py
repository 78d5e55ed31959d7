"""The ids that other tools give to headings, so that links from a collection of such a tool still reach the heading.

Hugo keeps letters, digits, `_` and `-`, and writes `-` for each space. Its older ids and those of Zola have one `-` in
place of all other characters in a row. Zola also leaves out accents. MkDocs writes one `-` for several.
Sources: https://gohugo.io/methods/page/fragments/, https://www.getzola.org/documentation/content/linking/,
https://python-markdown.github.io/extensions/toc/.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

from publisher.site.model import Heading

_PLAIN = re.compile(r"[A-Za-z0-9_]+(?: [A-Za-z0-9_]+)*+")
"""Words whose id is the same in all of these tools, except for `_`."""
_NO_LETTERS = re.compile(r"[\W_]+")
_NOT_IN_HUGO = re.compile(r"[^\w\- ]")
_DASHES = re.compile("-{2,}")


def other_ids(headings: Iterable[Heading], anchors: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Return each id that another tool gives to one of `headings`, with the id that the heading has here.

    An id of `anchors`, the ids of the page, is left out. If two headings get the same id from another tool, the second
    one gets `-1` after it, as in that tool.
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
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode() if not words.isascii() else words
    yield _NO_LETTERS.sub("-", plain).strip("-")
