"""Define the values of a site: its source files, articles and pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass, field

SORTS = ("date", "weight", "title")
"""The orders of a section: newest first, by weight, or by title.

Articles with the same weight come newest first, and then by title. Hugo sorts them in the same way.
"""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The file of an article. `path` is relative to the content folder, with slashes, in NFC. `data` are its bytes."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, as a table of contents needs it."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A link or image of an article whose target is in this site. Line and column are counted from 1."""

    target: str
    """The target in the form of a link mark (see urls.py): `posts/other.md#heading`, `images/x.png` or `/tags/`."""
    kind: Literal["link", "image"]
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """An unknown key of front matter, and its line and column."""

    name: str
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class ArticleMetadata:
    """The part of an article that the rest of the site needs: lists, menus, the sitemap, and links to the article."""

    source: str
    """The path of the file below the content folder."""
    url: str
    """The URL relative to the root of the site, such as `posts/first/` or `2016/first.html`.

    It is "" for the home page.
    """
    kind: Literal["post", "page"]
    """A "post" is below a folder of `SiteSettings.posts`. A "page" is any other article (see file_names.kind_of)."""
    title: str
    language: str
    date: datetime | None = None
    updated: datetime | None = None
    tags: tuple[str, ...] = ()
    summary: str = ""
    """A summary in plain text. The author wrote it, or it is made from the first paragraph."""
    draft: bool = False
    address_at: tuple[int, int] = (1, 1)
    """The line and column of `permalink:` or `slug:`, or of the beginning of the file if there is neither."""
    image: str = ""
    """The picture of the article: a link mark (see urls.py), a URL outside of the site, or ""."""
    permalink: str = ""
    """The `permalink` as the author wrote it, or ""."""
    aliases: tuple[str, ...] = ()
    """Old addresses and other names of the article, as the author wrote them (see permalinks.py)."""
    aliases_at: tuple[int, int] = (1, 1)
    link_title: str = ""
    """A title for menus, sidebars and breadcrumbs, which may be shorter than `title`, or ""."""
    weight: float | None = None
    """The author's number for the position of the article among others, or None."""
    publish_date: datetime | None = None
    """The time before which the article is not shown. None means that the article is shown at once."""
    expires: datetime | None = None
    """The time from which on the article is no longer shown. None means that the article never expires."""
    unknown_keys: tuple[UnknownKey, ...] = ()
    authors: tuple[str, ...] = ()
    terms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The terms of the article by taxonomy. The taxonomies `tags` and `authors` have fields of their own."""
    term_weights: tuple[tuple[str, float], ...] = ()
    """For each taxonomy, the number that sorts the article among the articles of a term, such as `series_weight`."""
    sort_by: str = ""
    """If the article is the page of a section: the order of the section. It is one of SORTS, or ""."""
    paginate_by: int = 0
    """If the article is the page of a section: the number of articles on a page of its list, or 0 for the usual one."""
    template: str = ""
    """The name of the template for the page of the article, or "" for the usual template."""
    template_at: tuple[int, int] = (1, 1)
    minutes: int = 0
    """The reading time in minutes."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """The author's own values for templates."""

    @property
    def short_title(self) -> str:
        """The title of the article in menus, sidebars and breadcrumbs."""
        return self.link_title or self.title


@dataclass(frozen=True, slots=True)
class Article(ArticleMetadata):
    """An article with all its parts except the body."""

    words: int = 0
    toc: tuple[Heading, ...] = ()
    anchors: tuple[str, ...] = ()
    other_ids: tuple[tuple[str, str], ...] = ()
    """Ids that other tools give to the headings, each with the id of the heading here (see markdown/other_ids.py)."""
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """The result of parsing one source file: the article, and its body `html` with link marks (see urls.py)."""

    article: Article
    html: str
    problems: tuple[Problem, ...] = ()
    """The problems that do not prevent the article from being shown. Each of them has a kind (see fault_levels.py)."""
    reads: tuple[str, ...] = ()
    """The names of the facts (see recorded_reads.py) on which the article depends besides its file, sorted."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The result of rendering Markdown: the body as HTML, and the parts that were found in it."""

    html: str
    """The HTML with link marks (see urls.py)."""
    toc: tuple[Heading, ...] = ()
    anchors: tuple[str, ...] = ()
    """Every id to which a link can jump, in order."""
    references: tuple[Reference, ...] = ()
    opening: str = ""
    """The first paragraph as plain text."""
    cjk: int = 0
    """The number of Chinese and Japanese characters, which are read one by one."""
    words: int = 0
    """The number of other words, without code blocks."""
    problems: tuple[Problem, ...] = ()
    tags: tuple[tuple[str, tuple[int, int]], ...] = ()
    """The tags in the text, each with its line and column."""
    reads: tuple[str, ...] = ()
    """The names of the facts (see recorded_reads.py) that shortcodes have read, sorted."""


@dataclass(frozen=True, slots=True)
class Page:
    """A finished file of the site. `path` is relative to the root, such as `posts/first/index.html`."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Channel:
    """The list of a section or of a term, as its feed names it: its title, its URL, and the URL of the feed."""

    title: str
    url: str
    feed: str


@dataclass(frozen=True, slots=True)
class TagCard:
    """A tag as pages show it.

    `count` is the number of articles. It is None on the page of an article, because a number there would change with
    each new article of the tag, and so would the pages of all articles of the tag.
    """

    name: str
    url: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """The part of an article that other pages show. A page that gets a card depends only on these values."""

    url: str
    title: str
    kind: Literal["post", "page"]
    language: str
    date: datetime | None
    updated: datetime | None
    tags: tuple[TagCard, ...]
    summary: str
    minutes: int = 0
    """The reading time in minutes. It is 0 for a section without an article as its page."""
    authors: tuple[str, ...] = ()
    image: str = ""
    """The address of the picture: a link mark (see urls.py), a URL, or "" if there is no picture."""
    section: str = ""
    """The folder of the article below the content folder, such as `posts` or `guide/first`, or "" at the top."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """The author's own values."""
