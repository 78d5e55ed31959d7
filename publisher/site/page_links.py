"""Define the links between pages that templates get: breadcrumbs, neighbours, the sidebar and the main menu."""

from __future__ import annotations

from publisher.fast_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link to a page, as breadcrumbs and neighbours show it. `url` is None for a heading without a page."""

    title: str
    url: str | None
    language: str


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A page, section or heading in a sidebar, and everything below it."""

    title: str
    url: str | None
    """The URL in this site, a whole URL if `outside` is set, or None for a heading without a page."""
    language: str
    children: tuple[TreeNode, ...] = ()
    outside: bool = False


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the main menu, as templates get it."""

    title: str
    url: str
    """The URL in this site, or a whole URL if `outside` is set."""
    language: str
    outside: bool = False
    children: tuple[MenuItem, ...] = ()
