"""Render an article that is written in HTML. Only its links change: they become link marks.

No Markdown engine reads the article. If an engine got it as one raw block, the engine would end this block at its
closing tag, and would read the text after the tag as Markdown. The tokenizer that is used here also gives the exact
position of each link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass, field
from publisher.html import links
from publisher.html.text import plain
from publisher.html.tokens import TOKEN
from publisher.site import urls
from publisher.site.markdown.links import ESCAPES, NOWHERE, BadLink, resolve
from publisher.site.model import Heading, Reference, Rendered
from publisher.site.text import count

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

HINTS = {NOWHERE: "write a target, such as `other.md`", ESCAPES: "put the file into the content folder"}


@dataclass(slots=True)
class _Links:
    """Replaces each link with its mark, and records the position of the link."""

    path: str
    text: str
    line: int
    home: str
    references: list[Reference] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _seen: int = 0
    _start: int = 0

    def __call__(self, link: links.HtmlLink) -> str | None:
        if link.text.startswith("#") and link.tag not in ("a", "area"):
            return None  # <use href="#shape"> refers to the SVG that contains it
        try:
            target = resolve(link.text, self.path, self.home)
        except BadLink as error:
            what = f"{error}: {link.text.strip()!r}"
            self.problems.append(Problem(self.path, *self._at(link.start), what, HINTS[str(error)], kind="dead-link"))
            return None
        if target is None:
            return None
        self.references.append(Reference(target, link.kind, *self._at(link.start)))
        return urls.mark(target)

    def _at(self, index: int) -> tuple[int, int]:
        """Return the line and column of an index. The indexes of the calls must increase, so each line is read once."""
        passed = self.text.count("\n", self._seen, index)
        if passed:
            self._start = self.text.rfind("\n", self._seen, index) + 1
        self.line += passed
        self._seen = index
        return self.line, index - self._start + 1


def render_html(path: str, text: str, line: int, home: str = "") -> Rendered:
    """Return the body of the HTML article with the content path `path`.

    `text` begins on line `line` of the file. `home` is the URL of the site, or "". Bad links become problems.
    """
    marking = _Links(path, text, line, home)
    html = links.replace(text, marking)
    prose = plain(_without_code(text))
    characters, words = count(prose)
    return Rendered(
        html,
        tuple(_headings(text)),
        tuple(dict.fromkeys(links.ids(text))),
        tuple(marking.references),
        next(filter(None, _paragraphs(text)), prose),
        characters,
        words,
        tuple(marking.problems),
    )


def _headings(html: str) -> Iterator[Heading]:
    """Yield every heading that has words. If a heading has no id in the HTML, its id is ""."""
    opened: re.Match[str] | None = None
    for token in TOKEN.finditer(html):
        if (token["name"] or "").lower() in _HEADINGS:
            opened = token
        elif opened and (token["end"] or "").lower() == opened["name"].lower():
            words = plain(html[opened.end() : token.start()])
            if words:
                yield Heading(int(opened["name"][1]), next(links.ids(opened[0]), ""), words)
            opened = None


def _paragraphs(html: str) -> Iterator[str]:
    start: int | None = None
    for token in TOKEN.finditer(html):
        if (token["name"] or token["end"] or "").lower() == "p":
            if start is not None:
                yield plain(html[start : token.start()])
            start = token.end() if token["name"] else None


def _without_code(html: str) -> str:
    parts: list[str] = []
    done = inside = 0
    for token in TOKEN.finditer(html):
        if (token["name"] or token["end"] or "").lower() == "pre":
            parts += [] if inside else [html[done : token.start()]]
            inside = max(inside + (1 if token["name"] else -1), 0)
            done = token.end()
    return " ".join([*parts, "" if inside else html[done:]])
