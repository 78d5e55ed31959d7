"""Write tags in the text, `#tag`. Each of them becomes a tag of the article, and a link to the page of the tag."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from publisher.site.markdown.commonmark.writer import Writer
from publisher.site.markdown.obsidian import tags
from publisher.site.urls import mark, tag_url, target

if TYPE_CHECKING:
    from comrak import AstNode


def write_tags(w: Writer, node: AstNode, text: str) -> None:
    """Write a text, make links of its tags, and record the tags."""
    at = w.source.start(node)
    done = 0
    for start, end, name in tags(text):
        if start == 0 and w.source.before(at).strip():
            continue  # a character other than white space is directly before this text
        w.text(text[done:start])
        place = w.source.place(at + len(text[:start].encode()))
        w.tags.setdefault(name, place)
        w.out.append(f'<a class="tag" href="{escape(mark(target("/" + tag_url(name))))}">')
        w.text(text[start:end])
        w.out.append("</a>")
        done = end
    w.text(text[done:])
