"""Find the blocks of an article by the rules of CommonMark, and write them in a form that Python-Markdown reads.

The specification describes the method in its appendix "A parsing strategy". The beginning of a line continues open
blocks. Then the line may begin new blocks, and the rest of the line is text. This module also finds the blocks of
Python-Markdown: boxes such as `!!! note`, footnotes, definitions of terms, and lists with four columns for each level.
The time is linear in the length of the text.
"""

from __future__ import annotations

from typing import Protocol

from publisher.site.markdown.python_markdown.structure import starts
from publisher.site.markdown.python_markdown.structure.begin import KINDS
from publisher.site.markdown.python_markdown.structure.containers import (
    Container,
    Element,
    Indented,
    Item,
    OpenList,
    Quote,
)
from publisher.site.markdown.python_markdown.structure.html_blocks import HtmlBlocks, Tag
from publisher.site.markdown.python_markdown.structure.leaves import Code, Fence, Html, Leaf, Paragraph, Rigid, Table
from publisher.site.markdown.python_markdown.structure.notes import NoteLines
from publisher.site.markdown.python_markdown.structure.writer import END_LINE, BlockWriter

DEEPEST = 100
"""The largest depth of nested blocks. The library needs several nested calls for each level."""
WIDTH = 4


class Stash(Protocol):
    """Stores pieces of an article. Each method returns the line that is written instead of the piece."""

    def fence(self, info: str, code: list[str]) -> str:
        """Store a fenced code block. `info` is the text after its opening fence."""

    def code(self, code: list[str]) -> str:
        """Store an indented code block."""

    def html(self, lines: list[str]) -> str:
        """Store a block of HTML."""

    def element(self, tag: str, text: str | None) -> str:
        """Store an element that contains Markdown. `tag` is its start tag.

        `text` is the content of the element, or None if the element contains blocks.
        """


