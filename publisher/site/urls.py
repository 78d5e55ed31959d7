"""Slugs, addresses, and the marks that stand for links until a page embeds them.

A URL here is the path of a page or file below the site's root, decoded, without a leading slash: `` for home,
`posts/first/`, `images/x.png`.

A target is where a link of an article or template points. It is a path below the content folder
(`posts/other.md#heading`, `images/x.png`, with `../` before it if it leads out) or, with a leading slash, a path below
the site's root (`/tags/python/`). links/resolve.py finds its meaning. In a target only `%`, `?`, `#`, spaces, quotes,
`&`, `<` and `>` of a name are percent-encoded.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from html import escape
from urllib.parse import quote, unquote

from publisher.site.file_names import is_index, without_date, without_ending

NUL = "\0"
"""Stands before and after every marked target. No source may hold it, so that marks are replaced exactly."""

Address = Callable[[str], "str | None"]
"""Path of a target -> URL, or None if it means nothing that is published."""

# Everything else is percent-encoded. A colon would look like a scheme; a comma would split a `srcset`; quotes and
# ampersands would need escapes.
_SAFE = "/!$*+=@()"

# These signs would end a part of a target, or change when a serializer escapes the attribute around the mark.
_ESCAPED = str.maketrans({sign: f"%{ord(sign):02X}" for sign in "%?#&<>\"' \t\n\r"})


def target(path: str, fragment: str = "", query: str = "") -> str:
    """Return a target made of its parts: `path` and `fragment` decoded, `query` as written."""
    text = path.translate(_ESCAPED)
    if query:
        text += "?" + query.replace("#", "%23")
    return f"{text}#{fragment.translate(_ESCAPED)}" if fragment else text


def split(text: str) -> tuple[str, str, str]:
    """Return the parts of a target: path, fragment, query. The path and the fragment are decoded."""
    path, _, fragment = text.partition("#")
    path, _, query = path.partition("?")
    return (unquote(path) if "%" in path else path), (unquote(fragment) if "%" in fragment else fragment), query


def mark(text: str) -> str:
    """Return the target as it stands in HTML until `place` replaces it for the page that embeds it."""
    return f"{NUL}{text}{NUL}"


def targets(html: str) -> Iterator[str]:
    """Yield every marked target, in order, with repetitions."""
    return iter(html.split(NUL)[1::2])


def encode(url: str) -> str:
    """Return a URL or a relative reference as documents write it.

    Percent-encoding makes it safe in any HTML attribute.
    """
    return quote(url, safe=_SAFE)


def relative(from_url: str, to_url: str) -> str:
    """Return the relative reference from one page to another, `./` to itself.

    It is percent-encoded and the same under every mount.
    """
    here = from_url.split("/")
    there = to_url.split("/")
    limit = min(len(here), len(there)) - 1
    same = 0
    while same < limit and here[same] == there[same]:
        same += 1
    return encode("../" * (len(here) - 1 - same) + "/".join(there[same:])) or "./"


def place(html: str, page_url: str, address: Address) -> str:
    """Return the HTML with every mark replaced by the reference from the page that embeds it. Nothing else changes.

    A path that `address` does not know counts as a URL: it stays inside the mount, and check.py reports it. Raises
    ValueError for a mark that does not end.
    """

    def write(url: str, fragment: str) -> str:
        return "" if fragment and url == page_url else relative(page_url, url)

    return _replace(html, address, write)


def absolute(html: str, base: str, address: Address) -> str:
    """Return the same with complete addresses, for feeds. `base` ends with a slash; `/` begins at the origin's root.

    Raises ValueError for a mark that does not end.
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
                reference += "?" + escape(quote(query.replace("&amp;", "&"), safe=_SAFE + "%&;:,?'"))
            done[text] = f"{reference}#{encode(fragment)}" if fragment else reference
        parts[number] = done[text]
    return "".join(parts)


def _inside(path: str) -> str:
    """Return the reference for an unknown path. Its target does not exist, but it does not lead out of the mount."""
    return re.sub(r"\A(?:\.\.?/|/)+", "", path)


LONGEST_NAME = 255
"""The largest number of UTF-8 bytes of one name in a path. Usual file systems refuse more."""


def too_long(path: str) -> str:
    """Return the first name in a path that is too long; empty if there is none."""
    if len(path) * 4 <= LONGEST_NAME:  # UTF-8 has at most four bytes for a character
        return ""
    return next((name for name in path.split("/") if len(name.encode()) > LONGEST_NAME), "")


def slug(text: str) -> str:
    """Return a name for an address: letters, digits and marks of every script, NFC, lower case.

    The rest becomes `-`.
    """
    normal = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
    kept = "".join(c if c == "_" or unicodedata.category(c)[0] in "LMN" else "-" for c in normal)
    return re.sub("-+", "-", kept).strip("-")


def permalink(path: str, own_slug: str = "") -> str:
    """Return the URL of the article at this content path: its folder and its slug (by default from the file's name).

    `posts/first.md` and `posts/first/index.md` are both `posts/first/`; `index.md` is home. A date at the beginning of
    the file's name is left out. The result is also empty for a file whose name has no character for an address.
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
    """Return the file of a page's URL: that of `posts/first/` is posts/first/index.html."""
    return url + "index.html" if not url or url.endswith("/") else url


@lru_cache(maxsize=4096)
def tag_url(name: str) -> str:
    """Return a tag's address. It is made only from the name, so no other tag can move it. C++ and C# differ from C."""
    return f"tags/{slug(name.replace('+', ' plus ').replace('#', ' sharp '))}/"
