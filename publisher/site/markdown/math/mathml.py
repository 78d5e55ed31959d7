"""Changes the library's MathML into that of a page. It replaces marks with their values, and `menclose` with CSS."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape, unescape

from publisher.site.markdown.math.expansion import Reference, Value, Wrapper

NARROW = 12
"""The largest number of characters that fit on a small phone.

A longer block may need scrolling and can have the focus.
"""

_PIECE = re.compile(
    r'(?P<open><menclose notation="(?P<shape>[a-z ]+)">(?:<mrow><mtext>@(?P<wrapper>\d+)@</mtext>)?)'
    r"|(?P<close></menclose>)"
    r'|(?P<stroke><mrow class="menclose-[a-z]+"></mrow>)'
    r"|<mtext>@(?P<value>\d+)@</mtext>"
)
_TAG = re.compile(r"<[^>]*>")
_UP = "linear-gradient(to top right, transparent calc(50% - 0.04em), currentcolor 0 calc(50% + 0.04em), transparent 0)"
_DOWN = _UP.replace("top right", "bottom right")
_ACROSS = _UP.replace("to top right", "to bottom")
_SHAPES = {
    "box": "border: 0.06em solid; padding: 0.2em",
    "updiagonalstrike": f"background: {_UP}",
    "downdiagonalstrike": f"background: {_DOWN}",
    "updiagonalstrike downdiagonalstrike": f"background: {_UP}, {_DOWN}",
    "horizontalstrike": f"background: {_ACROSS}",
}
"""CSS for each shape of the library. It is in the page itself: feeds and pages of other themes show it too."""

LinkOf = Callable[[Reference], str]
"""A function that returns the HTML of the link for a reference."""


def without_element(mathml: str) -> str:
    """Return the content of the element `math`, without its tags."""
    return mathml[mathml.index(">") + 1 : mathml.rindex("<")]


def filled(inner: str, values: Sequence[Value], link: LinkOf) -> str:
    """Return this inside of `math` with a value for each mark. Raise BadFormula if `link` does."""
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
    shape = f'<mrow style="{_SHAPES[match["shape"]]}">'
    if match["wrapper"]:
        return f"{shape}<mrow>{_value(found, values, link)}", "</mrow>"
    return shape, "</mrow>"


def _value(value: Value, values: Sequence[Value], link: LinkOf) -> str:
    if isinstance(value, str):
        return filled(value, values, link)
    return f"<mtext>{link(value)}</mtext>" if isinstance(value, Reference) else ""


def element(inner: str, display: bool) -> str:
    """Return the element `math` with this content. If `display` is set, the formula is a block."""
    inner = inner.replace("&ApplyFunction;", "\N{FUNCTION APPLICATION}")
    if not display:
        return f'<math display="inline">{inner}</math>'
    wide = len(unescape(_TAG.sub("", inner))) > NARROW
    return f'<math display="block"{_FOCUS if wide else ""}>{inner}</math>'


_FOCUS = ' tabindex="0"'


def link(reference: Reference, anchor: str, number: str) -> str:
    """Return the HTML of a link to the equation with the id `anchor`. `number` is the HTML of its number."""
    return f'<a href="#{escape(anchor)}">{reference.form.format(number)}</a>'
