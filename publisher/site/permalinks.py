"""Find the address of an article from the pattern of its section, its `permalink` and its `aliases`.

An address is a URL as in urls.py: a decoded path below the root of the site, without a leading slash. If it ends with a
slash, it is the folder of an index.html. If it ends with `.html` or `.htm`, it is that file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from urllib.parse import unquote

from publisher.fast_dataclass import dataclass
from publisher.site.file_names import is_index, is_list_index, without_date, without_ending
from publisher.site.urls import permalink as usual
from publisher.site.urls import slug

TOKENS = ("year", "month", "day", "slug", "title", "section", "sections", "filename")
"""The tokens of a pattern. In a pattern, each token has a colon before it."""
OF_A_DATE = ("year", "month", "day")
"""The tokens that need a date."""
OF_ITSELF = ("slug", "title", "filename")
"""A pattern needs one of these tokens. Otherwise, all articles of its section would have the same address."""

Permalinks = tuple[tuple[str, str], ...]
"""Pairs of a section and its pattern. A section is the first folder of a path, or "" for articles at the top."""

Fault = tuple[str, str]
"""The text and the hint of a fault."""

_TOKEN = re.compile(r":([A-Za-z][A-Za-z0-9_-]*)")
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|\\\\")
_EXAMPLE = "write it as `/2016/09/first/` or `/2016/09/first.html`"


class NoDate(ValueError):
    """The article has no date, but its pattern needs one. The message is the pattern."""


@dataclass(frozen=True, slots=True)
class PermalinkNames:
    """The values from which an address is made: the path of the article, and values of its front matter."""

    path: str
    title: str = ""
    slug: str = ""
    permalink: str = ""
    date: datetime | None = None


def url_of(of: PermalinkNames, permalinks: Permalinks) -> str:
    """Return the URL of an article.

    The URL comes from the `permalink` of the article, or else from the pattern of its section, or else from its folder
    and slug. The URL is "" for the home page, and for a file whose name has no character that an address can have.
    Raises NoDate if the pattern needs a date and the article has none.
    """
    if of.permalink:
        return url_written(_filled(of.permalink, of))
    pattern = pattern_for(of.path, permalinks)
    return url_written(_filled(pattern, of)) if pattern else usual(of.path, of.slug)


def pattern_for(path: str, permalinks: Permalinks) -> str:
    """Return the pattern for an article, or "" if there is none. An article that lists its folder never has one."""
    if is_list_index(path):
        return ""
    section, slash, _ = path.partition("/")
    return dict(permalinks).get(section if slash else "", "")


def pattern_fault(pattern: str) -> Fault | None:
    """Return the fault of the pattern of a section, or None if it is correct."""
    unknown = [name for name in _TOKEN.findall(pattern) if name not in TOKENS]
    if unknown:
        return f"there is no token :{unknown[0]}", f"use {', '.join(f':{name}' for name in TOKENS)}"
    if not pattern.startswith("/"):
        return f"{pattern!r} does not begin with a slash", 'write a pattern such as "/:year/:month/:slug/"'
    if not any(f":{name}" in pattern for name in OF_ITSELF):
        return f"{pattern!r} gives every article one address", "add :slug, :title or :filename"
    return address_fault(_TOKEN.sub("x", pattern))


def permalink_fault(text: str) -> Fault | None:
    """Return the fault of the `permalink` of an article, or None if it is correct.

    A `permalink` may have tokens too.
    """
    unknown = [name for name in _TOKEN.findall(text) if name not in TOKENS]
    if unknown and not _ELSEWHERE.match(text):
        return f"there is no token :{unknown[0]}", f"use {', '.join(f':{name}' for name in TOKENS)}"
    return address_fault(_TOKEN.sub(lambda token: "x" if token[1] in TOKENS else token[0], text))


def address_fault(text: str) -> Fault | None:
    """Return the fault of an address as an author wrote it, or None if it is correct."""
    if _ELSEWHERE.match(text):
        return f"{text!r} is no address of this site", _EXAMPLE
    decoded = _decoded(text)
    if re.search(r"[\\?#%\x00-\x1f\x7f]", decoded):
        return f"{text!r} has a character that an address cannot have", _EXAMPLE
    parts = decoded.strip("/").split("/")
    if ".." in parts or "." in parts:
        return f"{text!r} has a part that is `.` or `..`", _EXAMPLE
    if any(part.startswith(".") for part in parts):
        return (
            f"{text!r} has a name that begins with a dot",
            "write another name: a file whose name begins with a dot is never published",
        )
    if "" in parts and parts != [""]:
        return f"{text!r} has two slashes in a row", _EXAMPLE
    return None


def url_written(text: str) -> str:
    """Return the URL for an address as an author wrote it. The address must have no fault."""
    url = _decoded(text).strip("/")
    if url == "index.html" or url.endswith("/index.html"):
        url = url[: -len("index.html")].rstrip("/")
    return url if not url or _is_file(url) else f"{url}/"


def alias_urls(aliases: Sequence[str], own: str) -> tuple[str, ...]:
    """Return the URLs of the old addresses among the aliases of an article. Each URL occurs once.

    Aliases that are names or have faults are left out. So is the present URL `own` of the article.
    """
    if not aliases:
        return ()
    urls = dict.fromkeys([url_written(text) for text in aliases if is_address(text) and not address_fault(text)])
    return tuple([url for url in urls if url != own])


def alias_names(aliases: Iterable[str]) -> tuple[str, ...]:
    """Return the names among the aliases of an article. `[[name]]` finds the article by such a name."""
    return tuple(text for text in aliases if not is_address(text))


def is_address(alias: str) -> bool:
    """Return whether an alias is an old address. Any other alias is a name.

    An old address has a slash, or ends with `.html` or `.htm`.
    """
    return "/" in alias or _is_file(alias)


def _is_file(url: str) -> bool:
    return url.lower().endswith((".html", ".htm"))


def _decoded(text: str) -> str:
    return unicodedata.normalize("NFC", unquote(text) if "%" in text else text)


def _filled(pattern: str, of: PermalinkNames) -> str:
    values = _values(of)

    def value(token: re.Match[str]) -> str:
        if token[1] in OF_A_DATE and of.date is None:
            raise NoDate(pattern)
        return values.get(token[1], token[0])

    return re.sub("//+", "/", _TOKEN.sub(value, pattern))


def _values(of: PermalinkNames) -> Mapping[str, str]:
    folder, _, name = of.path.rpartition("/")
    stem = without_ending(name)
    if is_index(of.path):
        folder, _, stem = folder.rpartition("/")
    named = stem if is_index(of.path) else slug(without_date(stem))
    return {
        "year": f"{of.date.year:04}" if of.date else "",
        "month": f"{of.date.month:02}" if of.date else "",
        "day": f"{of.date.day:02}" if of.date else "",
        "slug": of.slug or named,
        "title": slug(of.title),
        "section": folder.partition("/")[0],
        "sections": folder,
        "filename": stem,
    }
