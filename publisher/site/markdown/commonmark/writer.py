"""Write the tree of one article as HTML. Functions in other modules write each kind of node."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from publisher.fast_dataclass import dataclass, field
from publisher.site.markdown.cjk import SHARED, WIDE

if TYPE_CHECKING:
    from comrak import AstNode

    from publisher.site.markdown.callouts import Titles
    from publisher.site.markdown.commonmark.code_blocks import CodeBlocks
    from publisher.site.markdown.commonmark.formulas import Formulas
    from publisher.site.markdown.commonmark.ids import ArticleIds
    from publisher.site.markdown.commonmark.links import Links
    from publisher.site.markdown.commonmark.raw_html import RawHtml
    from publisher.site.markdown.commonmark.source import Source
    from publisher.site.markdown.diagrams.fences import Diagrams
    from publisher.site.markdown.options import MarkdownOptions

_PAIR = re.compile(f"[{WIDE}{SHARED}][{WIDE}]|[{WIDE}][{SHARED}]")

Handler = Callable[["Writer", "AstNode"], None]
"""A function that writes a node of one kind, and everything inside it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The objects that write links, ids, code, formulas, diagrams, titles of callouts and the author's HTML."""

    path: str
    """The content path of the article."""
    links: Links
    ids: ArticleIds
    code: CodeBlocks
    formulas: Formulas
    diagrams: Diagrams
    raw: RawHtml
    titles: Titles
    options: MarkdownOptions


@dataclass(slots=True)
class PendingHeading:
    """A heading whose tags are written last, when all other ids of the article are known."""

    level: int
    id: str
    """The id that the author gave, or "" if the author gave none."""
    attributes: str
    text: str
    opens_at: int
    """The index in `out` of the piece that becomes the start tag."""
    closes_at: int
    """The index in `out` of the piece that becomes the end tag."""
    has_link: bool = True
    """Whether the heading gets a link to itself. A heading inside a link gets no link."""
    last_line: int = 0
    """The last line of the heading in the body, counted from 1."""


@dataclass(slots=True)
class Note:
    """A footnote that has references."""

    number: int
    """The number of the note. Notes are numbered from 1, in the order of their first references."""
    id: str
    references: list[str] = field(default_factory=list)
    """The ids of the references."""


