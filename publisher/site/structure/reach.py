"""Find the articles that no chain of links from the home page leads to.

Only a menu that the author wrote can hide an article. The usual menu leads to all pages and sections at the top, and a
test proves that every article is reached then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from publisher.errors import Problem
from publisher.site.content.records import ArticleRecord
from publisher.site.page_links import MenuItem, TreeNode
from publisher.site.structure.collect import Site
from publisher.site.structure.navigation import NAV

FindLinked = Callable[[ArticleRecord], Iterable[str]]
"""A function that yields the URLs of the pages to which the text of an article links."""


def unreachable(site: Site, menu: Iterable[MenuItem], linked: FindLinked) -> Iterator[Problem]:
    """Yield a problem for each article that cannot be reached from the home page. `menu` is the author's menu.

    The paths in problems are relative to the content folder. The lists and sidebars of the default theme count as
    links.
    """
    search = _Search(site, menu)
    missing = search.missing()
    if missing:  # only now, because it takes time to find out where the links in texts lead
        search.read(linked)
        missing = search.missing()
    for record in missing:
        what = "no chain of links from the home page leads to this article"
        hint = "add it, or its section, to [[menu]] or to the nav of the site, or link to it"
        yield Problem(record.article.source, 0, 0, what, hint, kind="unreachable")


class _Search:
    """A search that begins at the home page. `_seen` are the URLs that were found."""

    def __init__(self, site: Site, menu: Iterable[MenuItem]) -> None:
        self._site = site
        self._records = {record.article.url: record for record in site.articles}
        self._sections = {section.url: section for section in site.top.walk() if section.folder}
        self._terms: dict[str, list[str]] = {}
        """Maps the page of each term to the articles that it lists, and the list of all terms to these pages."""
        self._terms_of: dict[str, list[str]] = {}
        """Maps each article to the pages of its terms."""
        for terms in site.terms:
            self._terms[terms.url] = [term.url for term in terms.terms]
            for term in terms.terms:
                self._terms[term.url] = [record.article.url for record in term.posts]
                for record in term.posts:
                    self._terms_of.setdefault(record.article.url, []).append(term.url)
        self._trees: set[str] = set()
        self._seen: set[str] = set()
        self._linked: FindLinked | None = None
        self._add(self._first(menu))

    def missing(self) -> list[ArticleRecord]:
        """Return the plain pages that were not found, sorted by URL."""
        return [record for record in self._site.pages if record.article.url not in self._seen]

    def read(self, linked: FindLinked) -> None:
        """Continue the search with the links in the texts of all articles that were found."""
        self._linked = linked
        before = [self._records[url] for url in sorted(self._seen) if url in self._records]
        self._add(url for record in before for url in linked(record))

    def _first(self, menu: Iterable[MenuItem]) -> Iterator[str]:
        """Yield the URLs of all pages to which the home page leads."""
        yield ""
        yield from (record.article.url for record in self._site.posts)
        yield from self._tree(NAV)
        yield from _urls_of_menu(menu)
        if not self._site.posts:
            yield from (section.url for section in self._site.top.sections)

    def _add(self, urls: Iterable[str]) -> None:
        todo = list(urls)
        while todo:
            url = todo.pop()
            if url not in self._seen:
                self._seen.add(url)
                todo += self._from(url)

    def _from(self, url: str) -> Iterator[str]:
        """Yield the URLs to which the page at a URL leads."""
        section, record = self._sections.get(url), self._records.get(url)
        if section:
            yield from (one.article.url for one in section.articles)
            yield from (one.url for one in section.sections)
        place = self._site.navigation.of(url)
        yield from (link.url for link in (*place.crumbs, place.previous, place.next) if link and link.url is not None)
        yield from self._tree(place.tree)
        yield from self._terms.get(url, ())
        if record:
            yield from self._terms_of.get(url, ())
            if self._linked:
                yield from self._linked(record)

    def _tree(self, name: str) -> Iterator[str]:
        if name in self._site.navigation.trees and name not in self._trees:
            self._trees.add(name)
            yield from _urls_of(self._site.navigation.trees[name])


def _urls_of(node: TreeNode) -> Iterator[str]:
    if node.url is not None and not node.outside:
        yield node.url
    for child in node.children:
        yield from _urls_of(child)


def _urls_of_menu(items: Iterable[MenuItem]) -> Iterator[str]:
    for item in items:
        if not item.outside:
            yield item.url.partition("#")[0]
        yield from _urls_of_menu(item.children)
