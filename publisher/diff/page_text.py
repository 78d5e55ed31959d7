"""Read the paragraphs and the links of a page. This module raises nothing, whatever the page is.

page_parser.py passes the tags and texts of the page to the reader in this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from publisher.diff.page_parser import PageReader, parse
from publisher.fast_dataclass import dataclass, field
from publisher.html.url_attributes import IN_ARTICLES, in_value, meta_name

_SHOWN = (IN_ARTICLES - {"style"}) | {"alt"}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_END = re.compile(r"[?#]")
_ESCAPED = re.compile("(?:%[89A-Fa-f][0-9A-Fa-f])+")

_INLINE = frozenset({"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i"})
_INLINE |= {"img", "ins", "kbd", "label", "mark", "q", "rb", "rp", "rt", "rtc", "ruby", "s", "samp", "small", "span"}
_INLINE |= {"strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
_INLINE |= {"math", "mfrac", "mi", "mn", "mo", "mover", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub"}
_INLINE |= {
    "mmultiscripts",
    "mpadded",
    "mphantom",
    "mprescripts",
    "msubsup",
    "msup",
    "mtext",
    "munder",
    "munderover",
    "semantics",
}
_INLINE |= {"annotation", "script", "style", "template"}
"""Elements that do not end a paragraph. Browsers do not show the content of some of them."""
_AROUND = frozenset({"nav", "header", "footer", "aside"})
"""Elements around the main text of a page."""
_UNSEEN = frozenset({"template", "annotation"})
"""Elements whose content browsers do not show, and whose content may have tags."""
_SILENT = frozenset({"script", "style", "noframes", "iframe", "xmp", "noembed"})
"""Elements whose content has no tags, and is not a part of the text of the page."""
_PLACES = frozenset({"main", "article", "pre", "title", "svg"}) | _AROUND | _UNSEEN


class PageLink(NamedTuple):
    """A link of a page. `kind` is "link" if a person can follow it, and "file" if the browser shows or loads it."""

    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class PageText:
    """The texts and links of a page in reading order. In each text, a run of white space is replaced by one space."""

    title: str
    description: str
    main: tuple[str, ...]
    """The paragraphs in `<main>`, or else in `<article>`, or else outside of nav, header, footer and aside."""
    around: tuple[str, ...]
    """All other paragraphs."""
    links: tuple[PageLink, ...]


@dataclass(slots=True)
class _Reader:
    """The position on a page, and the text that was read so far. An element that is never closed ends with the page."""

    path: str
    inside: dict[str, int] = field(default_factory=dict)
    """The number of open elements for each name in `_PLACES`."""
    paragraphs: list[tuple[str, str]] = field(default_factory=list)
    """The finished paragraphs, as pairs of a result of `place` and a text."""
    words: list[str] = field(default_factory=list)
    """The texts of the paragraph that is being read."""
    links: list[PageLink] = field(default_factory=list)
    descriptions: list[str] = field(default_factory=list)
    title: list[str] | None = None
    """The texts of the first `<title>`, or None before it was read."""
    in_title: bool = False
    silent: str = ""
    """The name of the element in `_SILENT` that was opened last, or "" if the position is not in it."""
    unseen: bool = False
    """Whether the position is in an element of `_UNSEEN`."""
    plain: bool = True
    """Whether text at this position is simply a part of the paragraph."""

    def place(self) -> str:
        """Return the part of the page that is being read: "main", "article", "around" or ""."""
        for name in ("main", "article"):
            if self.inside.get(name):
                return name
        return "around" if any(self.inside.get(name) for name in _AROUND) else ""

    def text(self, text: str) -> None:
        """Read the text between two tags."""
        if self.silent:
            return
        if self.plain:
            self.words.append(text)
        elif self.unseen:
            return
        elif self.in_title:
            self.title = [*(self.title or []), text]
        else:
            first, *rest = text.split("\n")
            self.words.append(first)
            for line in rest:
                self.end_paragraph()
                self.words.append(line)

    def end_paragraph(self) -> None:
        """Finish the paragraph that is being read, if it has any text."""
        if self.words:
            if text := " ".join("".join(self.words).split()):
                self.paragraphs.append((self.place(), text))
            self.words = []

    def start(self, name: str, attributes: Mapping[str, str | None]) -> None:
        """Read a start tag.

        The tag may end a paragraph. The attributes may have links or the alternative text of a picture.
        """
        self.silent = name if name in _SILENT else ""
        if name not in _INLINE or name in _UNSEEN:
            self._tag(name, False)
        if attributes and not self.unseen:
            self._attributes(name, attributes)

    def end(self, name: str) -> None:
        """Read an end tag."""
        self.silent = ""
        if name not in _INLINE or name in _UNSEEN:
            self._tag(name, True)

    def _tag(self, name: str, end: bool) -> None:
        """Read a tag that may end a paragraph or change the place: an end tag if `end` is set, else a start tag."""
        if self.unseen and name not in _UNSEEN:
            return
        if name not in _INLINE:
            self.end_paragraph()
        if name not in _PLACES:
            return
        if name == "title":  # the title of the page is the first `<title>` that is not inside an SVG
            self.in_title = not end and self.title is None and not self.inside.get("svg")
        if end:
            self.inside[name] = max(self.inside.get(name, 0) - 1, 0)
        else:
            self.inside[name] = self.inside.get(name, 0) + 1
        self.unseen = any(self.inside.get(each) for each in _UNSEEN)
        self.plain = not (self.unseen or self.in_title or self.inside.get("pre"))

    def _attributes(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        """Read the attributes of a tag: links, the alternative text of a picture, the description of the page."""
        about = ""
        if tag == "meta":
            said = {name: value or "" for name, value in attributes.items()}
            about = meta_name(said)
            if said.get("name", "").strip().lower() == "description" and said.get("content", "").strip():
                self.descriptions.append(said["content"])
        for name, value in attributes.items():
            if name not in _SHOWN or not value:
                continue
            if name == "alt":
                self.words += (" ", value, " ")
                continue
            for _, _, target, kind in in_value(tag, name, value, about):
                if kind:
                    followed = kind == "link" and tag != "link"
                    self.links.append(PageLink("link" if followed else "file", resolved(target, self.path)))


def read(html: str, path: str = "", parse: Callable[[str, PageReader], None] = parse) -> PageText:
    """Return the text and the links of a page. Links are resolved against `path`, the path of the page below the root.

    `parse` passes the tags and texts of `html` to a reader.
    """
    reader = _Reader(path)
    parse(html, reader)
    reader.end_paragraph()
    main, around = _parted(reader.paragraphs)
    title, description = ("".join(parts).split() for parts in (reader.title or [], reader.descriptions[:1]))
    return PageText(" ".join(title), " ".join(description), main, around, tuple(reader.links))


def _parted(paragraphs: list[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split the paragraphs into the main text of the page and the text around it."""
    places = {place for place, _ in paragraphs}
    own = next((name for name in ("main", "article") if name in places), "")
    main = tuple(text for place, text in paragraphs if place == own)
    return main, tuple(text for place, text in paragraphs if place != own)


def readable(target: str) -> str:
    """Return a link in which percent-encoded letters of other scripts are decoded. Other escapes do not change."""
    return _ESCAPED.sub(lambda found: _letters(found[0]), target)


def _letters(escaped: str) -> str:
    text = unquote(escaped, errors="replace")
    return text if text.isprintable() and "\ufffd" not in text else escaped


def resolved(target: str, path: str) -> str:
    """Return a link as a path from the root of the site. On `posts/b/index.html`, `../a/` becomes `/posts/a/`.

    A link to another site, or within the page, does not change.
    """
    target = target.strip()
    if target.startswith(("#", "//")) or _SCHEME.match(target) or not target:
        return target
    address = _END.split(target, maxsplit=1)[0]
    if not address:
        return target
    parts: list[str] = [] if address.startswith("/") else path.split("/")[:-1]
    for part in address.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    folder = address.endswith(("/", "/.", "/..")) or address in (".", "..")
    whole = "/" + "/".join(parts) + ("/" if folder and parts else "")
    return whole + target[len(address) :]
