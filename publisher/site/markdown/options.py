"""What the settings of a site say about the Markdown of its articles."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.site.model import SiteSettings


@dataclass(frozen=True, slots=True)
class MarkdownOptions:
    """The settings of a site for the Markdown of all its articles."""

    wikilinks: bool = False
    home: str = ""
    """The site's own address. A link that begins with it is one from the root."""
    flavour: str = "python"
    """The dialect of articles that do not name one: one of FLAVOURS."""
    brackets: bool = False
    """Whether `\\(x\\)` and `\\[x\\]` are formulas."""
    macros: tuple[tuple[str, str], ...] = ()
    """Macros for formulas: their names without a backslash, and their TeX."""


def options_of(site: SiteSettings) -> MarkdownOptions:
    """Return the options of a site's Markdown."""
    return MarkdownOptions(
        wikilinks=site.markdown.wikilinks,
        flavour=site.markdown.flavour,
        home=site.url,
        brackets=site.math.brackets,
        macros=site.math.macros,
    )
