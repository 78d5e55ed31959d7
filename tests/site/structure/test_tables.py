"""The tables of publish.toml that arrange a site: what is refused in them, and at which key."""

from typing import Any

import pytest

from publisher.site.structure_settings import MenuEntry, NavEntry
from publisher.site.structure_tables import menu_of, nav_of


class Faults:
    """Collects what is reported."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def __call__(self, keys: tuple[str, ...], what: str, hint: str) -> None:
        assert hint
        self.found.append((".".join(keys), what))


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", " JavaScript:x", "java\tscript:x", "data:text/html,x", "VBScript:"]
)
def test_the_nav_and_the_menu_refuse_a_link_that_runs_code(url: str) -> None:
    faults = Faults()
    nav: list[Any] = [url, {"title": "A", "url": url}, {"title": "B", "pages": [{"title": "C", "page": url}]}]
    assert nav_of(nav, faults) == ((NavEntry("B"),), "")
    assert menu_of([{"name": "A", "url": url}], faults) == ()
    what = f"{url!r} is no address of a page"
    assert faults.found == [*[("site.nav", what)] * 3, ("menu.url", what)]


@pytest.mark.parametrize("url", ["mailto:a@example.org", "https://example.org/", "a.md", "javascript/a.md", "data/"])
def test_the_nav_and_the_menu_take_other_links(url: str) -> None:
    faults = Faults()
    assert nav_of([url], faults) == ((NavEntry(page=url),), "")
    assert menu_of([{"name": "A", "url": url}], faults) == (MenuEntry("A", url),)
    assert faults.found == []


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ({"title": 5, "page": "a.md"}, "has an entry whose title or page is no text in quotes"),
        ({"page": ["a.md"]}, "has an entry whose title or page is no text in quotes"),
        ({"pages": ["a.md"]}, "has an entry with neither a title nor a page"),
        (["a.md"], "has an entry that is no page"),
    ],
)
def test_an_entry_of_the_nav_that_cannot_be_read_is_named(entry: Any, what: str) -> None:
    faults = Faults()
    assert nav_of([entry, "b.md"], faults) == ((NavEntry(page="b.md"),), "")
    assert faults.found == [("site.nav", f"{what}: {entry!r}")]
