"""Correct the nesting of elements in a finished article, whatever HTML the author wrote.

Browsers also correct the nesting when they read a page. But they correct the whole page, so an end tag without an
element would end an element of the theme.
"""

from __future__ import annotations

import re

from publisher.html.tokens import TOKEN, attributes, meant
from publisher.site.markdown.open_elements import BLOCKS, HOLD_NO_BLOCKS, RAW, VOID, WORDS, OpenElements

LINK_IN_LINK = re.compile(r"<a\b(?:[^<]|<(?!/?a\b))*+<a\b")
"""Matches HTML that has a link inside another link. The HTML must come from Markdown, without HTML of the author."""

_PRE = '<pre tabindex="0">'
"""The start tag of a block of code that the keyboard can scroll."""

_CODE = re.compile(rf"{_PRE}(<code>(?:[^<]++|<span class=\"[\w -]*+\">[^<]*+</span>)*+</code>)</pre>")
"""Matches highlighted code. It may have thousands of tags, but the nesting of these tags is always correct."""

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*+)((?:\s[^<>\"']*+(?:\"[^<>\"]*+\"[^<>\"']*+)*+)?+)>")
"""Matches a start tag or end tag as Markdown writes it. Its groups are the slash, the name and the attributes."""

_ID = re.compile(r"(?<=[\s\"])id(?:=\"([^\"&\s]+)\"(?=\s|/?\Z)|)")
"""In the attributes of a `_TAG`, matches each `id` that may be the name of an attribute. The group is its value.

The group is None if the value is written in an unusual form, or if this `id` is part of something else.
"""

_END_BEFORE_BLOCKS = HOLD_NO_BLOCKS | WORDS

_ATTRIBUTE_BEFORE = re.compile(r"\s*[^\s/>=\"']+\s*=\s*[\"']?\Z")


def well_formed(html: str) -> str:
    """Return the HTML with all missing end tags. Remove end tags without an element, and repeated ids."""
    return html if _needs_no_change(html) else _corrected(html)


def _needs_no_change(html: str) -> bool:
    """Return whether `well_formed` would return `html` itself. Return False if only a closer look can tell.

    Most articles need no change. This check takes a fifth of the time of the closer look.
    """
    html = _CODE.sub("<hr>", html)
    tags = _TAG.findall(html)
    if len(tags) != html.count("<"):
        return False
    opened: list[str] = []
    ending = 0
    seen: list[str] = []
    for slash, name, written in tags:
        if slash:
            if not opened or opened.pop() != name:
                return False
            ending -= name in _END_BEFORE_BLOCKS
            continue
        if (ending and name in BLOCKS) or name in RAW or (name == "a" and "a" in opened):
            return False
        if "id" in written:
            seen += _ID.findall(written)
        if name in VOID:
            continue
        if written.endswith("/"):
            return False
        opened.append(name)
        ending += name in _END_BEFORE_BLOCKS
    return not opened and "" not in seen and len(set(seen)) == len(seen)


def _corrected(html: str) -> str:
    elements = OpenElements(words_hold_no_blocks=True)
    around = elements.enter()
    seen: set[str] = set()
    parts: list[str] = []
    done = 0
    while token := TOKEN.search(html, done):
        parts.append(html[done : token.start()])
        code = _CODE.match(html, token.start()) if token[0] == _PRE else None
        if code:
            parts += (elements.start("pre", _PRE, phrase=False, link=False), code[1], elements.end("pre", "</pre>"))
            done = code.end()
        else:
            parts.append(_tag(elements, token, seen))
            done = token.end()
    return "".join([*parts, html[done:], elements.leave(around)])


def _tag(elements: OpenElements, token: re.Match[str], seen: set[str]) -> str:
    whole = token[0]
    if name := token["name"]:
        split = len(whole) if token["text"] is None else token.start("text") - token.start()
        tag = _without_known_ids(whole[:split], token, seen)
        return elements.start(name.lower(), tag, phrase=False, link=False) + whole[split:]
    if name := token["end"]:
        return elements.end(name.lower(), whole)
    return elements.other(whole)


def _without_known_ids(tag: str, token: re.Match[str], seen: set[str]) -> str:
    """Return a start tag without an id that an earlier element has."""
    if "id" not in tag:
        return tag
    for name, begin, end in attributes(token.string, *token.span("attributes"), ("id",)):
        given = meant(token.string[begin:end])
        if name == "id" and given in seen:
            begin, end = begin - token.start(), end - token.start()
            return _ATTRIBUTE_BEFORE.sub("", tag[:begin]) + tag[end + (tag[end : end + 1] in ("'", '"')) :]
        seen.add(given)
    return tag
