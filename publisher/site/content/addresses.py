"""Find the address of an article from its front matter and the settings. Check this address and the old addresses."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.errors import Problem
from publisher.site import permalinks
from publisher.site.content.frontmatter.interpret import Front, Place
from publisher.site.file_names import is_index
from publisher.site.permalinks import NoDate, PermalinkNames, Permalinks
from publisher.site.urls import permalink as usual


def address(of: PermalinkNames, front: Front, patterns: Permalinks) -> tuple[str, list[Problem]]:
    """Return the URL of an article, and the problems of the URL and of the old addresses of the article.

    If the permalink has a fault, or if the permalink or the pattern of the section needs a date that the article does
    not have, return the URL that the article would have without permalink and pattern.
    """
    problems = list(_wrong_aliases(of.path, front))

    def problem(place: Place, what: str, hint: str) -> None:
        problems.append(Problem(of.path, *place, what, hint))

    url = usual(of.path, of.slug)
    if of.permalink and (fault := permalinks.permalink_fault(of.permalink)):
        problem(place_of(front, "permalink"), *fault)
        return url, problems
    try:
        made = permalinks.url_of(of, patterns)
    except NoDate as error:
        what = f"the address {error} needs a date, and the article has none"
        problem(place_of(front, "permalink"), what, "add `date: 2025-01-31`, or give the article a `permalink:`")
        return url, problems
    if not made and not of.permalink and not (is_index(of.path) and "/" not in of.path):
        nameless = "title" if url else "file's name"
        problem((1, 1), f"no address can be made of the {nameless}", "add a `slug:`")
    return made, problems


def place_of(front: Front, *names: str) -> Place:
    """Return the line and column of the value of the first key in `names` that is present, or (1, 1) if none is."""
    return next((front.places[name] for name in names if name in front.values), (1, 1))


def _wrong_aliases(path: str, front: Front) -> Iterator[Problem]:
    for text in front.values.get("aliases", ()):
        if permalinks.is_address(text) and (fault := permalinks.address_fault(text)):
            what, hint = fault
            yield Problem(path, *place_of(front, "aliases"), f"the alias {what}", hint, kind="old-address")
