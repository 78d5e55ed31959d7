"""Arrange the articles of a site: their order, sections, terms and neighbours. all_pages.py then lists the pages.

This module renders no page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass, field
from publisher.site.content.records import ArticleRecord
from publisher.site.file_names import is_index
from publisher.site.model import Card
from publisher.site.settings import SiteSettings
from publisher.site.structure.archives import URL as ARCHIVES
from publisher.site.structure.archives import Year, archives_of
from publisher.site.structure.nav import NavSource
from publisher.site.structure.navigation import Navigation, navigate
from publisher.site.structure.pages import SeriesPart
from publisher.site.structure.sections import NEVER, Section, find_sections
from publisher.site.structure.taxonomies import Terms, group, series_parts, term_cards
from publisher.site.structure_settings import TAGS, NavEntry

TOP = Section("", "", "", "", "weight")


@dataclass(frozen=True, slots=True)
class Site:
    """All articles of a site, in order. Drafts are among them only in a build that shows drafts."""

    settings: SiteSettings
    posts: tuple[ArticleRecord, ...] = ()
    """The posts, newest first. Posts with the same date are sorted by URL."""
    pages: tuple[ArticleRecord, ...] = ()
    """The articles that are no posts, sorted by URL, without the introduction of the home page."""
    home: ArticleRecord | None = None
    """The introduction of the home page, or None if it has none."""
    top: Section = TOP
    """The section at the top of the content. It contains all other sections."""
    navigation: Navigation = field(default_factory=Navigation)
    terms: tuple[Terms, ...] = ()
    """The taxonomies with their terms. The tags come first."""
    series: Mapping[str, tuple[SeriesPart, ...]] = field(default_factory=dict)
    """The positions of articles in series, by content path."""
    years: tuple[Year, ...] = ()
    """The years of the archives, latest first. There are none if the site has no archives."""

    @property
    def articles(self) -> tuple[ArticleRecord, ...]:
        """The posts, the plain pages and the introduction of the home page, in this order."""
        return (*self.posts, *self.pages, *((self.home,) if self.home else ()))

    @property
    def year(self) -> int | None:
        """The year of the newest post, or None if no post has a date."""
        newest = self.posts[0].article.date if self.posts else None
        return newest.year if newest else None

    @property
    def shown_inside(self) -> frozenset[str]:
        """The content paths of plain pages whose text is part of the page of a section, a term or a taxonomy."""
        sections = (section.index for section in self.top.walk() if section.folder)
        intros = (intro for terms in self.terms for intro in terms.intros())
        return frozenset(record.article.source for record in (*sections, *intros) if record)


@dataclass(frozen=True, slots=True)
class Order:
    """The order that the author gave to the pages of the site, in publish.toml or in a file such as SUMMARY.md."""

    file: str = "publish.toml"
    """The path of the file with the nav, as problems show it."""
    entries: tuple[NavEntry, ...] = ()
    known: Set[str] = frozenset()
    """The content paths of all articles, also of those that this build does not show."""


NO_ORDER = Order()


def collect(
    records: Iterable[ArticleRecord], settings: SiteSettings, order: Order = NO_ORDER
) -> tuple[Site, tuple[Problem, ...], tuple[Problem, ...]]:
    """Return the site of these articles, the problems of their terms, and the problems of the nav.

    The paths in the problems of terms are relative to the content folder.
    """
    by_url = sorted(records, key=lambda record: (record.article.url, record.article.source))
    posts = [record for record in by_url if record.article.kind == "post"]
    posts.sort(key=lambda record: record.article.date or NEVER, reverse=True)
    # The plain page whose URL is "" introduces the home page.
    home = next((record for record in by_url if not record.article.url and record.article.kind == "page"), None)
    pages = [piece for piece in by_url if piece.article.kind == "page" and piece is not home]
    by_address = {piece.article.url: piece for piece in pages}
    grouped = [group([*posts, *pages], taxonomy, by_address) for taxonomy in settings.taxonomies]
    terms = tuple(found for found, _ in grouped)
    intros = {intro.article.source for each in terms for intro in each.intros()}
    by_source = {record.article.source: record for record in by_url} if order.entries else {}
    nav = NavSource(order.file, order.entries, by_source, order.known)
    placed = [record for record in (*posts, *pages) if record.article.source not in intros]
    taken = {each.url for each in terms} | {term.url for each in terms for term in each.terms} | {ARCHIVES}
    top = find_sections(placed, settings, nav.listed(), taken)
    folders = {section.folder: section for section in top.walk() if section.folder} if order.entries else {}
    return (
        Site(
            settings,
            tuple(posts),
            tuple(pages),
            home,
            top,
            navigate(top, nav.nodes(folders)),
            terms,
            series_parts(terms),
            archives_of(posts) if settings.archives else (),
        ),
        tuple(problem for _, problems in grouped for problem in problems),
        tuple(nav.problems(folders)),
    )


def card_of(record: ArticleRecord) -> Card:
    """Return the part of an article that other pages show."""
    of = record.article
    cards = term_cards(of, TAGS.name)
    return Card(
        of.url,
        of.title,
        of.kind,
        of.language,
        of.date,
        of.updated,
        cards,
        of.summary,
        of.minutes,
        of.authors,
        of.image,
        section_of(of.source),
        of.extra,
    )


def section_of(source: str) -> str:
    """Return the folder of the article at a content path, or "" at the top.

    For an index article such as `guide/index.md`, this is the folder above its own.
    """
    folder = source.rpartition("/")[0]
    return folder.rpartition("/")[0] if is_index(source) else folder
