"""Move the attributes `displaystyle` and `scriptlevel` to the element `mstyle`.

MathML Core allows both attributes on every element. The Nu checker, with which authors check their pages, allows them
only on few elements.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-z]+)(?P<attributes>[^>]*?)(?P<empty>/?)>")
_STYLE = re.compile(r' (?:displaystyle|scriptlevel)="[^"]*"')
_LEVEL = re.compile(r' scriptlevel="[^"]*"')
_SMALLER = frozenset(("msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mfrac", "mroot"))
"""The elements that show some of their children in a smaller size."""


def in_mstyle(inner: str) -> str:
    """Return `inner`, the content of `math`, with both attributes moved to elements `mstyle`.

    The attribute `displaystyle` of `mtable` is not moved.
    """
    if "displaystyle=" not in inner and "scriptlevel=" not in inner:
        return inner
    parts: list[str] = []
    opened: list[tuple[str, str]] = []
    done = 0
    for match in _TAG.finditer(inner):
        parts.append(inner[done : match.start()])
        done = match.end()
        if match["empty"]:
            parts.append(match[0])
        elif match["end"]:
            parts.append(opened.pop()[1])
        else:
            opening, closing = _moved(match["name"], match["attributes"], opened)
            parts.append(opening)
            opened.append(("mstyle" if opening.startswith("<mstyle") else match["name"], closing))
    return "".join([*parts, inner[done:]])


def _moved(name: str, attributes: str, opened: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Return the start tags and the end tags that replace the tags of the element `name`.

    `opened` are the elements around it.
    """
    as_before = f"<{name}{attributes}>", f"</{name}>"
    if name == "mrow" and _STYLE.search(attributes):
        return f"<mstyle{attributes}>", "</mstyle>"
    if name == "mtable":
        level = "".join(_LEVEL.findall(attributes))
        rest = _LEVEL.sub("", attributes)
        if level == ' scriptlevel="0"' and not any(one in _SMALLER or one == "mstyle" for one, _ in opened):
            return f"<mtable{rest}>", "</mtable>"  # a table as wide as the page must be the outermost element
        return (f"<mstyle{level}><mtable{rest}>", "</mtable></mstyle>") if level else as_before
    if name != "mfrac" or not _STYLE.search(attributes):
        return as_before
    style, rest = "".join(_STYLE.findall(attributes)), _STYLE.sub("", attributes)
    return f"<mstyle{style}><mfrac{rest}>", "</mfrac></mstyle>"
