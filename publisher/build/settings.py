"""The `[build]` and `[secrets]` tables of publish.toml, and the result of a build."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from publisher.build.schedule import Schedule
from publisher.dag.cid import Cid
from publisher.dag.unixfs import MODERN, PROFILES
from publisher.errors import Problem

Progress = Callable[[str], None]
"""Called now and then with a text that says what the build does."""


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """The `[build]` table of publish.toml. Folders are relative to the site's own."""

    content: str = "content"
    templates: str = "templates"
    """The author's templates. A file that is missing here is taken from the default theme."""
    static: str = "static"
    """The folder of files to copy to the top of the site. It need not exist."""
    output: str = "_site"
    profile: str = field(default=MODERN.name, metadata={"choices": tuple(PROFILES)})
    """How files become blocks. Another profile gives another root."""
    future: bool = False
    """Whether articles of a later date are shown at once."""


@dataclass(frozen=True, slots=True)
class SecretsSettings:
    """The `[secrets]` table of publish.toml."""

    allow: tuple[str, ...] = ()
    """Files that may look like keys or keystores, by the paths that messages show."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """The result of a build. All blocks of the root are in the cache."""

    root: Cid
    pages: int
    """The number of HTML files below the root."""
    files: int
    """The number of all files below the root."""
    rendered: int
    """The number of pages that a template made in this run. All others were kept."""
    problems: tuple[Problem, ...] = ()
    """Warnings and notes; after a tolerant build also errors."""
    urls: Mapping[str, str] = field(default_factory=dict)
    """After a tolerant build: the URLs of the articles that have problems, by the paths that messages show."""
    schedule: Schedule = field(default_factory=Schedule)
    """The articles that were left out by date, and the days for which this holds."""
