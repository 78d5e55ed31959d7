"""Find and replace the links in the HTML and the style sheets of an article. Other characters do not change."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from publisher.fast_dataclass import dataclass
from publisher.html.tokens import TOKEN, attributes, meant, values
from publisher.html.url_attributes import IN_ARTICLES, Kind, in_css, in_tag, meta_name


@dataclass(frozen=True, slots=True)
class HtmlLink:
    """One link in a piece of HTML, from offset `start` to `end` (exclusive).

    `text` is the link with its character references resolved. `tag` is the name of its element.
    """

    start: int
    end: int
    text: str
    kind: Kind
    tag: str


def links(html: str) -> Iterator[HtmlLink]:
    """Yield every link in order. Links are in attributes, also in `style` attributes, and in `<style>` elements."""
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
    """Yield the links in one attribute. `value` is as it is written in HTML. `tag` and `name` are in lower case.

    For a `<meta>`, `about` is the result of `url_attributes.meta_name`.
    """
    for start, stop, text, kind in in_tag(tag, name, value, about):
        if kind:
            yield HtmlLink(start, stop, text, kind, tag)


def style_links(css: str, start: int = 0, stop: int | None = None) -> Iterator[HtmlLink]:
    """Yield every address in a style sheet, or in the part of `css` from `start` to `stop`. Comments are skipped."""
    for begin, end, text, kind in in_css(css, start, stop):
        if kind:
            yield HtmlLink(begin, end, text, kind, "style")


def ids(html: str) -> Iterator[str]:
    """Yield every value to which a link can jump: the `id` of any element, and the `name` of an `<a>`.

    If an `<a>` has the same value in its `id` and its `name`, the value is yielded once.
    """
    for token in TOKEN.finditer(html):
        if token["name"]:
            found: dict[str, None] = {}
            for name, start, stop in attributes(html, *token.span("attributes"), ("id", "name")):
                if stop > start and (name == "id" or token["name"].lower() == "a"):
                    found[meant(html[start:stop])] = None
            yield from found


def replace(html: str, change: Callable[[HtmlLink], str | None]) -> str:
    """Return the HTML with the text of each link replaced by the result of `change`. None leaves a link unchanged."""
    parts: list[str] = []
    done = 0
    for link in links(html):
        new = change(link)
        if new is not None:
            parts += (html[done : link.start], new)
            done = link.end
    return "".join([*parts, html[done:]]) if parts else html
