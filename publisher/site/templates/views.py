"""Define the values that templates get.

A view does not refer to the site. So a page with the same key gets the same view. The exceptions are `backlinks`,
`related` and `tree`, which are looked up when a template reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol

from markupsafe import Markup

from publisher.fast_dataclass import dataclass, field
from publisher.site.model import Card, Heading, Parsed, TagCard
from publisher.site.page_links import PageLink, TreeNode
from publisher.site.structure.collect import card_of
from publisher.site.structure.pages import (
    NOWHERE,
    ArticlePage,
    ListKind,
    ListPage,
    Placement,
    PlainPage,
    SeriesPart,
    SitePage,
)
from publisher.site.structure.taxonomies import term_cards
from publisher.site.structure_settings import TAGS
from publisher.site.words import words

EMPTY = Markup("")


class Tree(Protocol):
    """The sidebar of a page. A sidebar without nodes is false."""

    @property
    def title(self) -> str:
        """The title of the section at the top of the tree, or "" for the nav of the site."""
        ...

    @property
    def url(self) -> str | None:
        """The URL of the section at the top of the tree, or None for the nav of the site."""
        ...

    @property
    def children(self) -> tuple[TreeNode, ...]:
        """The pages, sections and headings directly below the top of the tree."""
        ...


@dataclass(frozen=True, slots=True)
class ArticleView:
    """The value `page` in the template of an article."""

    kind: Literal["post", "page"]
    url: str
    title: str
    language: str
    date: datetime | None
    updated: datetime | None
    tags: tuple[TagCard, ...]
    authors: tuple[str, ...]
    summary: str
    toc: tuple[Heading, ...]
    html: Markup
    words: int
    minutes: int
    draft: bool
    image: str
    """The address of the picture of the article: a link mark (see urls.py), a URL, or "" if there is no picture."""
    extra: Mapping[str, Any]
    newer: Card | None
    older: Card | None
    backlinks: Iterable[Card] = ()
    """The articles that link to this one. Reading them is recorded as a separate fact (see lazy_values.py)."""
    related: Iterable[Card] = ()
    """Older posts with the same terms. Reading them is recorded as a separate fact (see lazy_values.py)."""
    terms: Mapping[str, tuple[TagCard, ...]] = field(default_factory=dict)
    """The terms of the article in each taxonomy of the site, by the name of the taxonomy."""
    series: tuple[SeriesPart, ...] = ()
    """The position of the article in each of its series."""
    breadcrumbs: tuple[PageLink, ...] = ()
    """The sections above the page, outermost first, without the home page."""
    previous: PageLink | None = None
    next: PageLink | None = None
    place: Placement = NOWHERE
    tree: Tree | None = None
    """The sidebar of the page, or None. Reading it is recorded as a separate fact (see lazy_values.py)."""
    template: str = ""
    """The name of the template that the article of the page chose, or "" for the usual one."""


@dataclass(frozen=True, slots=True)
class ListView:
    """The value `page` in the template of a page that lists articles. `number` is as in ListPage."""

    kind: ListKind
    url: str
    title: str
    language: str
    number: int
    cards: tuple[Card, ...]
    newer_url: str | None
    older_url: str | None
    tag: TagCard | None
    html: Markup
    summary: str = ""
    """The summary of the article whose text begins the page, or ""."""
    taxonomy: str = ""
    """The name of the taxonomy of `tag`, or ""."""
    sections: tuple[Card, ...] = ()
    """The sections directly below this one. On the home page, these are the sections at the top."""
    by_date: bool = True
    """Whether the newest articles come first."""
    feed_url: str = ""
    """The URL of the feed of these articles, or "" if they have no feed of their own."""
    breadcrumbs: tuple[PageLink, ...] = ()
    """The sections above the page, outermost first, without the home page."""
    previous: PageLink | None = None
    next: PageLink | None = None
    place: Placement = NOWHERE
    tree: Tree | None = None
    """The sidebar of the page, or None. Reading it is recorded as a separate fact (see lazy_values.py)."""
    template: str = ""
    """The name of the template that the article of the page chose, or "" for the usual one."""


@dataclass(frozen=True, slots=True)
class PlainView:
    """The value `page` in the template of a page without articles. The kinds are as in PlainPage."""

    kind: Literal["tags", "terms", "archives", "404"]
    url: str
    title: str
    language: str
    taxonomy: str = ""
    """The name of the taxonomy whose terms the page lists, or ""."""
    html: Markup = EMPTY
    """The introduction of the page."""


View = ArticleView | ListView | PlainView

BACKLINKS = "@backlinks "
"""The beginning of the name of a fact about the backlinks of an article. The URL of the article follows.

