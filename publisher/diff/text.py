"""What a reader finds on a page: its words by paragraph, and where its links lead. Never fails, whatever the bytes are.

The standard parser takes quadratic time for some broken pages (35 s for 20,000 times `<a "`) and fails for others
(`<![a`). Here each character is read once: where the end of a tag is missing, the tag goes on to the end of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote

_INSIDE = r"(?P<{}>(?:[^>\"']|\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z))*+)(?:>|\Z)"
_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?][^>]*(?:>|\Z)"
    rf"|<(?P<skip>script|style|template|annotation|noframes|iframe|xmp)\b{_INSIDE.format('skipped')}"
    r"(?:(?<=/>)|.*?(?=</(?P=skip)\b|\Z))"
    rf"|<(?P<end>/?)(?P<tag>[a-zA-Z][^\s/>]*){_INSIDE.format('attributes')}",
    re.DOTALL | re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<![\w-])(href|src|poster|alt|content)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.I)
_ESCAPED = re.compile("(?:%[89A-Fa-f][0-9A-Fa-f])+")
_DESCRIPTION = re.compile(r"(?<![\w-])name\s*=\s*[\"']?description\b", re.IGNORECASE)

_INLINE = frozenset({"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i"})
_INLINE |= {"img", "ins", "kbd", "label", "mark", "q", "rb", "rp", "rt", "rtc", "ruby", "s", "samp", "small", "span"}
_INLINE |= {"strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
_INLINE |= {"math", "mfrac", "mi", "mn", "mo", "mover", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub"}
_INLINE |= {"msubsup", "msup", "mtext", "munder", "munderover", "semantics"}
"""Tags that end no paragraph."""
_AROUND = frozenset({"nav", "header", "footer", "aside"})
_PLACES = frozenset({"main", "article", "pre", "title", "svg"}) | _AROUND


class PageLink(NamedTuple):
    """Where something on a page leads: `kind` is link for what is followed, file for what is shown or loaded."""

    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class PageText:
    """What is on a page, in reading order, each paragraph without needless spaces."""

    title: str
    description: str
    main: tuple[str, ...]
    """What is in <main>, else in <article>, else outside of nav, header, footer and aside."""
    around: tuple[str, ...]
    links: tuple[PageLink, ...]


@dataclass(slots=True)
class _Reader:
    """Where we are on the page, and what was read of it. A place that is never left ends with the page."""

    inside: dict[str, int]
    paragraphs: list[tuple[str, str]]
    """Each with the place it stands in: main, article, around or nothing."""
    words: list[str]
    title: list[str] | None = None
    in_title: bool = False

    def place(self) -> str:
        """The most telling place that we are in."""
        for name in ("main", "article"):
            if self.inside.get(name):
                return name
        return "around" if any(self.inside.get(name) for name in _AROUND) else ""

    def text(self, raw: str) -> None:
        """Some text between two tags."""
        if self.in_title:
            self.title = [*(self.title or []), unescape(raw)]
        elif self.inside.get("pre"):
            first, *rest = unescape(raw).split("\n")
            self.words.append(first)
            for line in rest:
                self.end_paragraph()
                self.words.append(line)
        else:
            self.words.append(unescape(raw) if "&" in raw else raw)

    def end_paragraph(self) -> None:
        """What was read since the last end is one paragraph."""
        if self.words:
            if text := " ".join("".join(self.words).split()):
                self.paragraphs.append((self.place(), text))
            self.words = []

    def tag(self, name: str, end: bool) -> None:
        """A tag that may end a paragraph or a place."""
        if name not in _INLINE:
            self.end_paragraph()
        if name not in _PLACES:
            return
        if name == "title":  # the first one; those in pictures are another matter
            self.in_title = not end and self.title is None and not self.inside.get("svg")
        if end:
            self.inside[name] = max(self.inside.get(name, 0) - 1, 0)
        else:
            self.inside[name] = self.inside.get(name, 0) + 1


def read(html: str, path: str = "") -> PageText:
    """A page's words and links; links are told from the root of the site, on which the page is at `path`."""
    reader = _Reader({}, [], [])
    found: list[PageLink] = []
    description = ""
    done = 0
    for token in _TOKEN.finditer(html):
        start = token.start()
        if start > done:
            reader.text(html[done:start])
        done = token.end()
        attributes = token["attributes"] or token["skipped"]
        name = (token["tag"] or "").lower()
        if name:
            reader.tag(name, bool(token["end"]))
        if attributes and len(attributes) > 4:
            for key, value in _values(attributes):
                if key == "alt":
                    reader.words += (" ", value, " ")
                elif key != "content":
                    found.append(
                        PageLink("link" if key == "href" and name != "link" else "file", resolved(value, path))
                    )
                elif name == "meta" and not description and _DESCRIPTION.search(attributes):
                    description = " ".join(value.split())
    reader.text(html[done:])
    reader.end_paragraph()
    main, around = _parted(reader.paragraphs)
    return PageText(" ".join("".join(reader.title or []).split()), description, main, around, tuple(found))


def _values(attributes: str) -> list[tuple[str, str]]:
    found = []
    for match in _ADDRESS.finditer(attributes):
        value = match[match.lastindex or 1]
        found.append((match[1].lower(), unescape(value) if "&" in value else value))
    return found


def _parted(paragraphs: list[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the page is about, and what stands around it."""
    places = {place for place, _ in paragraphs}
    own = next((name for name in ("main", "article") if name in places), "")
    main = tuple(text for place, text in paragraphs if place == own)
    return main, tuple(text for place, text in paragraphs if place != own)


def readable(target: str) -> str:
    """A link as its author would write it: letters of other scripts as themselves, what else is escaped as it is."""
    return _ESCAPED.sub(lambda found: _letters(found[0]), target)


def _letters(escaped: str) -> str:
    text = unquote(escaped, errors="replace")
    return text if text.isprintable() and "\ufffd" not in text else escaped


def resolved(target: str, path: str) -> str:
    """A link as it reads from the root of the site: `../a/` on `posts/b/index.html` is `/posts/a/`."""
    target = target.strip()
    if target.startswith(("#", "//")) or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", target) or not target:
        return target
    address = re.split(r"[?#]", target, maxsplit=1)[0]
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
