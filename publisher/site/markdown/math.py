"""TeX formulas to MathML, at build: pages need no script. The library's exceptions become BadFormula here."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import Literal
from xml.etree.ElementTree import Element, tostring

_CHILDREN = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "mroot": 2, "msubsup": 3, "munderover": 3}

_REASONS = {
    "NumeratorNotFoundError": "a fraction without a numerator",
    "DenominatorNotFoundError": "a fraction without a denominator",
    "ExtraLeftOrMissingRightError": "\\left and \\right do not pair",
    "MissingSuperScriptOrSubscriptError": "nothing after ^ or _",
    "DoubleSubscriptsError": "two subscripts in a row",
    "DoubleSuperscriptsError": "two superscripts in a row",
    "NoAvailableTokensError": "it ends too early",
    "InvalidStyleForGenfracError": "\\genfrac with an unknown style",
    "MissingEndError": "\\begin without \\end",
    "InvalidAlignmentError": "an unknown alignment",
    "InvalidWidthError": "an unknown width",
    "LimitsMustFollowMathOperatorError": "\\limits without an operator before it",
}

NARROW = 12
"""The largest number of signs that fit on a small phone. A longer block may need scrolling, so it can get the focus."""


class BadFormula(ValueError):
    """A formula cannot be shown. The message says why."""


@lru_cache(maxsize=1024)
def mathml(formula: str, display: Literal["inline", "block"]) -> str:
    """Return the formula as a `<math>` element. Raises BadFormula."""
    _braces(formula)
    element = _convert(formula, display)
    for node in element.iter():
        _look_at(node)
    if display == "block" and len("".join(element.itertext())) > NARROW:
        element.set("tabindex", "0")
    return tostring(element, encoding="unicode", short_empty_elements=False)


def _convert(formula: str, display: Literal["inline", "block"]) -> Element:
    from latex2mathml import exceptions
    from latex2mathml.converter import convert_to_element

    try:
        return convert_to_element(formula, display=display)
    except tuple(getattr(exceptions, name) for name in _REASONS if hasattr(exceptions, name)) as error:
        raise BadFormula(_REASONS[type(error).__name__]) from error
    except RecursionError as error:
        raise BadFormula("it is nested too deeply") from error
    except (LookupError, ValueError, TypeError, AttributeError, RuntimeError, StopIteration, AssertionError) as error:
        raise BadFormula("it is not complete") from error  # the library fails on input that it did not expect


def _braces(formula: str) -> None:
    depth = 0
    for match in re.finditer(r"\\.|[{}]", formula, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if depth < 0:
            raise BadFormula("a } without a {")
    if depth:
        raise BadFormula("a { without a }")


def _look_at(node: Element) -> None:
    """Raise BadFormula for a node that the library did not convert.

    Unescape its text, which is escaped once more later.
    """
    node.text = unescape(node.text) if node.text else node.text
    node.tail = unescape(node.tail) if node.tail else node.tail
    text = (node.text or "").strip()
    if node.tag in ("mi", "mo") and text.startswith("\\"):
        raise BadFormula(f"unknown command {text}")
    if node.tag == "mi" and text in ("&", "{", "}"):
        raise BadFormula(f"{text} is out of place")
    if "href" in node.attrib:
        raise BadFormula("a link inside a formula")
    if len(node) != _CHILDREN.get(str(node.tag), len(node)):
        raise BadFormula("a part of it is missing")