The answer to the fact is the cards of the backlinks. No target of a link has a space, so no other fact has a name that
begins in this way.
"""

TEMPLATES: Mapping[str, str] = {
    "post": "article.html",
    "page": "article.html",
    "home": "list.html",
    "list": "list.html",
    "tag": "list.html",
    "term": "list.html",
    "archive": "list.html",
    "section": "section.html",
    "tags": "tags.html",
    "terms": "tags.html",
    "archives": "archives.html",
    "404": "404.html",
}
"""Maps the kind of a page to the name of its template."""


def view(page: SitePage, language: str, parsed: Parsed | None, taxonomies: Iterable[str] = (TAGS.name,)) -> View:
    """Return the values for the template of a page.

    `language` is the language of the site, and `taxonomies` are the names of its taxonomies. `parsed` is the article of
    the page, or the introduction of a list, or None. Raises ValueError if `page` is the page of an article and `parsed`
    is None.
    """
    if isinstance(page, ArticlePage):
        if parsed is None:
            raise ValueError(f"the page {page.url} without its article")
        return _article(page, parsed, taxonomies)
    if isinstance(page, ListPage):
        return _list(page, language, parsed)
    return _plain(page, language, parsed)


def _article(page: ArticlePage, parsed: Parsed, taxonomies: Iterable[str]) -> ArticleView:
    of = parsed.article
    return ArticleView(
        of.kind,
        of.url,
        of.title,
        of.language,
        of.date,
        of.updated,
        term_cards(of, TAGS.name),
        of.authors,
        of.summary,
        of.toc,
        Markup(parsed.html),  # noqa: S704  made by our own Markdown stage
        of.words,
        of.minutes,
        of.draft,
        of.image,
        of.extra,
        card_of(page.newer) if page.newer else None,
        card_of(page.older) if page.older else None,
        terms={name: term_cards(of, name) for name in taxonomies},
        series=page.series,
        breadcrumbs=page.place.crumbs,
        previous=page.place.previous,
        next=page.place.next,
        place=page.place,
        template=of.template,
    )


def _list(page: ListPage, site_language: str, intro: Parsed | None) -> ListView:
    language = page.language or site_language
    title = _list_title(page, words(language))
    return ListView(
        page.kind,
        page.url,
        title,
        language,
        page.number,
        tuple(card_of(record) for record in page.posts),
        page.newer_url,
        page.older_url,
        page.tag,
        Markup(intro.html if intro else ""),  # noqa: S704  as above
        intro.article.summary if intro else "",
        page.taxonomy,
        page.sections,
        page.by_date,
        page.feed,
        page.place.crumbs,
        page.place.previous if not page.number else None,
        page.place.next if not page.number else None,
        page.place,
        template=page.template or (intro.article.template if intro else ""),
    )


def _list_title(page: ListPage, said: Mapping[str, str]) -> str:
    """Return the title of a list in the words of the theme. The title of a month has the name of the month."""
    if page.kind == "list":
        return said["page_number"].format(number=page.number)
    year, _, month = page.title.partition("-")
    if page.kind != "archive" or not month:
        return page.title
    return said["month_and_year"].format(year=year, month=said[f"month_{int(month)}"], number=month)


def _plain(page: PlainPage, language: str, intro: Parsed | None) -> PlainView:
    title = page.title or _title(page, words(language))
    html = Markup(intro.html if intro else "")  # noqa: S704  as above
    return PlainView(page.kind, page.url, title, language, page.taxonomy, html)


def _title(page: PlainPage, said: Mapping[str, str]) -> str:
    """Return the title of a page without articles in the words of the theme.

    If the theme has no word for a taxonomy, the name of the taxonomy is the title.
    """
    if page.kind == "404":
        return said["not_found"]
    if page.kind == "archives":
        return said["archives"]
    return title_of(page.taxonomy, said)


def title_of(taxonomy: str, said: Mapping[str, str]) -> str:
    """Return the title of a taxonomy: the word of the theme in `said`, or else the name of the taxonomy."""
    if taxonomy in TRANSLATED:
        return said[taxonomy]
    return taxonomy[:1].upper() + taxonomy[1:].replace("-", " ").replace("_", " ")


TRANSLATED = frozenset({"tags", "categories", "authors", "series"})
"""The taxonomies whose titles the theme knows in each of its languages."""
