"""Sort the articles of a site, and find their neighbours, their tags and the pages that list them.

This module renders no page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from publisher.errors import Problem
from publisher.hashing import DIGEST, digest
from publisher.site.content.records import ArticleRecord
from publisher.site.file_names import is_index
from publisher.site.model import Card, SiteSettings, TagCard
from publisher.site.urls import tag_url

NAMELESS = "tags//"
"""The result of `tag_url` for a tag that has no letter or digit."""

NOBODY = bytes(DIGEST)
"""The digest that stands for a missing neighbour in the key of a page."""

NEVER = datetime.min.replace(tzinfo=UTC)
"""A post without a date is sorted as if it had this date. So the post comes after all posts that have a date."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag and its posts, newest first."""

    name: str
    url: str
    posts: tuple[ArticleRecord, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """All articles of a site. Drafts are among them only in a build that shows drafts."""

    settings: SiteSettings
    posts: tuple[ArticleRecord, ...] = ()
    """The posts, newest first. Posts with the same date are sorted by URL."""
    pages: tuple[ArticleRecord, ...] = ()
    """The articles that are no posts, sorted by URL, without the introduction of the home page."""
    tags: tuple[Tag, ...] = ()
    """The tags, sorted by URL."""
    menu: tuple[ArticleRecord, ...] = ()
    """The articles of `pages` that are directly in the content folder, in the order that the author wants."""
    home: ArticleRecord | None = None
    """The article that introduces the home page, or None if no article does."""

    @property
    def articles(self) -> tuple[ArticleRecord, ...]:
        """The posts, the plain pages and the introduction of the home page, in this order."""
        return (*self.posts, *self.pages, *((self.home,) if self.home else ()))

    @property
    def year(self) -> int | None:
        """The year of the newest post, or None if no post has a date."""
        newest = self.posts[0].article.date if self.posts else None
        return newest.year if newest else None


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """The page of one article. `newer` and `older` are its neighbours, or None."""

    record: ArticleRecord
    newer: ArticleRecord | None = None
    older: ArticleRecord | None = None

    @property
    def url(self) -> str:
        """The URL of the article."""
        return self.record.article.url

    def key(self) -> bytes:
        """Return a key that depends on every value that the template gets."""
        newer = self.newer.card if self.newer else NOBODY
        older = self.older.card if self.older else NOBODY
        # Each part has a fixed length, so two pages with different parts never have the same key.
        return b"article" + self.record.key + newer + older


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page that lists posts: the home page ("home"), an older page of posts ("list"), or a page of a tag ("tag")."""

    kind: Literal["home", "list", "tag"]
    url: str
    title: str
    number: int
    """The newest page has the number 0. The oldest page has 1, the next newer page has 2, and so on.

    So every older page keeps its number when a post is added.
    """
    posts: tuple[ArticleRecord, ...]
    newer_url: str | None = None
    older_url: str | None = None
    tag: TagCard | None = None
    intro: ArticleRecord | None = None

    def key(self) -> bytes:
        """Return a key that depends on every value that the template gets."""
        intro = self.intro.key if self.intro else b""
        near = (_or_none(self.newer_url), _or_none(self.older_url))
        cards = b"".join([record.card for record in self.posts])
        return digest(self.kind, self.url, self.title, str(self.number), *near, intro, cards)


@dataclass(frozen=True, slots=True)
class PlainPage:
    """A page without articles: the page of all tags, or the page for a missing address."""

    kind: Literal["tags", "404"]
    url: str

    def key(self) -> bytes:
        """Return a key that depends on every value that the template gets."""
        return digest(self.kind, self.url)


SitePage = ArticlePage | ListPage | PlainPage


def collect(records: Iterable[ArticleRecord], settings: SiteSettings) -> tuple[Site, tuple[Problem, ...]]:
    """Return the site of these articles, and the problems of their tags.

    The paths in problems are relative to the content folder.
    """
    by_url = sorted(records, key=lambda record: (record.article.url, record.article.source))
    posts = [record for record in by_url if record.article.kind == "post"]
    posts.sort(key=lambda record: record.article.date or NEVER, reverse=True)
    # The plain page whose URL is "" introduces the home page.
    home = next((record for record in by_url if not record.article.url and record.article.kind == "page"), None)
    pages = tuple(piece for piece in by_url if piece.article.kind == "page" and piece is not home)
    tags, problems = _tags((*posts, *pages))
    menu = sorted((piece for piece in pages if _in_menu(piece.article.source)), key=_menu_order)
    return Site(settings, tuple(posts), pages, tags, tuple(menu), home), problems


def pages_of(site: Site) -> list[SitePage]:
    """Return every page that a template makes."""
    pages: list[SitePage] = []
    for posts in _by_language(site.posts):
        beside = zip(posts, [None, *posts], [*posts[1:], None], strict=False)
        pages += (ArticlePage(record, newer, older) for record, newer, older in beside)
    pages += (ArticlePage(piece) for piece in site.pages)
    title = site.settings.title
    pages += _lists("home", "", title, site.posts, site.settings.per_page, intro=site.home)
    for tag in site.tags:
        pages += _lists("tag", tag.url, tag.name, tag.posts, site.settings.per_page, tag=TagCard(tag.name, tag.url))
    return [*pages, PlainPage("tags", "tags/"), PlainPage("404", "404.html")]


def _by_language(posts: Iterable[ArticleRecord]) -> Iterable[list[ArticleRecord]]:
    """Return a list of posts for each language. So the neighbours of a post are in the language of the post."""
    found: dict[str, list[ArticleRecord]] = {}
    for record in posts:
        found.setdefault(record.article.language, []).append(record)
    return found.values()


def card_of(record: ArticleRecord) -> Card:
    """Return the part of an article that other pages show."""
    of = record.article
    return Card(of.url, of.title, of.kind, of.language, of.date, of.updated, tag_cards(of.tags), of.summary)


def tag_cards(tags: Iterable[str]) -> tuple[TagCard, ...]:
    """Return a card for each tag of an article. Leave out tags that have no address, because `collect` reports them."""
    return tuple(TagCard(name, tag_url(name)) for name in tags if tag_url(name) != NAMELESS)


def _tags(articles: Sequence[ArticleRecord]) -> tuple[tuple[Tag, ...], tuple[Problem, ...]]:
    by_url: dict[str, list[ArticleRecord]] = {}
    names: dict[str, dict[str, str]] = {}
    for record in articles:
        for name in dict.fromkeys(record.article.tags):
            url = tag_url(name)
            by_url.setdefault(url, []).append(record)
            # The newest post comes first, so its path stays.
            names.setdefault(url, {}).setdefault(name, record.article.source)
    problems = [_tag_problem(url, where) for url, where in names.items() if len(where) > 1 or url == NAMELESS]
    tags = (Tag(min(names[url]), url, tuple(by_url[url])) for url in sorted(by_url) if url != NAMELESS)
    return tuple(tags), tuple(problems)


def _tag_problem(url: str, where: dict[str, str]) -> Problem:
    """Return the problem of a tag with several spellings, or of a tag that has no letter or digit.

    `where` maps each spelling to the content path of an article that uses it.
    """
    (name, path), *others = sorted(where.items())
    if url == NAMELESS:
        return Problem(path, 0, 0, f"the tag {name!r} has no letter or digit to make an address from", "rename the tag")
    spelt = unicodedata.normalize("NFC", others[0][0])
    what = f"the tags {name!r} and {spelt!r} have the same address {url}"
    return Problem(others[0][1], 0, 0, what, "spell both tags alike", kind="tag-spelling")


def _lists(
    kind: Literal["home", "tag"],
    url: str,
    title: str,
    posts: Sequence[ArticleRecord],
    size: int,
    *,
    tag: TagCard | None = None,
    intro: ArticleRecord | None = None,
) -> list[ListPage]:
    """Return the pages of a list, newest first.

    The first page has the newest posts. It has all posts if there are fewer than 2 * `size`. Otherwise it has at least
    `size` posts and fewer than 2 * `size`. Each other page has exactly `size` posts.
    """
    older = max(len(posts) // size - 1, 0)
    first = len(posts) - older * size

    def at(number: int) -> str:
        return f"{url}page/{number}/" if number else url

    pages = [ListPage(kind, url, title, 0, tuple(posts[:first]), None, at(older) if older else None, tag, intro)]
    for number in range(older, 0, -1):
        start = first + (older - number) * size
        newer = at(number + 1) if number < older else url
        below = at(number - 1) if number > 1 else None
        shown = tuple(posts[start : start + size])
        pages.append(ListPage("list" if kind == "home" else "tag", at(number), title, number, shown, newer, below, tag))
    return pages


def _in_menu(source: str) -> bool:
    return "/" not in (source.rpartition("/")[0] if is_index(source) else source)


def _menu_order(record: ArticleRecord) -> tuple[bool, float, str, str]:
    return record.order is None, record.order or 0.0, record.article.title, record.article.url


def _or_none(url: str | None) -> str:
    return "none" if url is None else f"at {url}"
