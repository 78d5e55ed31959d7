"""Find the article or file that a `[[name]]` means. A file name is tried first, then a title, then another name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from publisher.site.content.records import ArticleRecord
from publisher.site.file_names import is_index, without_ending
from publisher.site.links.resolve import NamedReading
from publisher.site.permalinks import alias_names


class ArticleNames:
    """All names of one build. Case matters only if two names differ in nothing else. Then the exact name is used."""

    def __init__(self, pieces: Mapping[str, ArticleRecord], files: Iterable[str]) -> None:
        self._pieces = pieces
        self._files = files

    def nearest(self, reading: NamedReading) -> str | None:
        """Return the content path that a name means, or None if there is none.

        The name may have folders before it. If several paths match, return the path in the nearest folder. The nearest
        folder has the fewest steps up from the folder of the reading, and then the fewest steps down. In one folder,
        return the first path.
        """
        wanted, folder = without_ending(reading.name.strip().strip("/")), reading.folder
        for table in self._tables[:1] if reading.files_only else self._tables:
            known = table.get(wanted.rpartition("/")[2].casefold(), ())
            found = [path for path, called in known if _ends_with(called, wanted)]
            exact = [path for path, called in known if _ends_with(called, wanted, fold=False)]
            if found:
                return min(exact or found, key=lambda path: (*_steps(folder, path.rpartition("/")[0]), path))
        return None

    @cached_property
    def _tables(self) -> tuple[Mapping[str, list[tuple[str, str]]], ...]:
        """The tables of file names, titles and other names, in the order of search.

        Each key is the part of a name after its last slash, with case folded. The value has a pair for each article or
        file with this name: its content path and its whole name.
        """
        files: dict[str, list[tuple[str, str]]] = {}
        titles: dict[str, list[tuple[str, str]]] = {}
        others: dict[str, list[tuple[str, str]]] = {}
        for path, piece in self._pieces.items():
            called = without_ending(path)
            _add(files, called.rpartition("/")[0] if is_index(path) and "/" in path else called, path)
            _add(titles, piece.article.title, path, whole=True)
            for other in alias_names(piece.article.aliases):
                _add(others, other, path, whole=True)
        for path in self._files:
            _add(files, without_ending(path), path)
        return files, titles, others


def _add(table: dict[str, list[tuple[str, str]]], called: str, path: str, *, whole: bool = False) -> None:
    last = called if whole else called.rpartition("/")[2]
    table.setdefault(last.rpartition("/")[2].casefold(), []).append((path, called))


def _ends_with(called: str, wanted: str, *, fold: bool = True) -> bool:
    if fold:
        called, wanted = called.casefold(), wanted.casefold()
    return f"/{called}".endswith(f"/{wanted}")


def _steps(here: str, there: str) -> tuple[int, int]:
    """Return the number of steps up, and the number of steps down, from the folder `here` to the folder `there`."""
    a, b = here.split("/") if here else [], there.split("/") if there else []
    same = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return len(a) - same, len(b) - same
