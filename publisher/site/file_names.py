"""Find out from the path of a file whether the file is an article, and which date and title the path has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Literal

MARKDOWN = (".md", ".markdown", ".mdown", ".mkd", ".mdx")
"""Extensions, in lower case, of files that are always articles."""

HTML = (".html", ".htm")
"""Extensions of files that are articles if they begin with front matter."""

INDEXES = ("index", "_index", "README")
"""An article with one of these names, without its extension, is the page of its folder.

A link to a folder tries the names in this order.
"""

_INDEX_BEGINNINGS = tuple(name.lower() for name in INDEXES)

TOP = "."
"""This folder in `SiteSettings.posts` means all of the content."""

_DATED = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[-_ ]+(.+))?", re.DOTALL)
_DATED_FOLDERS = re.compile(r"(?:^|/)([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})/")


def is_markdown(path: str) -> bool:
    """Return whether a file with this path is an article, whatever its content is."""
    return path.lower().endswith(MARKDOWN)


def is_html(path: str) -> bool:
    """Return whether a path has an extension of HTML. Such a file is an article only if it begins with front matter."""
    return path.lower().endswith(HTML)


def without_ending(path: str) -> str:
    """Return the path of an article without its extension."""
    lower = path.lower()
    ending = next((ending for ending in (*MARKDOWN, *HTML) if lower.endswith(ending)), "")
    return path[: len(path) - len(ending)]


def is_index(path: str) -> bool:
    """Return whether an article is the page of its folder, as `index.md`, `_index.md` and `README.md` are."""
    name = path.rpartition("/")[2]
    if not name.lower().startswith(_INDEX_BEGINNINGS):
        return False
    stem = without_ending(name)
    return stem in INDEXES or stem.lower() == "readme"


def is_list_index(path: str) -> bool:
    """Return whether an article is the page that lists its folder.

    `_index.md` always lists its folder. `index.md` and `README.md` list it only in the content folder and in
    the folders directly below it.
    """
    return is_index(path) and (path.count("/") < 2 or without_ending(path.rpartition("/")[2]) == "_index")


def kind_of(path: str, folders: Sequence[str]) -> Literal["post", "page"]:
    """Return the kind of the article at a content path. An article below one of `folders` is a post.

    Any other article is a page. So is the page that lists one of `folders` or, if it is an `_index.md`, a folder below
    one of them. The folder `.` means all of the content.
    """
    for folder in folders:
        inside = "" if folder == TOP else f"{folder.strip('/')}/"
        if path.startswith(inside) and not is_list_index(f"{TOP}/{path}" if folder == TOP else path):
            return "post"
    return "page"


def date_in(path: str) -> date | None:
    """Return the date in the name of an article, as in `2016-09-22-x.md`, or in its folders, as in `2016/09/22/x.md`.

    Return None if there is no date.
    """
    folder, _, name = path.rpartition("/")
    stem = folder.rpartition("/")[2] if is_index(path) else without_ending(name)
    found = _DATED.fullmatch(stem)
    if found and (day := _date(found)):
        return day
    return date_of_folders(path)


def date_of_folders(path: str) -> date | None:
    """Return the date in the folders of a path or an address, or None if there is none."""
    folders = _DATED_FOLDERS.search(path)
    return _date(folders) if folders else None


def without_date(stem: str) -> str:
    """Return a file name without the date at its beginning. If the name is only a date, return it unchanged."""
    found = _DATED.fullmatch(stem)
    return found[4] if found and found[4] and _date(found) else stem


def readable(path: str) -> str:
    """Return a title that is made from the path of an article.

    `2016-09-22-my-post.md` becomes "My post", and `walks/index.md` becomes "Walks".
    """
    folder, _, name = path.rpartition("/")
    stem = without_ending(name)
    if is_index(path) and folder:
        stem = folder.rpartition("/")[2]
    words = " ".join(without_date(stem).replace("_", " ").split())
    if " " not in words and not _DATED.fullmatch(words):
        words = " ".join(words.replace("-", " ").split())
    words = words or stem
    return words[:1].upper() + words[1:]


def _date(found: re.Match[str]) -> date | None:
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
