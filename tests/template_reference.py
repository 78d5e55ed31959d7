"""The tables of all values of templates, in `content/posts/theming.md` and its Chinese page, made from the code.

`make values` writes the tables of both pages anew. `tests/project/test_template_reference.py` fails if a page differs
from the result of this module. The names and the types come from the code. The sentences about them are in
`tests/template_meanings.py`, and a name without a sentence fails the test too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from publisher.site.model import Card, Heading, TagCard
from publisher.site.page_links import MenuItem, PageLink, TreeNode
from publisher.site.recorded_reads import Reader
from publisher.site.settings import SiteSettings
from publisher.site.structure.collect import collect
from publisher.site.structure.pages import SeriesPart
from publisher.site.templates.render import SiteFacts
from publisher.site.templates.shortcodes import GIVEN
from publisher.site.templates.site_values import MonthCard, TaxonomyCard, YearCard, site_values
from publisher.site.templates.views import ArticleView, ListView, PlainView
from tests.template_meanings import KINDS, MEANINGS, TYPES

HOME = Path(__file__).resolve().parents[1]

INTERNAL = frozenset({"place"})
"""The fields of views that only the program reads."""

GROUPS: tuple[tuple[str, type], ...] = (
    ("page of an article", ArticleView),
    ("page with a list", ListView),
    ("page without articles", PlainView),
    ("card", Card),
    ("heading of page.toc", Heading),
    ("tag or another term", TagCard),
    ("link to a page", PageLink),
    ("node of page.tree", TreeNode),
    ("part of page.series", SeriesPart),
    ("entry of site.menu", MenuItem),
    ("taxonomy of site.taxonomies", TaxonomyCard),
    ("year of site.archives", YearCard),
    ("month of a year", MonthCard),
)
"""The name of each kind of value, and the class that has its attributes."""


@dataclass(frozen=True, slots=True)
class Page:
    """The page of one language: its file, the head of its tables, and the index of the language in each meaning."""

    path: Path
    head: str
    language: int


ENGLISH = Page(HOME / "content/posts/theming.md", "| value | type | what it is |", 0)
CHINESE = Page(HOME / "content/posts/主题.md", "| 值 | 类型 | 含义 |", 1)
PAGES = (ENGLISH, CHINESE)


@dataclass(frozen=True, slots=True)
class Value:
    """A value of templates: the kind of thing that has it, its name, and its type in the code."""

    of: str
    name: str
    type: str

    @property
    def key(self) -> str:
        """The key of its sentences: its name alone if it means the same everywhere."""
        own = f"{self.of}: {self.name}"
        return own if own in MEANINGS else self.name


def values_of(kind: str) -> list[Value]:
    """The values of one kind of thing, in the order of the code."""
    if kind == "site":
        return [Value(kind, name, f"site.{name}") for name in _of_site()]
    if kind == "template of a shortcode":
        return [Value(kind, name, f"given {name}") for name in GIVEN]
    cls: Any = dict(GROUPS)[kind]
    return [Value(kind, field.name, str(field.type)) for field in fields(cls) if field.name not in INTERNAL]


def _of_site() -> list[str]:
    site, *_ = collect((), SiteSettings())
    return [name for name in dir(SiteFacts(site_values(site), Reader())) if not name.startswith("_")]


def all_kinds() -> list[str]:
    """Every kind of thing with values, in the order of the manual."""
    return (
        ["page of an article", "page with a list", "page without articles", "site"]
        + [kind for kind, _ in GROUPS[3:]]
        + ["template of a shortcode"]
    )


def table(kind: str, page: Page) -> str:
    """The table of one kind of thing, without its heading."""
    rows = [page.head, "| --- | --- | --- |"]
    for value in values_of(kind):
        meaning = MEANINGS[value.key][page.language]
        rows.append(f"| `{value.name}` | {TYPES[value.type][page.language]} | {meaning} |")
    return "\n".join(rows) + "\n"


def sections(page: Page) -> Iterator[str]:
    """The heading and the table of each kind of thing."""
    for kind in all_kinds():
        english, chinese = KINDS[kind]
        anchor = english.lower().replace("`", "").replace(" ", "-").replace(".", "")
        heading = f"### {english}" if page is ENGLISH else f"### {chinese} {{#{anchor}}}"
        yield f"{heading}\n\n{table(kind, page)}"


BEGIN = re.compile(r"^## .*\{#all-values\}\n\n(.*?)(?=^### )", re.MULTILINE | re.DOTALL)
ENGLISH_BEGIN = re.compile(r"^## All values\n\n(.*?)(?=^### )", re.MULTILINE | re.DOTALL)


def written(text: str, page: Page) -> str:
    """The text of a page with all tables made anew. The words between the heading of the tables and the first stay."""
    begin = (ENGLISH_BEGIN if page is ENGLISH else BEGIN).search(text)
    assert begin, page.path
    end = re.compile(r"^## ", re.MULTILINE).search(text, begin.end())
    rest = text[end.start() :] if end else ""
    return text[: begin.end()] + "\n".join(sections(page)) + ("\n" + rest if rest else "")


if __name__ == "__main__":
    for each in PAGES:
        each.path.write_text(written(each.path.read_text(encoding="utf-8"), each), encoding="utf-8")
