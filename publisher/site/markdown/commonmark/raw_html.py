"""The author's own HTML: its links are marked, its ids count, and whatever it leaves open is closed.

Markdown may stand between two pieces of HTML, so each piece can open elements that a later one closes. All elements
that a piece opens have to end in the block in which they began. An end tag without an element would end an element of
the page around the article, so it is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape

from publisher.html import links
from publisher.html.tokens import TOKEN, attributes, meant
from publisher.site.markdown.commonmark.ids import ArticleIds
from publisher.site.markdown.commonmark.links import Links
from publisher.site.markdown.commonmark.source import Source

_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)
_CLOSED_BY_OTHERS = frozenset(
    ("li", "p", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup", "colgroup", "caption")
) | {"rt", "rp"}
"""Elements whose end tag may be missing: browsers end them at the next element, or with the element around them."""
_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "center", "details", "dialog", "dd", "dir", "div", "dl", "dt")
) | frozenset(
    ("fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup")
)
_BLOCKS |= frozenset(
    ("hr", "li", "main", "menu", "nav", "ol", "p", "pre", "search", "section", "summary", "table", "tbody", "td")
)
_BLOCKS |= {"tfoot", "th", "thead", "tr", "ul"}
_ATTRIBUTE_BEFORE = re.compile(r"\s*[^\s/>=\"']+\s*=\s*[\"']?\Z")


@dataclass(slots=True)
class RawHtml:
    """The author's HTML of one article."""

    source: Source
    links: Links
    ids: ArticleIds
    any: bool
    """Whether the article may have any HTML."""
    _open: list[str] = field(default_factory=list)

    def enter(self) -> list[str]:
        """Begin a block. Return the elements that are open around it, for `leave`."""
        around, self._open = self._open, []
        return around

    def leave(self, around: list[str]) -> str:
        """End a block. Return the end tags of the elements that were left open in it."""
        rest = "".join(f"</{name}>" for name in reversed(self._open)) if self._open else ""
        self._open = around
        return rest

    def before_a_block(self) -> str:
        """Return the end tag of a `<p>` of the author that is still open: no block can be inside it."""
        if "p" not in self._open:
            return ""
        rest = ""
        while self._open:
            name = self._open.pop()
            rest += f"</{name}>"
            if name == "p":
                break
        return rest

    def write(self, html: str, start: int, *, phrase: bool = False) -> str:
        """Return a piece of HTML, which begins at this offset of the source, as the page shows it.

        `phrase` says that it is inside an element that cannot hold blocks. Tags of blocks are then shown as text.
        """
        parts: list[str] = []
        done = 0
        for token in TOKEN.finditer(html):
            new = self._token(token, html, phrase)
            if new is not None:
                parts += (html[done : token.start()], new)
                done = token.end()
        if parts:
            html = "".join([*parts, html[done:]])
        return self._marked(html, start)

    def attribute(self, tag: str, name: str, text: str, start: int) -> str:
        """Return an attribute of this element with its links marked. `start` is the offset of the element."""
        parts: list[str] = []
        done = 0
        for link in links.of_attribute(tag, name, text):
            new = self.links.marked(link.text, link.kind, lambda: start)
            parts += (escape(text[done : link.start]), new or escape(text[link.start : link.end]))
            done = link.end
        return f' {name}="{"".join([*parts, escape(text[done:])])}"'

    def _token(self, token: re.Match[str], html: str, phrase: bool) -> str | None:
        """Return the text that replaces a token; None if the token stays."""
        whole = token[0]
        if not token["name"]:
            return self._end(token["end"].lower(), phrase, whole) if token["end"] else _comment(whole)
        name = token["name"].lower()
        if not html[token.start() : token.end("attributes") + 1].endswith(">"):
            return escape(whole, quote=False)  # the tag never ends, and all that follows would be its attributes
        if phrase and name in _BLOCKS:
            return escape(whole, quote=False)
        if name in _VOID or (whole.endswith("/>") and not _is_html(name, self._open)):
            return None
        self._open.append(name)
        return None

    def _end(self, name: str, phrase: bool, whole: str) -> str | None:
        if phrase and name in _BLOCKS:
            return escape(whole, quote=False)
        if name not in self._open:
            return ""
        missing = ""
        while (last := self._open.pop()) != name:
            missing += "" if last in _CLOSED_BY_OTHERS else f"</{last}>"
        closed = whole if whole.endswith(">") else f"</{name}>"
        return f"{missing}{closed}" if missing or closed is not whole else None

    def _marked(self, html: str, start: int) -> str:
        """Return the HTML with marked links, and without the ids that an earlier element has."""
        if "=" not in html:
            return html
        html = self._without_repeated_ids(html, start)

        def change(link: links.HtmlLink) -> str | None:
            if link.text.startswith("#") and link.tag not in ("a", "area"):
                return None  # <use href="#shape"> means the drawing around it
            return self.links.marked(link.text, link.kind, lambda: self._offset(html, link.start, start))

        return links.replace(html, change)

    def _without_repeated_ids(self, html: str, start: int) -> str:
        parts: list[str] = []
        done = 0
        for token in TOKEN.finditer(html):
            if not token["name"]:
                continue
            found: dict[str, tuple[str, int, int]] = {}
            for name, begin, stop in attributes(html, *token.span("attributes"), ("id", "name")):
                if stop > begin and (name == "id" or token["name"].lower() == "a"):
                    found.setdefault(meant(html[begin:stop]), (name, begin, stop))
            for wanted, (name, begin, stop) in found.items():
                if not self.ids.author(wanted, lambda at=begin: self._place(html, at, start)) and name == "id":  # type: ignore[misc]
                    parts.append(_ATTRIBUTE_BEFORE.sub("", html[done:begin]))
                    done = stop + (html[stop : stop + 1] in ("'", '"'))
        return "".join([*parts, html[done:]]) if parts else html

    def _place(self, html: str, index: int, start: int) -> tuple[int, int]:
        return self.source.place(self._offset(html, index, start))

    def _offset(self, html: str, index: int, start: int) -> int:
        """Return the offset in the source of a character of a piece of HTML.

        Each line of the piece lacks the signs of the quotes and lists around it, so the line is searched in its source.
        """
        above = html.count("\n", 0, index)
        if not above:
            return start + len(html[:index].encode())
        begin = html.rfind("\n", 0, index) + 1
        end = html.find("\n", index)
        line = html[begin : end if end >= 0 else len(html)]
        at = self.source.line_below(start, above)
        column = max(self.source.rest_of_line(at).find(line), 0)
        return at + column + len(html[begin:index].encode())


def _comment(whole: str) -> str | None:
    if whole.startswith("<!--"):
        return None if whole.endswith((">", "-->")) else f"{whole}-->"
    return None if whole.endswith(">") else escape(whole, quote=False)


def _is_html(name: str, opened: list[str]) -> bool:
    """Return whether browsers ignore the slash of `<name/>`: they read it only in SVG and MathML, and in no element."""
    return "svg" not in opened and "math" not in opened and name.isalnum() and name not in ("svg", "math")


def has_block(html: str) -> bool:
    """Return whether a tag is one of an element that no paragraph can hold."""
    match = re.match(r"</?([A-Za-z][A-Za-z0-9]*)", html)
    return bool(match and match[1].lower() in _BLOCKS)
