"""Define the settings of a site for the Markdown of its articles."""

from __future__ import annotations

from publisher.fast_dataclass import dataclass
from publisher.site.settings import SiteSettings


@dataclass(frozen=True, slots=True)
class MarkdownOptions:
    """The settings of a site for the Markdown of all its articles."""

    wikilinks: bool = False
    obsidian: bool = False
    """Whether the syntax of Obsidian is read: embeds, comments, ids of blocks, and tags in the text."""
    home: str = ""
    """The URL of the site, or "". In a link that begins with this URL, the rest is a path from the root of the site."""
    flavour: str = "python"
    """The flavour of articles that do not name one. It is one of FLAVOURS."""
    brackets: bool = False
    """Whether `\\(x\\)` and `\\[x\\]` are formulas."""
    macros: tuple[tuple[str, str], ...] = ()
    """Macros for formulas. Each macro is a name without a backslash, and its TeX."""
    typography: bool = True
    """Whether `(c)`, `1/2`, `-->` and similar texts become one character, such as `©`."""


def options_of(site: SiteSettings) -> MarkdownOptions:
    """Return the Markdown options for the settings of a site."""
    return MarkdownOptions(
        wikilinks=site.markdown.wikilinks or site.markdown.obsidian,
        obsidian=site.markdown.obsidian,
        flavour=site.markdown.flavour,
        home=site.url,
        brackets=site.math.brackets,
        macros=site.math.macros,
        typography=site.markdown.typography,
    )
