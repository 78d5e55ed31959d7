"""Find the files that are copied into the site as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set

from publisher.build.inputs import Folders, Input
from publisher.build.secret_scan import ASSETS
from publisher.site.content.records import ArticleRecord
from publisher.site.file_names import is_index, without_ending
from publisher.site.links.names import ArticleNames
from publisher.site.links.resolve import Base, name_in, readings


def unshown(
    pieces: Mapping[str, ArticleRecord], drafts: frozenset[str], found: Folders, *, by_name: bool = False
) -> frozenset[str]:
    """Return the files that only drafts use. An article uses a file if it shows the file or links to it.

    `by_name` says whether a link such as `x.png` may mean the nearest file of this name, as in Obsidian.
    """
    if not drafts:
        return frozenset()
    files = {path for path, file in (found.static | found.content).items() if not file.article}
    names = ArticleNames(pieces, files)

    def used(articles: Iterable[str]) -> frozenset[str]:
        return frozenset(file for article in articles for file in _used(pieces[article], files, names, by_name))

    return used(drafts) - used(pieces.keys() - drafts)


def _used(piece: ArticleRecord, files: Set[str], names: ArticleNames, by_name: bool) -> Iterator[str]:
    """Yield the paths in the site of the files that an article shows or links to."""
    base = Base(piece.article.source, piece.article.url, by_name)
    for path in piece.uses.split("\0") if piece.uses else ():
        for reading in readings(path, base):
            named = name_in(reading)
            file = names.nearest(named) if named else reading.lstrip("/")
            if file is not None and file in files:
                yield file
                break


def copied_files(
    found: Folders, drafts: frozenset[str], unshown: frozenset[str], nav_file: str = ""
) -> dict[str, Input]:
    """Return the files to copy, by their paths in the site. A file of the author replaces a file of the theme.

    Files in the folder of a draft are left out. For a draft `posts/first/index.md`, this folder is `posts/first/`. For
    a draft `posts/first.md`, it is `posts/first/` too, if no other article is in it. Files that only drafts show
    (`unshown`) are left out too. So is `nav_file`, the file with the order of pages.
    """
    layers = {path: file for inputs in (found.theme, found.templates) for path, file in inputs.items()}
    assets = {path: file for path, file in layers.items() if path.startswith(ASSETS)}
    folders = {path.rpartition("/")[0] for path, file in found.content.items() if file.article}
    beside = {without_ending(path) for path in drafts if not is_index(path)}
    own = {path.rpartition("/")[0] for path in drafts if "/" in path and is_index(path)}
    own |= {name for name in beside if not any(f"{folder}/".startswith(f"{name}/") for folder in folders)}
    behind = tuple(f"{folder}/" for folder in own)
    copied = {path: file for path, file in found.content.items() if not file.article and path != nav_file}
    mine = {path: file for path, file in copied.items() if not path.startswith(behind)}
    return assets | {path: file for path, file in (found.static | mine).items() if path not in unshown}


def twice(found: Folders) -> Iterator[tuple[str, Input]]:
    """Yield the static files for which the content folder has a file with the same path."""
    yield from ((path, file) for path, file in found.static.items() if path in found.content)
