"""The `[build]` table of publish.toml, and what a build gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from publisher.build.schedule import Schedule
from publisher.dag.cid import Cid
from publisher.dag.unixfs import MODERN, PROFILES
from publisher.errors import Problem

Progress = Callable[[str], None]
"""Told now and then, in words, what is being done."""


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """Folders are relative to the site's own."""

    content: str = "content"
    templates: str = "templates"
    """The author's templates; the default theme stands behind them, file by file."""
    static: str = "static"
    """Files that are copied as they are to the top of the site; it need not be there."""
    output: str = "_site"
    profile: str = field(default=MODERN.name, metadata={"choices": tuple(PROFILES)})
    """How files become blocks: part of the root's identity."""
    future: bool = False
    """Whether articles of a later date are shown at once."""


@dataclass(frozen=True, slots=True)
class SecretsSettings:
    """The `[secrets]` table of publish.toml."""

    allow: tuple[str, ...] = ()
    """Files that may look like keys or keystores, by the paths that messages show."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """A root, all of whose blocks are in the cache."""

    root: Cid
    pages: int
    """HTML files below the root."""
    files: int
    """All files below the root."""
    rendered: int
    """Pages that a template made in this run; the others are as they were."""
    problems: tuple[Problem, ...] = ()
    """What is wrong, or worth a look: of a tolerant build errors too, else what stops nothing."""
    urls: Mapping[str, str] = field(default_factory=dict)
    """Of a tolerant build: the URLs of the articles that have problems, by the paths that messages show."""
    schedule: Schedule = field(default_factory=Schedule)
    """What was held back because of its date, and for how long that is right."""
