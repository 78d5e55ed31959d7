"""The links of an article's own HTML and style sheets, with their places, so that they can be changed or complained of.

All other characters stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from publisher.html.tokens import TOKEN, attributes, meant, values
from publisher.html.url_attributes import IN_ARTICLES, Kind, in_css, in_tag, meta_name


@dataclass(frozen=True, slots=True)
class HtmlLink:
    """One link in a piece of HTML: where its text begins and ends, the text with its entities resolved, its element."""

    start: int
    end: int
    text: str
    kind: Kind
    tag: str


def links(html: str) -> Iterator[HtmlLink]:
    """Every link in tags, also in their styles, and in style sheets, in order."""
    for token in TOKEN.finditer(html):
        if not token["name"]:
            continue
        tag, span = token["name"].lower(), token.span("attributes")
        about = meta_name(values(html, *span)) if tag == "meta" else ""
        for name, start, stop in attributes(html, *span, IN_ARTICLES):
            for link in of_attribute(tag, name, html[start:stop], about):
                yield HtmlLink(start + link.start, start + link.end, link.text, link.kind, tag)
        if tag == "style":
            yield from style_links(html, *token.span("text"))


def of_attribute(tag: str, name: str, value: str, about: str = "") -> Iterator[HtmlLink]:
    """The links in one attribute, whose value is as it is written; tag and name in lower case.

    `about`: of `<meta>`, what `addresses.meta_name` gives.
    """
    for start, stop, text, kind in in_tag(tag, name, value, about):
        if kind:
            yield HtmlLink(start, stop, text, kind, tag)


def style_links(css: str, start: int = 0, stop: int | None = None) -> Iterator[HtmlLink]:
    """Every address in a style sheet, or in a part of the text: not in comments."""
    for begin, end, text, kind in in_css(css, start, stop):
        if kind:
            yield HtmlLink(begin, end, text, kind, "style")


def ids(html: str) -> Iterator[str]:
    """Every id, and the name of anchors, that a link could jump to; each once for an element that has it twice."""
    for token in TOKEN.finditer(html):
        if token["name"]:
            found: dict[str, None] = {}
            for name, start, stop in attributes(html, *token.span("attributes"), ("id", "name")):
                if stop > start and (name == "id" or token["name"].lower() == "a"):
                    found[meant(html[start:stop])] = None
            yield from found


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
