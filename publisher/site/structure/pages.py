"""Define the pages of a site before they are rendered, with the values from which each page is made."""

from __future__ import annotations

from typing import Literal

from publisher.fast_dataclass import dataclass, field
from publisher.hashing import DIGEST, digest
from publisher.site.content.records import ArticleRecord
from publisher.site.model import Card, TagCard
from publisher.site.page_links import PageLink

NOBODY = bytes(DIGEST)
"""The digest that stands for a missing neighbour in the key of a page."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The position of a page in the sections or in the nav of the site."""

    crumbs: tuple[PageLink, ...] = ()
    """The sections or headings above the page, outermost first, without the home page."""
    tree: str = ""
    """The name of the tree in the sidebar of the page (see navigation.py), or "" if the page has no sidebar."""
    previous: PageLink | None = None
    """The page before this one in the reading order of the tree, or None."""
    next: PageLink | None = None
    """The page after this one in the reading order of the tree, or None."""
    key: bytes = field(init=False, repr=False)
    """A key that depends on every value. It is made once, because many articles share one position."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", digest(repr((self.crumbs, self.tree, self.previous, self.next))))


NOWHERE = Placement()
"""The position of a page that is in no section and not in the nav."""


@dataclass(frozen=True, slots=True)
class SeriesPart:
    """The position of an article in a series, or in a term of another taxonomy with a reading order."""

    term: TagCard
    number: int
    """The number of the part, counted from 1."""
    previous: PageLink | None
    next: PageLink | None


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """The page of one article. `newer` and `older` are its neighbours by date, or None."""

    record: ArticleRecord
    newer: ArticleRecord | None = None
    older: ArticleRecord | None = None
    place: Placement = NOWHERE
    series: tuple[SeriesPart, ...] = ()

    @property
    def url(self) -> str:
        """The URL of the article."""
        return self.record.article.url

    def key(self) -> bytes:
        """Return a key that depends on every value that the template gets."""
        newer = self.newer.card if self.newer else NOBODY
        older = self.older.card if self.older else NOBODY
        # Each part except the last has a fixed length, so two pages with different parts never have the same key.
        series = repr(self.series).encode() if self.series else b""
        return b"article" + self.record.key + newer + older + self.place.key + series


ListKind = Literal["home", "list", "tag", "term", "section", "archive"]


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page that lists articles.

    The kinds are the home page ("home"), an older page of posts ("list"), a page of a tag ("tag"), of a term of another
    taxonomy ("term"), of a section ("section"), and of the posts of a year or a month ("archive").
    """

    kind: ListKind
    url: str
    title: str
    number: int
    """The first page has the number 0.

    If the newest articles come first, the oldest page has 1, the next newer page has 2, and so on. So every older page
    keeps its number when a post is added. In any other order, the second page has 2, the third has 3, and so on.
    """
    posts: tuple[ArticleRecord, ...]
    newer_url: str | None = None
    """The URL of the page before this one, or None."""
    older_url: str | None = None
    """The URL of the page after this one, or None."""
    tag: TagCard | None = None
    """The tag or the other term whose articles the page lists, or None."""
    intro: ArticleRecord | None = None
    """The article whose text begins the page, or None."""
    taxonomy: str = ""
    """The name of the taxonomy of `tag`, or ""."""
    sections: tuple[Card, ...] = ()
    """The sections directly below the section of this page. On the home page, these are the sections at the top."""
    by_date: bool = True
    """Whether the newest articles come first."""
    feed: str = ""
    """The URL of the feed of these articles, or "" if they have no feed of their own."""
    place: Placement = NOWHERE
    language: str = ""
    """The language of the page, or "" for the language of the site."""
    template: str = ""
    """The name of the template that the introduction of the list chose, or "" for the usual one."""

    def key(self) -> bytes:
        """Return a key that depends on every value that the template gets."""
        intro = self.intro.key if self.intro else b""
        near = (_or_none(self.newer_url), _or_none(self.older_url))
        cards = b"".join([record.card for record in self.posts])
        others = repr((self.tag, self.taxonomy, self.sections, self.by_date, self.feed, self.language, self.template))
        parts = (self.kind, self.url, self.title, str(self.number), *near, others)
        return digest(*parts, self.place.key, intro, cards)


@dataclass(frozen=True, slots=True)
class PlainPage:
    """A page without articles.

    The kinds are the page of all tags, of all terms of another taxonomy, of all years, and the page for a missing
    address.
    """

    kind: Literal["tags", "terms", "archives", "404"]
    url: str
    taxonomy: str = ""
    """The name of the taxonomy of a page of the kind "tags" or "terms", or ""."""
    title: str = ""
    """The title, or "" for a title in the words of the theme."""
    intro: ArticleRecord | None = None
    """The article whose text begins the page, or None."""

    def key(self) -> bytes:
        """Return a key that depends on every value that the template gets."""
        return digest(self.kind, self.url, self.taxonomy, self.title, self.intro.key if self.intro else b"")


SitePage = ArticlePage | ListPage | PlainPage


def _or_none(url: str | None) -> str:
    return "none" if url is None else f"at {url}"
