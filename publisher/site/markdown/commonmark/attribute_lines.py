"""Read lines of attributes, `{: .note }`, which stand below the words of a paragraph or below a heading.

Jekyll, MkDocs and the flavour `python` read such lines. CommonMark shows them as text.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

import comrak

from publisher.site.markdown.commonmark.attributes import NONE, Attributes, read

if TYPE_CHECKING:
    from comrak import AstNode

    from publisher.site.markdown.commonmark.writer import Writer

_LINE = re.compile(r"[ \t>]*(?P<list>\{:[^{}\n]*\})[ \t]*")


def below_words(w: Writer, node: AstNode) -> tuple[Attributes, int | None]:
    """Return the attributes in the last line of a paragraph, and the number of nodes before this line.

    Return NONE and None if the last line has no attributes. The number is 0 if the paragraph has no other line.
    """
    if not w.source.blocks_have_attributes:
        return NONE, None
    text = w.source.of(node)
    line = text.rfind("\n") + 1
    match = _LINE.fullmatch(text, line)
    if not match:
        return NONE, None
    start = w.source.start(node) + len(text[: match.start("list")].encode())
    children = node.children
    count = next((number for number, each in enumerate(children) if w.source.start(each) >= start), len(children))
    while count and isinstance(children[count - 1].node_value, comrak.SoftBreak | comrak.LineBreak):
        count -= 1
    if count and w.source.end(children[count - 1]) > start:
        return NONE, None  # this line belongs to a node that began above it, such as inline code
    return read(match["list"].replace("{:", "{", 1)), count


def give_to_heading(w: Writer, node: AstNode, given: Attributes) -> bool:
    """Give attributes to the heading directly above a paragraph. Return whether there is such a heading."""
    above = w.headings[-1] if w.headings else None
    if (
        above is None
        or above.last_line != node.sourcepos.start.line - 1
        or above.closes_at + 2 != len(w.out)
        or above.id
        or above.attributes
    ):
        return False
    if given.id:
        above.id = w.parts.ids.author(given.id, lambda: w.source.place(w.source.start(node)))
    above.attributes = given.html()
    return True


def html(w: Writer, node: AstNode, given: Attributes) -> str:
    """Return the HTML of the attributes of a paragraph, for its start tag."""
    line = w.source.line_below(w.source.end(node), 0)
    identity = w.parts.ids.author(given.id, lambda: w.source.place(line)) if given.id else ""
    return (f' id="{escape(identity)}"' if identity else "") + given.html()
