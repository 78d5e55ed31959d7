"""The values of a site: what is read, what it becomes, what is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from publisher.errors import Problem
from publisher.site.permalinks import Permalinks

LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
"""The shape of https://www.rfc-editor.org/rfc/rfc5646, whose subtags nobody knows by heart."""


@dataclass(frozen=True, slots=True)
class MarkdownSettings:
    """The `[markdown]` table of publish.toml."""

    wikilinks: bool = False
    """Whether `[[name]]` is a link to the article that is called so."""


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """The `[site]` table of publish.toml, and two tables that say how its articles are read."""

    title: str = "Untitled"
    description: str = ""
    language: str = "en"
    author: str = ""
    url: str = ""
    """The canonical address, ending with a slash; empty when nobody knows one."""
    id: str = ""
    """A text that no other site has: the ids of the feed are made from it. Empty for those made from the address."""
    timezone: str = "UTC"
    """What a date without a zone is in."""
    posts: tuple[str, ...] = ("posts",)
    """Folders of `content` whose articles are posts: dated, listed and in the feed. `.` is all of it."""
    per_page: int = 10
    feed_items: int = 20
    permalinks: Permalinks = field(default=(), metadata={"table": "permalinks"})
    """The `[permalinks]` table: a pattern for each section, see permalinks.py."""
    markdown: MarkdownSettings = field(default=MarkdownSettings(), metadata={"table": "markdown"})


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
    """Something of this site that an article points at, and where in its source it says so (from 1)."""

    target: str
    """As in a mark (see urls.py): `posts/other.md#heading`, `images/x.png`, or an address `/tags/`."""
    kind: Literal["link", "image"]
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """A key of front matter that means nothing to the program, and where it stands."""

    name: str
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class ArticleMetadata:
    """What other pages use of an article: lists, menus, the sitemap, links to it.

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
    """Plain text; the author's, or made from the first paragraph."""
    draft: bool = False
    address_at: tuple[int, int] = (1, 1)
    """Line and column of its `permalink:` or `slug:`; where it has none, of its beginning."""
    image: str = ""
    """The picture that stands for it: a marked target (see urls.py), or an address elsewhere."""
    permalink: str = ""
    """The address that its author asks for, as it was written."""
    aliases: tuple[str, ...] = ()
    """Old addresses and other names, as they were written; see permalinks.py."""
    aliases_at: tuple[int, int] = (1, 1)
    weight: float | None = None
    """Its place among others, where the author gave one."""
    publish_date: datetime | None = None
    """Not to be seen before."""
    expires: datetime | None = None
    """Not to be seen from then on."""
    unknown_keys: tuple[UnknownKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Article(ArticleMetadata):
    """A source file, understood; all but its body."""

    authors: tuple[str, ...] = ()
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
    problems: tuple[Problem, ...] = ()
    """What is wrong with it and does not keep it from being shown: each has a kind, see fault_levels.py."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What Markdown becomes: a body, understood."""

    html: str
    """With marked links (see urls.py)."""
    toc: tuple[Heading, ...] = ()
    anchors: tuple[str, ...] = ()
    """Every id that a link could jump to, in order."""
    references: tuple[Reference, ...] = ()
    opening: str = ""
    """The first paragraph as plain text."""
    cjk: int = 0
    """Characters that are read one by one."""
    words: int = 0
    """All other words; code blocks are not counted."""
    problems: tuple[Problem, ...] = ()


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
