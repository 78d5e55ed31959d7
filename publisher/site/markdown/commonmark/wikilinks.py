"""Write links and embeds by name, as in Obsidian: `[[name]]`, `[[name|text]]`, `[[name#heading]]`, `![[name]]`."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

import comrak

from publisher.site.markdown import wikilinks
from publisher.site.markdown.commonmark.hyperlinks import plain
from publisher.site.markdown.commonmark.writer import Handler, Writer, value
from publisher.site.markdown.headings import slug

if TYPE_CHECKING:
    from comrak import AstNode

_SIZE = re.compile(r"(\d{1,5})(?:x(\d{1,5}))?")


def _wikilink(w: Writer, node: AstNode) -> None:
    link = value(node)
    written, text = link.url.strip(), plain(node)
    start, end = w.source.start(node), w.source.end(node)
    if not written or (link.embed and not w.parts.options.obsidian):
        w.text(w.source.cut(start, end))
        return
    named = "|" in w.source.cut(start, end)
    offset = start + (3 if link.embed else 2)
    if link.embed and wikilinks.is_picture(written):
        _picture(w, written, text if named else "", offset)
        return
    shown = text if named else written.lstrip("#").replace("#", " > ")
    if w.no_links:
        w.text(shown)
        return
    w.out.append('<a href="')
    target = wikilinks.target(written, w.parts.path, slug, blocks=w.parts.options.obsidian)
    w.parts.links.to(w.out, target, "link", lambda: offset)
    w.out.append('" class="embed">' if link.embed else '">')
    w.text(shown)
    w.out.append("</a>")


def _picture(w: Writer, written: str, text: str, offset: int) -> None:
    """Write a picture. `text` is its size in pixels, such as `200` or `200x100`, or else its alternative text."""
    size = _SIZE.fullmatch(text)
    width = f' width="{size[1]}"' if size else ""
    height = f' height="{size[2]}"' if size and size[2] else ""
    alternative = "" if size else text
    w.not_text()
    w.out.append('<img src="')
    w.parts.links.to(w.out, wikilinks.target(written, w.parts.path, slug), "image", lambda: offset)
    w.out.append(f'" alt="{escape(alternative)}"{width}{height}>')


HANDLERS: dict[type, Handler] = {comrak.WikiLink: _wikilink}
