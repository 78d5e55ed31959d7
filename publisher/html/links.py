"""Raw HTML is tokenised just enough to find the attributes that hold links. All other bytes stay as they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Literal

Kind = Literal["link", "image"]

_LINKS = frozenset({"href", "xlink:href", "action", "formaction", "cite", "longdesc"})
_IMAGES = frozenset({"src", "srcset", "imagesrcset", "poster", "background"})
ATTRIBUTES = _LINKS | _IMAGES | {"style", "data", "content"}
"""Names of all attributes that may hold links; most hold none."""

# One token at a time: comments and what browsers do not read as tags are stepped over, nothing in them is found.
_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?][^>]*>"
    r"|<(?P<raw>script|style|textarea|title|xmp|iframe|noembed|noframes)\b(?P<inside>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>"
    r"(?P<text>.*?)(?=</(?P=raw)\b|\Z)"
    r"|<(?P<tag>[a-zA-Z][^\s/>]*)(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+))")
_CANDIDATE = re.compile(r"[^\s,][^\s]*[^\s,]|[^\s,]")
_CSS_URL = re.compile(r"url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"')]+))\s*\)", re.IGNORECASE)
_CSS_IMPORT = re.compile(r"@import\s+(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_REFRESH = re.compile(r"\s*\d+\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HtmlLink:
    """One link in a piece of HTML: where its text begins and ends, and the text with its entities resolved."""

    start: int
    end: int
    text: str
    kind: Kind
    tag: str


def links(html: str) -> Iterator[HtmlLink]:
    """Every link in tags, `srcset` candidates, and `url()` of style attributes and style sheets, in order."""
    for token in _TOKEN.finditer(html):
        tag = (token["tag"] or token["raw"] or "").lower()
        if not tag:
            continue
        group = "attributes" if token["tag"] else "inside"
        for attribute in _ATTRIBUTE.finditer(html, *token.span(group)):
            value = attribute.lastindex or 1
            yield from of_attribute(tag, attribute[1].lower(), html, *attribute.span(value))
        if tag == "style":
            yield from _css(html, *token.span("text"), tag)


def style_links(css: str) -> Iterator[HtmlLink]:
    """Every address in a style sheet: in `url()` and `@import`, not in comments."""
    bare = _CSS_COMMENT.sub(lambda comment: " " * len(comment[0]), css)
    yield from _css(bare, 0, len(bare), "style")
    for match in _CSS_IMPORT.finditer(bare):
        group = match.lastindex or 1
        yield HtmlLink(*match.span(group), match[group], "link", "style")


def ids(html: str) -> Iterator[str]:
    """Every id, and the name of anchors, that a link could jump to."""
    for token in _TOKEN.finditer(html):
        group = "attributes" if token["tag"] else "inside"
        if token[group] is None:
            continue
        for attribute in _ATTRIBUTE.finditer(html, *token.span(group)):
            name = attribute[1].lower()
            if name == "id" or (name == "name" and (token["tag"] or "").lower() == "a"):
                yield unescape(attribute[attribute.lastindex or 1])


def replace(html: str, change: Callable[[HtmlLink], str | None]) -> str:
    """The HTML with the text of each link changed, or left as it is where `change` gives None."""
    parts: list[str] = []
    done = 0
    for link in links(html):
        new = change(link)
        if new is not None:
            parts += (html[done : link.start], new)
            done = link.end
    return "".join([*parts, html[done:]]) if parts else html


def of_attribute(tag: str, name: str, text: str, start: int, end: int) -> Iterator[HtmlLink]:
    """The links in one attribute's value, which is `text[start:end]`; tag and name in lower case."""
    if name not in ATTRIBUTES:
        return
    if name == "style":
        yield from _css(text, start, end, tag)
    elif name in ("srcset", "imagesrcset"):
        for part in _CANDIDATE.finditer(text, start, end):
            # "2x" and "640w" are descriptors; a file of such a name has to be written ./2x
            if not re.fullmatch(r"\d+(\.\d+)?[wxh]", part[0]):
                yield HtmlLink(*part.span(), unescape(part[0]), "image", tag)
    elif name in _LINKS or name in _IMAGES or (name == "data" and tag == "object"):
        yield HtmlLink(start, end, unescape(text[start:end]), "link" if name in _LINKS else "image", tag)
    elif name == "content" and tag == "meta" and (refresh := _REFRESH.match(text, start, end)):
        yield HtmlLink(*refresh.span(1), unescape(refresh[1]), "link", tag)


def _css(html: str, start: int, end: int, tag: str) -> Iterator[HtmlLink]:
    for match in _CSS_URL.finditer(html, start, end):
        group = match.lastindex or 1
        yield HtmlLink(*match.span(group), unescape(match[group]), "image", tag)
