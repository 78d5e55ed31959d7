"""What the name of a file says: whether it is an article, its date, its title."""

from __future__ import annotations

import re
from datetime import date

MARKDOWN = (".md", ".markdown", ".mdown", ".mkd", ".mdx")
"""Endings, in lower case, of files that are always articles."""

HTML = (".html", ".htm")
"""Endings of files that are articles if they begin with front matter."""

INDEXES = ("index", "_index", "README")
"""Names (without ending) of an article that is the page of its folder, in the order in which a link tries them."""

_DATED = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[-_ ]+(.+))?", re.DOTALL)
_DATED_FOLDERS = re.compile(r"(?:^|/)([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})/")


def is_markdown(path: str) -> bool:
    """Return whether a file of this name is an article, with any content."""
    return path.lower().endswith(MARKDOWN)


def is_html(path: str) -> bool:
    """Return whether a file of this name is an article if it begins with front matter."""
    return path.lower().endswith(HTML)


def without_ending(path: str) -> str:
    """Return the path of an article without its ending."""
    lower = path.lower()
    ending = next((ending for ending in (*MARKDOWN, *HTML) if lower.endswith(ending)), "")
    return path[: len(path) - len(ending)]


def is_index(path: str) -> bool:
    """Return whether an article is the page of its folder: `index.md`, `_index.md` or `README.md`."""
    stem = without_ending(path.rpartition("/")[2])
    return stem in INDEXES or stem.lower() == "readme"


def is_list_index(path: str) -> bool:
    """Return whether an article lists its folder: `_index.md` does, an `index.md` only at the top of a section."""
    return is_index(path) and (path.count("/") < 2 or without_ending(path.rpartition("/")[2]) == "_index")


def date_in(path: str) -> date | None:
    """Return the date in an article's name (`2016-09-22-x.md`), else in its folders (`2016/09/22/x.md`); else None."""
    folder, _, name = path.rpartition("/")
    stem = folder.rpartition("/")[2] if is_index(path) else without_ending(name)
    found = _DATED.fullmatch(stem)
    if found and (day := _date(found)):
        return day
    return date_of_folders(path)


def date_of_folders(path: str) -> date | None:
    """Return the date in the folders of a path or an address; None if there is none."""
    folders = _DATED_FOLDERS.search(path)
    return _date(folders) if folders else None


def without_date(stem: str) -> str:
    """Return a name without the date at its beginning; unchanged if nothing else would be left."""
    found = _DATED.fullmatch(stem)
    return found[4] if found and found[4] and _date(found) else stem


def readable(path: str) -> str:
    """Return a title for an article without one: `2016-09-22-my-post.md` is "My post", `walks/index.md` is "Walks"."""
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
