"""Make links to the root of the host relative, in one page or one style sheet of another tool.

Only the leading slash of an address is replaced, by `./` or by one `../` for each folder above the file. All other
bytes stay as they are. A link is changed only if it is certain that the change keeps its meaning. All other links are
left, with the reason.

Links are offsets in the text of the file, which is valid UTF-8.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import unquote_to_bytes

from publisher.fast_dataclass import dataclass, field
from publisher.html.places import is_home
from publisher.html.tokens import TOKEN, attributes, values
from publisher.html.url_attributes import HOLDERS, in_css, in_tag, meta_name
from publisher.intake.changed_links import (
    BASE,
    HASHED,
    NOWHERE,
    OTHER_VALUE,
    PROPERTY,
    SPELLED,
    Changed,
    LeftLink,
)
from publisher.intake.root_links import WORTH, is_rooted

_SVG_LINKS = "a image use feimage pattern lineargradient radialgradient textpath mpath filter script"
_LINKS: Mapping[str, frozenset[str]] = {
    "href": frozenset(("a", "area", "link", "base", *_SVG_LINKS.split())),
    "xlink:href": frozenset(_SVG_LINKS.split()),
    "src": frozenset(("img", "script", "iframe", "embed", "input", "source", "track", "audio", "video", "frame")),
    "srcset": frozenset(("img", "source")),
    "imagesrcset": frozenset(("link",)),
    "poster": frozenset(("video",)),
    "data": frozenset(("object",)),
    "action": frozenset(("form",)),
    "formaction": frozenset(("button", "input")),
    "cite": frozenset(("blockquote", "q", "del", "ins")),
    "background": frozenset(("body", "table", "thead", "tbody", "tfoot", "tr", "td", "th")),
    "content": frozenset(("meta",)),
}
"""Maps an attribute to the elements in which browsers read an address from it. `style` is read in every element.

Source: https://html.spec.whatwg.org/multipage/indices.html#attributes-3.
"""
_CDATA = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_INERT = frozenset(("template", "svg", "math", "noscript"))
_CUSTOM = re.compile(r"(?:(?<![^\s;{}/])--[^\s:;{}()\"']*+\s*+:|@namespace\b)")
_CUSTOM_END = re.compile(
    r"/\*.*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*+\"?+|'(?:[^'\\\n]|\\.)*+'?+|\\.|[(){}\[\];]", re.DOTALL
)
_NO_FOLDER = b"%2f"
"""An encoded slash. A gateway decodes it to find a file, but a browser does not count it as a slash.

