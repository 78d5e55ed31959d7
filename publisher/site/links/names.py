"""Find the article of a `[[name]]` by its file name, its title or another name. Otherwise find a file by its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from publisher.site.content.records import ArticleRecord
from publisher.site.file_names import is_index, without_ending
from publisher.site.permalinks import alias_names


class ArticleNames:
    """All names of one build. Case is ignored, except if two names differ only in case."""

    def __init__(self, pieces: Mapping[str, ArticleRecord], files: Iterable[str]) -> None:
        self._pieces = pieces
        self._files = files

    def nearest(self, name: str, folder: str) -> str | None:
        """Return the content path for a name in an article of the folder `folder`, or None if there is none.

        The name may have folders before it. If several paths match, the one in the nearest folder is returned. That is
        the one with the fewest steps up, then with the fewest steps down, and then the first by path.
        """
        wanted = without_ending(name.strip().strip("/"))
        for table in self._tables:
            known = table.get(wanted.rpartition("/")[2].casefold(), ())
            found = [path for path, called in known if _ends_with(called, wanted)]
            exact = [path for path, called in known if _ends_with(called, wanted, fold=False)]
            if found:
                return min(exact or found, key=lambda path: (*_steps(folder, path.rpartition("/")[0]), path))
        return None

    @cached_property
    def _tables(self) -> tuple[Mapping[str, list[tuple[str, str]]], ...]:
        """The tables of file names, titles and other names, in the order of search.

        A key is the part of a name after its last slash, with case folded. Its value has a pair for each article or
        file of that name: the content path and the whole name.
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
    """Return the number of folders up and down from one folder to another."""
    a, b = here.split("/") if here else [], there.split("/") if there else []
    same = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return len(a) - same, len(b) - same
