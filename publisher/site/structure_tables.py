"""Read the tables of publish.toml that say how a site is arranged: `nav`, `[[menu]]`, `[taxonomies]`, `[site.extra]`.

The functions take the values that `tomllib` returns. They call `report` for each fault.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from publisher.site.structure_settings import OF_ITSELF, TAGS, MenuEntry, NavEntry, Taxonomy, runs_code

AddProblem = Callable[[tuple[str, ...], str, str], None]
"""A function that takes the keys that lead to a value, the fault of the value, and a hint."""

_NAV_HINT = 'write a path such as "guide/first.md", or { title = "Guide", pages = ["guide/first.md"] }'
_MENU_HINT = 'write [[menu]] on a line of its own, then name = "Code" and url = "https://example.org/"'
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
TAXONOMY_KEYS = ("title", "feed", "order", "keys")
"""The keys of a table of `[taxonomies]`."""
_DEEPEST = 20
"""A nav has fewer levels than this number."""


def nav_of(value: Any, report: AddProblem) -> tuple[tuple[NavEntry, ...], str]:
    """Return the entries of `nav` in `[site]`, and the path of the file that has them, or ""."""
    if isinstance(value, str):
        return (), value.removeprefix("./")
    return tuple(_nav(value, report, 1)), ""


def _nav(value: Any, report: AddProblem, depth: int) -> Iterator[NavEntry]:
    where = ("site", "nav")
    if not isinstance(value, list) or depth > _DEEPEST:
        report(
            where,
            f"must be the path of a file such as SUMMARY.md, or a list of pages in fewer than {_DEEPEST} levels",
            _NAV_HINT,
        )
        return
    for item in value:
        if isinstance(item, str):
            item = {"page": item}
        if not isinstance(item, dict) or not item.keys() <= {"title", "page", "url", "pages"}:
            report(where, f"has an entry that is no page: {item!r}", _NAV_HINT)
            continue
        title, page, pages = item.get("title", ""), item.get("page", item.get("url", "")), item.get("pages", [])
        if not isinstance(title, str) or not isinstance(page, str):
            report(where, f"has an entry whose title or page is no text in quotes: {item!r}", _NAV_HINT)
            continue
        if not (title or page):
            report(where, f"has an entry with neither a title nor a page: {item!r}", _NAV_HINT)
            continue
        if runs_code(page):
            report(where, f"{page!r} is no address of a page", _NAV_HINT)
            continue
        yield NavEntry(title, page, tuple(_nav(pages, report, depth + 1)))


def menu_of(value: Any, report: AddProblem) -> tuple[MenuEntry, ...]:
    """Return the entries of `[[menu]]`."""
    return tuple(_menu(value, report, ("menu",)))


def _menu(value: Any, report: AddProblem, where: tuple[str, ...]) -> Iterator[MenuEntry]:
    if not isinstance(value, list):
        report(where, "must be a list of tables", _MENU_HINT)
        return
    known = {"name", "url", "weight"} | ({"children"} if len(where) == 1 else set())
    for item in value:
        if not isinstance(item, dict):
            report(where, f"has an entry that is no table: {item!r}", _MENU_HINT)
            continue
        if wrong := sorted(item.keys() - known):
            report((*where, wrong[0]), "unknown key", f"write one of {', '.join(sorted(known))}")
            continue
        name, url, weight = item.get("name"), item.get("url"), item.get("weight", 0)
        if not isinstance(name, str) or not isinstance(url, str) or not name or not url:
            report(where, "has an entry that lacks a name or a url", _MENU_HINT)
        elif runs_code(url):
            report((*where, "url"), f"{url!r} is no address of a page", _MENU_HINT)
        elif not _is_number(weight):
            report((*where, "weight"), "must be a number", "write a number; smaller numbers come first")
        else:
            children = tuple(_menu(item.get("children", []), report, (*where, "children")))
            yield MenuEntry(name, url, float(weight), children)


def taxonomies_of(table: Mapping[str, Any], report: AddProblem) -> tuple[Taxonomy, ...]:
    """Return the taxonomies of `[taxonomies]`. The tags are always among them, and come first."""
    found: dict[str, Taxonomy] = {TAGS.name: TAGS}
    for name, rest in table.items():
        where = ("taxonomies", name)
        if not _NAME.fullmatch(name):
            hint = "write small letters from a to z; the name is the first folder of the addresses of its terms"
            report(where, "is no name for a taxonomy", hint)
        elif not isinstance(rest, dict):
            report(where, "must be a table", f"write [taxonomies.{name}] on a line of its own")
        else:
            found[name] = _taxonomy(name, rest, report, where)
    keys: dict[str, str] = {}
    for each in found.values():
        for key in each.keys if each.name not in OF_ITSELF else ():
            if (other := keys.setdefault(key, each.name)) != each.name:
                report(("taxonomies", each.name), f"has the key {key!r}, which {other} has too", "remove it from one")
    return tuple(found.values())


def _taxonomy(name: str, table: Mapping[str, Any], report: AddProblem, where: tuple[str, ...]) -> Taxonomy:
    known = [key for key in TAXONOMY_KEYS if key != "keys" or name not in OF_ITSELF]
    for key in sorted(table.keys() - set(known)):
        report((*where, key), "unknown key", f"write one of {', '.join(known)}")
    title, feed = table.get("title", ""), table.get("feed", True)
    order = table.get("order", "reading" if name == "series" else "date")
    usual = ["categories", "category"] if name == "categories" else [name]
    keys = table.get("keys", usual)
    if not isinstance(title, str):
        report((*where, "title"), "must be a text in quotes", 'write title = "Topics"')
        title = ""
    if not isinstance(feed, bool):
        report((*where, "feed"), "must be true or false", "write feed = true")
        feed = True
    if order not in ("date", "reading"):
        report((*where, "order"), "must be one of date, reading", "write date for newest first")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) and key for key in keys):
        report((*where, "keys"), "must be a list of keys of front matter", 'write keys = ["categories", "category"]')
        keys = usual
    return Taxonomy(name, tuple(keys), title, feed, order == "reading")


def extra_of(value: Any, report: AddProblem) -> Mapping[str, Any]:
    """Return the values of `[site.extra]`."""
    if not isinstance(value, dict):
        report(("site", "extra"), "must be a table", "write [site.extra] on a line of its own")
        return {}
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
