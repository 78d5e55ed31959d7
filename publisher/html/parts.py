"""Cut a part out of the HTML of an article, and give its ids a prefix, so that another page can show it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.html.links import ids
from publisher.html.tokens import TOKEN, attributes, values

_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)
_REFERENCES = frozenset(
    ("for", "list", "headers", "form", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns")
)
"""Attributes whose value is one id or several ids."""
_URL = re.compile(r"(url\(\s*[\"']?#)([^\"')\s]+)")
_IN_STYLES = re.compile(r"(#)([\w-]+)")


def element_at(html: str, anchor: str) -> tuple[str, str]:
    """Return the name, in lower case, and the HTML of the element with the id `anchor`.

    Return ("", "") if there is no such element. The element ends with its end tag, or with the element around it. If it
    is an empty `<span>`, return the element around it instead.
    """
    start = _start(html, anchor)
    if start is None:
        return "", ""
    if start["name"].lower() == "span" and html.startswith("</span>", start.end()):
        start = _around(html, start.start()) or start
    name = start["name"].lower()
    if name in _VOID or start[0].endswith("/>"):
        return name, start[0]
    for depth, token in _after(html, start):
        if depth < 0:
            return name, html[start.start() : token.end()]
    return name, html[start.start() :]


def section_at(html: str, anchor: str) -> str:
    """Return the heading with the id `anchor` and its section, or "" if there is no such heading.

    The section ends before the next heading of the same or a higher level, before the footnotes, or with the element
    around it.
    """
    start = _start(html, anchor)
    if start is None:
        return ""
    level = start["name"].lower()
    inside = True
    for depth, token in _after(html, start):
        if inside:
            inside = depth >= 0  # The end tag of the heading has the depth -1.
            continue
        name = (token["name"] or "").lower()
        ends = depth == -1 and ("h1" <= name <= level or 'class="footnote"' in token[0])
        if ends or depth < -1:
            return html[start.start() : token.start()].rstrip()
    return html[start.start() :].rstrip()


def _start(html: str, anchor: str) -> re.Match[str] | None:
    for token in TOKEN.finditer(html):
        if token["name"] and "id" in token[0] and values(html, *token.span("attributes")).get("id") == anchor:
            return token
    return None


def _around(html: str, index: int) -> re.Match[str] | None:
    """Return the start tag of the innermost element that is open at an index, or None if no element is open."""
    opened: list[re.Match[str]] = []
    for token in TOKEN.finditer(html, 0, index):
        if token["end"]:
            del opened[-1:]
        elif token["name"] and token["name"].lower() not in _VOID and not token[0].endswith("/>"):
            opened.append(token)
    return opened[-1] if opened else None


def _after(html: str, start: re.Match[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield each tag after `start`, with its depth in the element of `start`.

    The tags of a child of this element have the depth 0, and the tags of a grandchild have 1. The end tag of the
    element has -1, and so have the tags of elements after it in the same parent. The end tag of the parent has -2.
    """
    depth = 0
    for token in TOKEN.finditer(html, start.end()):
        if token["end"]:
            depth -= 1
            yield depth, token
        elif token["name"]:
            yield depth, token
            depth += token["name"].lower() not in _VOID and not token[0].endswith("/>")


def with_prefix(html: str, prefix: str) -> str:
    """Return `html` with `prefix` before each id, and before each name of an `<a>` or of a radio button.

    References to these ids from inside of `html` get the prefix too: `for`, `aria-labelledby`, `href="#x"`,
    `url(#x)` and others.
    """
    known = frozenset(ids(html))
    parts: list[str] = []
    done = 0
    for token in TOKEN.finditer(html):
        if not token["name"]:
            continue
        named = token["name"].lower() == "a" or 'type="radio"' in token[0]
        for name, start, end in attributes(html, *token.span("attributes")):
            new = _value(name, html[start:end], known, prefix, named=named)
            parts += (html[done:start], new)
            done = end
        if token["text"] and token["raw"].lower() == "style":
            start, end = token.span("text")
            parts += (html[done:start], _renamed(_IN_STYLES, html[start:end], known, prefix.replace(":", "\\:")))
            done = end
    return "".join([*parts, html[done:]])


def _value(name: str, value: str, known: frozenset[str], prefix: str, *, named: bool) -> str:
    if name == "id" or (name == "name" and named):
        return prefix + value if value else value
    if name in _REFERENCES:
        return " ".join(prefix + one if one in known else one for one in value.split(" "))
    if value.startswith("#"):
        return f"#{prefix}{value[1:]}" if value[1:] in known else value
    return _renamed(_URL, value, known, prefix) if "url(" in value else value


def _renamed(pattern: re.Pattern[str], text: str, known: frozenset[str], prefix: str) -> str:
    def renamed(match: re.Match[str]) -> str:
        return f"{match[1]}{prefix}{match[2]}" if match[2] in known else match[0]

    return pattern.sub(renamed, text)
