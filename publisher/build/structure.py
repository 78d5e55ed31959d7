"""Read how the author arranged the site: the file with the nav, and the main menu."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from publisher.build.inputs import Input, NotAsBefore, unchanged
from publisher.errors import Problem
from publisher.site.links.address_book import Addresses
from publisher.site.page_links import MenuItem
from publisher.site.settings import SiteSettings
from publisher.site.structure.collect import Order
from publisher.site.structure.menu import menu_items
from publisher.site.structure.summary_file import read_summary

SETTINGS_FILE = "publish.toml"
"""The name of the settings file in problems."""


def order_of(
    site: SiteSettings, content: Mapping[str, Input], known: Collection[str]
) -> tuple[Order, tuple[Problem, ...]]:
    """Return the order of pages that the author wrote, and the problems of the file that has it.

    `content` are the files of the content folder. `known` are the content paths of all articles.
    """
    names = frozenset(known)
    if not site.nav_file:
        return Order(SETTINGS_FILE, site.nav, names), ()
    file = content.get(site.nav_file)
    if file is None:
        hint = "write the path of a file such as SUMMARY.md, below the content folder"
        return Order(known=names), (Problem(SETTINGS_FILE, 0, 0, f"site.nav: there is no file {site.nav_file}", hint),)
    try:
        text = b"".join(unchanged(file)).decode("utf-8-sig")
    except NotAsBefore as error:
        return Order(known=names), (error.problem,)
    except UnicodeDecodeError:
        return Order(known=names), (Problem(file.label, 0, 0, "this is not UTF-8", "save the file as UTF-8"),)
    entries, problems = read_summary(site.nav_file, text)
    label = file.label.removesuffix(site.nav_file)
    named = tuple(Problem(label + each.path, each.line, each.col, each.what, each.hint) for each in problems)
    return Order(file.label, entries, names), named


def own_menu(site: SiteSettings, addresses: Addresses) -> tuple[tuple[MenuItem, ...] | None, tuple[Problem, ...]]:
    """Return the menu that the author wrote, or None if there is none, and its problems."""
    if not site.menu:
        return None, ()

    def find(path: str) -> tuple[str, str] | None:
        found = addresses.meant(path, None)
        return (found.url, addresses.language_of(found.source) or site.language) if found else None

    return menu_items(site.menu, find, SETTINGS_FILE, site.language)
