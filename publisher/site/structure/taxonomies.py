"""Group the articles of a site by the terms of its taxonomies, such as tags, categories, authors and series."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass
from publisher.site.content.records import ArticleRecord
from publisher.site.model import ArticleMetadata, TagCard
from publisher.site.page_links import PageLink
from publisher.site.structure.pages import SeriesPart
from publisher.site.structure.sections import NEVER
from publisher.site.structure_settings import TAGS, Taxonomy
from publisher.site.urls import term_url


@dataclass(frozen=True, slots=True)
class Term:
    """A term and its articles: first the posts, newest first, and then the plain pages by URL.

    In a taxonomy with a reading order, the articles are in this order instead.
    """

    name: str
    url: str
    posts: tuple[ArticleRecord, ...]
    intro: ArticleRecord | None = None
    """The article with the address of the term, such as the profile of an author, or None."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A taxonomy and its terms, sorted by URL."""

    taxonomy: Taxonomy
    terms: tuple[Term, ...]
    intro: ArticleRecord | None = None
    """The article with the address of the page that lists all terms, or None."""

    def intros(self) -> Iterator[ArticleRecord]:
        """Yield the articles that introduce the list of all terms, or one of the terms."""
        for intro in (self.intro, *(term.intro for term in self.terms)):
            if intro is not None:
                yield intro

    @property
    def url(self) -> str:
        """The URL of the page that lists all terms."""
        return f"{self.taxonomy.name}/"


def terms_of(article: ArticleMetadata, taxonomy: str) -> tuple[str, ...]:
    """Return the terms of an article in a taxonomy, as its author wrote them."""
    if taxonomy == TAGS.name:
        return article.tags
    if taxonomy == "authors":
        return article.authors
    return dict(article.terms).get(taxonomy, ())


def term_cards(article: ArticleMetadata, taxonomy: str) -> tuple[TagCard, ...]:
    """Return the terms of an article for its page.

    A term without an address is left out, and `group` reports it.
    """
    named = ((name, term_url(taxonomy, name)) for name in terms_of(article, taxonomy))
    return tuple(TagCard(name, url) for name, url in named if url != _nameless(taxonomy))


def group(
    articles: Sequence[ArticleRecord], taxonomy: Taxonomy, intros: Mapping[str, ArticleRecord]
) -> tuple[Terms, tuple[Problem, ...]]:
    """Return the terms of a taxonomy, and the problems of their spelling.

    `articles` are all articles: first the posts, newest first, and then the plain pages by URL. `intros` are plain
    pages by URL, which may introduce a term or the list of all terms.
    """
    by_url: dict[str, list[ArticleRecord]] = {}
    names: dict[str, dict[str, str]] = {}
    for record in articles:
        for name in dict.fromkeys(terms_of(record.article, taxonomy.name)):
            url = term_url(taxonomy.name, name)
            by_url.setdefault(url, []).append(record)
            names.setdefault(url, {}).setdefault(name, record.article.source)  # keep the first article
    nameless = _nameless(taxonomy.name)
    problems = [
        _problem(taxonomy.name, url, where) for url, where in names.items() if len(where) > 1 or url == nameless
    ]
    terms = [
        Term(min(names[url]), url, _ordered(by_url[url], taxonomy), intros.get(url))
        for url in sorted(by_url)
        if url != nameless
    ]
    return Terms(taxonomy, tuple(terms), intros.get(f"{taxonomy.name}/")), tuple(problems)


def series_parts(terms: Iterable[Terms]) -> dict[str, tuple[SeriesPart, ...]]:
    """Return the positions of each article in the terms that have a reading order, by content path."""
    found: dict[str, list[SeriesPart]] = {}
    for each in terms:
        for term in each.terms if each.taxonomy.reading else ():
            links: list[PageLink | None] = [None, *map(_link, term.posts), None]
            card = TagCard(term.name, term.url)
            for at, record in enumerate(term.posts):
                part = SeriesPart(card, at + 1, links[at], links[at + 2])
                found.setdefault(record.article.source, []).append(part)
    return {source: tuple(parts) for source, parts in found.items()}


def _link(record: ArticleRecord) -> PageLink:
    return PageLink(record.article.title, record.article.url, record.article.language)


def _nameless(taxonomy: str) -> str:
    """Return the result of `term_url` for a term that has no letter or digit."""
    return f"{taxonomy}//"


def _ordered(records: Sequence[ArticleRecord], taxonomy: Taxonomy) -> tuple[ArticleRecord, ...]:
    """Return the articles of a term in its order.

    In a reading order, articles with a weight come first, by weight. The others follow, oldest first.
    """
    if not taxonomy.reading:
        return tuple(records)

    def key(record: ArticleRecord) -> tuple[bool, float, float, str]:
        weight = dict(record.article.term_weights).get(taxonomy.name)
        since = ((record.article.date or NEVER) - NEVER).total_seconds()
        return weight is None, weight or 0.0, since, record.article.url

    return tuple(sorted(records, key=key))


def _problem(taxonomy: str, url: str, where: Mapping[str, str]) -> Problem:
    """Return the problem of a term with several spellings, or of a term that has no letter or digit.

    `where` maps each spelling to the content path of an article that has it.
    """
    what = "tag" if taxonomy == TAGS.name else f"term of {taxonomy}"
    (name, path), *others = sorted(where.items())
    if url == _nameless(taxonomy):
        text = f"the {what} {name!r} has no letter or digit to make an address from"
        return Problem(path, 0, 0, text, f"rename the {what.partition(' ')[0]}")
    spelt = unicodedata.normalize("NFC", others[0][0])
    terms = "tags" if taxonomy == TAGS.name else f"terms of {taxonomy}"
    text = f"the {terms} {name!r} and {spelt!r} have the same address {url}"
    return Problem(others[0][1], 0, 0, text, f"spell both {terms.partition(' ')[0]} alike", kind="tag-spelling")
