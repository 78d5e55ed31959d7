"""List the pages of a site that a template makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from publisher.fast_dataclass import dataclass
from publisher.site.content.records import ArticleRecord
from publisher.site.model import TagCard
from publisher.site.structure.archives import URL as ARCHIVES
from publisher.site.structure.collect import Site
from publisher.site.structure.lists import paginated
from publisher.site.structure.navigation import NAV
from publisher.site.structure.pages import NOWHERE, ArticlePage, ListPage, Placement, PlainPage, SitePage
from publisher.site.structure.sections import NEVER, Section, section_card
from publisher.site.structure.taxonomies import Terms
from publisher.site.structure_settings import TAGS

FEED = "feed.xml"


def pages_of(site: Site) -> list[SitePage]:
    """Return every page that a template makes."""
    size = site.settings.per_page
    pages: list[SitePage] = list(_articles(site))
    pages += paginated(_home(site), size)
    for section in site.top.sections:
        for one in section.walk():
            of = one.index.article.paginate_by if one.index else 0
            pages += paginated(_section(one, site), of or size)
    for terms in site.terms:
        for page in _terms(terms):
            pages += paginated(page, size)
    pages += map(_all_terms, site.terms)
    if site.settings.archives:
        for year in site.years:
            pages += paginated(ListPage("archive", year.url, f"{year.year}", 0, year.posts), size)
            for month in year.months:
                named = f"{month.year}-{month.month:02}"
                pages += paginated(ListPage("archive", month.url, named, 0, month.posts), size)
        pages.append(PlainPage("archives", ARCHIVES))
    return [*pages, PlainPage("404", "404.html")]


@dataclass(frozen=True, slots=True)
class ListFeed:
    """The feed of a section or of a term."""

    title: str
    list_url: str
    """The URL of the page of the section or term."""
    records: tuple[ArticleRecord, ...]
    """The articles that have a date and are no drafts, newest first."""


def feeds_of(site: Site) -> dict[str, ListFeed]:
    """Return the feeds of the sections and terms of a site, by their URLs.

    The feed of the whole site is not among them.
    """
    lists = [_section(section, site) for section in site.top.walk() if section.folder]
    lists += (page for terms in site.terms for page in _terms(terms))
    return {page.feed: ListFeed(page.title, page.url, _newest(page.posts)) for page in lists if page.feed}


def _newest(records: Iterable[ArticleRecord]) -> tuple[ArticleRecord, ...]:
    dated = [record for record in records if record.article.date and not record.article.draft]
    return tuple(sorted(dated, key=lambda record: record.article.date or NEVER, reverse=True))


def _articles(site: Site) -> Iterator[ArticlePage]:
    """Yield the page of each article that is not part of another page.

    An article in a section that is sorted by date leads to the next newer and the next older article of this section in
    its language. A post that is in no section and not in the nav leads to the next newer and the next older post of
    this kind in its language. Any other article has no newer and no older article.
    """
    inside = site.shown_inside
    done = set(inside)
    for section in site.top.walk():
        if section.by_date and section.folder:
            done.update(record.article.source for record in section.articles)
            for same in _by_language(section.articles):
                yield from _beside(site, same)
    places = site.navigation.places
    loose = [record for record in site.posts if record.article.source not in done and record.article.url not in places]
    for same in _by_language(loose):
        yield from _beside(site, same)
    done.update(record.article.source for record in loose)
    for record in (*site.posts, *site.pages):
        if record.article.source not in done:
            yield _page(site, record, None, None)


def _beside(site: Site, records: list[ArticleRecord]) -> Iterator[ArticlePage]:
    for record, newer, older in zip(records, [None, *records], [*records[1:], None], strict=False):
        yield _page(site, record, newer, older)


def _page(site: Site, record: ArticleRecord, newer: ArticleRecord | None, older: ArticleRecord | None) -> ArticlePage:
    place = site.navigation.of(record.article.url)
    return ArticlePage(record, newer, older, place, site.series.get(record.article.source, ()))


def _by_language(records: Iterable[ArticleRecord]) -> Iterable[list[ArticleRecord]]:
    """Return a list of articles for each language. So an article never leads to a newer one in another language."""
    found: dict[str, list[ArticleRecord]] = {}
    for record in records:
        found.setdefault(record.article.language, []).append(record)
    return found.values()


def _home(site: Site) -> ListPage:
    cards = tuple(map(section_card, site.top.sections))
    title, place = site.settings.title, _home_place(site)
    return ListPage("home", "", title, 0, site.posts, intro=site.home, sections=cards, place=place)


def _home_place(site: Site) -> Placement:
    """Return the position of the home page. It shows the nav of the site, even if the nav does not list this page."""
    place = site.navigation.of("")
    return Placement((), NAV) if place is NOWHERE and NAV in site.navigation.trees else place


def _section(section: Section, site: Site) -> ListPage:
    """Return the first page of a section, with all its articles."""
    return ListPage(
        "section",
        section.url,
        section.title,
        0,
        section.articles,
        intro=section.index,
        sections=tuple(map(section_card, section.sections)),
        by_date=section.by_date,
        feed=f"{section.url}{FEED}" if any(record.article.date for record in section.articles) else "",
        place=site.navigation.of(section.url),
        language=section.language,
    )


def _terms(terms: Terms) -> Iterator[ListPage]:
    """Yield the first page of each term, with all articles of the term."""
    of = terms.taxonomy
    for term in terms.terms:
        yield ListPage(
            "tag" if of.name == TAGS.name else "term",
            term.url,
            term.name,
            0,
            term.posts,
            tag=TagCard(term.name, term.url),
            intro=term.intro,
            taxonomy=of.name,
            by_date=not of.reading,
            feed=f"{term.url}{FEED}" if of.feed and any(record.article.date for record in term.posts) else "",
        )


def _all_terms(terms: Terms) -> PlainPage:
    of = terms.taxonomy
    return PlainPage("tags" if of.name == TAGS.name else "terms", terms.url, of.name, of.title, terms.intro)
