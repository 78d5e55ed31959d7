"""The meaning of a link: the paths that it may mean, in the only order in which they are tried.

A link is resolved in two steps. First its path is read from each place at which it may begin (`readings`), since tools
differ in this: the folder of the article's file, a folder with the name of that file, the article's address, the root.
A path with a leading slash has one reading.

Then a reading may have several spellings (`spellings`): a file or an address as written, an article with any Markdown
ending, the page of a folder, an address with another end. Old addresses come last, so that no alias hides an existing
page. Case counts.

If two ways lead to different files, the first in this order counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from publisher.site.file_names import INDEXES, MARKDOWN, is_index, without_ending

NAME = "//"
"""Stands before and after the name in the target of a `[[name]]` link.

It marks the target as a name, since no path has two slashes in a row.
"""


@dataclass(frozen=True, slots=True)
class Base:
    """Where a link stands: the content path of its article, and the article's URL."""

    source: str
    url: str


def readings(path: str, base: Base | None) -> tuple[str, ...]:
    """Return the paths that the path of a target (see urls.py) may mean in this article; without `base`, only itself.

    After a name comes the folder of this article, since the name means the nearest article that has it.
    """
    if path.startswith(NAME):
        return (path + _folder(base.source) if base else path,)
    if path.startswith("/") or base is None:
        return (path,)
    written = _relative(path, _folder(base.source))
    folders = [] if is_index(base.source) else [without_ending(base.source)]
    folders += (base.url.rpartition("/")[0], "")
    found = [path, *(joined for folder in folders if (joined := _join(folder, written)) is not None)]
    return tuple(dict.fromkeys(one for one in found if not one.startswith("../")))


def spellings(path: str) -> Iterator[str]:
    """Yield a reading as content paths and addresses, in the order of search."""
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
    """Yield the addresses that a reading may have had."""
    wanted = path.lstrip("/")
    stem = _stem(wanted)
    yield wanted
    if stem:
        yield f"{stem}/"
        yield f"{stem}.html"


def name_in(path: str) -> tuple[str, str] | None:
    """Return the name of the article that a reading means, and the folder where the search begins; None for a path."""
    if not path.startswith(NAME):
        return None
    name, _, folder = path.removeprefix(NAME).partition(NAME)
    return name, folder


def _pages(folder: str) -> Iterator[str]:
    """Yield the files that may be the page of a folder."""
    yield from (f"{folder}{name}{ending}" for name in INDEXES for ending in MARKDOWN)


def _stem(wanted: str) -> str:
    """Return a path without the endings that authors may write or omit."""
    stem = without_ending(wanted.rstrip("/"))
    folder, _, name = stem.rpartition("/")
    return folder if is_index(name) else stem


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _relative(path: str, folder: str) -> str:
    """Return the relative path from a folder to a path, as the author may have written it."""
    here, there = folder.split("/") if folder else [], path.split("/")
    same = 0
    while same < min(len(here), len(there) - 1) and here[same] == there[same]:
        same += 1
    return "../" * (len(here) - same) + "/".join(there[same:])


def _join(folder: str, link: str) -> str | None:
    """Return a path below the root; None if the link leads out of it."""
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
