"""Add attributes for readers who cannot use a mouse or cannot see, such as scrolling with keys."""

from __future__ import annotations

from publisher.site.markdown.cjk import columns

NARROW = 20
"""The number of columns of code that fit even into a list on a small phone. Longer lines may need scrolling."""

BOX = '<input type="checkbox"'
"""The beginning of the HTML of a task's checkbox."""


def scrolls(code: str) -> str:
    """Return the attribute that lets keys scroll a block of code, or "" if the block always fits."""
    return ' tabindex="0"' if any(columns(line) > NARROW for line in code.split("\n")) else ""
