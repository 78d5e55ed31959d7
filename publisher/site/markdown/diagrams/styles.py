"""Find the rules of a style sheet that apply to an element of a drawing. The library writes all rules of its themes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

SAFE = re.compile(r"(?!.*(?:[\\@<&]|/\*|expression|javascript|url\((?!\s*['\"]?#)))", re.IGNORECASE | re.DOTALL)
"""Matches the value of a style that refers to nothing outside of the drawing."""
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_AT_RULE = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})")
_BESIDE = re.compile(r"[+~]")
_PSEUDO = re.compile(r":[\w-]+(?:\([^()]*\))?")
_PART = re.compile(r"([A-Za-z]+)|\.([\w-]+)|#([\w-]+)|\[([\w-]+)=['\"]?([^'\"\]]*)['\"]?\]")


def used_rules(css: str, root: Element) -> Iterator[tuple[list[str], str]]:
    """Yield the selectors and the values of each rule that applies to an element of the drawing.

    Rules for media and animations are left out, and so are rules that do not begin with the id of the drawing, because
    they would apply to the page. Pseudo-classes, and the part of a selector before `+` or `~`, are ignored. So a rule
    without an effect may be yielded.
    """
    chains = list(_chains(root, ()))
    own = f"#{root.get('id', '')}"
    for written, values in _RULE.findall(_AT_RULE.sub("", css)):
        selectors = [each.strip() for each in written.split(",") if _is_own(each, own) and _applies(each, chains)]
        if selectors and values.strip() and SAFE.match(values):
            yield selectors, values.strip()


def _is_own(selector: str, own: str) -> bool:
    """Return whether a selector matches SAFE and begins with `own`, the selector of the drawing."""
    words = selector.split()
    return bool(SAFE.match(selector)) and bool(words) and words[0] == own


Chain = tuple[Element, ...]
"""An element, and before it all elements around it, from the outermost."""


def _chains(element: Element, around: Chain) -> Iterator[Chain]:
    chain = (*around, element)
    yield chain
    for child in element:
        yield from _chains(child, chain)


def _applies(selector: str, chains: list[Chain]) -> bool:
    parts = _BESIDE.split(_PSEUDO.sub("", selector))[-1].replace(">", " ").split()
    wanted = [_PART.findall(part) for part in parts]
    return any(_fits(chain, wanted) for chain in chains)


def _fits(chain: Chain, wanted: list[list[tuple[str, ...]]]) -> bool:
    """Return whether the last part of `wanted` fits the last element of `chain`.

    The other parts have to fit elements around it, in their order.
    """
    if not wanted or not _is(chain[-1], wanted[-1]):
        return False
    rest = iter(chain[:-1])
    return all(any(_is(each, part) for each in rest) for part in wanted[:-1])


def _is(element: Element, part: list[tuple[str, ...]]) -> bool:
    """Return whether an element has the type, the classes, the id and the attributes of one part of a selector."""
    classes = element.get("class", "").split()
    return all(
        element.tag == kind
        if kind
        else name in classes
        if name
        else element.get("id") == given
        if given
        else element.get(key) == value
        for kind, name, given, key, value in part
    )
