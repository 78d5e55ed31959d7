"""Define the `[check]` table of publish.toml, which sets the level of each kind of fault.

A fault has a kind if a page can be made in spite of the fault. A fault without a kind is always an error. Faults
without a kind are, for example, an unreadable article, two pages at one address, a template that fails, and a secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

from publisher.errors import Level, Problem
from publisher.fast_dataclass import dataclass, field, fields, replace

OFF = "off"
LEVELS = ("error", "warning", "note", OFF)
LINKS = ("dead-link", "dead-image", "dead-anchor")
"""The kinds that `--lenient` turns into warnings.

When an author moves articles from another tool, some of their links lead to pages that do not exist yet.
"""


def _level(default: str) -> Any:
    return field(default=default, metadata={"choices": LEVELS})


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """The level of each kind of fault: error, warning, note, or off. The field `dead_link` is for `dead-link`."""

    dead_link: str = _level("error")
    """A link to an article or file that does not exist."""
    dead_image: str = _level("error")
    """An image that does not exist."""
    dead_anchor: str = _level("error")
    """A link to a heading or an id that does not exist."""
    old_address: str = _level("warning")
    """An old address of an article, if another page has this address too, or if no page of this site can have it."""
    formula: str = _level("error")
    """A formula that cannot be shown."""
    diagram: str = _level("error")
    """A diagram that cannot be drawn."""
    diagram_library: str = _level("warning")
    """A diagram that is shown as code, because the library that draws diagrams is not installed."""
    shortcode: str = _level("error")
    """A call of a shortcode that cannot be shown."""
    missing_template: str = _level("warning")
    """A template that an article chooses and that does not exist. The page gets the usual template."""
    foreign_code: str = _level("warning")
    """A script or a style sheet that a page loads from another host."""
    duplicate_id: str = _level("warning")
    """An id that occurs twice in a page. A link can lead only to the first element with the id."""
    foreign_syntax: str = _level("warning")
    """Syntax of another tool that stays in the page as text, such as `{{ }}`, `{% %}`, `[[ ]]` or `--8<--`."""
    unused_footnote: str = _level("warning")
    """A footnote without a reference."""
    unknown_reference: str = _level("warning")
    """A reference to a footnote or a link definition that does not exist."""
    tag_spelling: str = _level("warning")
    """A tag or other term with several spellings. They share one page. Its title is the spelling that sorts first."""
    misspelt_key: str = _level("warning")
    """An unknown key of front matter that differs from a known key by one letter."""
    unknown_key: str = _level("note")
    """Any other unknown key of front matter. Templates find its value below `extra`."""
    unreachable: str = _level("warning")
    """An article to which no chain of links leads from the home page."""
    undated_post: str = _level("note")
    """A post without a date."""
    feed_id: str = _level("note")
    """A feed whose ids depend on the address of the site, or are also the ids of another site."""


KINDS = tuple(each.name.replace("_", "-") for each in fields(CheckSettings))


def lenient(settings: CheckSettings) -> CheckSettings:
    """Return `settings` with the level warning instead of error for the kinds in LINKS."""
    graver = [kind.replace("-", "_") for kind in LINKS if _of(settings, kind) == "error"]
    return replace(settings, **dict.fromkeys(graver, "warning"))


def with_levels(problems: Iterable[Problem], settings: CheckSettings) -> Iterator[Problem]:
    """Yield each problem with the level that the settings give to its kind. Skip problems whose level is off."""
    for problem in problems:
        if not problem.kind:
            yield problem
            continue
        level = _of(settings, problem.kind)
        if level != OFF:
            yield replace(problem, level=cast(Level, level))


def has_errors(problems: Iterable[Problem]) -> bool:
    """Return whether one of the problems is an error. An error stops a publish."""
    return any(problem.level == "error" for problem in problems)


def _of(settings: CheckSettings, kind: str) -> str:
    level: str = getattr(settings, kind.replace("-", "_"))
    return level
