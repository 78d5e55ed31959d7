"""Find the target of a link that an author wrote, and the positions in the source where links may be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

from publisher.site import urls

_OUTSIDE = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:|//|\\\\)")

ESCAPES = "this link leaves the content folder"
NOWHERE = "this link has no target"


class BadLink(ValueError):
    """A link that cannot have a target. The message says why."""


def resolve(written: str, path: str, home: str = "") -> str | None:
    """Return the target (see urls.py) of a link of an article. Return None if the link leaves the site, or is only `#`.

    `written` is the link as the author wrote it. Its character references must be resolved, but not its percent
    escapes. `path` is the content path of the article. `home` is the URL of the site, or "". A link that begins with
    `home` is a link from the root. Raises BadLink if the link has no target, or if a link from the root leaves the
    content folder. If a relative link leaves this folder, its target begins with `../`.
    """
    link = _from_the_root(written.strip(), home)
    if not link:
        raise BadLink(NOWHERE)
    if _OUTSIDE.match(link) or link == "#":
        return None
    rest, _, fragment = link.partition("#")
    place, _, query = rest.partition("?")
    fragment = _decode(fragment)
    if not place:
        return urls.target(path, fragment, query)
    decoded = _decode(place)
    if "\0" in decoded or "\0" in fragment:
        raise BadLink(NOWHERE)
    rooted = decoded.startswith("/")
    found = _join("" if rooted else path.rpartition("/")[0], decoded, out=not rooted)
    if decoded.rpartition("/")[2] in ("", ".", "..") and found:
        found += "/"
    if rooted or not found:
        found = "/" + found
    return urls.target(found, fragment, query)


def _from_the_root(link: str, home: str) -> str:
    """Return a link that begins with `home` or with `@/` as a link from the root. Return any other link unchanged.

    `@/posts/x.md` is a link to a path below the content folder.
    """
    if link.startswith("@/"):
        return link[1:]
    place = home.partition("://")[2].rstrip("/")
    if not place or link[:4].lower() != "http":
        return link
    scheme, _, rest = link.partition("://")
    same = scheme.lower() in ("http", "https") and rest[: len(place)].lower() == place.lower()
    if not same or rest[len(place) : len(place) + 1] not in ("", "/", "?", "#"):
        return link
    return "/" + rest[len(place) :].lstrip("/")


def _decode(text: str) -> str:
    return unicodedata.normalize("NFC", unquote(text) if "%" in text else text)


def _join(folder: str, link: str, *, out: bool) -> str:
    """Return the path of the relative link `link` in `folder`.

    A path that leads out of the content folder begins with `../`. Raises BadLink for such a path if `out` is not set.
    """
    parts = folder.split("/") if folder else []
    for part in link.split("/"):
        if part == "..":
            if parts and parts[-1] != "..":
                parts.pop()
            elif out:
                parts.append("..")
            else:
                raise BadLink(ESCAPES)
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


# These patterns match every destination that a source may have. Each pattern is fast, because its beginning is fixed.
_INLINE = re.compile(r"\]\(\s*(?:<([^<>\n]*)>|([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*))")
_DEFINITION = re.compile(r"\]:[ \t]*\n?[ \t]*<?([^\s<>]+)")
_ATTRIBUTE = re.compile(
    r"[\s\"'](?:href|src|srcset|poster|data|action|formaction|cite|background|longdesc|imagesrcset|xlink:href)"
    r"\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'<>=`]+))"
    r"|url\(\s*[\"']?(?P<css>[^\"')\s]+)",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\[\[([^\[\]|\\\n]+)(?=\\?\||\]\])")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def destinations(source: str) -> Iterator[tuple[int, int, str]]:
    """Yield every possible destination in Markdown: its start, its end (exclusive), and its text without escapes."""
    for match in _NAMED.finditer(source):
        yield *match.span(1), match[1]
    for match in (*_INLINE.finditer(source), *_DEFINITION.finditer(source)):
        group = match.lastindex or 1
        yield *match.span(group), unescape(_ESCAPED.sub(r"\1", match[group]))


def in_attributes(source: str) -> Iterator[tuple[int, int, str]]:
    """Yield every possible destination in raw HTML and attribute lists, as `destinations` does for Markdown.

    This function takes thirty times as long as `destinations`. So call it only for an article that has raw HTML or
    attribute lists.
    """
    for match in _ATTRIBUTE.finditer(source):
        kind = match.lastgroup or "bare"
        start, end = match.span(kind)
        text = match.group(kind)
        if "srcset" in match.group(0).lower():
            for part in re.finditer(r"[^\s,][^\s]*[^\s,]|[^\s,]", text):
                yield start + part.start(), start + part.end(), unescape(part.group())
        else:
            yield start, end, unescape(text)
