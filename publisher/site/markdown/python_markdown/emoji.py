"""Replace the name of an emoji, such as `:smile:`, by its character."""

from __future__ import annotations

import re

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor

from publisher.site.markdown.emoji import character
from publisher.site.markdown.python_markdown.signs import EMOJI


class _Pattern(InlineProcessor):
    def handleMatch(self, m: re.Match[str], data: str) -> tuple[str, int, int]:  # type: ignore[override]  # noqa: N802
        return character(m.group()) or m.group(), m.start(), m.end()


class Emoji(Extension):
    """The extension for emoji. It is used instead of pymdownx.emoji, which makes images."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the pattern. Python-Markdown calls this once."""
        md.inlinePatterns.register(_Pattern(EMOJI, md), "emoji", 75)