So they may disagree about the folder of a page.
"""
_ONE_SLASH = re.compile(r"[ \t\n\r\f]*+/(?![/\\&\t\n\r])")
_OUTSIDE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|\\")


@dataclass(slots=True)
class _Page:
    """The links of one page, while it is read."""

    html: str
    links: list[tuple[int, int, str, str]] = field(default_factory=list)
    """The offset of each address, the offset of its slash or -1, its text, and the reason to leave it or ""."""
    base: tuple[int, int, str, str] | None = None
    """The first `<base>` with an address.

    The items are the offset of its attributes, the offset of the address, the address as it is written, and the address
    as browsers read it.
    """
    doubt: bool = False
    """This is true if it is not certain that browsers use this `<base>`."""
    integrity: list[str] = field(default_factory=list)
    policy: bool = False
    """This is true if the page names hashes of styles in a content security policy."""

    def add(self, start: int, written: str, text: str, why: str = "") -> None:
        if is_rooted(text):
            slash = _slash(written)
            self.links.append(
                (start, start + slash if slash >= 0 else -1, text, why or ("" if slash >= 0 else SPELLED))
            )


def relative_page(html: str, path: str, known: Collection[bytes]) -> Changed:
    """Find the links of a page. `path` is its path in the site.

    `known` are the paths of the files and folders of the site, without a slash at their ends.
    """
    page = _Page(html)
    _read(page)
    here = path.rpartition("/")[0]
    base, fixed = _base(page, here, known)
    slashes, left = [], []
    cdata = [match.span() for match in _CDATA.finditer(html)] if "<![CDATA[" in html else []
    for start, slash, text, why in page.links:
        why = why or _doubt(page, start, text, known, base=base is None)
        if _within(cdata, start):
            why = OTHER_VALUE
        if why or base is None:
            left.append(LeftLink(start, text, why or BASE))
        else:
            slashes.append((slash, _up(base)))
    hashed = frozenset(found for href in page.integrity if (found := _joined(here if base is None else base, href)))
    return Changed(html, tuple(sorted((*slashes, *fixed))), tuple(left), hashed)


def relative_style(css: str, path: str, known: Collection[bytes]) -> Changed:
    """Find the links of a style sheet. The arguments are those of `relative_page`."""
    page = _Page(css)
    _style(page, 0, len(css))
    up = _up(path.rpartition("/")[0])
    slashes, left = [], []
    for start, slash, text, why in page.links:
        if why := why or ("" if _reaches(text, known) else NOWHERE):
            left.append(LeftLink(start, text, why))
        else:
            slashes.append((slash, up))
    return Changed(css, tuple(slashes), tuple(left))


def _read(page: _Page) -> None:
    inert = False
    for token in TOKEN.finditer(page.html):
        if not token["name"]:
            continue
        tag = token["name"].lower()
        if tag == "plaintext":
            break
        inert = inert or tag in _INERT
        given = token["attributes"]
        if given and (tag in ("base", "link", "meta") or WORTH.search(given)):
            _tag(page, tag, *token.span("attributes"), inert=inert)
        if tag == "style" and token["raw"]:
            _style(page, *token.span("text"))


def _tag(page: _Page, tag: str, start: int, stop: int, *, inert: bool) -> None:
    html = page.html
    given = values(html, start, stop) if tag in ("base", "link", "meta") else {}
    _about_page(page, tag, given)
    if tag == "base":
        if page.base is None and "href" in given:
            at, end = next((at, end) for name, at, end in attributes(html, start, stop) if name == "href")
            page.base, page.doubt = (start, at, html[at:end], given["href"]), inert
        return
    if tag == "link" and is_home(given.get("rel", "")):
        return
    about = meta_name(given) if tag == "meta" else ""
    seen: set[str] = set()
    for name, at, end in attributes(html, start, stop):
        if name in seen or name not in HOLDERS:
            continue  # browsers ignore the second attribute of a name
        seen.add(name)
        raw = html[at:end]
        certain = name == "style" or tag in _LINKS.get(name, ())
        custom = _custom(raw) if name == "style" else []
        for found in in_tag(tag, name, raw, about):
            why = "" if certain and (tag != "meta" or about == "refresh") else OTHER_VALUE
            if _within(custom, found.start):
                why = PROPERTY
            elif name == "style" and page.policy:
                why = HASHED
            page.add(at + found.start, raw[found.start : found.stop], found.text, why)


def _about_page(page: _Page, tag: str, given: Mapping[str, str]) -> None:
    """Record the address of a file whose hash an element of the head names, and whether a policy has hashes."""
    if tag == "link" and "integrity" in given:
        page.integrity.append(given.get("href", ""))
    if tag == "meta" and given.get("http-equiv", "").strip().lower() == "content-security-policy":
        page.policy = page.policy or "'sha" in given.get("content", "").lower()


def _style(page: _Page, start: int, stop: int) -> None:
    custom = _custom(page.html, start, stop)
    for found in in_css(page.html, start, stop):
        why = PROPERTY if _within(custom, found.start) else HASHED if page.policy else ""
        page.add(found.start, page.html[found.start : found.stop], found.text, why)


def _custom(css: str, start: int = 0, stop: int | None = None) -> list[tuple[int, int]]:
    """Return the spans of the custom properties. Browsers resolve an address in a custom property where it is used."""
    stop = len(css) if stop is None else stop
    spans: list[tuple[int, int]] = []
    at = start
    while match := _CUSTOM.search(css, at, stop):
        at, depth = stop, 0
        for token in _CUSTOM_END.finditer(css, match.end(), stop):
            depth += (token[0] in "([{") - (token[0] in ")]}")
            if depth < 0 or (token[0] == ";" and not depth):
                at = token.start()
                break
        spans.append((match.start(), at))
    return spans


def _base(page: _Page, here: str, known: Collection[bytes]) -> tuple[str | None, tuple[tuple[int, str], ...]]:
    """Return the folder from which browsers resolve the links of a page, and the change of its `<base>`, if any.

    The folder is a path in the site. It is None if it is not certain, or not in the site.
    """
    if page.base is None:
        return here, ()
    _, at, written, text = page.base
    if page.doubt:
        return None, ()
    rooted = is_rooted(text)
    if not rooted:
        path = text.strip().partition("#")[0].partition("?")[0]
        path += "/" if path.rpartition("/")[2] in (".", "..") else "x"
        return (None if _OUTSIDE.match(text.strip()) else _joined(here, path, folder=not path.endswith("/"))), ()
    slash, folder = _slash(written), _decoded(rooted).rpartition(b"/")[0].lstrip(b"/")
    if slash < 0 or folder not in known or _NO_FOLDER in rooted.lower():
        return None, ()
    return folder.decode(), ((at + slash, _up(here)),)


def _within(spans: Sequence[tuple[int, int]], at: int) -> bool:
    """Return whether an offset is inside of one of the spans. They are in order and do not overlap."""
    number = bisect_right(spans, (at,)) - 1
    return number >= 0 and at < spans[number][1]


def _doubt(page: _Page, start: int, text: str, known: Collection[bytes], *, base: bool) -> str:
    if base or (page.base is not None and start < page.base[0]):
        return BASE
    return "" if _reaches(text, known) else NOWHERE


def _reaches(text: str, known: Collection[bytes]) -> bool:
    """Return whether a link to the root of the host leads to a file or a folder of the site."""
    path = _decoded(is_rooted(text))
    return path[1:] in known or (path[-1:] == b"/" and path[1:-1] in known)


def _decoded(rooted: bytes) -> bytes:
    return unquote_to_bytes(rooted.partition(b"#")[0].partition(b"?")[0])


def _slash(written: str) -> int:
    """Return the offset of the leading slash of an address, or -1 if it does not begin with exactly one slash."""
    match = _ONE_SLASH.match(written)
    return match.end() - 1 if match else -1


def _up(folder: str) -> str:
    return "../" * (folder.count("/") + 1) if folder else "./"


def _joined(here: str, href: str, *, folder: bool = False) -> str | None:
    """Return the path to which an address leads from the folder `here`, or None if it leads out of the site.

    With `folder`, return the folder of this path.
    """
    if _OUTSIDE.match(href) or _NO_FOLDER.decode() in href.lower():
        return None
    parts = [] if href.startswith("/") else [part for part in here.split("/") if part]
    for part in _decoded(href.encode("utf-8", "surrogatepass")).decode("utf-8", "replace").split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts[:-1] if folder else parts)
