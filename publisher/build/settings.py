"""Define the `[build]` and `[secrets]` tables of publish.toml, and the result of a build."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from publisher.build.schedule import Schedule
from publisher.dag.cid import Cid
from publisher.dag.unixfs import MODERN, PROFILES, Link
from publisher.errors import Problem
from publisher.fast_dataclass import dataclass, field

Progress = Callable[[str], None]
"""A function that gets a line of text about each step of the build."""


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """The `[build]` table of publish.toml. Folders are relative to the folder of the site."""

    content: str = "content"
    templates: str = "templates"
    """The folder of the author's templates. Missing files are taken from the default theme."""
    static: str = "static"
    """The folder of files that are copied to the top of the site. This folder may be missing."""
    data: str = "data"
    """The folder of data files for templates. This folder may be missing."""
    output: str = "_site"
    profile: str = field(default=MODERN.name, metadata={"choices": tuple(PROFILES)})
    """The CID profile, which says how files become blocks. Another profile gives another root."""
    future: bool = False
    """Whether articles with a later date are shown at once."""


@dataclass(frozen=True, slots=True)
class SecretsSettings:
    """The `[secrets]` table of publish.toml."""

    allow: tuple[str, ...] = ()
    """The paths, as messages show them, of files that are published although they look like secrets."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """The result of a build. All blocks of the root are in the cache."""

    root: Cid
    pages: int
    """The number of HTML files below the root."""
    files: int
    """The number of all files below the root."""
    rendered: int
    """The number of pages that a template made in this run. The other pages came from the cache."""
    problems: tuple[Problem, ...] = ()
    """Warnings and notes. A tolerant build adds errors."""
    urls: Mapping[str, str] = field(default_factory=dict)
    """Maps the path of each article with problems, as messages show it, to its URL. Only a tolerant build fills it."""
    schedule: Schedule = field(default_factory=Schedule)
    """The articles that were left out because of their dates, and the days on which the root stays the same."""
    links: Mapping[str, Link] = field(default_factory=dict, compare=False, repr=False)
    """Maps the path of each file below the root to its link. It is empty if the whole result came from the cache."""
