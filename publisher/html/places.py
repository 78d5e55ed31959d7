"""Find every address in the pages, SVG files, style sheets and manifests of other tools, with its byte offset.

In scripts, only the imports of modules, import maps and speculation rules are read. A page is decoded as Latin-1, so
that each character is one byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from publisher.fast_dataclass import dataclass
from publisher.html.tokens import TOKEN, attributes, meant, values
from publisher.html.url_attributes import HOLDERS, UrlForm, css_meant, in_css, in_value, meta_name

_WORTH = re.compile("=")
_HOME = frozenset(("canonical", "preconnect", "dns-prefetch"))
_IMPORT = re.compile(r"(?:^|[;\n])\s*+(?:import|export)\b[^\"'`;()]{0,300}+[\"']([^\"'\n]*)", re.ASCII)

_LITERAL = re.compile(rb"\"((?:[^\"\\]|\\.)*+)\"?+", re.DOTALL)

_DEEP = 3
"""The number of nested `srcdoc` documents that are read."""
_JSON = frozenset(("start_url", "scope", "src", "url", "action"))
"""The keys of a web manifest that have addresses as values."""


@dataclass(frozen=True, slots=True)
class Place:
    """An address in a file."""

    start: int
    """The byte offset at which the value with the address begins."""
    written: bytes
    """The bytes of the value as they are written."""
    text: str
    """The address, with references and escapes resolved."""
    tag: str = ""
    """The name of the element, or "" outside of HTML."""
    plain: bool = False
    """Whether the address is the whole value of an attribute."""
    home: bool = False
    """Whether the address is the canonical address of the page, another version of the page, or a host to connect to.

    Visitors do not follow such an address.
    """


def places(data: bytes, worth: re.Pattern[str] = _WORTH, deep: int = 0) -> Iterator[Place]:
    """Yield every address in a page or an SVG file, in order.

    A tag is read only if `worth` matches in its attributes. `<style>` and `<script>` are always read. `deep` is the
    number of `srcdoc` documents around this document.
    """
    html = data.decode("latin-1")
    for token in TOKEN.finditer(html):
        inside = token["attributes"]
        if inside and worth.search(inside):
            yield from _of_tag(html, token["name"].lower(), *token.span("attributes"), deep)
        if token["raw"]:
            name = token["raw"].lower()
            if name == "style":
                yield from _of_css(html, *token.span("text"))
            elif name == "script":
                yield from _of_script(data, html, *token.span("text"), inside)


def css_places(data: bytes) -> Iterator[Place]:
    """Yield every address in a style sheet."""
    yield from _of_css(data.decode("latin-1"), 0, len(data))


def manifest_places(data: bytes) -> Iterator[Place]:
    """Yield every address in a web manifest. Yield nothing if the bytes are not JSON."""
    yield from _of_json(data, 0, len(data), _JSON)


def is_home(rel: str) -> bool:
    """Return whether a `<link>` with this `rel` has an address that browsers do not load for this page.

    It is the canonical address of the page, another version of the page, or a host to connect to.
    """
    relations = frozenset(rel.lower().split())
    return bool(relations & _HOME) or ("alternate" in relations and "stylesheet" not in relations)


def _of_tag(html: str, tag: str, start: int, stop: int, deep: int) -> Iterator[Place]:
    about = meta_name(values(html, start, stop)) if tag == "meta" else ""
    home = tag == "link" and is_home(values(html, start, stop).get("rel", ""))
    for name, at, end in attributes(html, start, stop, HOLDERS):
        holder, value = HOLDERS[name], meant(_utf8(html[at:end]))
        written = html[at:end].encode("latin-1")
        if holder.form is UrlForm.DOCUMENT:
            if deep < _DEEP and tag in holder.only:
                within = places(value.encode("utf-8", "replace"), deep=deep + 1)
                yield from (Place(at, written, each.text, tag) for each in within)
            continue
        plain = holder.form is UrlForm.ONE
        for address in in_value(tag, name, value, about):
            yield Place(at, written, address.text, tag, plain=plain, home=home and plain)


def _of_css(html: str, start: int, stop: int) -> Iterator[Place]:
    for address in in_css(html, start, stop):
        written = html[address.start : address.stop]
        yield Place(address.start, written.encode("latin-1"), css_meant(_utf8(written)), "style")


def _of_script(data: bytes, html: str, start: int, stop: int, inside: str) -> Iterator[Place]:
    """Yield the imports of a module script, or the addresses in an import map or in speculation rules."""
    kind = values(inside).get("type", "").strip().lower()
    if kind == "module":
        for match in _IMPORT.finditer(html[start:stop]):
            yield Place(start + match.start(1), match[1].encode("latin-1"), _utf8(match[1]))
    elif kind in ("importmap", "speculationrules"):
        yield from _of_json(data, start, stop, None)


def _of_json(data: bytes, start: int, stop: int, keys: frozenset[str] | None) -> Iterator[Place]:
    """Yield the texts in a JSON document that are values of `keys`, or all texts if `keys` is None.

    The offset of a text is the offset of its first occurrence.
    """
    written: dict[bytes, int] = {}
    for literal in _LITERAL.finditer(data, start, stop):
        written.setdefault(literal[1], literal.start(1))
    for text in _texts(data[start:stop], keys):
        raw = text.encode("utf-8", "replace")
        yield Place(written.get(raw, start), raw, text)


def _texts(data: bytes, keys: frozenset[str] | None) -> Iterator[str]:
    """Yield the texts in a JSON document that are values of `keys`.

    If `keys` is None, yield all texts, and every key whose value is an object.
    """
    try:
        waiting = [json.loads(data)]
    except (ValueError, RecursionError):
        return
    while waiting:
        found = waiting.pop()
        if isinstance(found, list):
            waiting += reversed(found)
        elif isinstance(found, dict):
            for key, value in found.items():
                if isinstance(value, str):
                    if keys is None or key in keys:
                        yield value
                    continue
                if keys is None and isinstance(value, dict):
                    yield key
                waiting.append(value)
        elif isinstance(found, str) and keys is None:
            yield found


def _utf8(raw: str) -> str:
    """Return a text that was decoded as Latin-1, decoded as UTF-8 instead."""
    return raw if raw.isascii() else raw.encode("latin-1").decode("utf-8", "surrogateescape")
