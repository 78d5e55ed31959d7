"""Find the path or anchor that is most similar to a dead link. The hint for the link names it.

Two names are similar if they differ only in case and in characters other than letters and digits. They are also
similar if they differ by one letter that is missing, added, changed or swapped. The tables are made once, so many dead
links take little time.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from functools import cached_property

SHORTEST = 4
"""A name with fewer letters is never taken as misspelt, because short names are often similar by chance."""
MOST = 10
"""If more than this number of names are similar, the hint names none of them."""

_INDEXES = frozenset({"index", "readme"})
_ARTICLES = frozenset({"", "md", "markdown", "mdown", "mkd", "mdx", "html", "htm"})
_IMAGES = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "bmp", "ico", "tif", "tiff"})

Key = tuple[str, str]
"""Two parts: similar names have the same first part, and their second parts may differ by one letter."""


def plain(text: str) -> str:
    """Return the letters, digits and combining marks of a text, with case folded."""
    folded = unicodedata.normalize("NFC", text).casefold()
    return "".join([sign for sign in folded if sign.isalnum() or unicodedata.category(sign)[0] == "M"])


class _Table:
    """Finds texts by their keys. `key` returns the key of a text."""

    def __init__(self, texts: Iterable[str], key: Callable[[str], Key]) -> None:
        self._key = key
        self._texts: dict[Key, list[str]] = {}
        for text in sorted(texts):
            self._texts.setdefault(key(text), []).append(text)

    def same(self, wanted: str) -> list[str]:
        """Return the texts that have the same key as `wanted`, or [] if the second part of the key is empty."""
        return self._texts.get(self._key(wanted), []) if self._key(wanted)[1] else []

    def misspelt(self, wanted: str) -> list[str]:
        """Return the texts whose keys differ by one letter from the key of `wanted`."""
        place, word = self._key(wanted)
        if len(word) < SHORTEST:
            return []
        found = {key for cut in _cuts(word) for key in self._cut.get((place, cut), ())}
        return sorted(text for key in found for text in self._texts[key])

    @cached_property
    def _cut(self) -> dict[Key, list[Key]]:
        """Maps shortened keys to the keys from which they were made.

        A shortened key lacks at most one letter of the second part.
        """
        found: dict[Key, list[Key]] = {}
        for key in self._texts:
            if len(key[1]) >= SHORTEST:
                for cut in _cuts(key[1]):
                    found.setdefault((key[0], cut), []).append(key)
        return found


def _cuts(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


class Anchors:
    """The ids of one article."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = known

    def like(self, wanted: str) -> str:
        """Return the id that is most similar to `wanted`, or "" if none is similar."""
        found = self._table.same(wanted) or self._table.misspelt(wanted)
        return found[0] if found and len(found) <= MOST else ""

    @cached_property
    def _table(self) -> _Table:
        return _Table(self._known, lambda given: ("", plain(given)))


class Paths:
    """All content paths, and all addresses with a leading slash.

    `known` returns them and is called only when needed.
    """

    def __init__(self, known: Callable[[], Iterable[str]]) -> None:
        self._known = known

    def like(self, wanted: str) -> str:
        """Return the path or address that is most similar to `wanted`, or "" if none is similar.

        If `wanted` is an address, the result is an address. If it is a path, the result is a path.
        """
        found = self._named.same(wanted) or self._misspelt.misspelt(wanted)
        if not found or len(found) > MOST:
            return ""
        return min(found, key=lambda path: (_name(path) != _name(wanted), -_shared(path, wanted), path))

    @cached_property
    def _all(self) -> list[str]:
        return list(self._known())

    @cached_property
    def _named(self) -> _Table:
        return _Table(self._all, lambda path: (_kind(path), plain(_stem(path))))

    @cached_property
    def _misspelt(self) -> _Table:
        return _Table(self._all, lambda path: (f"{_kind(path)} {_folder(path)}", plain(_stem(path))))


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _stem(path: str) -> str:
    """Return the name of a file without its extension. For the page of a folder, return the name of the folder."""
    stem = _name(path).rpartition(".")[0] or _name(path)
    above = _name(path.rstrip("/").rpartition("/")[0])
    return above if stem.strip("_").lower() in _INDEXES and above else stem


def _folder(path: str) -> str:
    above = path.rstrip("/").rpartition("/")[0]
    return above if _stem(path) != _name(above) else above.rpartition("/")[0]


def _kind(path: str) -> str:
    """Return the kind of a path: `article`, `image` or its extension. For an address, a slash comes before it."""
    ending = "" if path.endswith("/") else _name(path).rpartition(".")[2].lower() if "." in _name(path) else ""
    what = "article" if ending in _ARTICLES else "image" if ending in _IMAGES else ending
    return f"/{what}" if path.startswith("/") else what


def _shared(path: str, wanted: str) -> int:
    """Return the number of folders that two paths have in common, counted from the ends of the paths."""
    ours, theirs = path.rstrip("/").split("/")[-2::-1], wanted.rstrip("/").split("/")[-2::-1]
    return next(
        (number for number, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
    )
