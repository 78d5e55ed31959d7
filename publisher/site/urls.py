"""Where things are: slugs, addresses, and the marks that stand for links until a page embeds them.

A URL here is the path of a page or file below the site's root, decoded, without a leading slash: `` for home,
`posts/first/`, `images/x.png`. A target is what an article or template points at: a path below the content folder
(`posts/other.md#heading`, `images/x.png`, with `../` before it where it leads out) or, with a leading slash, a path
below the site's root (`/tags/python/`). What it means is found in links/resolve.py. `%`, `?`, `#`,
spaces, quotes, `&`, `<` and `>` of a name are percent-encoded in it, nothing else is.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from html import escape
from urllib.parse import quote, unquote

from publisher.site.file_names import is_index, without_date, without_ending

NUL = "\0"
"""Stands around every marked target. No source may hold it, so that replacing marks is exact."""

Address = Callable[[str], "str | None"]
"""Path of a target -> URL, or None when it means nothing that is published."""

# Everything else is percent-encoded: no colon (it would look like a scheme), no comma (srcset), no quote, no ampersand.
_SAFE = "/!$*+=@()"

# What would end a part of a target, or be changed when a serializer escapes the attribute that the mark stands in.
_ESCAPED = str.maketrans({sign: f"%{ord(sign):02X}" for sign in "%?#&<>\"' \t\n\r"})


def target(path: str, fragment: str = "", query: str = "") -> str:
    """A target made of its parts: `path` and `fragment` decoded, `query` as it was written."""
    text = path.translate(_ESCAPED)
    if query:
        text += "?" + query.replace("#", "%23")
    return f"{text}#{fragment.translate(_ESCAPED)}" if fragment else text


def split(text: str) -> tuple[str, str, str]:
    """The parts of a target: path, fragment, query. The path and the fragment are decoded."""
    path, _, fragment = text.partition("#")
    path, _, query = path.partition("?")
    return (unquote(path) if "%" in path else path), (unquote(fragment) if "%" in fragment else fragment), query


def mark(text: str) -> str:
    """The target as it stands in HTML until `place` knows which page it is embedded in."""
    return f"{NUL}{text}{NUL}"


def targets(html: str) -> Iterator[str]:
    """Every marked target, in order, repetitions too."""
    return iter(html.split(NUL)[1::2])


def encode(url: str) -> str:
    """A URL or a relative reference as documents write it: percent-encoded, so also safe inside any HTML attribute."""
    return quote(url, safe=_SAFE)


def relative(from_url: str, to_url: str) -> str:
    """The way from one page to another, percent-encoded and the same under every mount; to itself `./`."""
    here = from_url.split("/")
    there = to_url.split("/")
    limit = min(len(here), len(there)) - 1
    same = 0
    while same < limit and here[same] == there[same]:
        same += 1
    return encode("../" * (len(here) - 1 - same) + "/".join(there[same:])) or "./"


def place(html: str, page_url: str, address: Address) -> str:
    """The HTML with every mark replaced by the way from the page that embeds it; nothing else is read or changed.

    A path that `address` does not know is taken for a URL: it stays inside the mount, and check.py reports it.
    """

    def write(url: str, fragment: str) -> str:
        return "" if fragment and url == page_url else relative(page_url, url)

    return _replace(html, address, write)


def absolute(html: str, base: str, address: Address) -> str:
    """The same with complete addresses, for feeds. `base` ends with a slash; `/` starts at the origin's root."""
    return _replace(html, address, lambda url, _: base + encode(url))


def _replace(html: str, address: Address, write: Callable[[str, str], str]) -> str:
    parts = html.split(NUL)
    if len(parts) == 1:
        return html
    if len(parts) % 2 == 0:
        raise ValueError("a mark that does not end")
    done: dict[str, str] = {}
    for number in range(1, len(parts), 2):
        text = parts[number]
        if text not in done:
            path, fragment, query = split(text)
            url = address(path)
            reference = write(_inside(path) if url is None else url, fragment)
            if query:
                reference += "?" + escape(quote(query.replace("&amp;", "&"), safe=_SAFE + "%&;:,?'"))
            done[text] = f"{reference}#{encode(fragment)}" if fragment else reference
        parts[number] = done[text]
    return "".join(parts)


def _inside(path: str) -> str:
    """What is written for a path that nothing is known of: it leads nowhere, but not out of the mount."""
    return re.sub(r"\A(?:\.\.?/|/)+", "", path)


LONGEST_NAME = 255
"""Bytes of UTF-8 that one name in a path may have: more is refused by every usual file system."""


def too_long(path: str) -> str:
    """The first name in a path that is longer than may be; empty where there is none."""
    if len(path) * 4 <= LONGEST_NAME:  # UTF-8 has at most four bytes for a character
        return ""
    return next((name for name in path.split("/") if len(name.encode()) > LONGEST_NAME), "")


def slug(text: str) -> str:
    """A name for an address: letters, digits and marks of every script, NFC, lower case; the rest becomes `-`."""
    normal = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
    kept = "".join(c if c == "_" or unicodedata.category(c)[0] in "LMN" else "-" for c in normal)
    return re.sub("-+", "-", kept).strip("-")


def permalink(path: str, own_slug: str = "") -> str:
    """The URL of the article at this content path: its folder and its slug (by default from the file's name).

    `posts/first.md` and `posts/first/index.md` are both `posts/first/`; `index.md` is home. A date at the beginning of
    the file's name is no part of it. Empty also for a file whose name has nothing that an address could keep.
    """
    folder, _, name = path.rpartition("/")
    stem = without_ending(name)
    if is_index(name):
        if not folder:
            return ""
        folder, _, stem = folder.rpartition("/")
        last = own_slug or unicodedata.normalize("NFC", stem)
    else:
        last = own_slug or slug(without_date(stem))
    if not last:
        return ""
    return f"{folder}/{last}/" if folder else f"{last}/"


def file_of(url: str) -> str:
    """The file that a page's URL is served from: `posts/first/` is posts/first/index.html."""
    return url + "index.html" if not url or url.endswith("/") else url


@lru_cache(maxsize=4096)
def tag_url(name: str) -> str:
    """A tag's address, made from its name alone, so that no other tag can ever move it. C++ and C# are not C."""
    return f"tags/{slug(name.replace('+', ' plus ').replace('#', ' sharp '))}/"
