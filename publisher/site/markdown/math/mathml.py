"""Change the library's MathML for a page. Replace marks with their values, and `menclose` with CSS."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape

from publisher.site.markdown.math.expansion import Reference, Value, Wrapper
from publisher.site.markdown.math.formula import BadFormula
from publisher.site.markdown.math.styles import in_mstyle

_PIECE = re.compile(
    r'(?P<open><menclose notation="(?P<shape>[a-z ]+)">(?:<mrow><mtext>@(?P<wrapper>\d+)@</mtext>)?)'
    r"|(?P<close></menclose>)"
    r'|(?P<stroke><mrow class="menclose-[a-z]+"></mrow>)'
    r"|<mtext>@(?P<value>\d+)@</mtext>"
)
_LINE = "transparent calc(50% - 0.04em), currentcolor 0 calc(50% + 0.04em), transparent 0"
_UP = f"linear-gradient(to bottom right, {_LINE})"
_DOWN = f"linear-gradient(to top right, {_LINE})"
_ACROSS = f"linear-gradient({_LINE})"
SHAPES = {
    "box": "border: 0.06em solid; padding: 0.2em",
    "updiagonalstrike": f"background: {_UP}",
    "downdiagonalstrike": f"background: {_DOWN}",
    "updiagonalstrike downdiagonalstrike": f"background: {_UP}, {_DOWN}",
    "horizontalstrike": f"background: {_ACROSS}",
}
"""Maps each shape of `menclose` to its CSS.

The CSS is in the formula, so it also works in feeds and in other themes.
"""

_SIZED = re.compile(r"<(msu[bp]|msubsup)>(<mo [^>]*minsize=[^>]*>[^<]*</mo>)")
_SIGNS = (
    ("&ApplyFunction;", "\N{FUNCTION APPLICATION}"),
    ('<mo stretchy="false">\u20d7</mo>', '<mo stretchy="false" style="font-size: 70%">→</mo>'),
    ("padding-top: 0;padding-bottom: 0;", "padding-top: 0.1em;padding-bottom: 0.1em;"),
    ("<mo>\u20db</mo>", '<mo stretchy="false" style="font-size: 70%">⋯</mo>'),
)
"""Pairs: a part of the library's MathML, and the MathML that replaces it. Browsers show the replacement better.

Without the replacement, they show combining characters beside the letter, and rows without distance overlap.
"""

LinkOf = Callable[[Reference], str]
"""A function that returns the HTML of the link for a reference."""


def without_element(mathml: str) -> str:
    """Return the content of the element `math`, without its tags."""
    return mathml[mathml.index(">") + 1 : mathml.rindex("<")]


def filled(inner: str, values: Sequence[Value], link: LinkOf) -> str:
    """Return `inner`, the content of `math`, with values instead of their marks.

    Raises BadFormula if a wrapper has no content. Raises whatever exception `link` raises.
    """
    if "<mtext>@" not in inner and "<menclose" not in inner:
        return inner
    parts: list[str] = []
    closings: list[str] = []
    done = 0
    for match in _PIECE.finditer(inner):
        parts.append(inner[done : match.start()])
        done = match.end()
        if match["open"]:
            opening, closing = _opened(match, values, link)
            parts.append(opening)
            closings.append(closing)
        elif match["close"]:
            parts.append(closings.pop())
        elif match["value"]:
            parts.append(_value(values[int(match["value"])], values, link))
    parts.append(inner[done:])
    return "".join(parts)


def _opened(match: re.Match[str], values: Sequence[Value], link: LinkOf) -> tuple[str, str]:
    found = values[int(match["wrapper"])] if match["wrapper"] else ""
    if isinstance(found, Wrapper):
        return f"{found.opening}<mrow>", found.closing
    shape = f'<mrow style="{SHAPES[match["shape"]]}">'
    if match["wrapper"]:
        return f"{shape}<mrow>{_value(found, values, link)}", "</mrow>"
    return shape, "</mrow>"


def _value(value: Value, values: Sequence[Value], link: LinkOf) -> str:
    if isinstance(value, str):
        return filled(value, values, link)
    if isinstance(value, Wrapper):
        raise BadFormula("^ or _ needs a base: it is directly after a command for size, colour or shape")
    return f"<mtext>{link(value)}</mtext>"


def element(inner: str, display: bool) -> str:
    """Return the element `math` with the content `inner`. If `display` is set, the formula is a block."""
    for sign, better in _SIGNS:
        inner = inner.replace(sign, better)
    if "minsize" in inner:
        inner = _SIZED.sub(r"<\1><mrow>\2</mrow>", inner)  # Chromium ignores the size of a bracket with a script
    return f'<math display="{"block" if display else "inline"}">{in_mstyle(inner)}</math>'


def link(reference: Reference, anchor: str, number: str) -> str:
    """Return the HTML of a link to the equation with the id `anchor`. `number` is the HTML of its number."""
    return f'<a href="#{escape(anchor)}">{reference.form.format(number)}</a>'
