"""List the paths that a link may mean, in the order in which they are tried. The first path that exists is used.

A link is resolved in two steps. First, its path gets several *readings*, because tools differ in where a path begins:
at the folder of the article's file, at a folder with the name of that file, at the address of the article, or at the
root. A path with a leading slash has only one reading. On a site with the syntax of Obsidian, a path without any slash
may also be the name of a file in another folder.

Second, each reading gets several *spellings*: a file or an address as it is written, an article with any Markdown
extension, the page of a folder, or an address that ends with `/` or `.html` instead. Old addresses come last, so no
alias hides an existing page. Case matters.
"""

from __future__ import annotations

from collections.abc import Iterator

from publisher.fast_dataclass import dataclass
from publisher.site.file_names import INDEXES, MARKDOWN, is_index, without_ending

NAME = "//"
"""The text before and after the name in the target of a `[[name]]` link. No path has two slashes in a row."""


@dataclass(frozen=True, slots=True)
class Base:
    """The article that has a link: its content path and its URL."""

    source: str
    url: str
    by_name: bool = False
    """Whether a link such as `x.png` may mean the nearest file of this name in any folder, as in Obsidian."""


@dataclass(frozen=True, slots=True)
class NamedReading:
    """The parts of a reading that is a name."""

    name: str
    folder: str
    """The folder in which the search begins."""
    files_only: bool
    """Whether the name must be the name of a file. Otherwise it may also be a title or an alias."""


def has_one_reading(path: str) -> bool:
    """Return whether a path means the same file in every article. Then its only reading is the path itself."""
    return path.startswith("/") and not path.startswith(NAME)


def readings(path: str, base: Base | None) -> Iterator[str]:
    """Yield the readings of the path of a target (see urls.py) in the article `base`.

    If `base` is None, the only reading is the path. The reading of a `[[name]]` ends with the folder of the article,
    because the name means the nearest article. A reading that is the name of a file ends with NAME. Most links mean
    their first reading, so each reading is made only when the caller asks for it.
    """
    if path.startswith(NAME):
        yield path + _folder(base.source) if base else path
        return
    if has_one_reading(path) or base is None:
        yield path
        return
    if not path.startswith("../"):
        yield path
    seen = {path}
    written = _relative(path, _folder(base.source))
    folders = [] if is_index(base.source) else [without_ending(base.source)]
    for folder in (*folders, base.url.rpartition("/")[0], ""):
        joined = _join(folder, written)
        if joined is not None and joined not in seen:
            seen.add(joined)
            yield joined
    if base.by_name and written and "/" not in written:
        yield f"{NAME}{written}{NAME}{_folder(base.source)}{NAME}"


def spellings(path: str) -> Iterator[str]:
    """Yield the content paths and addresses that a reading may mean, in the order of search."""
    wanted = path.lstrip("/")
    yield wanted
    stem = _stem(wanted)
    if not stem:
        yield from _pages("")
        return
    yield from (stem + ending for ending in MARKDOWN)
    yield from _pages(f"{stem}/")
    yield from old_addresses(path)


def old_addresses(path: str) -> Iterator[str]:
    """Yield the old addresses that a reading may mean."""
    wanted = path.lstrip("/")
    stem = _stem(wanted)
    yield wanted
    if stem:
        yield f"{stem}/"
        yield f"{stem}.html"


def name_in(path: str) -> NamedReading | None:
    """Return the parts of a reading that is a name. Return None if the reading is a path."""
    if not path.startswith(NAME):
        return None
    name, _, rest = path.removeprefix(NAME).partition(NAME)
    folder, files_only, _ = rest.partition(NAME)
    return NamedReading(name, folder, bool(files_only))


def _pages(folder: str) -> Iterator[str]:
    """Yield the files that may be the page of a folder."""
    yield from (f"{folder}{name}{ending}" for name in INDEXES for ending in MARKDOWN)


def _stem(wanted: str) -> str:
    """Return a path without the endings that authors may write or omit: `/`, an extension, or `index`."""
    stem = without_ending(wanted.rstrip("/"))
    folder, _, name = stem.rpartition("/")
    return folder if is_index(name) else stem


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _relative(path: str, folder: str) -> str:
    """Return `path` relative to the folder `folder`."""
    here, there = folder.split("/") if folder else [], path.split("/")
    same = 0
    while same < min(len(here), len(there) - 1) and here[same] == there[same]:
        same += 1
    return "../" * (len(here) - same) + "/".join(there[same:])


def _join(folder: str, link: str) -> str | None:
    """Return the path below the root for the relative link `link` in `folder`, or None if it leads out of the root."""
    parts = folder.split("/") if folder else []
    steps = link.split("/")
    for step in steps:
        if step == "..":
            if not parts:
                return None
            parts.pop()
        elif step:
            parts.append(step)
    return "/".join(parts) + ("/" if steps[-1] in ("", "..") and parts else "") or "/"
