"""Define the values that templates get.

A view does not refer to the site. So a page with the same key gets the same view, except for `backlinks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from markupsafe import Markup

from publisher.site.model import Card, Heading, Parsed, TagCard
from publisher.site.structure.collect import ArticlePage, ListPage, PlainPage, Site, SitePage, card_of, tag_cards
from publisher.site.words import words


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
    """The articles that link to this one. Reading them is recorded as a separate fact (see render.py)."""


@dataclass(frozen=True, slots=True)
class ListView:
    """The value `page` in the template of a page that lists posts. `number` is as in ListPage."""

    kind: Literal["home", "list", "tag"]
    url: str
    title: str
    language: str
    number: int
    cards: tuple[Card, ...]
    newer_url: str | None
    older_url: str | None
    tag: TagCard | None
    html: Markup


@dataclass(frozen=True, slots=True)
class PlainView:
    """The value `page` in the template of the page of all tags, or of the page for a missing address."""

    kind: Literal["tags", "404"]
    url: str
    title: str
    language: str


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
    "tags": "tags.html",
    "404": "404.html",
}
"""Maps the kind of a page to the name of its template."""


def view(page: SitePage, language: str, parsed: Parsed | None) -> View:
    """Return the values for the template of a page.

    `language` is the language of the site. `parsed` is the article of the page, or the introduction of the home page,
    or None. Raises ValueError if `page` is the page of an article and `parsed` is None.
    """
    if isinstance(page, ArticlePage):
        if parsed is None:
            raise ValueError(f"the page {page.url} without its article")
        return _article(page, parsed)
    if isinstance(page, ListPage):
        return _list(page, language, parsed)
    return _plain(page, language)


def _article(page: ArticlePage, parsed: Parsed) -> ArticleView:
    of = parsed.article
    return ArticleView(
        of.kind,
        of.url,
        of.title,
        of.language,
        of.date,
        of.updated,
        tag_cards(of.tags),
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
    )


def _list(page: ListPage, language: str, intro: Parsed | None) -> ListView:
    title = words(language)["page_number"].format(number=page.number) if page.kind == "list" else page.title
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
    )


def _plain(page: PlainPage, language: str) -> PlainView:
    said = words(language)
    return PlainView(page.kind, page.url, said["tags"] if page.kind == "tags" else said["not_found"], language)


def site_values(site: Site) -> dict[str, Any]:
    """Return all values of `site` in a template by their names, except the function `tag`."""
    settings = site.settings
    return {
        "title": settings.title,
        "description": settings.description,
        "language": settings.language,
        "author": settings.author,
        "url": settings.url,
        "year": site.year,
        "recent": tuple(card_of(record) for record in site.posts[: settings.per_page]),
        "tags": tuple(TagCard(tag.name, tag.url, len(tag.posts)) for tag in site.tags),
        "menu": tuple(card_of(piece) for piece in site.menu),
    }


def site_fact(name: str, values: Mapping[str, Any]) -> bytes:
    """Return the answer to the fact `name`, which is `site.ATTRIBUTE` or `site.tag TAG`.

    The answer is the `repr` of the value, or b"" if `site` has no such attribute. Equal values have equal answers in
    every process.
    """
    kind, _, rest = name.partition(" ")
    if kind == "site.tag":
        return repr(next((card for card in values["tags"] if card.name == rest), None)).encode()
    attribute = name.removeprefix("site.")
    return repr(values[attribute]).encode() if attribute in values else b""
