"""Tags in the text, `#tag`: each is a link to the page of its tag, and a tag of the article."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from publisher.site.markdown.commonmark.writer import Writer
from publisher.site.markdown.obsidian import tags
from publisher.site.urls import mark, tag_url, target

if TYPE_CHECKING:
    from comrak import AstNode


def write_tags(w: Writer, node: AstNode, text: str) -> None:
    """Write a text with its tags as links."""
    at = w.source.start(node)
    done = 0
    for start, end, name in tags(text):
        if start == 0 and w.source.before(at).strip():
            continue  # another sign stands right before this text
        w.text(text[done:start])
        place = w.source.place(at + len(text[:start].encode()))
        w.tags.setdefault(name, place)
        w.out.append(f'<a class="tag" href="{escape(mark(target("/" + tag_url(name))))}">')
        w.text(text[start:end])
        w.out.append("</a>")
        done = end
    w.text(text[done:])
