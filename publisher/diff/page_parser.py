"""Parse a page, and pass its tags and texts to a reader in reading order.

selectolax builds a tree as browsers do. Its parser takes quadratic time for deeply nested pages, and a page may be
hostile. So a page with very many tags is read by our tokenizer instead. The tokenizer takes linear time, but is slower
for usual pages. For a page without syntax errors, the parser and the tokenizer give the same result.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import unescape
from typing import Protocol

from selectolax.lexbor import LexborHTMLParser

from publisher.html.tokens import TOKEN, values

MOST_TAGS = 10_000
"""The largest number of `<` in a page that is read into a tree. The parser takes 1/6 s for 10,000 nested `<div>`."""

_NONE: Mapping[str, str | None] = {}
_CLOSED_BY_SLASH = frozenset({"annotation", "svg"})
"""Elements of SVG and MathML that readers need to know, and that a slash at the end of the start tag closes."""


class PageReader(Protocol):
    """Takes the parts of a page in their order. Names of elements and attributes are in lower case."""

    def text(self, text: str) -> None:
        """Take the text between two tags. Its character references are resolved."""

    def start(self, name: str, attributes: Mapping[str, str | None]) -> None:
        """Take a start tag. The value of an attribute without a value is None or ""."""

    def end(self, name: str) -> None:
        """Take the end of an element. This is not always called for an element without content."""


def parse(html: str, reader: PageReader) -> None:
    """Pass the texts and tags of a page to `reader`. This function raises nothing, whatever `html` is."""
    if html.count("<") > MOST_TAGS:
        parse_tokens(html, reader)
    else:
        parse_tree(html, reader)


def parse_tree(html: str, reader: PageReader) -> None:
    """Pass the tree that selectolax builds for the page to `reader`. Comments are left out."""
    text, start, end = reader.text, reader.start, reader.end
    node = LexborHTMLParser(html.encode("utf-8", "replace")).root
    while node is not None:
        name = node.tag
        child = None
        if name == "-text":
            text(node.text_content or "")
        elif name and not name.startswith("-"):
            start(name, node.attributes)
            child = node.first_child
            if child is None:
                end(name)
        while child is None and node is not None:
            child = node.next
            if child is None:
                node = node.parent
                if node is not None and node.tag:
                    end(node.tag)
        node = child


def parse_tokens(html: str, reader: PageReader) -> None:
    """Pass the texts and tags to `reader` as they are written. An element that is not closed has no end."""
    done = 0
    for token in TOKEN.finditer(html):
        start, stop = token.span()
        if start > done:
            reader.text(unescape(html[done:start]))
        done = stop
        if token["end"]:
            reader.end(token["end"].lower())
        elif token["name"]:
            name, inside = token["name"].lower(), token["attributes"]
            reader.start(name, values(inside) if len(inside) > 1 else _NONE)
            if token["raw"] and token["text"]:
                reader.text(unescape(token["text"]))
            elif name in _CLOSED_BY_SLASH and inside.endswith("/"):
                reader.end(name)
    if done < len(html):
        reader.text(unescape(html[done:]))
