"""Write links, images, and addresses in the text that become links."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING

import comrak

from publisher.html.url_attributes import IN_ARTICLES
from publisher.site.markdown.commonmark import attributes
from publisher.site.markdown.commonmark.bare_links import ENDED, write_link
from publisher.site.markdown.commonmark.writer import Handler, Writer, value

if TYPE_CHECKING:
    from comrak import AstNode


def _link(w: Writer, node: AstNode) -> None:
    if w.no_links:
        w.children(node)  # HTML does not allow a link inside a link
        return
    link = value(node)
    start = w.source.start(node)
    children = node.children
    alone = children[0].node_value if len(children) == 1 else None
    if isinstance(alone, comrak.Text) and link.url.endswith(alone.value) and w.source.cut(start, start + 1) != "[":
        _autolink(w, node, alone.value)
        return
    place = partial(_destination, w, node, children)
    given = _attributes(w, node)
    w.out.append('<a href="')
    w.parts.links.write(w.out, link.url, "link", place)
    w.out.append(f'"{_title(link.title)}{_given(w, node, given)}>')
    w.in_link = True
    w.inline(node)
    w.in_link = False
    w.out.append("</a>")


def _autolink(w: Writer, node: AstNode, text: str) -> None:
    """Write a link whose text is its address. Chinese punctuation ends an address, unless the address is in `<>`."""
    url = value(node).url
    start = w.source.start(node)
    angle = w.source.cut(start, start + 1) == "<"
    stop = None if angle else ENDED.search(text)
    if stop:
        cut = len(text) - stop.start()
        write_link(w, url[: len(url) - cut], text[: stop.start()])
        w.text(text[stop.start() :])
        return
    w.out.append('<a href="')
    w.parts.links.write(w.out, url, "link", lambda: start + angle)
    w.out.append('">')
    w.text(text)
    w.out.append("</a>")


def _image(w: Writer, node: AstNode) -> None:
    image = value(node)
    children = node.children
    w.not_text()
    w.out.append('<img src="')
    w.parts.links.write(w.out, image.url, "image", partial(_destination, w, node, children))
    alternative = escape(plain(node))
    w.out.append(f'" alt="{alternative}"{_title(image.title)}{_given(w, node, _attributes(w, node))}>')


def plain(node: AstNode) -> str:
    """Return the text inside a node, without the syntax of Markdown."""
    parts: list[str] = []
    for child in node.children:
        kind = child.node_value
        if isinstance(kind, comrak.Text):
            parts.append(kind.value)
        elif isinstance(kind, comrak.Code | comrak.Math):
            parts.append(kind.value.literal)
        elif isinstance(kind, comrak.ShortCode):
            parts.append(kind.value.emoji)
        elif isinstance(kind, comrak.SoftBreak | comrak.LineBreak):
            parts.append(" ")
        else:
            parts.append(plain(child))
    return "".join(parts)


def _destination(w: Writer, node: AstNode, children: list[AstNode]) -> int:
    start, end = w.source.start(node), w.source.end(node)
    inside = w.source.end(children[-1]) if children else start + (2 if w.source.cut(start, start + 1) == "!" else 1)
    return w.parts.links.destination(start, inside, end)


def _attributes(w: Writer, node: AstNode) -> attributes.Attributes:
    """Return the attributes after a link or an image. The tree of the parser does not have them."""
    if not w.source.links_have_attributes:
        return attributes.NONE
    end = w.source.end(node)
    if w.source.cut(end - 1, end) != "}":
        return attributes.NONE
    return attributes.at_the_end(w.source.of(node))


def _title(title: str) -> str:
    return f' title="{escape(title)}"' if title else ""


def _given(w: Writer, node: AstNode, given: attributes.Attributes) -> str:
    """Return the HTML of the author's attributes, for a start tag. Leave out `href`, `src`, `alt` and `title`."""
    if given is attributes.NONE:
        return ""
    identity = w.parts.ids.author(given.id, lambda: w.source.place(w.source.start(node))) if given.id else ""
    pairs = {name: text for name, text in given.pairs.items() if name not in ("href", "src", "alt", "title")}
    tag = "a" if isinstance(node.node_value, comrak.Link) else "img"
    kept = {name: text for name, text in pairs.items() if name not in IN_ARTICLES}
    shown = attributes.Attributes("", given.classes, kept).html()
    with_links = (
        w.parts.raw.attribute(tag, name, text, w.source.start(node))
        for name, text in pairs.items()
        if name in IN_ARTICLES
    )
    return (f' id="{escape(identity)}"' if identity else "") + shown + "".join(with_links)


HANDLERS: dict[type, Handler] = {comrak.Link: _link, comrak.Image: _image}
