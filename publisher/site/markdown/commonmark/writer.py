"""The state of one article while its tree is written as HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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
    from publisher.site.markdown.options import MarkdownOptions

_PAIR = re.compile(f"[{WIDE}{SHARED}][{WIDE}]|[{WIDE}][{SHARED}]")

Handler = Callable[["Writer", "AstNode"], None]
"""Writes a node of one kind, with all that is inside it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What writes links, ids, code, formulas and the author's own HTML."""

    links: Links
    ids: ArticleIds
    code: CodeBlocks
    formulas: Formulas
    raw: RawHtml
    titles: Titles
    options: MarkdownOptions


@dataclass(slots=True)
class PendingHeading:
    """A heading whose id is given after all others of the article."""

    level: int
    id: str
    """The id that the author gave; empty without one."""
    attributes: str
    text: str
    opens_at: int
    """The number of the piece of `out` that becomes its start tag."""
    closes_at: int
    """The number of the piece of `out` that becomes its end tag."""


@dataclass(slots=True)
class Note:
    """A footnote with references."""

    number: int
    """From 1, in the order of first references."""
    id: str
    references: list[str] = field(default_factory=list)
    """The ids of the references."""


@dataclass(slots=True)
class Writer:
    """Collects the HTML and the plain text of one article."""

    source: Source
    parts: Parts
    handlers: Mapping[type, Handler]
    out: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    """The text as readers see it, in pieces."""
    code_at: list[int] = field(default_factory=list)
    """The numbers of the pieces of `plain` that are inline code or formulas. Each counts as one word."""
    opening: str = ""
    """The first paragraph as plain text."""
    depth: int = 0
    """How many blocks are open around the current one. The document itself does not count."""
    tight: bool = False
    """Whether paragraphs have no element of their own, since their list is tight."""
    in_link: bool = False
    phrase: bool = False
    """Whether the text is inside an element that cannot hold blocks."""
    headings: list[PendingHeading] = field(default_factory=list)
    box: str = ""
    """The box of a task that the next paragraph has to begin with."""
    notes: dict[str, Note] = field(default_factory=dict)
    """Name -> the note, for all notes that have a reference. The order is that of the first references."""
    tab_sets: int = 0
    """How many groups of tabs were written."""
    footnotes: list[AstNode] = field(default_factory=list)
    """The definitions of all footnotes, in their order in the source."""
    contents_at: int = -1
    """The number of the piece of `out` that the table of contents replaces; -1 without one."""
    last: str = ""
    """The last character of text in the current block; empty after anything that is no text."""
    break_at: int = -1
    """The number of the piece of `out` that is the line break after `last`; -1 if no break follows it."""

    def children(self, node: AstNode) -> None:
        """Write everything inside a node."""
        handlers = self.handlers
        for child in node.children:
            handlers[type(child.node_value)](self, child)

    def node(self, node: AstNode) -> None:
        """Write a node."""
        self.handlers[type(node.node_value)](self, node)

    def text(self, text: str) -> None:
        """Write text. It is escaped."""
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
        """Write a line break. It is removed again if wide characters stand on both sides of it."""
        self.break_at = len(self.out) if self.last else -1
        self.out.append("\n")
        self.plain.append("\n")

    def not_text(self) -> None:
        """Say that something that is no text follows: no line break beside it is removed."""
        self.last = ""
        self.break_at = -1

    def word(self, text: str) -> None:
        """Add inline code or a formula to the plain text: it counts as one word."""
        self.code_at.append(len(self.plain))
        self.plain.append(text)

    def line(self) -> None:
        """Begin a new line of HTML, if the current one is not empty."""
        self.not_text()
        out = self.out
        number = len(out) - 1
        while number >= 0 and not out[number]:
            number -= 1
        if number >= 0 and not out[number].endswith("\n"):
            out.append("\n")

    def new_block(self) -> None:
        """Begin a block on a new line."""
        self.line()
        if self.parts.raw.any:
            self.out.append(self.parts.raw.before_a_block())

    def block(self, node: AstNode, opening: str, closing: str) -> None:
        """Write an element whose blocks each begin on a line of their own."""
        self.new_block()
        self.out.append(opening)
        self.inside(node)
        self.line()
        self.out.append(f"{closing}\n")

    def inside(self, node: AstNode) -> None:
        """Write the blocks inside a block that is no list item. HTML that was left open inside it ends with it."""
        tight, self.tight = self.tight, False
        self.depth += 1
        with_html = self.parts.raw.enter()
        self.line()
        self.children(node)
        self.out.append(self.parts.raw.leave(with_html))
        self.depth -= 1
        self.tight = tight

    def inline(self, node: AstNode, *, phrase: bool = True) -> None:
        """Write the text inside an element. HTML that was left open inside the element ends with it.

        `phrase` says that the element cannot hold blocks.
        """
        before, self.phrase = self.phrase, phrase
        if self.parts.raw.any:
            with_html = self.parts.raw.enter()
            self.children(node)
            self.out.append(self.parts.raw.leave(with_html))
        else:
            self.children(node)
        self.phrase = before

    def text_since(self, number: int) -> str:
        """Return the plain text from this piece on, on one line."""
        return " ".join("".join(self.plain[number:]).split())


def value(node: AstNode) -> Any:
    """Return the value of a node, whose type depends on the kind of the node."""
    kind: Any = node.node_value
    return kind.value
