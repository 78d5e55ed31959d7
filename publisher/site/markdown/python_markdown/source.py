"""The first stage: the text of an article becomes lines that Python-Markdown reads as GitHub would."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from markdown import Markdown
from markdown.preprocessors import Preprocessor
from markdown.util import ETX, STX

from publisher.site.markdown.highlight import code_block
from publisher.site.markdown.python_markdown.fences import Fences
from publisher.site.markdown.python_markdown.structure.scan import BlockStructure


class Source(Preprocessor):
    """Stands in place of the library's stage that makes spaces of tabs. Tabs in code stay.

    `note_raw` is called with the number of each piece of the author's own HTML.
    """

    def __init__(self, md: Markdown, note_raw: Callable[[int], None], *, brackets: bool = False) -> None:
        super().__init__(md)
        self._md = md
        self._note_raw = note_raw
        self._brackets = brackets
        self._fences = Fences(md)
        md.preprocessors.register(self, "normalize_whitespace", 30)
        md.parser.blockprocessors.deregister("code")  # indented code is found here
        md.treeprocessors.deregister("indent-highlight")
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
        """Return the lines for the next stages. Raise RecursionError if blocks are nested too deeply."""
        text = "\n".join(lines).replace(STX, "").replace(ETX, "").replace("\r\n", "\n").replace("\r", "\n")
        scan = BlockStructure(text.removesuffix("\n").split("\n"), self, brackets=self._brackets)
        return [*scan.written(), "", ""]

    def fence(self, info: str, code: list[str]) -> str:
        """Return the line that stands for a fence."""
        return self._fences.html(info, code)

    def code(self, code: list[str]) -> str:
        """Return the line that stands for indented code."""
        text = "\n".join(code).strip("\n")
        return self._md.htmlStash.store(code_block(text, escape(text, quote=False)))

    def html(self, lines: list[str]) -> str:
        """Return the line that stands for raw HTML."""
        self._note_raw(self._md.htmlStash.html_counter)
        return self._md.htmlStash.store("\n".join(lines).strip())
