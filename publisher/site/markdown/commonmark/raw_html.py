"""Write the HTML of authors. Mark the links, record the ids, and close elements that have no end tag."""

from __future__ import annotations

import re
from bisect import bisect_left
from html import escape

from publisher.fast_dataclass import dataclass, field
from publisher.html import links
from publisher.html.tokens import TOKEN, attributes, meant
from publisher.site.markdown.commonmark.ids import ArticleIds
from publisher.site.markdown.commonmark.links import Links
from publisher.site.markdown.commonmark.source import Source
from publisher.site.markdown.open_elements import OpenElements

_ATTRIBUTE_BEFORE = re.compile(r"\s*[^\s/>=\"']+\s*=\s*[\"']?\Z")


@dataclass(slots=True)
class RawHtml:
    """Writes the HTML that the author wrote in one article."""

    source: Source
    links: Links
    ids: ArticleIds
    any: bool
    """Whether the article may contain HTML."""
    open: OpenElements = field(default_factory=OpenElements)
    _piece: str = ""
    """The piece of HTML whose line ends are in `_ends`."""
    _ends: list[int] = field(default_factory=list)

    def write(self, html: str, start: int, *, phrase: bool = False, link: bool = False) -> str:
        """Return a piece of HTML for the page. `start` is the offset in the source at which it begins.

        If `phrase` is set, the piece is inside an element that cannot hold blocks, and tags of blocks are shown as
        text. If `link` is set, the piece is inside a link of Markdown, and start tags of links are left out.
        """
        parts: list[str] = []
        done = 0
        for token in TOKEN.finditer(html):
            parts += (html[done : token.start()], self._token(token, phrase=phrase, link=link))
            done = token.end()
        return self._marked("".join([*parts, html[done:]]), start)

    def _token(self, token: re.Match[str], *, phrase: bool, link: bool) -> str:
        whole = token[0]
        if name := token["name"]:
            tag, inside = (whole, "") if token["text"] is None else _divided(token)
            return self.open.start(name.lower(), tag, phrase=phrase, link=link) + inside
        if name := token["end"]:
            return self.open.end(name.lower(), whole)
        return self.open.other(whole)

    def attribute(self, tag: str, name: str, text: str, start: int) -> str:
        """Return the HTML of an attribute of an element with the name `tag`. Links in its value become marks.

        `start` is the offset of the element.
        """
        parts: list[str] = []
        done = 0
        for link in links.of_attribute(tag, name, text):
            new = self.links.marked(link.text, link.kind, lambda: start)
            parts += (escape(text[done : link.start]), new or escape(text[link.start : link.end]))
            done = link.end
        return f' {name}="{"".join([*parts, escape(text[done:])])}"'

    def _marked(self, html: str, start: int) -> str:
        """Return the HTML with marks instead of links, and without ids that an earlier element has."""
        if "=" not in html:
            return html
        html = self._without_repeated_ids(html, start)

        def change(link: links.HtmlLink) -> str | None:
            if link.text.startswith("#") and link.tag not in ("a", "area"):
                return None  # <use href="#shape"> refers to the drawing that contains it
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
        """Return the offset in the source of the character with the index `index` in a piece of HTML.

        The lines of the piece lack the syntax of the quotes and lists around it. So this method searches each line of
        the piece in the corresponding line of the source.
        """
        if html is not self._piece:
            self._piece, self._ends = html, [match.start() for match in re.finditer("\n", html)]
        above = bisect_left(self._ends, index)
        if not above:
            blanks = len(html) - len(html.lstrip(" "))  # `html` may begin with the indent of a block
            indent = blanks if self.source.cut(start, start + 1) == "<" else 0
            return start + len(html[:index].encode()) - indent
        begin = self._ends[above - 1] + 1
        end = html.find("\n", index)
        line = html[begin : end if end >= 0 else len(html)]
        at = self.source.line_below(start, above)
        column = max(self.source.rest_of_line(at).find(line), 0)
        return at + column + len(html[begin:index].encode())


def _divided(token: re.Match[str]) -> tuple[str, str]:
    """Return the start tag of an element such as `<script>`, and the text inside the element."""
    end = token.start("text") - token.start()
    return token[0][:end], token[0][end:]
