"""Keep only what an SVG drawing needs: known elements and attributes, and style rules that some element uses.

So a drawing has no script, no foreign object, and no address of another place, whatever its author wrote.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from html import escape
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from publisher.site.markdown.diagrams.styles import SAFE, used_rules

ID = "__diagram_NUMBER"
"""The id of the drawing. The other ids begin with it, and then have `-` and a number."""

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"

# fmt: off
_ELEMENTS = frozenset((
    "svg", "g", "defs", "symbol", "use", "marker", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon",
    "text", "tspan", "textPath", "title", "desc", "linearGradient", "radialGradient", "stop", "clipPath", "mask",
    "pattern", "filter", "feDropShadow", "feGaussianBlur", "feOffset", "feMerge", "feMergeNode", "feFlood",
    "feComposite", "feColorMatrix", "feBlend",
))
_ATTRIBUTES = frozenset((
    "id", "class", "style", "viewBox", "width", "height", "preserveAspectRatio", "transform", "x", "y", "x1", "y1",
    "x2", "y2", "dx", "dy", "cx", "cy", "r", "rx", "ry", "fx", "fy", "d", "points", "rotate", "textLength",
    "lengthAdjust", "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray",
    "stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "opacity", "color", "display",
    "visibility", "overflow", "font-family", "font-size", "font-style", "font-weight", "letter-spacing", "text-anchor",
    "text-decoration", "dominant-baseline", "alignment-baseline", "baseline-shift", "marker-start", "marker-mid",
    "marker-end", "clip-path", "clip-rule", "mask", "filter", "markerWidth", "markerHeight", "markerUnits", "refX",
    "refY", "orient", "offset", "stop-color", "stop-opacity", "gradientUnits", "gradientTransform", "spreadMethod",
    "patternUnits", "patternTransform", "patternContentUnits", "clipPathUnits", "maskUnits", "startOffset", "in", "in2",
    "result", "mode", "operator", "stdDeviation", "flood-color", "flood-opacity", "type", "values", "filterUnits",
    "vector-effect", "paint-order",
))
# fmt: on
_WITH_WORDS = frozenset(("text", "tspan", "textPath", "title", "desc"))
_USUAL = frozenset(
    (
        "opacity:1",
        "display:inline",
        "visibility:inherit",
        "clip-path:none",
        "mask:none",
        "filter:none",
        "fill-opacity:1",
    )
) | {"transform:none", "transform:matrix(1 0 0 1 0 0)"}
"""The parts of styles that change nothing, because they have the initial values. The library writes them everywhere."""
_REFERENCE = re.compile(r"(url\(\s*['\"]?#)([^'\")]+)")
_ID_IN_SELECTOR = re.compile(r"#([\w-]+)|\[id=['\"]?([^'\"\]]+)['\"]?\]")
_DEFINITIONS = ("marker", "symbol", "linearGradient", "radialGradient", "clipPath", "mask", "pattern", "filter")
"""Elements that are shown only where another element refers to them."""
LONGEST = 400
"""The largest number of characters of the name of a drawing (see `_name`)."""


def clean(svg: str) -> str:
    """Return the HTML of a drawing from the SVG of the library. Raises ValueError if it is not XML, or no drawing."""
    try:
        whole = ElementTree.fromstring(svg)  # noqa: S314  the library wrote it, without entities of its own
    except ElementTree.ParseError as error:
        raise ValueError(f"the drawing is not XML: {error}") from error
    root = next(_kept(whole), None)
    if root is None or root.tag != "svg":
        raise ValueError("the drawing is no SVG")
    css = " ".join(each.text or "" for each in whole.iter(f"{_SVG}style"))
    rules = list(used_rules(css, root))
    _rename(root, rules)
    style = "".join(f"{','.join(selectors)}{{{values}}}" for selectors, values in rules)
    name = _name(root)
    if style:
        made = Element("style")
        made.text = style
        root.insert(0, made)
    root.attrib |= {"role": "img", "aria-label": name}
    return "".join(_written(root))


def _kept(element: Element) -> Iterator[Element]:
    """Yield an element with its known attributes and children. For a link, yield its children. Skip other elements."""
    name = element.tag.removeprefix(_SVG) if isinstance(element.tag, str) else ""
    if name == "a":
        for child in element:
            yield from _kept(child)
    if name not in _ELEMENTS:
        return
    made = Element(name, {key: value for key, value in element.items() if key in _ATTRIBUTES and SAFE.match(value)})
    _shorten(made)
    link = element.get(_LINK, element.get("href", ""))
    if link.startswith("#"):
        made.set("href", link)
    made.text = element.text if name in _WITH_WORDS else None
    for child in element:
        for each in _kept(child):
            made.append(each)
            each.tail = child.tail if name in _WITH_WORDS else None
    yield made


def _shorten(element: Element) -> None:
    """Leave out the parts of a style that change nothing.

    Leave out `overflow` too. Words may be wider than the library expects, and must not be cut off.
    """
    values = (each.strip() for each in element.get("style", "").split(";"))
    kept = [each for each in values if each and each not in _USUAL and not each.startswith("overflow:")]
    element.attrib.pop("style", None)
    if kept:
        element.set("style", ";".join(kept))
    if element.tag == "svg":
        element.set("overflow", "visible")


def _rename(root: Element, rules: list[tuple[list[str], str]]) -> None:
    """Shorten each id that is referred to. The new id begins with `ID`. Remove all other ids."""
    outer = root.get("id", "")
    text = [value for each in root.iter() for value in each.attrib.values()] + [values for _, values in rules]
    used = {match[2] for value in text for match in _REFERENCE.finditer(value)}
    used |= {each.get("href", "#")[1:] for each in root.iter()}
    used |= {match[1] or match[2] for one, _ in rules for each in one for match in _ID_IN_SELECTOR.finditer(each)}
    _remove_unused(root, used)
    names = {outer: ID}
    for each in root.iter():
        given = each.get("id", "")
        if given in used and given not in names:
            names[given] = f"{ID}-{len(names)}"

    def renamed(value: str) -> str:
        return _REFERENCE.sub(lambda match: match[1] + names.get(match[2], ID), value)

    for each in root.iter():
        each.attrib = {name: renamed(value) for name, value in each.items() if name not in ("id", "href")} | {
            name: sign + names[value]
            for name, sign, value in (("id", "", each.get("id", "")), ("href", "#", each.get("href", "")[1:]))
            if each.get(name) and value in names
        }
    root.set("id", ID)
    rules[:] = [
        (
            [_ID_IN_SELECTOR.sub(lambda match: f"#{names.get(match[1] or match[2], ID)}", one) for one in each],
            renamed(values),
        )
        for each, values in rules
    ]


def _remove_unused(element: Element, used: Collection[str]) -> None:
    """Remove definitions that nothing refers to, and elements that are empty after this."""
    for child in list(element):
        _remove_unused(child, used)
        unused = child.tag in _DEFINITIONS and child.get("id") not in used
        if unused or (child.tag in ("g", "defs") and not len(child) and child.get("id") not in used):
            element.remove(child)


def _name(root: Element) -> str:
    """Return the name of a drawing for readers who cannot see it: its title, or else its words."""
    titles = [child.text for child in root if child.tag == "title" and child.text]
    words = titles or [" ".join("".join(each.itertext()).split()) for each in root.iter("text")]
    return ", ".join(dict.fromkeys(filter(None, words)))[:LONGEST]


def _written(element: Element) -> Iterator[str]:
    """Yield the pieces of the HTML of an element."""
    yield f"<{element.tag}"
    for name, value in element.items():
        yield f' {name}="{escape(value)}"'
    if not len(element) and not element.text:
        yield "/>"
        return
    yield ">"
    # A browser does not read `&lt;` in a style sheet as `<`, so this text must not be escaped. `SAFE` allows no `<`.
    yield (element.text or "") if element.tag == "style" else escape(element.text or "", quote=False)
    for child in element:
        yield from _written(child)
        yield escape(child.tail or "", quote=False)
    yield f"</{element.tag}>"
