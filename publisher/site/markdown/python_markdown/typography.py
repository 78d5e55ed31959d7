"""Replace `(c)`, `1/2`, `-->` and the other keys of SIGNS with one character, such as `©`.

A key is replaced only if it is a whole word. In `501(c)(3)`, `1/2/2024` and `v1/2`, the character would change the
meaning.
"""

from __future__ import annotations

import re
from functools import cache
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

SIGNS = {
    "(tm)": "™",
    "(c)": "©",
    "(r)": "®",
    "+/-": "±",
    "=/=": "≠",
    "c/o": "℅",
    "-->": "→",
    "<--": "←",
    "<-->": "↔",
    "1/4": "¼",
    "1/2": "½",
    "3/4": "¾",
    "1/3": "⅓",
    "2/3": "⅔",
    "1/5": "⅕",
    "2/5": "⅖",
    "3/5": "⅗",
    "4/5": "⅘",
    "1/6": "⅙",
    "5/6": "⅚",
    "1/8": "⅛",
    "3/8": "⅜",
    "5/8": "⅝",
    "7/8": "⅞",
}

PARTS = ("(", "/", "--")
"""Each key of SIGNS has one of these parts. Looking for them is much faster than looking for the keys."""

_BEFORE = r"(?:(?<=\s)|(?<=[(\[“‘「『（]))"
_AFTER = r"(?=[)\],.;:!?”’…]*(?:\s|{end})|[」』），。、；：！？])"
_WORDS = "|".join(re.escape(word) for word in sorted(SIGNS, key=len, reverse=True))
_KEY = re.compile(_WORDS)
"""Matches a key of SIGNS anywhere, in a word too."""


@cache
def _word(*, begins: bool, ends: bool) -> re.Pattern[str]:
    """Return the pattern for a key of SIGNS that is a whole word.

    If `begins` is set, the word may be at the beginning of a text. If `ends` is set, it may be at the end.
    """
    before = f"(?:^|{_BEFORE})" if begins else _BEFORE
    return re.compile(f"{before}(?:{_WORDS}){_AFTER.format(end='$' if ends else '(?!)')}")


class Typography(Treeprocessor):
    """Replaces the keys of SIGNS in all text except code. The stage runs before headings get their ids."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        md.treeprocessors.register(self, "typography", 6.1)

    def run(self, root: Element) -> None:
        """Replace the keys of SIGNS in the whole tree."""
        text = "\n".join(root.itertext())
        if not any(part in text for part in PARTS) or not _KEY.search(text):
            return
        for element in root.iter():
            last = len(element) - 1
            element.text = _replace(element.text, begins=True, ends=last < 0)
            for number, child in enumerate(element):
                child.tail = _replace(child.tail, begins=child.tag == "br", ends=number == last)


def _replace(text: str | None, *, begins: bool, ends: bool) -> str | None:
    if not text or isinstance(text, AtomicString) or not _KEY.search(text):
        return text
    return _word(begins=begins, ends=ends).sub(lambda match: SIGNS[match[0]], text)
