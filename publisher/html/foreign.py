"""Find the scripts and style sheets that a page loads from another host."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.html.tokens import TOKEN, values

_MAY_LOAD = re.compile(r"<(?=[sSlL])(?i:script|link|style)\b")
_OUTSIDE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_MAY_LEAD_OUTSIDE = re.compile("//|&")  # a character reference may stand for a slash
_IMPORT = re.compile(r"@import\s+(?:url\(\s*)?['\"]?\s*((?:https?:)?//[^'\")\s;]+)", re.IGNORECASE)
_RELATIONS = frozenset(("stylesheet", "preload", "modulepreload"))


def foreign_code(html: str) -> Iterator[str]:
    """Yield the address of each script and style sheet that a page loads from another host.

    A page with such code tells the other host who reads it, and breaks when that host stops. `html` is a page or a part
    of it.
    """
    places = [match.start() for match in _MAY_LOAD.finditer(html)]
    if "<!--" in html and places:
        # A script in a comment does not count. Finding the comments takes a hundred times as long as the other branch.
        tokens = TOKEN.finditer(html)
    else:
        tokens = filter(None, (TOKEN.match(html, place) for place in places))
    for token in tokens:
        name = (token["name"] or "").lower()
        if name == "style":
            yield from _IMPORT.findall(token["text"] or "")
        elif name in ("script", "link") and _MAY_LEAD_OUTSIDE.search(token[0]):
            given = values(html, *token.span("attributes"))
            address = given.get("src" if name == "script" else "href", "")
            related = name == "script" or not _RELATIONS.isdisjoint(given.get("rel", "").lower().split())
            if related and _OUTSIDE.match(address):
                yield address.strip()


def code_of(address: str) -> tuple[str, str]:
    """Return the text and the hint of the problem for a page that loads code from this address."""
    return f"this loads code from another host: {address}", "put the file into `static/`, and link to it there"
