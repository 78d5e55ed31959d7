"""What pages are made from, and what making one gives: plain values that processes hand each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.build.inputs import Input
from publisher.dag.cid import Block
from publisher.dag.unixfs import Link, Profile
from publisher.errors import Problem
from publisher.site.content.records import ArticleRecord
from publisher.site.links.addresses import Addresses
from publisher.site.recorded_reads import Reads
from publisher.site.structure.collect import ArticlePage, ListPage, Site, SitePage
from publisher.site.structure.old_addresses import OldAddress

Layers = tuple[Mapping[str, Input], Mapping[str, Input]]
"""The author's templates, and the default theme's."""


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """Everything that pages are made from, besides bodies."""

    site: Site
    values: Mapping[str, object]
    """What `site` knows in a template."""
    addresses: Addresses
    layers: Layers
    profile: Profile
    content: str
    """How messages call the content folder."""
    old: tuple[OldAddress, ...] = ()
    """Where articles were."""


EVERYTHING = "paths"
"""The name of the fact that changes with every path and address of the site."""

PageOrder = tuple[int, bytes]
"""The number of a page to be made, and the body of its article or introduction; empty when it has none."""


@dataclass(slots=True)
class BuiltPage:
    """A page as its blocks, with what was asked for; or what is wrong with it."""

    number: int
    link: Link | None = None
    blocks: list[Block] = field(default_factory=list)
    reads: Reads = field(default_factory=lambda: Reads("", ""))
    problems: list[Problem] = field(default_factory=list)
    fault: Problem | None = None
    """Of a template that could not make the page; it is the same for many pages."""


def record_of(page: SitePage) -> ArticleRecord | None:
    """The article whose body a page shows."""
    if isinstance(page, ArticlePage):
        return page.record
    return page.intro if isinstance(page, ListPage) else None


def layered(layers: Layers, name: str) -> Input | None:
    """The author's template of this name, else the theme's; `default/NAME` is always the theme's."""
    authors, theme = layers
    if name.startswith("default/"):
        return theme.get(name.removeprefix("default/"))
    return authors.get(name) or theme.get(name)
