"""Write attributes that help readers who cannot see or cannot use a mouse. For example, keys can scroll code."""

from __future__ import annotations

import re
from html import unescape

from publisher.site.markdown.cjk import columns

NARROW = 20
"""The number of columns of code that fit into a list on a small phone. A longer line may need scrolling."""

NARROW_FORMULA = 12
"""The number of characters of a formula that fit on a small phone. A longer formula may need scrolling."""

_TAG = re.compile(r"<[^>]*>")

BOX = '<input type="checkbox"'
"""The beginning of the HTML of a task's checkbox."""


def scrolls(code: str) -> str:
    """Return the HTML attribute that lets keys scroll a block of code. Return "" if the block fits on every screen."""
    return ' tabindex="0"' if any(columns(line) > NARROW for line in code.split("\n")) else ""


def formula_scrolls(mathml: str) -> bool:
    """Return whether the element around the formula `mathml` needs `tabindex`, so that keys can scroll the formula.

    The element `math` cannot have `tabindex` itself, because the Nu checker does not allow this attribute there.
    """
    return len(unescape(_TAG.sub("", mathml))) > NARROW_FORMULA
