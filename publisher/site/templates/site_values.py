"""Make the values of `site` in templates, and the answers to the facts about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from publisher.fast_dataclass import dataclass
from publisher.site.frozen import frozen
from publisher.site.model import TagCard
from publisher.site.page_links import MenuItem
from publisher.site.structure.archives import URL as ARCHIVES
from publisher.site.structure.archives import Year
from publisher.site.structure.collect import Site, card_of
from publisher.site.structure.sections import Section, section_card
from publisher.site.structure.taxonomies import Terms
from publisher.site.structure_settings import TAGS


@dataclass(frozen=True, slots=True)
class TaxonomyCard:
    """A taxonomy, as templates get it."""

    name: str
    url: str
    """The URL of the page that lists all terms."""
    title: str
    """The title that the author wrote, or ""."""


@dataclass(frozen=True, slots=True)
class MonthCard:
    """A month of the archives, as templates get it."""

    month: int
    url: str
    count: int
    """The number of posts of the month."""


@dataclass(frozen=True, slots=True)
class YearCard:
    """A year of the archives, as templates get it."""

    year: int
    url: str
    count: int
    """The number of posts of the year."""
    months: tuple[MonthCard, ...]


def site_values(site: Site, menu: Sequence[MenuItem] | None = None) -> dict[str, Any]:
    """Return all values of `site` in a template by their names, except its functions and `data`.

    `menu` is the menu that the author wrote, or None for the menu of the pages and sections at the top.
    """
    settings = site.settings
    return {
        "title": settings.title,
        "description": settings.description,
        "language": settings.language,
        "author": settings.author,
        "url": settings.url,
        "year": site.year,
        "recent": tuple(card_of(record) for record in site.posts[: settings.per_page]),
        "tags": _cards(next(terms for terms in site.terms if terms.taxonomy.name == TAGS.name)),
        "menu": usual_menu(site) if menu is None else tuple(menu),
        "own_menu": menu is not None,
        "sections": tuple(map(section_card, site.top.sections)),
        "taxonomies": tuple(map(_taxonomy, site.terms)),
        "archives": tuple(map(_year, site.years)),
        "archives_url": ARCHIVES if settings.archives else "",
        "extra": frozen(settings.extra),
        **{f"terms {terms.taxonomy.name}": _cards(terms) for terms in site.terms},
    }


def usual_menu(site: Site) -> tuple[MenuItem, ...]:
    """Return the menu of the pages and sections at the top of the content. The author's weights decide their order."""
    found: list[MenuItem] = []
    for child in site.top.children:
        if isinstance(child, Section):
            found.append(MenuItem(child.short_title, child.url, child.language))
        else:
            found.append(MenuItem(child.article.short_title, child.article.url, child.article.language))
    return tuple(found)


def site_fact(name: str, values: Mapping[str, Any]) -> bytes:
    """Return the answer to the fact `name` of `site`. The same value gives the same answer in every process."""
    kind, _, rest = name.partition(" ")
    if kind == "site.tag":
        return repr(next((card for card in values["tags"] if card.name == rest), None)).encode()
    attribute = name.removeprefix("site.")
    return repr(values[attribute]).encode() if attribute in values else b""


def _cards(terms: Terms) -> tuple[TagCard, ...]:
    return tuple(TagCard(term.name, term.url, len(term.posts)) for term in terms.terms)


def _taxonomy(terms: Terms) -> TaxonomyCard:
    return TaxonomyCard(terms.taxonomy.name, terms.url, terms.taxonomy.title)


def _year(year: Year) -> YearCard:
    months = tuple(MonthCard(month.month, month.url, len(month.posts)) for month in year.months)
    return YearCard(year.year, year.url, len(year.posts), months)
