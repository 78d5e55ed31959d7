"""The plan of pages, and the result of making one: plain values that processes pass to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.build.inputs import Input
from publisher.dag.cid import Block
from publisher.dag.unixfs import Link, Profile
from publisher.errors import Problem
from publisher.site.content.records import ArticleRecord
from publisher.site.links.address_book import Addresses
from publisher.site.recorded_reads import Reads
from publisher.site.structure.collect import ArticlePage, ListPage, Site, SitePage
from publisher.site.structure.old_addresses import OldAddress

Layers = tuple[Mapping[str, Input], Mapping[str, Input]]
"""The author's templates, and those of the default theme."""


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """Everything that pages are made from, except bodies."""

    site: Site
    values: Mapping[str, object]
    """The values of `site` in a template."""
    addresses: Addresses
    layers: Layers
    profile: Profile
    content: str
    """The name of the content folder in messages."""
    old: tuple[OldAddress, ...] = ()
    """The old addresses of articles."""


EVERYTHING = "paths"
"""The name of the fact that changes with every path and address of the site."""

PageOrder = tuple[int, bytes]
"""The number of a page to make, and the body of its article or introduction; empty without one."""


@dataclass(slots=True)
class BuiltPage:
    """The result for one page: its blocks and its recorded reads, or the reason why there are none."""

    number: int
    link: Link | None = None
    blocks: list[Block] = field(default_factory=list)
    reads: Reads = field(default_factory=lambda: Reads("", ""))
    problems: list[Problem] = field(default_factory=list)
    fault: Problem | None = None
    """The fault of a template that could not make the page. Many pages may have the same fault."""


def record_of(page: SitePage) -> ArticleRecord | None:
    """Return the article whose body a page shows; None if it shows none."""
    if isinstance(page, ArticlePage):
        return page.record
    return page.intro if isinstance(page, ListPage) else None


def layered(layers: Layers, name: str) -> Input | None:
    """Return the author's template of this name, or else the theme's; None if there is none.

    `default/NAME` is always the theme's.
    """
    authors, theme = layers
    if name.startswith("default/"):
        return theme.get(name.removeprefix("default/"))
    return authors.get(name) or theme.get(name)
