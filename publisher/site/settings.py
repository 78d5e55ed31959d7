"""Define the settings of a site: the `[site]` table of publish.toml, and other tables about articles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from publisher.fast_dataclass import dataclass, field
from publisher.site.permalinks import Permalinks
from publisher.site.structure_settings import TAGS, MenuEntry, NavEntry, Taxonomy

LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
"""Matches the form of a language tag (https://www.rfc-editor.org/rfc/rfc5646). The subtags are not checked."""

FLAVOURS = ("python", "commonmark")
"""The flavours of Markdown.

`python` is the Markdown of Python-Markdown with its extensions. `commonmark` is CommonMark with GFM.
"""


@dataclass(frozen=True, slots=True)
class MarkdownSettings:
    """The `[markdown]` table of publish.toml."""

    flavour: str = field(default="python", metadata={"choices": FLAVOURS})
    """The flavour of articles that do not name one. It is one of FLAVOURS."""
    wikilinks: bool = False
    """Whether `[[name]]` is a link to the article of this name."""
    obsidian: bool = False
    """Whether the syntax of Obsidian is read, which includes `[[name]]`."""
    typography: bool = True
    """Whether `(c)`, `1/2`, `-->` and similar texts become one character, such as `©`, in the flavour `python`."""


@dataclass(frozen=True, slots=True)
class MathSettings:
    """The `[math]` table of publish.toml."""

    brackets: bool = False
    """Whether `\\(x\\)` and `\\[x\\]` are formulas. Otherwise pages show them as `(x)` and `[x]`."""
    macros: tuple[tuple[str, str], ...] = field(default=(), metadata={"table": "macros"})
    """The `[math.macros]` table: the names of macros without a backslash, and their TeX, with `#1` for an argument."""


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """The `[site]` table of publish.toml, and other tables about articles."""

    title: str = "Untitled"
    description: str = ""
    language: str = "en"
    author: str = ""
    url: str = ""
    """The canonical URL, which ends with a slash, or "" if it is unknown."""
    id: str = ""
    """A text that no other site has, or "". The ids of the feed are made from it, or else from the URL."""
    timezone: str = "UTC"
    """The time zone of dates that have no zone."""
    posts: tuple[str, ...] = ("posts",)
    """Folders of `content` whose articles are posts.

    Posts have dates, lists and the feed. `.` means all of `content`.
    """
    per_page: int = 10
    feed_items: int = 20
    permalinks: Permalinks = field(default=(), metadata={"table": "permalinks"})
    """The `[permalinks]` table, which has a pattern for each section (see permalinks.py)."""
    markdown: MarkdownSettings = field(default=MarkdownSettings(), metadata={"table": "markdown"})
    math: MathSettings = field(default=MathSettings(), metadata={"table": "math"})
    archives: bool = False
    """Whether there are pages for the posts of each year and each month."""
    related: int = 0
    """The largest number of related articles of a post. 0 means that no post has any."""
    extra: Mapping[str, Any] = field(default_factory=dict, metadata={"table": "extra"})
    """The `[site.extra]` table: values of the author for templates."""
    nav: tuple[NavEntry, ...] = field(default=(), metadata={"table": "nav"})
    """The order of pages that the author wrote in publish.toml."""
    nav_file: str = field(default="", metadata={"table": "nav"})
    """The content path of a file such as SUMMARY.md that has the order of pages, or ""."""
    menu: tuple[MenuEntry, ...] = field(default=(), metadata={"table": "menu"})
    """The `[[menu]]` tables, or () for a menu of the pages and sections at the top."""
    taxonomies: tuple[Taxonomy, ...] = field(default=(TAGS,), metadata={"table": "taxonomies"})
    """The taxonomies. TAGS, or a table in its place, comes first."""
