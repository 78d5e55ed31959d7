"""Make slugs, URLs, and marks. A mark is written instead of a link until the page with the link is made.

A *URL* here is the path of a page or file below the root of the site. It is decoded and has no leading slash.
Examples are `posts/first/`, `images/x.png`, and "" for the home page.

A *target* is the destination of a link in an article or template. It is a path below the content folder
(`posts/other.md#heading`, `images/x.png`, with a leading `../` if it leaves that folder), or a path below the root of
the site with a leading slash (`/tags/python/`). links/resolve.py lists the paths that a target may mean. In a target,
only the characters `%`, `?`, `#`, `&`, `<` and `>`, quotes, and white space are percent-encoded.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import quote, unquote

from publisher.site.file_names import is_index, without_date, without_ending

NUL = "\0"
"""The character before and after every marked target. No source file may have it, so every NUL belongs to a mark."""

Address = Callable[[str], "str | None"]
"""A function that returns the URL for the path of a target, or None if nothing is published there."""

# All other characters are percent-encoded. A colon could look like the end of a scheme, and a comma would split a
# `srcset`. Quotes and ampersands would need escapes in HTML.
_SAFE = "/!$*+=@()"

# These characters would end a part of a target, or would change when an HTML serializer escapes an attribute.
_SPECIAL = "%?#&<>\"' \t\n\r"
_ESCAPED = str.maketrans({sign: f"%{ord(sign):02X}" for sign in _SPECIAL})
_has_special = re.compile(f"[{_SPECIAL}]").search


def target(path: str, fragment: str = "", query: str = "") -> str:
    """Return a target that is made of its parts.

    `path` and `fragment` are decoded. `query` is as the author wrote it.
    """
    text = _encoded(path)
    if query:
        text += "?" + query.replace("#", "%23")
    return f"{text}#{_encoded(fragment)}" if fragment else text


def _encoded(text: str) -> str:
    """Return a part of a target with its special characters percent-encoded."""
    # Most parts have none, and looking for them takes an eighth of the time of `translate`.
    return text.translate(_ESCAPED) if _has_special(text) else text


@lru_cache(maxsize=4096)
def split(text: str) -> tuple[str, str, str]:
    """Return the parts of a target: path, fragment, query. The path and the fragment are decoded."""
    path, _, fragment = text.partition("#")
    path, _, query = path.partition("?")
    return (unquote(path) if "%" in path else path), (unquote(fragment) if "%" in fragment else fragment), query


def mark(text: str) -> str:
    """Return the mark for a target. The mark stands in the HTML instead of the link until `place` replaces it."""
    return f"{NUL}{text}{NUL}"


def targets(html: str) -> Iterator[str]:
    """Yield the target of every mark, in order. A target may occur several times."""
    return iter(html.split(NUL)[1::2])


@lru_cache(maxsize=4096)
def encode(url: str) -> str:
    """Return a URL or a relative reference percent-encoded, so that it is safe in any HTML attribute."""
    return quote(url, safe=_SAFE)


def relative(from_url: str, to_url: str) -> str:
    """Return the relative reference from one page to another, percent-encoded. From a folder to itself, it is `./`.

    The reference stays right if the whole site is served below another path.
    """
    here = from_url.split("/")
    there = to_url.split("/")
    limit = min(len(here), len(there)) - 1
    same = 0
    while same < limit and here[same] == there[same]:
        same += 1
    return "../" * (len(here) - 1 - same) + encode("/".join(there[same:])) or "./"


def place(html: str, page_url: str, address: Address) -> str:
    """Return the HTML in which every mark is replaced by a relative reference from the page at `page_url`.

    If `address` returns None for a path, the path itself is used as the URL. This link is dead, and check.py reports
    it, but it stays inside of the site. Raises ValueError if a mark does not end.
    """

    def write(url: str, fragment: str) -> str:
        return "" if fragment and url == page_url else relative(page_url, url)

    return _replace(html, address, write)


def absolute(html: str, base: str, address: Address) -> str:
    """Return the HTML in which every mark is replaced by `base` and a URL, for feeds and for the page of error 404.

    `base` ends with a slash. Raises ValueError if a mark does not end.
    """
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
                from html import escape  # few links have a query

                reference += "?" + escape(quote(query.replace("&amp;", "&"), safe=_SAFE + "%&;:,?'"))
            done[text] = f"{reference}#{encode(fragment)}" if fragment else reference
        parts[number] = done[text]
    return "".join(parts)


def _inside(path: str) -> str:
    """Return an unknown path without leading `/`, `./` and `../`, because these could lead out of the site."""
    return re.sub(r"\A(?:\.\.?/|/)+", "", path)


LONGEST_NAME = 255
"""The largest number of UTF-8 bytes of one name in a path. Most file systems allow no more."""


def too_long(path: str) -> str:
    """Return the first name in a path that is too long, or "" if there is none."""
    if len(path) * 4 <= LONGEST_NAME:  # a fast path: a character has at most four bytes in UTF-8
        return ""
    return next((name for name in path.split("/") if len(name.encode()) > LONGEST_NAME), "")


def slug(text: str) -> str:
    """Return a name for an address, made from `text` in lower case and NFC.

    Letters, digits and marks of any script stay, and so does `_`. All other characters become `-`, and several in a row
    become one `-`. No `-` is at the beginning or at the end.
    """
    normal = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
    kept = "".join(c if c == "_" or unicodedata.category(c)[0] in "LMN" else "-" for c in normal)
    return re.sub("-+", "-", kept).strip("-")


def permalink(path: str, own_slug: str = "") -> str:
    """Return the URL of the article at a content path, made of its folder and its slug.

    The slug is `own_slug`, or is made from the name of the file without a date at its beginning. An index article has
    the unchanged name of its folder instead. `posts/first.md` and `posts/first/index.md` both become `posts/first/`.
    The URL is "" for the home page `index.md`, and for a file whose name has no character that an address can have.
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
    """Return the path of the file for the URL of a page. For example, `posts/first/` has posts/first/index.html."""
    return url + "index.html" if not url or url.endswith("/") else url


def tag_url(name: str) -> str:
    """Return the URL of the page of a tag, such as `tags/ipfs/`."""
    return term_url("tags", name)


@lru_cache(maxsize=4096)
def term_url(taxonomy: str, name: str) -> str:
    """Return the URL of the page of a term in a taxonomy.

    It depends only on the two names. The terms C, C++ and C# have three different URLs.
    """
    return f"{taxonomy}/{slug(name.replace('+', ' plus ').replace('#', ' sharp '))}/"
