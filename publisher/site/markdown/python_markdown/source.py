"""Rewrite the text of an article in the first stage. So Python-Markdown finds the same blocks as GitHub."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.preprocessors import Preprocessor
from markdown.util import ETX, STX

from publisher.html.tokens import TOKEN, attributes, meant
from publisher.site.markdown.highlight import code_block
from publisher.site.markdown.python_markdown.fences import Fences
from publisher.site.markdown.python_markdown.lists import Lists
from publisher.site.markdown.python_markdown.structure.scan import BlockStructure
from publisher.site.markdown.python_markdown.structure.writer import LIST


class Source(Preprocessor):
    """Replaces the library's stage that changes tabs into spaces. Tabs in code are not changed.

    `note_raw` is called for each block of the author's HTML, with the index of the block in the library's `htmlStash`.
    """

    def __init__(
        self, md: Markdown, note_raw: Callable[[int], None], *, brackets: bool = False, obsidian: bool = False
    ) -> None:
        super().__init__(md)
        self._md = md
        self._note_raw = note_raw
        self._brackets, self._obsidian = brackets, obsidian
        self._fences = Fences(md)
        self._lists: Lists = md.parser.blockprocessors["lists"]  # type: ignore[assignment]
        md.preprocessors.register(self, "normalize_whitespace", 30)
        md.parser.blockprocessors.deregister("code")  # this stage finds indented code
        md.treeprocessors.deregister("indent-highlight")
        md.preprocessors.deregister("html_block")  # this stage finds blocks of HTML
        for name in (
            "caption",
            "center",
            "col",
            "dialog",
            "frame",
            "frameset",
            "link",
            "noframes",
            "optgroup",
            "search",
        ):
            if name not in md.block_level_elements:
                md.block_level_elements.append(name)

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines for the next stages. Raises RecursionError if blocks are nested too deeply."""
        text = "\n".join(lines).replace(STX, "").replace(ETX, "").replace("\r\n", "\n").replace("\r", "\n")
        scan = BlockStructure(
            text.removesuffix("\n").split("\n"), self, brackets=self._brackets, obsidian=self._obsidian
        )
        return [*scan.written(), "", ""]

    def fence(self, info: str, code: list[str]) -> str:
        """Store the HTML of a fenced code block, and return the line that is written instead of it."""
        return self._fences.html(info, code)

    def code(self, code: list[str]) -> str:
        """Store the HTML of an indented code block, and return the line that is written instead of it."""
        text = "\n".join(code).strip("\n")
        return self._md.htmlStash.store(code_block(text, escape(text, quote=False)))

    def html(self, lines: list[str]) -> str:
        """Store a block of HTML, and return the line that is written instead of it."""
        self._note_raw(self._md.htmlStash.html_counter)
        return self._md.htmlStash.store("\n".join(lines).strip())

    def element(self, tag: str, text: str | None) -> str:
        """Store an element that contains Markdown, and return the line that is written instead of its start tag.

        `tag` is the start tag. `text` is the whole content of the element. If `text` is None, the element contains
        blocks, and a mark for its end is written later.
        """
        start = TOKEN.match(tag)
        assert start is not None
        made = Element(start["name"].lower())
        for name, begin, end in attributes(tag, *start.span("attributes")):
            if name != "markdown":
                made.attrib.setdefault(name, meant(tag[begin:end]))
        made.text = text
        self._lists.elements.append(made)
        return f"{LIST}{'blocks' if text is None else 'text'}{len(self._lists.elements) - 1}{ETX}"