@dataclass(slots=True)
class Writer:
    """Collects the HTML of one article in `out`, and its plain text in `plain`, both in pieces."""

    source: Source
    parts: Parts
    handlers: Mapping[type, Handler]
    out: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    """The text that readers see, in pieces."""
    code_at: list[int] = field(default_factory=list)
    """The indexes in `plain` of inline code and formulas. Each of these pieces counts as one word."""
    opening: tuple[int, int] | None = None
    """The indexes in `plain` at which the first paragraph outside of other blocks begins and ends (exclusive)."""
    depth: int = 0
    """The number of blocks around the current one, without the document."""
    tight: bool = False
    """Whether paragraphs are written without `<p>`, because they are in a tight list."""
    in_link: bool = False
    phrase: bool = False
    """Whether the text is inside an element that cannot hold blocks."""
    headings: list[PendingHeading] = field(default_factory=list)
    box: str = ""
    """The check box of a task, for the beginning of the next paragraph. It is "" if this paragraph begins no task."""
    notes: dict[str, Note] = field(default_factory=dict)
    """Maps the name of each footnote that has a reference to the note, in the order of the first references."""
    tags: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Maps each tag in the text to the line and the column at which it first occurs."""
    tab_sets: int = 0
    """The number of groups of tabs that were written."""
    footnotes: list[AstNode] = field(default_factory=list)
    """The definitions of all footnotes, in the order of the source."""
    contents_at: int = -1
    """The index in `out` of the piece that becomes the table of contents, or -1 if the article has none."""
    last: str = ""
    """The last character of text in the current block, or "" after anything other than text."""
    break_at: int = -1
    """The index in `out` of the line break after `last`, or -1 if no line break follows it."""

    @property
    def no_links(self) -> bool:
        """Whether the current position is inside a link. HTML does not allow a link inside a link."""
        return self.in_link or self.parts.raw.open.in_a_link

    def children(self, node: AstNode, count: int | None = None) -> None:
        """Write the nodes inside a node, or only the first `count` of them."""
        handlers = self.handlers
        for child in node.children[:count]:
            handlers[type(child.node_value)](self, child)

    def node(self, node: AstNode) -> None:
        """Write a node with the handler of its kind."""
        self.handlers[type(node.node_value)](self, node)

    def text(self, text: str) -> None:
        """Write text. Escape the characters that have a meaning in HTML."""
        if not text:
            return
        if self.break_at >= 0:
            if _PAIR.fullmatch(self.last + text[0]):
                self.out[self.break_at] = ""
                self.plain[-1] = ""
            self.break_at = -1
        self.last = text[-1]
        self.plain.append(text)
        if "&" in text:
            text = text.replace("&", "&amp;")
        if "<" in text:
            text = text.replace("<", "&lt;")
        self.out.append(text.replace(">", "&gt;") if ">" in text else text)

    def soft_break(self) -> None:
        """Write a line break. `text` removes it if the characters on both of its sides are wide."""
        self.break_at = len(self.out) if self.last else -1
        self.out.append("\n")
        self.plain.append("\n")

    def not_text(self) -> None:
        """End a run of text. A line break before or after this position is never removed."""
        self.last = ""
        self.break_at = -1

    def word(self, text: str) -> None:
        """Add inline code or a formula to the plain text, as one word."""
        self.code_at.append(len(self.plain))
        self.plain.append(text)

    def line(self) -> None:
        """Begin a new line of HTML, unless the current line is empty."""
        self.not_text()
        out = self.out
        number = len(out) - 1
        while number >= 0 and not out[number]:
            number -= 1
        if number >= 0 and not out[number].endswith("\n"):
            out.append("\n")

    def new_block(self) -> None:
        """Begin a new line of HTML for a block, and close the author's open elements that cannot hold a block."""
        self.line()
        if self.parts.raw.any:
            self.out.append(self.parts.raw.open.before_a_block())

    def block(self, node: AstNode, opening: str, closing: str) -> None:
        """Write a block that holds other blocks, between the tags `opening` and `closing`."""
        self.new_block()
        self.out.append(opening)
        self.inside(node)
        self.line()
        self.out.append(f"{closing}\n")

    def inside(self, node: AstNode) -> None:
        """Write the blocks inside a block, and close HTML that is open at the end of the block.

        For the items of a list, lists.py has its own function.
        """
        tight, self.tight = self.tight, False
        self.depth += 1
        with_html = self.parts.raw.open.enter()
        self.line()
        self.children(node)
        self.out.append(self.parts.raw.open.leave(with_html))
        self.depth -= 1
        self.tight = tight

    def inline(self, node: AstNode, *, phrase: bool = True, count: int | None = None) -> None:
        """Write the text inside an element, and close HTML that is open at the end of the element.

        If `phrase` is set, the element cannot hold blocks. If `count` is given, write only the first `count` nodes.
        """
        before, self.phrase = self.phrase, phrase
        if self.parts.raw.any:
            with_html = self.parts.raw.open.enter()
            self.children(node, count)
            self.out.append(self.parts.raw.open.leave(with_html))
        else:
            self.children(node, count)
        self.phrase = before

    def opening_text(self) -> str:
        """Return the plain text of the first paragraph outside of other blocks, or "" if there is none."""
        begins, ends = self.opening or (0, 0)
        return " ".join("".join(self.plain[begins:ends]).split())

    def text_since(self, number: int) -> str:
        """Return the plain text, from the piece with the index `number` to the end, as one line."""
        return " ".join("".join(self.plain[number:]).split())


def value(node: AstNode) -> Any:
    """Return the value of a node. Its type depends on the kind of the node."""
    kind: Any = node.node_value
    return kind.value
