"""Find the position of each page in the sections and the nav: breadcrumbs, sidebar, previous and next page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from publisher.fast_dataclass import dataclass, field, replace
from publisher.site.page_links import PageLink, TreeNode
from publisher.site.structure.nav import section_node
from publisher.site.structure.pages import NOWHERE, Placement
from publisher.site.structure.sections import Section

NAV = "nav"
"""The name of the tree of the nav. The tree of a section at the top is called `section FOLDER`."""


@dataclass(frozen=True, slots=True)
class Navigation:
    """The trees of a site by name, and the positions of its pages by URL."""

    trees: Mapping[str, TreeNode] = field(default_factory=dict)
    places: Mapping[str, Placement] = field(default_factory=dict)

    def of(self, url: str) -> Placement:
        """Return the position of the page at a URL."""
        return self.places.get(url, NOWHERE)

    def tree(self, name: str, language: str) -> TreeNode | None:
        """Return the part of a tree that readers of a language see, or None if there is no such tree."""
        whole = self.trees.get(name)
        return _in_language(whole, language) if whole else None


def navigate(root: Section, nav: Sequence[TreeNode]) -> Navigation:
    """Return the positions of all pages. `root` is the section at the top. `nav` are the nodes of the author's nav.

    A section that the nav contains has no tree of its own.
    """
    by_url = {section.url: section for section in root.walk() if section.folder}
    trees: dict[str, TreeNode] = {}
    places: dict[str, Placement] = {}
    if nav:
        trees[NAV] = TreeNode("", None, "", tuple(nav))
        _fill(places, NAV, trees[NAV], by_url)
    for section in root.sections:
        if section.url in places:
            continue
        node = section_node(section)
        name = f"section {section.folder}" if node.children else ""
        if name:
            trees[name] = node
        _fill(places, name, node, by_url)
    return Navigation(trees, places)


def _fill(places: dict[str, Placement], name: str, tree: TreeNode, sections: Mapping[str, Section]) -> None:
    """Add the positions of all pages of a tree to `places`. A page keeps the position that it already has."""
    found: dict[str, tuple[TreeNode, tuple[PageLink, ...]]] = {}
    for node, crumbs in _walk(tree, ()):
        if node.url is not None and not node.outside and node.url not in places:
            found.setdefault(node.url, (node, crumbs))
    beside = dict(_neighbours([node for node, _ in found.values() if not _by_date(node, sections)]))
    for url, (node, crumbs) in found.items():
        previous, following = beside.get(url, (None, None))
        places[url] = Placement(crumbs, name, previous, following)
        if _by_date(node, sections):
            inside = Placement((*crumbs, _link(node)), name)
            for record in sections[url].articles:
                places.setdefault(record.article.url, inside)


def _walk(node: TreeNode, crumbs: tuple[PageLink, ...]) -> Iterator[tuple[TreeNode, tuple[PageLink, ...]]]:
    """Yield a node and all nodes below it in the order of reading, each with the nodes above it."""
    yield node, crumbs
    inside = (*crumbs, _link(node)) if node.title else crumbs
    for child in node.children:
        yield from _walk(child, inside)


def _neighbours(nodes: Iterable[TreeNode]) -> Iterator[tuple[str, tuple[PageLink | None, PageLink | None]]]:
    """Yield the URL of each node with the nodes of its language before and after it."""
    by_language: dict[str, list[TreeNode]] = {}
    for node in nodes:
        by_language.setdefault(node.language, []).append(node)
    for same in by_language.values():
        links: list[PageLink | None] = [None, *map(_link, same), None]
        for at, node in enumerate(same):
            yield node.url or "", (links[at], links[at + 2])


def _link(node: TreeNode) -> PageLink:
    return PageLink(node.title, None if node.outside else node.url, node.language)


def _by_date(node: TreeNode, sections: Mapping[str, Section]) -> bool:
    section = sections.get(node.url or "")
    return section is not None and section.by_date


def _in_language(node: TreeNode, language: str) -> TreeNode | None:
    """Return a node without the pages of other languages, or None if nothing is left of it.

    A heading stays if something below it stays, or if there is nothing below it.
    """
    children = tuple(kept for child in node.children if (kept := _in_language(child, language)) is not None)
    if children or node.language == language or (not node.language and not node.children):
        return replace(node, children=children)
    return None
