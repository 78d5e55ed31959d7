"""Every place in HTML, SVG, style sheets and manifests where an address may stand, read as browsers read it.

All is linear: what is never closed runs to the end of the text, and each character is read once. Comments, text and the
strings of scripts are no places. Syntax: https://html.spec.whatwg.org/multipage/parsing.html#tokenization.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

_ATTRIBUTE = rb"""([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"?+|'([^']*+)'?+|([^\s>]*+)))?+"""
_EACH = re.compile(_ATTRIBUTE)
_UNNAMED = re.sub(rb"\((?!\?)", rb"(?:", _ATTRIBUTE)
_TOKEN = re.compile(
    rb"<!--(?:-?>|.*?(?:--!?>|\Z))|<(\?xml-stylesheet|[A-Za-z][^\s/>]*+)"
    rb"((?:[\s/]++|" + _UNNAMED + rb")*+)>?+|<[!?][^>]*+",
    re.DOTALL,
)
_WORTH = re.compile(b"=")
_RAW = {
    name: re.compile(b"</" + name + rb"(?![^\s/>])", re.IGNORECASE)
    for name in (b"script", b"style", b"textarea", b"title", b"xmp", b"iframe", b"noembed", b"noframes")
}
"""What browsers read as text up to its end tag. Of `noscript` they do so only where scripts run."""

_ONE = frozenset(
    b"action background cite classid code codebase data dynsrc formaction href icon longdesc lowsrc manifest poster"
    b" profile src value xlink:href xml:base".split()
)
"""Attributes that are an address."""
_MANY = frozenset((b"archive", b"attributionsrc", b"ping"))
_SETS = frozenset((b"srcset", b"imagesrcset"))
_ONLY_OF = {b"data": (b"object",), b"code": (b"applet", b"embed", b"object"), b"value": (b"param",)}
"""Attributes that are an address in some elements only."""

_HOME = re.compile(rb"canonical|alternate|preconnect", re.IGNORECASE)
_META = re.compile(
    r"(?:og|twitter|fb|article|video|music):(?:.*:)?(?:image|url|secure_url|video|audio|player|stream|src)"
    r"|msapplication-(?:config|starturl|tileimage|\w+logo)|(?:thumbnail|content|embed)?url|image|logo|thumbnail",
    re.IGNORECASE,
)
"""What `<meta>` calls an address that it holds."""
_REFRESH = re.compile(r"\A\s*[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?[\"']?", re.IGNORECASE)

_CSS_COMMENT = re.compile(rb"/\*.*?(?:\*/|\Z)", re.DOTALL)
_CSS_STRING = rb"""(?:"([^"\n]*+)|'([^'\n]*+))"""
_CSS_PLACE = re.compile(
    rb"(?:url|src)\(\s*+(?:" + _CSS_STRING + rb"|([^\s\"')]++))|@import\s*+" + _CSS_STRING + rb"|"
    rb"image-set(?=\(([^;{}]{0,500}))|"
    rb"\"(?:[^\"\\\n]|\\[\s\S])*+|'(?:[^'\\\n]|\\[\s\S])*+",  # any other string, in which nothing is an address
    re.IGNORECASE,
)
_CSS_QUOTED = re.compile(rb"(?:\A|,)\s*+" + _CSS_STRING)
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_IMPORT = re.compile(rb"(?:^|[;\n])\s*+(?:import|export)\b[^\"'`;()]{0,300}+[\"']([^\"'\n]*)")
_SET = re.compile(r"[\s,]*+(\S++)")
_REST = re.compile(r"[^,(]*+(?:\([^)]*+\)?+[^,(]*+)*+")

_DEEP = 3
"""Documents within documents, in `srcdoc`, that are read."""
_JSON = frozenset(("start_url", "scope", "src", "url", "action"))
"""What a web manifest calls its addresses."""


@dataclass(frozen=True, slots=True)
class Place:
    """An address: the byte at which its value begins, as it is written, and what it means."""

    start: int
    written: bytes
    text: str
    tag: bytes = b""
    plain: bool = False
    """Whether it is the whole value of an attribute."""
    home: bool = False
    """Whether it says where the page is at home, or in other forms: nobody follows it to read on."""


def places(data: bytes, worth: re.Pattern[bytes] = _WORTH, deep: int = 0) -> Iterator[Place]:
    """Every address in a page or a drawing, in order; with `worth`, those in tags whose attributes it is found in."""
    at = 0
    while token := _TOKEN.search(data, at):
        at = token.end()
        tag, attributes = token.group(1, 2)
        if tag is None:
            continue
        tag = tag.lower()
        if attributes and worth.search(attributes):
            yield from _of_tag(data, tag, token.start(2), token.end(2), deep)
        if (closing := _RAW.get(tag)) is not None:
            end = closing.search(data, at)
            stop = end.start() if end else len(data)
            if tag == b"style":
                yield from css_places(data, at, stop)
            elif tag == b"script":
                yield from _of_script(data, at, stop, attributes)
            at = stop


def css_places(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[Place]:
    """Every address in a style sheet, or in a part of one."""
    stop = len(data) if stop is None else stop
    bare = _CSS_COMMENT.sub(lambda comment: b" " * len(comment[0]), data[start:stop])
    for match in _CSS_PLACE.finditer(bare):
        group = match.lastindex or 0
        if match[6] is not None:
            for string in _CSS_QUOTED.finditer(match[6]):
                yield _css(start + match.start(6), string, string.lastindex or 1)
        elif group:
            yield _css(start, match, group)


def manifest_places(data: bytes) -> Iterator[Place]:
    """Every address in a web manifest; none in what is no JSON."""
    for text in _texts(data, _JSON):
        written = _bytes(text)
        yield Place(data.find(b'"' + written + b'"') + 1, written, text)


def _of_tag(data: bytes, tag: bytes, start: int, stop: int, deep: int) -> Iterator[Place]:
    about = _about(data, start, stop) if tag == b"meta" else ""
    home = tag == b"link" and _HOME.search(data, start, stop) is not None
    for match in _EACH.finditer(data, start, stop):
        group = match.lastindex or 1
        if group == 1:
            continue
        name, value, at = match[1].lower(), match[group], match.start(group)
        if name in _ONE:
            if name not in _ONLY_OF or tag in _ONLY_OF[name]:
                yield Place(at, value, _text(value), tag, plain=True, home=home)
        else:
            yield from (Place(at, value, text, tag) for text in _several(name, value, about, deep))


def _several(name: bytes, value: bytes, about: str, deep: int) -> Iterator[str]:
    """The addresses within the value of an attribute."""
    if name in _SETS:
        yield from _candidates(_text(value))
    elif name in _MANY:
        yield from re.split(r"[\s,]+", _text(value))
    elif name == b"content":
        if about == "refresh":
            yield _REFRESH.sub("", _text(value), count=1).rstrip("\"' ")
        elif about:
            yield _text(value)
    elif name == b"srcdoc":
        if deep < _DEEP:
            yield from (each.text for each in places(_bytes(_text(value)), deep=deep + 1))
    elif b"(" in value:  # style, and in drawings fill, filter, mask and many more
        yield from (each.text for each in css_places(_bytes(_text(value))))


def _about(data: bytes, start: int, stop: int) -> str:
    """What the content of a `<meta>` is, where it is an address or has one."""
    for match in _EACH.finditer(data, start, stop):
        if match[1].lower() in (b"name", b"property", b"itemprop", b"http-equiv") and (match.lastindex or 1) > 1:
            called = _text(match[match.lastindex or 1]).strip()
            if called.lower() == "refresh" or _META.fullmatch(called):
                return called.lower()
    return ""


def _of_script(data: bytes, start: int, stop: int, attributes: bytes) -> Iterator[Place]:
    """Addresses that are syntax: what modules import, maps of imports, and pages to be fetched before. No strings."""
    kinds = [match[match.lastindex or 1] for match in _EACH.finditer(attributes) if match[1].lower() == b"type"]
    kind = kinds[0].strip().lower() if kinds else b""
    if kind == b"module":
        for match in _IMPORT.finditer(data[start:stop]):
            yield Place(start + match.start(1), match[1], match[1].decode("utf-8", "surrogateescape"))
    elif kind in (b"importmap", b"speculationrules"):
        for text in _texts(data[start:stop], None):
            yield Place(max(data.find(text.encode("utf-8", "surrogatepass"), start, stop), start), b"", text)


def _texts(data: bytes, keys: frozenset[str] | None) -> Iterator[str]:
    """The texts of a JSON document, those under some keys, or all; of a map of imports, its keys are addresses too."""
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


def _candidates(text: str) -> Iterator[str]:
    """The addresses of a `srcset`: https://html.spec.whatwg.org/multipage/images.html#parse-a-srcset-attribute."""
    at = 0
    while match := _SET.match(text, at):
        at = match.end()
        yield match[1].rstrip(",")
        if not match[1].endswith(",") and (rest := _REST.match(text, at)):
            at = rest.end()


def _css(start: int, match: re.Match[bytes], group: int) -> Place:
    written = match[group]
    text = written.decode("utf-8", "surrogateescape")
    if "\\" in text:
        text = _CSS_ESCAPE.sub(_meant, text)
    return Place(start + match.start(group), written, text, b"style")


def _meant(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[2]
    number = int(match[1], 16)
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _text(value: bytes) -> str:
    text = value.decode("utf-8", "surrogateescape")
    return unescape(text) if "&" in text else text
