"""Give a title to callouts (`> [!NOTE]`, `!!! note`, `??? note`) that have none, in the language of the article."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions.admonition import AdmonitionExtension, AdmonitionProcessor
from pymdownx.details import DetailsExtension, DetailsProcessor
from pymdownx.quotes import QuotesExtension, QuotesProcessor

from publisher.site.markdown.callouts import Titles


class _Admonition(AdmonitionProcessor):
    titles: Titles

    def get_class_and_title(self, match: re.Match[str]) -> tuple[str, str | None]:
        kinds, title = super().get_class_and_title(match)
        return kinds, (self.titles.of(kinds.partition(" ")[0]) or title) if match[2] is None else title


class _Details(DetailsProcessor):
    titles: Titles

    def run(self, parent: Element, blocks: list[str]) -> None:
        match = self.START.search(blocks[0])
        title = self.titles.of(match[4].partition(" ")[0]) if match and match[4] else None
        if match and title:
            blocks[0] = f'{blocks[0][: match.end(4)]} "{title}"{blocks[0][match.end(4) :]}'
        run: Any = super().run  # the library declares no type
        run(parent, blocks)


class _Quote(QuotesProcessor):
    titles: Titles
    _FIRST = re.compile(r"(?:^|\n)(?: {0,3}>[ \t]*\n)*( {0,3}> *\[!([\w-]+)(?: *\| *[\w-]+)*\][-+]?)[ \t]*(?=\n|\Z)")

    def run(self, parent: Element, blocks: list[str]) -> None:
        start = self.RE.search(blocks[0])
        match = start and self._FIRST.match(blocks[0], start.start())
        title = self.titles.of(match[2]) if match else None
        if match and title:
            blocks[0] = f"{blocks[0][: match.end(1)]} {title}{blocks[0][match.end(1) :]}"
        super().run(parent, blocks)


class Admonitions(AdmonitionExtension):
    """The extension for `!!! note`, with titles in the language of the article."""

    def __init__(self, titles: Titles) -> None:
        super().__init__()
        self._titles = titles

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the stage. Python-Markdown calls this once."""
        processor = _Admonition(md.parser)
        processor.titles = self._titles
        md.parser.blockprocessors.register(processor, "admonition", 105)


class Details(DetailsExtension):
    """The extension for `??? note`, with titles in the language of the article."""

    def __init__(self, titles: Titles) -> None:
        super().__init__()
        self._titles = titles

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the stage. Python-Markdown calls this once."""
        md.registerExtension(self)  # the library then calls `reset` before each article
        make: Any = _Details  # the library declares no type
        processor = make(md.parser)
        processor.titles = self._titles
        self.md, self.processor = md, processor
        md.parser.blockprocessors.register(processor, "details", 105)


class Quotes(QuotesExtension):
    """The extension for `> [!NOTE]`, with titles in the language of the article."""

    def __init__(self, titles: Titles) -> None:
        super().__init__(callouts=True)
        self._titles = titles

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the stage. Python-Markdown calls this once."""
        super().extendMarkdown(md)
        processor: Any = _Quote(md.parser, self.getConfigs())
        processor.titles = self._titles
        md.parser.blockprocessors.register(processor, "quote", 20)
