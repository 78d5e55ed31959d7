"""Define the plan for all pages, and the order and the result for one page.

Worker processes inherit the plan. They get orders from the parent process, and send back the results.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from publisher.build.data_values import DataFiles
from publisher.build.layers import Layers
from publisher.dag.cid import Block
from publisher.dag.unixfs import Link, Profile
from publisher.errors import Problem
from publisher.fast_dataclass import dataclass, field
from publisher.site.content.records import ArticleRecord
from publisher.site.links.address_book import Addresses
from publisher.site.links.backlinks import Backlinks
from publisher.site.links.resolve import Base
from publisher.site.recorded_reads import Reads
from publisher.site.structure.collect import Site
from publisher.site.structure.old_addresses import OldAddress
from publisher.site.structure.pages import ArticlePage, SitePage
from publisher.site.structure.related import Related
from publisher.site.urls import mark


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """Everything that pages are made from, except the bodies of articles."""

    site: Site
    values: Mapping[str, object]
    """The values that templates get as `site`."""
    addresses: Addresses
    layers: Layers
    profile: Profile
    content: str
    """The name of the content folder in messages."""
    backlinks: Backlinks
    """The articles that link to each article."""
    related: Related
    """The related articles of each post."""
    data: DataFiles
    """The data files of the site."""
    old: tuple[OldAddress, ...] = ()
    """The old addresses of articles."""


EVERYTHING = "paths"
"""The name of the fact whose answer changes when any path or address of the site changes."""

PageOrder = tuple[int, bytes, Mapping[str, bytes]]
"""The number of a page to make, the body of its article or introduction, and the bodies of embedded articles.

The body is b"" if there is neither. The keys of the mapping are content paths.
"""


@dataclass(slots=True)
class BuiltPage:
    """The result for one page: its link, blocks and recorded reads, or a problem."""

    number: int
    link: Link | None = None
    """The link of the page, or None if the page could not be made."""
    blocks: list[Block] = field(default_factory=list)
    reads: Reads = field(default_factory=lambda: Reads("", ""))
    problems: list[Problem] = field(default_factory=list)
    faults: list[Problem] = field(default_factory=list)
    """The problems of templates. A problem that many pages have is reported only once."""


def with_our_ids(html: str, pointed: Iterable[str], addresses: Addresses, base: Base | None) -> str:
    """Return `html` with links that lead to the headings of this site.

    A link may have the id that another tool gave to a heading. Such an id is replaced by the id that the heading has on
    this site. `pointed` has the targets of all links in `html`.
    """
    for target in pointed:
        if "#" in target and (ours := addresses.with_our_id(target, base)) != target:
            html = html.replace(mark(target), mark(ours))
    return html


def record_of(page: SitePage) -> ArticleRecord | None:
    """Return the article whose body a page shows, or None if the page shows none."""
    if isinstance(page, ArticlePage):
        return page.record
    return page.intro
