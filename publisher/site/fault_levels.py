"""How grave each kind of fault is: the `[check]` table of publish.toml.

Only kinds that a page can be made in spite of have a level. What has no kind is always an error: an article that cannot
be read, two pages at one address, a template that breaks, a secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, cast

from publisher.errors import Level, Problem

OFF = "off"
LEVELS = ("error", "warning", "note", OFF)
LINKS = ("dead-link", "dead-image", "dead-anchor")
"""What `--lenient` makes warnings: the links of articles that are moving in lead to what is not there yet."""


def _level(default: str) -> Any:
    return field(default=default, metadata={"choices": LEVELS})


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """The level of each kind: error, warning, note, or off. A kind is a field with dashes: `dead-link`."""

    dead_link: str = _level("error")
    """A link to an article or file that is not there."""
    dead_image: str = _level("error")
    """An image that is not there."""
    dead_anchor: str = _level("error")
    """A link to a heading or an id that is not there."""
    old_address: str = _level("warning")
    """An old address of an article that cannot lead to it: it is taken, or is none of this site."""
    formula: str = _level("error")
    """Mathematics that cannot be shown."""
    duplicate_id: str = _level("warning")
    """An id that stands twice in a page: links lead to the first alone."""
    foreign_syntax: str = _level("warning")
    """Signs of another tool that are left as text: `{{ }}`, `{% %}`, `[[ ]]`, `--8<--`."""
    unused_footnote: str = _level("warning")
    """A footnote that nothing refers to."""
    unknown_reference: str = _level("warning")
    """A reference to a footnote or a link definition that is not there."""
    tag_spelling: str = _level("warning")
    """A tag that is written in several ways: all of them have one page, under the name that sorts first."""
    misspelt_key: str = _level("warning")
    """A key of front matter that is one letter away from one that is known."""
    unknown_key: str = _level("note")
    """A key of front matter that is not known; its value is kept below `extra`."""
    undated_post: str = _level("note")
    """A post without a date."""
    feed_id: str = _level("note")
    """A feed whose ids another site may have too."""


KINDS = tuple(each.name.replace("_", "-") for each in fields(CheckSettings))


def lenient(settings: CheckSettings) -> CheckSettings:
    """The same, with faults of links as warnings at most."""
    graver = [kind.replace("-", "_") for kind in LINKS if _of(settings, kind) == "error"]
    return replace(settings, **dict.fromkeys(graver, "warning"))


def with_levels(problems: Iterable[Problem], settings: CheckSettings) -> Iterator[Problem]:
    """Each problem with the level that the settings give its kind, without those that are off."""
    for problem in problems:
        if not problem.kind:
            yield problem
            continue
        level = _of(settings, problem.kind)
        if level != OFF:
            yield replace(problem, level=cast(Level, level))


def has_errors(problems: Iterable[Problem]) -> bool:
    """Whether one of them stops a publish."""
    return any(problem.level == "error" for problem in problems)


def _of(settings: CheckSettings, kind: str) -> str:
    level: str = getattr(settings, kind.replace("-", "_"))
    return level
