"""Record which elements of an author's HTML are open. Add tags, leave tags out, and show tags as text.

Markdown may be between two pieces of HTML, so one piece can open an element that a later piece closes. Each element
must end in the block in which it begins. An end tag without an element is left out, because it would end an element of
the page around the article.
"""

from __future__ import annotations

import re
from collections import Counter
from html import escape

from publisher.fast_dataclass import dataclass, field

VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)
_CLOSED_BY_OTHERS = frozenset(
    ("li", "p", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup", "colgroup", "caption")
) | {"rt", "rp"}
"""Elements whose end tags may be missing. Browsers end them before the next element or with the element around them."""
HOLD_NO_BLOCKS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "dt"))
"""Elements that cannot hold a block."""
BLOCKS = (
    HOLD_NO_BLOCKS
    | frozenset(("address", "article", "aside", "blockquote", "center", "dd", "details", "dialog", "dir", "div", "dl"))
    | frozenset(("fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "li", "main", "menu"))
    | frozenset(("nav", "ol", "pre", "search", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead"))
    | {"tr", "ul"}
)
RAW = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"))
"""Elements whose content is text to a browser, up to the end tag."""
_END_BEFORE_BLOCKS = HOLD_NO_BLOCKS | RAW
WORDS = frozenset(("em", "strong", "del", "ins", "mark", "sup", "sub", "code", "abbr", "label", "kbd"))
"""The elements that Markdown makes from syntax around words, such as `**`."""
_COMMENT_END = re.compile(r"--!?>\Z")
_NAME = re.compile(r"<([A-Za-z][A-Za-z0-9]*)")


@dataclass(slots=True)
class OpenInBlock:
    """The elements that are open in one block, by their names in lower case."""

    names: list[str] = field(default_factory=list)
    times: Counter[str] = field(default_factory=Counter)
    """Maps each name to the number of times that it is in `names`. To search the list for each tag would be slow."""


@dataclass(slots=True)
class OpenElements:
    """The elements that are open at the current position of one article."""

    words_hold_no_blocks: bool = False
    """Whether the beginning of a block ends the open elements of `WORDS`."""
    _block: OpenInBlock = field(default_factory=OpenInBlock)
    _ending: int = 0
    """The number of elements in `_block` that must end before a block begins."""
    _shown: list[str] = field(default_factory=list)
    """The names of elements whose start tag is shown as text. Their end tags are shown as text too."""
    _links: int = 0
    """The number of open elements `<a>` in the current block and around it."""

    @property
    def in_a_link(self) -> bool:
        """Whether an `<a>` is open. HTML does not allow another `<a>` inside it."""
        return self._links > 0

    def enter(self) -> OpenInBlock:
        """Begin a block. Return the elements that are open around it. The caller passes them to `leave`."""
        around = self._block
        # If no element is open, the new block uses the same object. The object is empty again when the new block ends.
        if around.names:
            self._block, self._ending = OpenInBlock(), 0
        return around

    def leave(self, around: OpenInBlock) -> str:
        """End a block. Return the end tags of its open elements. `around` is what `enter` returned for the block."""
        rest = "".join(self._close() for _ in range(len(self._block.names))) if self._block.names else ""
        if around is not self._block:
            self._block = around
            self._ending = sum(times for name, times in around.times.items() if self._ends_before_blocks(name))
        return rest

    def before_a_block(self) -> str:
        """Close the open elements that cannot hold a block, and all elements inside them. Return their end tags."""
        rest = ""
        while self._ending:
            rest += self._close()
        return rest

    def start(self, name: str, whole: str, *, phrase: bool, link: bool) -> str:
        """Read a start tag, and return its HTML for the page. `whole` is the tag, and `name` is its name in lower case.

        If `phrase` is set, the tag is inside an element that cannot hold blocks. If `link` is set, the tag is inside a
        link of Markdown.
        """
        if self._in_raw():
            return whole
        if not whole.endswith(">") and name not in RAW:
            return escape(whole, quote=False)  # without a `>`, the text after the tag would become its attributes
        if name == "a" and (link or self.in_a_link):
            return ""
        before = ""
        if name in BLOCKS:
            if phrase:
                self._shown.append(name)
                return escape(whole, quote=False)
            before = self.before_a_block()
        if name not in VOID and (not whole.endswith("/>") or self._is_html(name)):
            self._block.names.append(name)
            self._block.times[name] += 1
            self._links += name == "a"
            self._ending += self._ends_before_blocks(name)
        return before + whole

    def end(self, name: str, whole: str) -> str:
        """Read an end tag, and return its HTML for the page. `whole` is the tag, and `name` is its name in lower case.

        End tags of elements that are still open inside the element come before it.
        """
        if self._in_raw() and self._block.names[-1] != name:
            return whole
        if not self._block.times[name]:
            if name not in self._shown:
                return ""
            self._shown.remove(name)
            return escape(whole, quote=False)
        missing = ""
        while (last := self._block.names[-1]) != name:
            closing = self._close()
            missing += "" if last in _CLOSED_BY_OTHERS else closing
        self._close()
        return missing + (whole if whole.endswith(">") else f"</{name}>")

    def other(self, whole: str) -> str:
        """Return the HTML of a comment or a declaration. If its end is missing, add an end or show it as text."""
        if self._in_raw():
            return whole
        if whole.startswith("<!--"):
            return whole if _COMMENT_END.search(whole) or whole in ("<!-->", "<!--->") else f"{whole}-->"
        return whole if whole.endswith(">") else escape(whole, quote=False)

    def _close(self) -> str:
        name = self._block.names.pop()
        self._block.times[name] -= 1
        self._links -= name == "a"
        self._ending -= self._ends_before_blocks(name)
        return f"</{name}>"

    def _is_html(self, name: str) -> bool:
        """Return whether browsers ignore the slash of `<name/>`. The slash has a meaning only in SVG and MathML."""
        foreign = ("svg", "math")
        return name.isalnum() and name not in foreign and not any(self._block.times[one] for one in foreign)

    def _ends_before_blocks(self, name: str) -> bool:
        return name in _END_BEFORE_BLOCKS or (self.words_hold_no_blocks and name in WORDS)

    def _in_raw(self) -> bool:
        """Return whether the content of the innermost open element is text to a browser."""
        return bool(self._block.names) and self._block.names[-1] in RAW


def has_block(html: str) -> bool:
    """Return whether `html` begins with the start tag of an element that cannot be inside `<p>`."""
    match = _NAME.match(html)
    return bool(match and match[1].lower() in BLOCKS)
