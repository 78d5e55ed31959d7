"""`:smile:` as the character itself, without images. It has GitHub's names, and reads them at the first use."""

from __future__ import annotations

import re
from functools import cache

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor


@cache
def character(name: str) -> str | None:
    """Return the character of a name such as `:smile:`; None if there is none."""
    from pymdownx import gemoji_db

    entry = gemoji_db.emoji.get(gemoji_db.aliases.get(name, name), {})
    points = entry.get("unicode_alt") or entry.get("unicode")
    return "".join(chr(int(point, 16)) for point in points.split("-")) if points else None


class _Pattern(InlineProcessor):
    def handleMatch(self, m: re.Match[str], data: str) -> tuple[str, int, int]:  # type: ignore[override]  # noqa: N802
        return character(m.group()) or m.group(), m.start(), m.end()


class Emoji(Extension):
    """Registers the pattern in place of that of pymdownx.emoji."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the pattern. Markdown calls it once."""
        md.inlinePatterns.register(_Pattern(r":[+\-\w]+:", md), "emoji", 75)
