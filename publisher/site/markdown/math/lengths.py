"""Convert lengths of TeX, such as `1.5em` and `3mu`, into lengths of CSS and MathML."""

from __future__ import annotations

import re

LENGTH = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)\s*(?:em|ex|pt|px|mm|cm|in|pc|mu|bp)")
_EMS = {"em": 1, "ex": 0.43, "pt": 0.1, "bp": 0.1, "px": 0.0625, "mm": 0.2845, "cm": 2.845, "in": 7.227, "pc": 1.2}
"""Maps each unit except `mu` to its length in em. One em is 10 points."""


def in_css(length: str) -> str:
    """Return a length of TeX as a length of CSS."""
    number, unit = length[:-2].strip(), length[-2:]
    return f"{float(number) / 18:.4g}em" if unit == "mu" else f"{number}{unit}".replace("bp", "pt")


def ems(length: str) -> float:
    """Return a length of TeX in em."""
    return float(length[:-2].strip()) * _EMS.get(length[-2:], 1 / 18)


def lifted(length: str, shown: str, height: float) -> str:
    """Return the MathML `shown`, raised by a length of TeX. `height` is the height of `shown` in em.

    The box around `shown` becomes larger, so nothing is cut off.
    """
    lift = ems(length)
    size = f'height="{max(height + lift, 0):.4g}em" depth="{max(0.3 - lift, 0):.4g}em"'
    return f'<mpadded voffset="{lift:.4g}em" {size}>{shown}</mpadded>'
