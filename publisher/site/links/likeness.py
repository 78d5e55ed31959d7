"""Finds what the author of a dead link or anchor may have meant, and gives a hint only for a real likeness.

Tables are made once, so the time does not grow with the number of dead links. Two names are alike if they differ only
in case and in signs that are no letters, or by one letter that is missing, added, changed or swapped.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from functools import cached_property

SHORTEST = 4
"""The least number of letters of a name that may be misspelt. Too many shorter names are alike by chance."""
MOST = 10
"""The largest number of names that may be alike. If there are more, there is no hint."""

_INDEXES = frozenset({"index", "readme"})
_ARTICLES = frozenset({"", "md", "markdown", "mdown", "mkd", "mdx", "html", "htm"})
_IMAGES = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "bmp", "ico", "tif", "tiff"})

Key = tuple[str, str]
"""The part that has to be equal, and the part that may be misspelt."""


def plain(text: str) -> str:
    """Return the letters, digits and marks of a text, in one case."""
    folded = unicodedata.normalize("NFC", text).casefold()
    return "".join([sign for sign in folded if sign.isalnum() or unicodedata.category(sign)[0] == "M"])


class _Table:
    """A table of texts by their keys."""

    def __init__(self, texts: Iterable[str], key: Callable[[str], Key]) -> None:
        self._key = key
        self._texts: dict[Key, list[str]] = {}
        for text in sorted(texts):
            self._texts.setdefault(key(text), []).append(text)

    def same(self, wanted: str) -> list[str]:
        """Return the texts with the same key."""
        return self._texts.get(self._key(wanted), []) if self._key(wanted)[1] else []

    def misspelt(self, wanted: str) -> list[str]:
        """Return the texts whose key is that of `wanted` with one letter wrong."""
        place, word = self._key(wanted)
        if len(word) < SHORTEST:
            return []
        found = {key for cut in _cuts(word) for key in self._cut.get((place, cut), ())}
        return sorted(text for key in found for text in self._texts[key])

    @cached_property
    def _cut(self) -> dict[Key, list[Key]]:
        """Parts of keys without one of their letters -> the keys."""
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
        """Return the id that is meant; empty if none is like it."""
        found = self._table.same(wanted) or self._table.misspelt(wanted)
        return found[0] if found and len(found) <= MOST else ""

    @cached_property
    def _table(self) -> _Table:
        return _Table(self._known, lambda given: ("", plain(given)))


class Paths:
    """All content paths and, with a leading slash, all addresses. `known` is called at the first question."""

    def __init__(self, known: Callable[[], Iterable[str]]) -> None:
        self._known = known

    def like(self, wanted: str) -> str:
        """Return the path or address that is meant; empty if none is like it.

        An address gives an address, a path a path.
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
    """Return the name of a file without its ending; for the page of a folder, the folder's name."""
    stem = _name(path).rpartition(".")[0] or _name(path)
    above = _name(path.rstrip("/").rpartition("/")[0])
    return above if stem.strip("_").lower() in _INDEXES and above else stem


def _folder(path: str) -> str:
    above = path.rstrip("/").rpartition("/")[0]
    return above if _stem(path) != _name(above) else above.rpartition("/")[0]


def _kind(path: str) -> str:
    """Return whether it is an address or a path, and of which type. One article may have several endings."""
    ending = "" if path.endswith("/") else _name(path).rpartition(".")[2].lower() if "." in _name(path) else ""
    what = "article" if ending in _ARTICLES else "image" if ending in _IMAGES else ending
    return f"/{what}" if path.startswith("/") else what


def _shared(path: str, wanted: str) -> int:
    """Return the number of folders, from the end, that two paths share."""
    ours, theirs = path.rstrip("/").split("/")[-2::-1], wanted.rstrip("/").split("/")[-2::-1]
    return next(
        (number for number, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
    )
