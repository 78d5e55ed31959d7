"""Write one drawing for light and for dark pages from two drawings that differ only in their colours."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAMES = "black|white|lightgr[ae]y|darkgr[ae]y|gr[ae]y|red|navy|yellow|orange|blue|green|maroon|purple|pink|transparent"
_COLOUR = re.compile(rf"#[0-9a-fA-F]{{3,8}}\b(?!-)|\b(?:rgba?|hsla?)\([^()]*\)|(?<=[:\"( ])(?:{_NAMES})(?=[;\"}})!, ])")
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_WIDTH = re.compile(r"max-width:(\d+(?:\.\d+)?)px")

NARROW = 240
"""The width, in pixels, of a drawing that fits in a list on a small phone."""
SMALLEST = 0.7
"""The part of its width to which every drawing may shrink. Words of 16 pixels are then shown at 11 pixels."""
READABLE = 560
"""The width, in pixels, to which a drawing may always shrink, however wide it is."""


def for_both(light: str, dark: str) -> str:
    """Return the drawing with the colours of both, each as `light-dark(LIGHT, DARK)`.

    So the browser takes the colour of the scheme that the page has (https://www.w3.org/TR/css-color-5/#light-dark). A
    style rule that only one of the two has is left out. If the drawings differ in more than their colours, return the
    light one on a white ground. Do the same if they do not differ at all, because then the author chose the colours.
    """
    body = _merged(_STYLE.sub("<style></style>", light, count=1), _STYLE.sub("<style></style>", dark, count=1))
    style = "".join(_rules(light, dark))
    if body is None or "light-dark(" not in style + body:
        return _framed(light, "diagram on-white")
    return _framed(body.replace("<style></style>", f"<style>{style}</style>" if style else "", 1), "diagram")


def _framed(svg: str, names: str) -> str:
    """Return a drawing in a box with the CSS classes `names`.

    On a small screen, a wide drawing keeps a width at which its words can be read. A reader can then scroll the box,
    also with the keyboard.
    """
    found = _WIDTH.search(svg)
    least = min(float(found[1]) * SMALLEST, READABLE) if found else 0.0
    if not found or least <= NARROW:
        return f'<div class="{names}">{svg}</div>'
    svg = svg.replace(found[0], f"{found[0]};min-width:{least:g}px", 1)
    return f'<div class="{names}" tabindex="0">{svg}</div>'


def _rules(light: str, dark: str) -> Iterator[str]:
    """Yield the style rules that both drawings have, with the colours of both."""
    others: dict[str, list[str]] = {}
    for rule in _split(dark):
        others.setdefault(_COLOUR.sub("", rule), []).append(rule)
    for rule in _split(light):
        same = others.get(_COLOUR.sub("", rule))
        merged = _merged(rule, same.pop(0)) if same else None
        if merged:
            yield f"{merged}}}"


def _split(drawing: str) -> list[str]:
    """Return the style rules of a drawing, without the brace at the end of each."""
    found = _STYLE.search(drawing)
    return found[1].split("}")[:-1] if found else []


def _merged(light: str, dark: str) -> str | None:
    """Return one text with the colours of both texts, or None if the texts differ in more than their colours."""
    if _COLOUR.sub("", light) != _COLOUR.sub("", dark):
        return None
    parts: list[str] = []
    done = 0
    for one, other in zip(_COLOUR.finditer(light), _COLOUR.finditer(dark), strict=True):
        colour = one[0] if one[0] == other[0] else f"light-dark({one[0]}, {other[0]})"
        parts += (light[done : one.start()], colour)
        done = one.end()
    return "".join([*parts, light[done:]])
