"""The values of a site: what is read, what it becomes, what is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """The `[site]` table of publish.toml."""

    title: str = "Untitled"
    description: str = ""
    language: str = "en"
    author: str = ""
    url: str = ""
    """The canonical address, ending with a slash; empty when nobody knows one."""
    timezone: str = "UTC"
    """What a date without a zone is in."""
    per_page: int = 10
    feed_items: int = 20


@dataclass(frozen=True, slots=True)
class Source:
    """One Markdown file as it was read. `path` is relative to the content folder, with slashes, in NFC."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of a table of contents."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """Something of this site that an article points at, and where in its source it says so (from 1)."""

    target: str
    """As in a mark (see urls.py): `posts/other.md#heading`, `images/x.png`, or an address `/tags/`."""
    kind: Literal["link", "image"]
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class Article:
    """A source file, understood; all but its body. A file below posts/ is a post, any other a plain page."""

    source: str
    url: str
    """Relative to the site's root, ending with a slash; empty for the home page: `posts/first/`."""
    kind: Literal["post", "page"]
    title: str
    language: str
    date: datetime | None = None
    updated: datetime | None = None
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    summary: str = ""
    """Plain text; the author's, or made from the first paragraph."""
    draft: bool = False
    words: int = 0
    minutes: int = 0
    toc: tuple[Heading, ...] = ()
    anchors: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What the article stage makes of a source: the article, and its body as HTML with marked links (see urls.py)."""

    article: Article
    html: str


@dataclass(frozen=True, slots=True)
class Page:
    """A finished file of the site. `path` is relative to the root: `posts/first/index.html`."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class TagCard:
    """A tag as pages show it. Beside an article `count` is None: it changes with every article that has the tag."""

    name: str
    url: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """An article as other pages show it. It leads nowhere, so a page that was handed one has read all of it."""

    url: str
    title: str
    kind: Literal["post", "page"]
    language: str
    date: datetime | None
    updated: datetime | None
    tags: tuple[TagCard, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag and its posts, newest first."""

    name: str
    url: str
    posts: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A post as a feed carries it: whole, its links still marked."""

    card: Card
    authors: tuple[str, ...]
    html: str


@dataclass(frozen=True, slots=True)
class Site:
    """All articles, collected and in order. Drafts are here only in a build that shows them."""

    settings: SiteSettings
    posts: tuple[Card, ...] = ()
    """Newest first; those of one moment by URL."""
    pages: tuple[Card, ...] = ()
    """The plain pages, by URL; without the home page's introduction."""
    tags: tuple[Tag, ...] = ()
    """By name."""
    menu: tuple[Card, ...] = ()
    """The plain pages that lie directly in the content folder, in the author's order."""
    newest: tuple[Entry, ...] = ()
    """The posts of the feed, newest first."""

    @property
    def updated(self) -> datetime | None:
        """The newest date of any article: what a feed and a sitemap say instead of the time of the build."""
        moments = [moment for card in (*self.posts, *self.pages) for moment in (card.date, card.updated) if moment]
        return max(moments, default=None)

    @property
    def year(self) -> int | None:
        """The year of the newest post."""
        return self.posts[0].date.year if self.posts and self.posts[0].date else None
