"""The values of a site: its settings, its sources, its articles, its pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from publisher.errors import Problem
from publisher.site.permalinks import Permalinks

LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
"""The form of a language tag in https://www.rfc-editor.org/rfc/rfc5646. Subtags are not checked."""


@dataclass(frozen=True, slots=True)
class MarkdownSettings:
    """The `[markdown]` table of publish.toml."""

    wikilinks: bool = False
    """Whether `[[name]]` is a link to the article of this name."""


@dataclass(frozen=True, slots=True)
class MathSettings:
    """The `[math]` table of publish.toml."""

    brackets: bool = False
    """Whether `\\(x\\)` and `\\[x\\]` are formulas. Otherwise these are brackets with a backslash before them."""
    macros: tuple[tuple[str, str], ...] = field(default=(), metadata={"table": "macros"})
    """The `[math.macros]` table: the names of macros without a backslash, and their TeX, with `#1` for an argument."""


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """The `[site]` table of publish.toml, and three tables that say how its articles are read."""

    title: str = "Untitled"
    description: str = ""
    language: str = "en"
    author: str = ""
    url: str = ""
    """The canonical address, ending with a slash; empty if it is unknown."""
    id: str = ""
    """A text that no other site has. The ids of the feed are made from it, or from the address if it is empty."""
    timezone: str = "UTC"
    """The time zone of dates without one."""
    posts: tuple[str, ...] = ("posts",)
    """Folders of `content` whose articles are posts: dated, listed and in the feed. `.` means all of it."""
    per_page: int = 10
    feed_items: int = 20
    permalinks: Permalinks = field(default=(), metadata={"table": "permalinks"})
    """The `[permalinks]` table: a pattern for each section, see permalinks.py."""
    markdown: MarkdownSettings = field(default=MarkdownSettings(), metadata={"table": "markdown"})
    math: MathSettings = field(default=MathSettings(), metadata={"table": "math"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The file of an article as it was read. `path` is relative to the content folder, with slashes, in NFC."""

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
    """A link or image of an article to a target of this site, and its place in the source (from 1)."""

    target: str
    """As in a mark (see urls.py): `posts/other.md#heading`, `images/x.png`, or an address `/tags/`."""
    kind: Literal["link", "image"]
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """An unknown key of front matter, and its place."""

    name: str
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class ArticleMetadata:
    """The part of an article that other pages use: lists, menus, the sitemap, links to it.

    A file below a folder of `site.posts` is a post, any other a plain page.
    """

    source: str
    url: str
    """Relative to the site's root: `posts/first/`, or `2016/first.html` if the author asks for it; empty for home."""
    kind: Literal["post", "page"]
    title: str
    language: str
    date: datetime | None = None
    updated: datetime | None = None
    tags: tuple[str, ...] = ()
    summary: str = ""
    """Plain text: the author's, or made from the first paragraph."""
    draft: bool = False
    address_at: tuple[int, int] = (1, 1)
    """Line and column of its `permalink:` or `slug:`; without one, those of the file's beginning."""
    image: str = ""
    """The picture of the article: a marked target (see urls.py), or an address outside of the site."""
    permalink: str = ""
    """The address that the author asks for, as written."""
    aliases: tuple[str, ...] = ()
    """Old addresses and other names, as written; see permalinks.py."""
    aliases_at: tuple[int, int] = (1, 1)
    weight: float | None = None
    """The author's number for the article's position among others; None without one."""
    publish_date: datetime | None = None
    """The article is not shown before this moment."""
    expires: datetime | None = None
    """The article is not shown from this moment on."""
    unknown_keys: tuple[UnknownKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Article(ArticleMetadata):
    """All of an article except its body."""

    authors: tuple[str, ...] = ()
    words: int = 0
    minutes: int = 0
    toc: tuple[Heading, ...] = ()
    anchors: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The result of the article stage for one source: the article, and its body.

    The body is HTML with marked links (see urls.py).
    """

    article: Article
    html: str
    problems: tuple[Problem, ...] = ()
    """The problems in spite of which the article is shown. Each has a kind, see fault_levels.py."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The result of Markdown: a body as HTML, and what was found in it."""

    html: str
    """With marked links (see urls.py)."""
    toc: tuple[Heading, ...] = ()
    anchors: tuple[str, ...] = ()
    """Every id that a link could jump to, in order."""
    references: tuple[Reference, ...] = ()
    opening: str = ""
    """The first paragraph as plain text."""
    cjk: int = 0
    """The number of characters that are read one by one."""
    words: int = 0
    """The number of other words, without code blocks."""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A finished file of the site. `path` is relative to the root: `posts/first/index.html`."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class TagCard:
    """A tag as pages show it. Beside an article `count` is None, since it changes with every article of the tag."""

    name: str
    url: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """An article as other pages show it.

    It has no references, so a page that gets a card depends only on these values.
    """

    url: str
    title: str
    kind: Literal["post", "page"]
    language: str
    date: datetime | None
    updated: datetime | None
    tags: tuple[TagCard, ...]
    summary: str
