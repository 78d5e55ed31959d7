"""Turn the nav that an author wrote, in publish.toml or in a SUMMARY.md, into the nodes of a sidebar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from difflib import get_close_matches
from urllib.parse import unquote

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass, replace
from publisher.site.content.records import ArticleRecord
from publisher.site.page_links import TreeNode
from publisher.site.structure.sections import Section
from publisher.site.structure_settings import NavEntry, leads_outside


@dataclass(frozen=True, slots=True)
class NavSource:
    """The nav of a site, and the articles and sections that it may name.

    `file` is the path that problems show for the file of the nav. `articles` are the articles of the site by content
    path. `known` are the content paths of all articles, also of those that this build does not show.
    """

    file: str
    entries: tuple[NavEntry, ...]
    articles: Mapping[str, ArticleRecord]
    known: Set[str]

    def listed(self) -> frozenset[str]:
        """Return the content paths of the articles that the nav names one by one."""
        found = (self.find(entry.page) for entry in _walk(self.entries))
        return frozenset(path for path in found if path in self.articles)

    def find(self, page: str) -> str:
        """Return the content path that an entry means.

        If no article has such a path, return `page` without `./` at its beginning and without its fragment.
        """
        bare = page.partition("#")[0].removeprefix("./")
        return next((path for path in (bare, unquote(bare)) if path in self.known), bare)

    def nodes(self, sections: Mapping[str, Section]) -> tuple[TreeNode, ...]:
        """Return the nodes for all entries.

        An entry that names nothing is left out. If entries below it have nodes, it becomes a heading instead.
        `sections` are the sections of the site by folder.
        """
        return tuple(node for entry in self.entries if (node := self._node(entry, sections)) is not None)

    def _node(self, entry: NavEntry, sections: Mapping[str, Section]) -> TreeNode | None:
        children = tuple(node for one in entry.entries if (node := self._node(one, sections)) is not None)
        if leads_outside(entry.page):
            return TreeNode(entry.title or entry.page, entry.page, "", children, outside=True)
        if not entry.page:
            return TreeNode(entry.title, None, "", children)
        if entry.page.endswith("/") and (section := sections.get(entry.page.strip("/"))) is not None:
            node = section_node(section)
            return replace(node, title=entry.title or node.title, children=(*node.children, *children))
        record = self.articles.get(self.find(entry.page))
        if record is not None:
            of = record.article
            return TreeNode(entry.title or of.short_title, of.url, of.language, children)
        return TreeNode(entry.title, None, "", children) if children else None

    def problems(self, sections: Mapping[str, Section]) -> Iterator[Problem]:
        """Yield a problem for each entry that names neither an article nor a section.

        An article that this build does not show is no problem.
        """
        for entry in _walk(self.entries):
            page = entry.page
            if not page or leads_outside(page):
                continue
            if page.endswith("/") and page.strip("/") in sections:
                continue
            if self.find(page) not in self.known:
                near = get_close_matches(page, sorted(self.known), 1, 0.6)
                hint = f"did you mean {near[0]}?" if near else "write the path of an article below the content folder"
                yield Problem(self.file, *entry.place, f"the nav names {page!r}, which is no article", hint)


def section_node(section: Section) -> TreeNode:
    """Return the node of a section.

    If the newest articles come first, only the sections below it have nodes. So a new article does not change the
    sidebar of every other article.
    """
    children: list[TreeNode] = []
    for child in section.children:
        if isinstance(child, Section):
            children.append(section_node(child))
        elif not section.by_date:
            children.append(TreeNode(child.article.short_title, child.article.url, child.article.language))
    return TreeNode(section.short_title, section.url, section.language, tuple(children))


def _walk(entries: Iterable[NavEntry]) -> Iterator[NavEntry]:
    for entry in entries:
        yield entry
        yield from _walk(entry.entries)
