"""Define the settings of the structure of a site: its taxonomies, its main menu, and the order of its pages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from publisher.fast_dataclass import dataclass

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_IGNORED = re.compile(r"[\x00-\x20]+")
"""Matches characters that browsers ignore in the scheme of a URL."""


def leads_outside(url: str) -> bool:
    """Return whether an entry of the menu or of the nav is a whole URL, such as `https://x.org/` or `mailto:a@b.c`."""
    return _SCHEME.match(url) is not None


def runs_code(url: str) -> bool:
    """Return whether a link to this URL makes a browser run code from the URL, or show a page that is in the URL."""
    return _IGNORED.sub("", url).lower().startswith(("javascript:", "data:", "vbscript:"))


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """One table of `[taxonomies]`: a way to group articles by the terms in their front matter."""

    name: str
    """The name is the first folder of the addresses of its terms, as in `tags/ipfs/`."""
    keys: tuple[str, ...]
    """The keys of front matter that have the terms of an article."""
    title: str = ""
    """The title of the page that lists all terms, or "" for a title that is made from the name."""
    feed: bool = True
    """Whether each term has a feed."""
    reading: bool = False
    """Whether the articles of a term are read one after the other, as the parts of a series are."""


TAGS = Taxonomy("tags", ("tags",), feed=False)
"""The taxonomy that every site has. Its terms have feeds only if the site has a table `[taxonomies.tags]`."""


OF_ITSELF = ("tags", "authors")
"""The taxonomies whose terms come from fixed keys of the front matter. The author cannot choose other keys for them."""


def keys_of(taxonomies: Iterable[Taxonomy]) -> dict[str, tuple[str, ...]]:
    """Return the taxonomies except those in OF_ITSELF, each with the keys that have its terms."""
    return {each.name: each.keys for each in taxonomies if each.name not in OF_ITSELF}


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One table of `[[menu]]`. `url` is a link as in an article, an address in this site, or a whole URL."""

    name: str
    url: str
    weight: float = 0.0
    children: tuple[MenuEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class NavEntry:
    """One entry of `nav` in publish.toml, or one line of a SUMMARY.md."""

    title: str = ""
    """The title in the sidebar, or "" for the title of the article."""
    page: str = ""
    """A content path, a folder of the content that ends with a slash, a whole URL, or "" for a heading."""
    entries: tuple[NavEntry, ...] = ()
    place: tuple[int, int] = (0, 0)
    """The line and column in SUMMARY.md, or zeros for an entry in publish.toml."""
