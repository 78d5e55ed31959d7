"""What a link means: the paths that it may stand for, in the one order in which they are tried.

A link is read twice. First its path is taken from where it may begin (`readings`): at the folder of the article's file,
at a folder that is named like that file, at the article's address, at the root; for tools differ in that. A path that
begins with a slash has one reading.

Then a reading may be spelt in several ways (`spellings`): as a file or an address just as it is written, as an article
in any Markdown ending, as the page of a folder, as an address with another end. Old addresses come last, so that no
alias ever hides what is there. Letters count as they are written.

What means the same file in two ways is found at the first of them: the order decides, and nothing else does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from publisher.site.file_names import INDEXES, MARKDOWN, is_index, without_ending

NAME = "//"
"""Around what `[[name]]` says, in a target that means an article by its name: no path has two slashes in a row."""


@dataclass(frozen=True, slots=True)
class Base:
    """Where a link stands: the content path of its article, and the article's URL."""

    source: str
    url: str


def readings(path: str, base: Base | None) -> tuple[str, ...]:
    """The paths that the path of a target (see urls.py) may stand for in this article; without one, that alone.

    Of a name, with the folder of the article behind it: the nearest article of that name is meant.
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
    """A reading as content paths and addresses, in the order in which they are looked for."""
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
    """The addresses that a reading may have had."""
    wanted = path.lstrip("/")
    stem = _stem(wanted)
    yield wanted
    if stem:
        yield f"{stem}/"
        yield f"{stem}.html"


def name_in(path: str) -> tuple[str, str] | None:
    """The name that a reading means an article by, and the folder from which it is looked for; None for a path."""
    if not path.startswith(NAME):
        return None
    name, _, folder = path.removeprefix(NAME).partition(NAME)
    return name, folder


def _pages(folder: str) -> Iterator[str]:
    """The files that may be the page of a folder."""
    yield from (f"{folder}{name}{ending}" for name in INDEXES for ending in MARKDOWN)


def _stem(wanted: str) -> str:
    """A path without what its writers may have put at its end."""
    stem = without_ending(wanted.rstrip("/"))
    folder, _, name = stem.rpartition("/")
    return folder if is_index(name) else stem


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _relative(path: str, folder: str) -> str:
    """The way from a folder to a path, as the author may have written it."""
    here, there = folder.split("/") if folder else [], path.split("/")
    same = 0
    while same < min(len(here), len(there) - 1) and here[same] == there[same]:
        same += 1
    return "../" * (len(here) - same) + "/".join(there[same:])


def _join(folder: str, link: str) -> str | None:
    """A path below the root; None where the link leads out of it."""
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
