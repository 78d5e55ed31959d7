"""What the settings of a site say about the Markdown of its articles."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MarkdownOptions:
    """The settings of a site for the Markdown of all its articles."""

    wikilinks: bool = False
    home: str = ""
    """The site's own address. A link that begins with it is one from the root."""
    brackets: bool = False
    """Whether `\\(x\\)` and `\\[x\\]` are formulas."""
    macros: tuple[tuple[str, str], ...] = ()
    """Macros for formulas: their names without a backslash, and their TeX."""
