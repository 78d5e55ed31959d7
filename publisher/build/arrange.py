"""Arrange the articles and files of a build as a site: its pages, its files without templates, and its plan."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.build.articles import Stage
from publisher.build.assets import copied_files, unshown
from publisher.build.data_values import DataFiles
from publisher.build.extras import names
from publisher.build.inputs import Folders, Input
from publisher.build.plan_values import BuildPlan
from publisher.build.structure import order_of, own_menu
from publisher.dag.unixfs import Profile
from publisher.errors import Problem
from publisher.fast_dataclass import dataclass
from publisher.site.content.records import ArticleRecord
from publisher.site.links.address_book import Addresses
from publisher.site.links.backlinks import Backlinks
from publisher.site.settings import SiteSettings
from publisher.site.structure.all_pages import ListFeed, feeds_of, pages_of
from publisher.site.structure.collect import collect
from publisher.site.structure.old_addresses import OldAddress, old_addresses
from publisher.site.structure.pages import ArticlePage, ListPage, PlainPage, SitePage
from publisher.site.structure.reach import unreachable
from publisher.site.structure.related import Related
from publisher.site.templates.site_values import site_values
from publisher.site.urls import file_of

NOT_FOUND = "404.html"
NOT_FOUND_PAGE = PlainPage("404", NOT_FOUND)
"""The page for missing addresses. If the author has written a 404.html, that file is used instead."""


@dataclass(frozen=True, slots=True)
class Content:
    """The files and the articles of a build."""

    found: Folders
    sources: Mapping[str, Input]
    """The files of articles by content path."""
    stage: Stage
    shown: Mapping[str, ArticleRecord]
    """The articles that this build shows, by content path."""
    data: DataFiles
    """The data files that contain no secret."""


@dataclass(frozen=True, slots=True)
class ArrangedSite:
    """The site before any page is made."""

    plan: BuildPlan
    assets: Mapping[str, Input]
    """The files that are copied, by path in the site."""
    pages: list[SitePage]
    """The pages that a template makes."""
    lists: list[str]
    """The URLs of all pages except those of single articles and the page for missing addresses."""
    feeds: Mapping[str, ListFeed]
    """The feeds of sections and terms, by URL."""
    extras: list[str]
    """The paths of all files that need no template."""
    moved: tuple[OldAddress, ...]
    """The old addresses of all articles."""
    problems: tuple[Problem, ...]
    """The problems of the nav and of the menu."""
    problems_of_articles: tuple[Problem, ...]
    """The problems of terms, and of articles that no link reaches. Their paths are relative to the content folder."""


def arrange(content: Content, settings: SiteSettings, label: str, profile: Profile) -> ArrangedSite:
    """Return the site of these articles and files. `label` is the name of the content folder in messages."""
    found, shown, stage = content.found, content.shown, content.stage
    order, of_order = order_of(settings, found.content, content.sources)
    site, of_terms, of_nav = collect(shown.values(), settings, order)
    drafts, by_name = frozenset(stage.pieces.keys() - shown.keys()), settings.markdown.obsidian
    assets = copied_files(found, drafts, unshown(stage.pieces, drafts, found, by_name=by_name), settings.nav_file)
    pages = [page for page in pages_of(site) if not _is_replaced(page, assets)]
    lists = [page.url for page in pages if not isinstance(page, ArticlePage)]
    feeds = feeds_of(site)
    extras = [name for name in (*names(settings), *feeds) if name not in assets]
    others = {*map(file_of, lists), *assets, *extras}
    left_out = {path for path, file in (found.static | found.content).items() if not file.article} - assets.keys()
    addresses = Addresses(shown, drafts=drafts | left_out, failed=stage.failed, files=others, by_name=by_name)
    moved = old_addresses(shown.values())
    there = {*others, *(file_of(page.url) for page in pages)}
    menu, of_menu = own_menu(settings, addresses)
    linking = Backlinks(site.articles, addresses)
    plan = BuildPlan(
        site,
        site_values(site, menu),
        addresses,
        (found.templates, found.theme),
        profile,
        label,
        linking,
        Related(site.posts, settings.taxonomies, settings.related),
        content.data,
        # Some hosts apply redirect rules before they look for a file. There, a rule would hide a page at its address.
        tuple(old for old in moved if old.file not in there),
    )
    unlinked = tuple(unreachable(site, menu, linking.linked_by)) if menu is not None else ()
    listed = [url for url in lists if url != NOT_FOUND]
    problems = (*of_order, *of_nav, *of_menu)
    return ArrangedSite(plan, assets, pages, listed, feeds, extras, moved, problems, (*of_terms, *unlinked))


def _is_replaced(page: SitePage, assets: Mapping[str, Input]) -> bool:
    """Return whether a file of the author replaces a page.

    The author can replace the page for missing addresses, and the page of a section that has no index article.
    """
    made = page == NOT_FOUND_PAGE or (isinstance(page, ListPage) and page.kind == "section" and page.intro is None)
    return made and file_of(page.url) in assets
