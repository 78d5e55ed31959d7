"""Attributes for readers without a mouse or without sight: scrolling by keys."""

from __future__ import annotations

from publisher.site.markdown.cjk import columns

NARROW = 20
"""Columns of code that fit even into a list on a small phone. A block with longer lines may need scrolling."""

BOX = '<input type="checkbox"'
"""Begins the box of a task."""


def scrolls(code: str) -> str:
    """Return the attribute that makes a block of code scrollable by keys; empty for a block that always fits."""
    return ' tabindex="0"' if any(columns(line) > NARROW for line in code.split("\n")) else ""
