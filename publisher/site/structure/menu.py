"""Turn the `[[menu]]` of publish.toml into the menu that templates get."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from publisher.errors import Problem
from publisher.site.page_links import MenuItem
from publisher.site.structure_settings import MenuEntry, leads_outside
from publisher.site.urls import encode, split

FindPage = Callable[[str], "tuple[str, str] | None"]
"""A function that returns the URL and the language of the page that a path means, or None if there is none."""


def menu_items(
    entries: Sequence[MenuEntry], find: FindPage, file: str, language: str
) -> tuple[tuple[MenuItem, ...], tuple[Problem, ...]]:
    """Return the menu, and a problem for each address in this site that leads to nothing.

    An entry with such an address is left out. `file` is the name of the settings file in problems. `language` is the
    language of the site. The entries that lead to other sites get this language.
    """
    problems: list[Problem] = []

    def items(some: Iterable[MenuEntry]) -> Iterator[MenuItem]:
        for entry in sorted(some, key=lambda one: one.weight):
            children = tuple(items(entry.children))
            if leads_outside(entry.url):
                yield MenuItem(entry.name, entry.url, language, True, children)
                continue
            path, fragment, _ = split(entry.url)
            found = find(path)
            if found is None:
                what = f"menu: the address {entry.url} of {entry.name!r} leads to nothing"
                hint = "write the path of an article, or an address of this site that begins with a slash"
                problems.append(Problem(file, 0, 0, what, hint, kind="dead-link"))
            else:
                anchor = f"#{encode(fragment)}" if fragment else ""
                yield MenuItem(entry.name, found[0] + anchor, found[1], False, children)

    return tuple(items(entries)), tuple(problems)