class BlockStructure:
    """Reads the lines of one article.

    `text` is the current line with spaces instead of tabs, and `number` is its index. `at` is the column at which the
    content of the open blocks begins. `floor` is the column after the last `>` of the quotes. `start` is the column of
    the first character at `at` or later that is no space.
    """

    def __init__(self, lines: list[str], stash: Stash, *, brackets: bool = False, obsidian: bool = False) -> None:
        r"""Prepare to read these lines. If `brackets` is set, `\[` begins a formula."""
        self._brackets, self.obsidian = brackets, obsidian
        self._source = lines
        self._stash = stash
        self.writer = BlockWriter()
        self.html = HtmlBlocks(lines)
        self.stack: list[Container] = []
        self.leaf: Leaf | None = None
        self.after_blank = False
        self._strict = 0
        self._after_term = False
        self._pushed = False
        self._raw = self.text = ""
        self._read_to = -1
        self.number = self.at = self.floor = self.start = 0
        self._note: NoteLines | None = None
        self._notes: list[NoteLines] = []
        self.definitions: list[str] = []
        """The definitions of links that are written at the end of the text."""

    def written(self) -> list[str]:
        """Return the lines for Python-Markdown. Raises RecursionError if blocks are nested too deeply."""
        for number, raw in enumerate(self._source):
            leaf = self.leaf
            if (
                isinstance(leaf, Paragraph)
                and raw[:1].isalpha()
                and not (leaf.formula or self._strict or self.html.open)
            ):
                leaf.lines.append(raw.expandtabs(WIDTH) if "\t" in raw and "`" not in raw else raw)
                continue
            if isinstance(leaf, Fence) and not (self.stack or leaf.base) and raw.lstrip(" \t")[:1] != leaf.sign[0]:
                leaf.lines.append(raw)
                continue
            if number <= self._read_to:
                continue  # this line was read together with an earlier line
            if not (raw or self.stack or self._note or isinstance(leaf, Rigid)):
                self.close_leaf()
                self.after_blank = True
                continue
            self.number, self._raw = number, raw
            self.text = raw.expandtabs(WIDTH) if "\t" in raw else raw
            self._line()
        self.close(0)
        if self.definitions:
            self.writer.block(self.definitions)
        for note in self._notes:
            self._write_note(note)
        return self.writer.lines

    def _write_note(self, note: NoteLines) -> None:
        lines = BlockStructure(note.lines, self._stash, brackets=self._brackets, obsidian=self.obsidian).written() or [
            ""
        ]
        self.writer.block([f"{note.header} {lines[0]}".rstrip(), *(f"    {line}".rstrip(" ") for line in lines[1:])])

    def _line(self) -> None:
        if self._note is not None:
            if self._note.take(self.text, self._from(self._note.column)):
                return
            self._note = None
            self.after_blank = True
        matched = self._match()
        self.start = self._first()
        if self.start == len(self.text):
            self._blank(matched)
            return
        leaf = self.leaf
        if matched == len(self.stack) and isinstance(leaf, Rigid) and self._continue(leaf):
            return
        if isinstance(leaf, Paragraph) and leaf.formula and not self._leaves_a_box(matched):
            self._take_text(leaf)
        else:
            self._begin_blocks(matched)
        self.after_blank = False

    # Open blocks that continue

    def _match(self) -> int:
        """Return the number of open containers that continue in this line. Move `at` to the end of their prefixes."""
        if not self.stack:
            self.at = self.floor = 0
            return 0
        text, at, floor = self.text, 0, 0
        free = not isinstance(self.leaf, Rigid)
        matched = 0
        for one in self.stack:
            start = len(text) - len(text[at:].lstrip(" "))
            if isinstance(one, Quote):
                if start - at >= WIDTH or text[start : start + 1] != ">":
                    break
                at = floor = start + (2 if text[start + 1 : start + 2] == " " else 1)
            elif start == len(text):
                if isinstance(one, Item) and not one.filled:
                    break
            elif isinstance(one, Item | Indented):
                column = start - floor
                if column < one.column or (isinstance(one, Item) and one.closed):
                    break
                at = floor + one.column
                if free and isinstance(one, Item) and one.wide and (column == one.wide or column >= one.wide + WIDTH):
                    at = floor + one.wide
            matched += 1
        self.move(at)
        self.floor = floor
        return matched

    def _blank(self, matched: int) -> None:
        leaf = self.leaf
        if matched == len(self.stack) and isinstance(leaf, Rigid) and not (isinstance(leaf, Html) and leaf.end is None):
            leaf.lines.append(self._kept(leaf))
            return
        self.close_leaf()
        if matched < len(self.stack):
            left = self.stack[matched]
            if isinstance(left, Item):
                left.closed = True
            else:
                self.close(matched)
        self.after_blank = not (matched and isinstance(self.stack[matched - 1], Quote))

    def _continue(self, leaf: Rigid) -> bool:
        """Add the line to a block of code or HTML. Return False if the block ends before this line."""
        indent = self.start - self.at
        if isinstance(leaf, Code) and indent < WIDTH:
            self.close_leaf()
            return False
        if isinstance(leaf, Fence) and indent < WIDTH and leaf.ends(self.text[self.start :]):
            self.close_leaf()
            return True
        leaf.lines.append(self._kept(leaf))
        if isinstance(leaf, Html) and self.html.ends(leaf):
            self.close_leaf()
        return True

    def _leaves_a_box(self, matched: int) -> bool:
        return self._strict > 0 and any(isinstance(one, Indented) and one.strict for one in self.stack[matched:])

    # Blocks that begin

    def _begin_blocks(self, matched: int) -> None:
        while True:
            self.start = self._first()
            text = self.text[self.start :]
            if not text:
                return  # the line is an item without text, or the first line of a box
            goes_on = matched == len(self.stack)
            indented = self.start - self.at >= WIDTH
            if indented and (not isinstance(self.leaf, Paragraph) or self._leaves_a_box(matched)):
                code = Code(base=self.at - self.floor + WIDTH)
                self.open_leaf(matched, code)
                code.lines.append(self._kept(code))
                return
            begin = None if indented else KINDS.get(text[0])
            self._pushed = False
            if begin is None or not begin(self, matched, text, goes_on):
                self._text(matched, text, goes_on)
                return
            if not self._pushed:
                return
            matched = len(self.stack)

    def _text(self, matched: int, text: str, goes_on: bool) -> None:
        leaf = self.leaf
        if goes_on and isinstance(leaf, Table):
            leaf.lines.append(text)
            return
        if not isinstance(leaf, Paragraph) or self._leaves_a_box(matched):
            leaf = Paragraph()
            self.open_leaf(matched, leaf)
        self._take_text(leaf)
        if len(leaf.lines) == 1 and starts.COLON.match(leaf.lines[0]):
            leaf.lines[0] = f"&#58;{leaf.lines[0][1:]}"  # the colon is text, because no term is before it

    def _take_text(self, leaf: Paragraph) -> None:
        text = self.text[self.start :]
        end = self.html.end_in(text) if self.html.open else None
        if end:
            self._end_element(leaf, text, *end)
            return
        # Python-Markdown does not read a `#` or `===` as a block if there are spaces before it.
        kept = self.text[self.at :] if self.start - self.at >= WIDTH else text
        if "`" in text and "\t" in self._raw:
            kept = text = self._from(self.start)  # tabs in code must stay
        leaf.lines.append(f" {text}" if starts.UNDERLINE.match(text) else kept if leaf.lines else text)
        if leaf.formula:
            leaf.formula = "" if leaf.formula in text else leaf.formula
        else:
            leaf.formula = starts.formula_end(text, brackets=self._brackets)

    def _end_element(self, leaf: Paragraph, text: str, name: str, start: int, end: int) -> None:
        """End the element `name` inside a line of text. Its end tag is `text[start:end]`."""
        if text[:start].strip():
            leaf.lines.append(text[:start])
        elif not leaf.lines:
            self.leaf = None
        self._close_element(name)
        self.move(self.start + end)
        self._begin_blocks(len(self.stack))

    # Methods for begin.py

    def open_leaf(self, matched: int, leaf: Leaf) -> None:
        """Close all blocks except the first `matched` containers, and begin `leaf` inside them."""
        self.prepare(matched)
        self.leaf = leaf

    def prepare(self, matched: int) -> None:
        """Close all blocks except the first `matched` containers, before a block is added inside them."""
        self.close(matched)
        self._after_term = False
        if self.stack and isinstance(top := self.stack[-1], Item):
            if self.after_blank and top.filled:
                top.within.loose = True
            top.filled = True

    def push(self, one: Container) -> None:
        """Begin a container inside the open containers. Raises RecursionError if they are nested too deeply."""
        if len(self.stack) >= DEEPEST:
            raise RecursionError
        self.stack.append(one)
        self._pushed = True
        if not isinstance(one, Item):
            self.writer.enter(one)
        self._strict += isinstance(one, Indented) and one.strict

    def next_line(self) -> str:
        """Return the line after the current one, or "" at the end."""
        return self._source[self.number + 1] if self.number + 1 < len(self._source) else ""

    def is_below(self, sign: str) -> bool:
        """Return whether a later line contains `sign`."""
        return any(sign in self._source[number] for number in range(self.number + 1, len(self._source)))

    def begin_note(self, note: NoteLines) -> None:
        """Begin a footnote. It takes the next lines, up to a line that does not belong to it."""
        self._note = note
        self._notes.append(note)

    def move(self, at: int, *, floor: bool = False) -> None:
        """Set `self.at` to the column `at`. If `floor` is set, a `>` is before the column, so set `self.floor` too."""
        self.at = at
        if floor:
            self.floor = at

    def first_line(self, size: int) -> str:
        """Return `size` characters of the line from `self.start` on. Keep the tabs if these characters end the line."""
        whole = self.start + size == len(self.text)
        return self._from(self.start) if whole else self.text[self.start : self.start + size]

    def go_on(self, at: int) -> None:
        """Read the rest of the line, which begins at the column `at`, as a separate line."""
        self.move(at)
        self._pushed = True

    def move_to_tag(self, matched: int, tag: Tag) -> None:
        """Begin or end an element that contains Markdown. Then read the line from the end of the tag on."""
        if tag.closing:
            self._close_element(tag.name)
            self.go_on(self.start + tag.size)
            return
        self.prepare(matched)
        written = self.text[self.start : self.start + tag.size]
        end = self.start + tag.size
        if tag.blocks:
            self.writer.block([self._stash.element(written, None)])
            self.push(Element(name=tag.name, depth=len(self.html.open)))
            self.html.open.append((tag.name, True))
        else:
            inside, end = self._text_until(f"</{tag.name}>", end)
            self.writer.block([self._stash.element(written, inside)])
        self.go_on(end)

    def _text_until(self, sign: str, at: int) -> tuple[str, int]:
        """Return the text from the column `at` to the end tag `sign`, and the column after the tag.

        The end tag may be on a later line. If an empty line comes before it, return the rest of the current line.
        """
        parts = [self.text[at:]]
        while sign not in parts[-1].lower():
            following = self._source[self.number + len(parts)] if self.number + len(parts) < len(self._source) else ""
            if not following.strip():
                return self.text[at:], len(self.text)
            parts.append(following.expandtabs(WIDTH))
        start = parts[-1].lower().index(sign)
        if len(parts) > 1:
            self.number += len(parts) - 1
            self._read_to = self.number
            self.text = self._raw = parts[-1]
            at = 0
        parts[-1] = parts[-1][:start]
        return "\n".join(parts).strip("\n"), at + start + len(sign)

    def _close_element(self, name: str) -> None:
        found = [number for number, one in enumerate(self.stack) if isinstance(one, Element) and one.name == name]
        self.close(found[-1] if found else len(self.stack))

    def next_item(self, matched: int, beside: Item) -> OpenList:
        """Close the item `beside`, which is the container with the index `matched`.

        Return the list of the item. The list continues with the next item.
        """
        self.close(matched + 1)
        self.stack.pop()
        if self.after_blank:
            beside.within.loose = True
        self.writer.next_item()
        return beside.within

    def is_term(self, matched: int, goes_on: bool) -> bool:
        """Return whether a definition of a term may begin. It needs a paragraph or another definition before it."""
        if goes_on:
            return isinstance(self.leaf, Paragraph) or (self.leaf is None and self._after_term)
        left = self.stack[matched]
        return isinstance(left, Indented) and not left.strict

    def close(self, matched: int) -> None:
        """Close all blocks except the first `matched` containers."""
        self.close_leaf()
        while len(self.stack) > matched:
            one = self.stack.pop()
            if isinstance(one, Item):
                self.writer.close_list(one.within)
            else:
                self._strict -= isinstance(one, Indented) and one.strict
                self.writer.leave()
                if isinstance(one, Element):
                    del self.html.open[one.depth :]
                    self.writer.block([END_LINE])
            self._after_term = isinstance(one, Indented) and not one.strict

    def close_leaf(self) -> None:
        """Write the open leaf, if there is one, and close it."""
        leaf, self.leaf = self.leaf, None
        if leaf is None:
            return
        self._after_term = isinstance(leaf, Paragraph) or (isinstance(leaf, Html) and leaf.is_comment)
        if isinstance(leaf, Paragraph):
            leaf.lines[-1] = leaf.lines[-1].rstrip(" ")
            self.writer.block(leaf.lines)
        elif isinstance(leaf, Table):
            self.writer.block([starts.row(line) for line in leaf.lines])
        elif isinstance(leaf, Code):
            self.writer.block([self._stash.code(leaf.lines)])
        elif isinstance(leaf, Fence):
            self.writer.block([self._stash.fence(leaf.info, leaf.lines)])
        elif isinstance(leaf, Html):
            if leaf.end is starts.COMMENT_END:
                return
            self.html.close(leaf)
            self.writer.block([self._stash.html(leaf.lines)])

    # Columns

    def _first(self) -> int:
        """Return the column of the first character at `at` or later that is no space."""
        return len(self.text) - len(self.text[self.at :].lstrip(" "))

    def _kept(self, leaf: Rigid) -> str:
        """Return the part of the line that belongs to `leaf`, which is code or HTML. Keep its tabs."""
        least = self.at + (WIDTH if isinstance(leaf, Code) else 0)
        return self._from(max(min(self.start, self.floor + leaf.base), least))

    def _from(self, column: int) -> str:
        """Return the part of the line that begins at this column. Keep its tabs."""
        if "\t" not in self._raw:
            return self._raw[column:]
        at = 0
        for index, sign in enumerate(self._raw):
            if at >= column:
                return " " * (at - column) + self._raw[index:]
            at += WIDTH - at % WIDTH if sign == "\t" else 1
        return ""
