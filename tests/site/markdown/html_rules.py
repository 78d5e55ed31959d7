"""What holds of the HTML of every article: elements are nested as they may be, and no id comes twice."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

# fmt: off
VOID = frozenset((
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
))
BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "center", "details", "dialog", "dd", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "li",
    "main", "menu", "nav", "ol", "p", "pre", "search", "section", "table", "ul",
))
PHRASES = frozenset((
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "del", "mark", "sup", "code", "dt", "abbr",
))
"""Elements that cannot hold a block."""
OPTIONAL = frozenset((
    "li", "p", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup", "colgroup", "caption",
    "rt", "rp",
))
# fmt: on
FOREIGN = frozenset(("svg", "math"))
COMMENT = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))", re.DOTALL)
"""A comment as browsers read it. Python's parser also ends a comment at `--` with spaces and `>` after it."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.wrong: list[str] = []

    def parse_comment(self, i: int, report: bool = True) -> int:
        found = COMMENT.match(self.rawdata, i)
        assert found
        return found.end()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.ids.update([value for name, value in attributes if name == "id" and value])
        if FOREIGN.isdisjoint(self.open):
            if tag in BLOCKS and (around := [each for each in self.open if each in PHRASES]):
                self.wrong.append(f"<{tag}> in <{around[-1]}>")
            if tag == "a" and "a" in self.open:
                self.wrong.append("<a> in <a>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID and not FOREIGN.isdisjoint(self.open):
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open[-1] != tag and self.open[-1] in OPTIONAL:
            self.open.pop()
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> without its start")
            self.open.clear()


def broken_rules(html: str) -> list[str]:
    """Every rule that a piece of HTML breaks, in words."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    left = [tag for tag in reader.open if tag not in OPTIONAL]
    twice = [f"id {given!r} {times} times" for given, times in reader.ids.items() if times > 1]
    return [*reader.wrong, *(f"<{tag}> without its end" for tag in left), *twice]
