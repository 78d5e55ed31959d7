"""Find the sections of a site: folders of the content with a page of their own, at any depth.

A folder is a section if it has an index article and other articles, or if it has plain pages. The page of a section is
its index article. A section without an index article gets a page that is made from the name of the folder.

A folder of posts without an index article is no section, because the home page lists its posts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime

from publisher.fast_dataclass import dataclass, replace
from publisher.site.content.records import ArticleRecord
from publisher.site.file_names import is_index, kind_of, readable, without_ending
from publisher.site.model import Card
from publisher.site.settings import SiteSettings

NEVER = datetime.min.replace(tzinfo=UTC)
"""An article without a date is sorted as if it had this date. So it comes last if the newest articles come first."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section, with its articles and the sections directly below it in the order of its page."""

    folder: str
    """The content path of the folder, or "" for the top of the content, which has the home page."""
    url: str
    title: str
    language: str
    sort: str
    """The order of the section, which is one of SORTS."""
    index: ArticleRecord | None = None
    """The article that is the page of the section, or None if the page is made from the name of the folder."""
    children: tuple[ArticleRecord | Section, ...] = ()
    """The articles and the sections directly in this section. Its index article is not among them."""

    @property
    def articles(self) -> tuple[ArticleRecord, ...]:
        """The articles directly in this section, in its order."""
        return tuple(child for child in self.children if not isinstance(child, Section))

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections directly below this one, in its order."""
        return tuple(child for child in self.children if isinstance(child, Section))

    @property
    def short_title(self) -> str:
        """The title of the section in menus, sidebars and breadcrumbs."""
        return self.index.article.short_title if self.index else self.title

    @property
    def by_date(self) -> bool:
        """Whether the newest articles come first."""
        return self.sort == "date"

    def walk(self) -> Iterator[Section]:
        """Yield this section and all sections below it."""
        yield self
        for section in self.sections:
            yield from section.walk()


def section_card(section: Section) -> Card:
    """Return the part of a section that other pages show."""
    of = section.index.article if section.index else None
    summary, date, updated = (of.summary, of.date, of.updated) if of else ("", None, None)
    card = Card(section.url, section.title, "page", section.language, date, updated, (), summary)
    if of is None:
        return card
    return replace(card, minutes=of.minutes, authors=of.authors, image=of.image, extra=of.extra)


def find_sections(
    records: Sequence[ArticleRecord],
    settings: SiteSettings,
    listed: Set[str] = frozenset(),
    taken: Set[str] = frozenset(),
) -> Section:
    """Return the section at the top. It contains all other sections, and the plain pages that no other section has.

    `records` are the articles of the site, except those that introduce the home page, a term or a list of all terms.
    `listed` are the content paths of articles that the nav of the site lists. Such an article is in no section, but it
    may be the page of a section. `taken` are the URLs of other lists. A folder without an index article is no section
    if another page has its address.
    """
    loose = [record for record in records if record.article.source not in listed]
    homes = {record.article.source: _home_of(record.article.source) for record in loose}
    inhabited = {above for home in set(homes.values()) for above in _with_above(home)}
    indexes = {
        folder: record
        for folder, record in _indexes(records, inhabited).items()
        if folder in inhabited or (_is_marked(record.article.source) and record.article.source not in listed)
    }
    inside = frozenset(record.article.source for record in indexes.values())
    pages = {
        homes[one.article.source] for one in loose if one.article.kind == "page" and one.article.source not in inside
    }
    folders = {above for folder in (*pages, *indexes) for above in _with_above(folder)} - {""}
    taken = {url.casefold() for url in taken} | {record.article.url.casefold() for record in records}
    folders = {folder for folder in folders if folder in indexes or f"{folder}/".casefold() not in taken}
    members: dict[str, list[ArticleRecord]] = {}
    for record in loose:
        if record.article.source not in inside:
            home = homes[record.article.source]
            nearest = next((one for one in _with_above(home) if one in folders), "")
            if nearest or record.article.kind == "page":
                members.setdefault(nearest, []).append(record)
    below: dict[str, list[str]] = {}
    for folder in sorted(folders):
        above = next(one for one in _with_above(_parent(folder)) if one in folders or not one)
        below.setdefault(above, []).append(folder)
    return _Builder(settings, indexes, members, below).section("", "")


@dataclass(frozen=True, slots=True)
class _Builder:
    """Makes sections. `members` are the articles of each folder that is a section.

    `below` are the folders of sections, by the folder of the section above.
    """

    settings: SiteSettings
    indexes: Mapping[str, ArticleRecord]
    members: Mapping[str, Sequence[ArticleRecord]]
    below: Mapping[str, Sequence[str]]

    def section(self, folder: str, inherited: str) -> Section:
        """Return the section of a folder. `inherited` is the order that a section above it has chosen, or ""."""
        if not folder:
            return self._top()
        index = self.indexes.get(folder)
        chosen = index.article.sort_by if index and index.article.sort_by else inherited
        usual = "date" if kind_of(f"{folder}/x/x.md", self.settings.posts) == "post" else "weight"
        sort = chosen or usual
        inside = self._inside(folder, chosen)
        children = _sorted(self.members.get(folder, ()), inside, sort)
        if index:
            of = index.article
            return Section(folder, of.url, of.title, of.language, sort, index, children)
        first = next((_language(child) for child in children), self.settings.language)
        return Section(folder, f"{folder}/", readable(f"{folder}/index.md"), first, sort, None, children)

    def _inside(self, folder: str, chosen: str) -> list[Section]:
        return [self.section(one, chosen) for one in self.below.get(folder, ())]

    def _top(self) -> Section:
        """Return the section at the top. Its order is the order of the main menu: by weight, then by title."""
        children: list[ArticleRecord | Section] = [*self.members.get("", ()), *self._inside("", "")]
        return Section("", "", "", self.settings.language, "weight", None, tuple(sorted(children, key=_menu_key)))


def _sorted(
    articles: Sequence[ArticleRecord], sections: Sequence[Section], sort: str
) -> tuple[ArticleRecord | Section, ...]:
    """Return the articles and sections of a section in its order. If the order is by date, the sections come first."""
    if sort == "date":
        newest = sorted(articles, key=lambda one: one.article.url)
        newest.sort(key=lambda one: one.article.date or NEVER, reverse=True)
        return (*sorted(sections, key=_weight_key), *newest)
    both: list[ArticleRecord | Section] = [*articles, *sections]
    return tuple(sorted(both, key=_title_key if sort == "title" else _weight_key))


def _weight_key(one: ArticleRecord | Section) -> tuple[bool, float, float, str, str, str]:
    record = one.index if isinstance(one, Section) else one
    weight = record.order if record else None
    date = record.article.date if record else None
    since = (date - NEVER).total_seconds() if date else 0.0
    return (weight is None, weight or 0.0, -since, *_title_key(one))


def _menu_key(one: ArticleRecord | Section) -> tuple[bool, float, str, str]:
    without, weight, _, _, title, url = _weight_key(one)
    return without, weight, title, url


def _title_key(one: ArticleRecord | Section) -> tuple[str, str, str]:
    of = one if isinstance(one, Section) else one.article
    title, url = of.short_title, of.url
    return title.casefold(), title, url


def _language(one: ArticleRecord | Section) -> str:
    return one.language if isinstance(one, Section) else one.article.language


def _indexes(records: Iterable[ArticleRecord], folders: Set[str]) -> dict[str, ArticleRecord]:
    """Return the articles that may be the pages of sections, by folder. `folders` are all folders with articles.

    Such an article is a plain page with the file name of an index, or with the address of the folder. Capital and small
    letters of the address count as equal, because some file systems cannot hold both addresses. An article is the page
    of one folder only: of the folder with exactly its address, if there is one.
    """
    found: dict[str, ArticleRecord] = {}
    by_address: dict[str, ArticleRecord] = {}
    for record in records:
        if record.article.kind == "page" and record.article.url:
            by_address.setdefault(record.article.url.casefold(), record)
            if is_index(record.article.source):
                found[_parent(record.article.source)] = record
    addresses = {record.article.url for record in by_address.values()}
    for folder in sorted(folders - found.keys() - {""}, key=lambda folder: (f"{folder}/" not in addresses, folder)):
        near = by_address.get(f"{folder}/".casefold())
        if near is not None and not is_index(near.article.source):
            found[folder] = near
            del by_address[f"{folder}/".casefold()]
    return found


def _is_marked(source: str) -> bool:
    """Return whether an article is called `_index`, which makes a section of any folder."""
    return without_ending(source.rpartition("/")[2]) == "_index"


def _home_of(source: str) -> str:
    """Return the folder in which an article is listed. For an index article, this is the folder above its own."""
    folder = _parent(source)
    return _parent(folder) if is_index(source) else folder


def _with_above(folder: str) -> Iterator[str]:
    """Yield a folder and all folders above it, innermost first. The last one is "", the top of the content."""
    while folder:
        yield folder
        folder = _parent(folder)
    yield ""


def _parent(path: str) -> str:
    return path.rpartition("/")[0]
