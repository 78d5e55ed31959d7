"""Add attributes for readers who cannot use a mouse or cannot see, such as scrolling with keys."""

from __future__ import annotations

import re
from html import unescape

from publisher.site.markdown.cjk import columns

NARROW = 20
"""The number of columns of code that fit even into a list on a small phone. Longer lines may need scrolling."""

NARROW_FORMULA = 12
"""The number of characters of a formula that fit on a small phone. A longer block may need scrolling."""

_TAG = re.compile(r"<[^>]*>")

BOX = '<input type="checkbox"'
"""The beginning of the HTML of a task's checkbox."""


def scrolls(code: str) -> str:
    """Return the attribute that lets keys scroll a block of code, or "" if the block always fits."""
    return ' tabindex="0"' if any(columns(line) > NARROW for line in code.split("\n")) else ""


def formula_scrolls(mathml: str) -> bool:
    """Return whether the element around the formula `mathml` needs `tabindex`, so that keys can scroll the formula.

    The element `math` cannot have `tabindex` itself, because the Nu checker does not allow it there.
    """
    return len(unescape(_TAG.sub("", mathml))) > NARROW_FORMULA
