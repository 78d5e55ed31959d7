"""Decide whether the characters of `a~b~`, `a^b^`, `==a==`, `^^a^^`, `++a++` and `:a:` are syntax or text."""

from __future__ import annotations

import re
from typing import Any

from markdown import Markdown
from markdown.inlinepatterns import SubstituteTagInlineProcessor

from publisher.site.text import CJK

EMOJI = r"(?<![A-Za-z0-9:]):[+\-\w]+:(?![A-Za-z0-9:])"
_KEYS = r"(?<![A-Za-z0-9+])\+{2}([\w\-]+(?:\+[\w\-]+)*?)\+{2}(?![A-Za-z0-9+])"

_HELD = "\x02[^\x02\x03]*\x03"
"""Matches the placeholder that an earlier stage has written instead of a piece such as code."""
_SCRIPT = rf"(?:[A-Za-z0-9\u00b2-\u00ff\u0370-\u03ff+\-−*/().=']|{_HELD})"
"""Matches a character that may be in superscript or subscript."""
_PUNCTUATION = ",.;:!?，。、；：！？"

_RUN = re.compile(r"(?<!~)~(?!~)|(?<!\^)\^\^?(?!\^)|(?<!=)==(?!=)")
_LOWERED = re.compile(rf"(?<=[^\W\d_)\]\x03])~{_SCRIPT}+~(?!~)")
_RAISED = re.compile(rf"(?<=[\w)\]\x03])\^(?=[^\^]*[^\W_]){_SCRIPT}+\^(?!\^)")
_RAISED_AFTER_CJK = re.compile(r"\^[\d\[(][^\^\s]*\^(?!\^)")
_CJK = re.compile(f"[{CJK}]")


def literal(text: str) -> frozenset[int]:
    """Return the indexes of the characters `~`, `^` and `=` that are text. The time is linear in the text's length."""
    found: list[int] = []
    if "~" not in text and "^" not in text and "==" not in text:
        return frozenset()  # this is much faster than a search
    at = 0
    while run := _RUN.search(text, at):
        start, sign = run.start(), run[0]
        at = (
            _lowered(text, start)
            if sign == "~"
            else _raised(text, start)
            if sign == "^"
            else _marked(text, start, sign)
        )
        if at < 0:
            at = run.end()
            found += range(start, at)
    return frozenset(found)


def _lowered(text: str, start: int) -> int:
    """Return the end of a `~b~` that begins at `start`, or -1 if none begins there."""
    found = _LOWERED.match(text, start)
    return found.end() if found else -1


def _raised(text: str, start: int) -> int:
    """Return the end of a `^b^` that begins at `start`, or -1 if none begins there."""
    after_cjk = start > 0 and _CJK.match(text[start - 1])
    found = (_RAISED_AFTER_CJK if after_cjk else _RAISED).match(text, start)
    return found.end() if found else -1


def _marked(text: str, start: int, sign: str) -> int:
    """Return the end of a `==a==` or `^^a^^` that begins at `start`, or -1 if none begins there.

    `==` and `^^` are text if a letter or digit is directly outside. Chinese and Japanese characters may be there. After
    a Chinese or Japanese character, the text inside may have no punctuation and no space. So `这是==重点==` is
    highlighted, and `用==比较，不用==` is not.
    """
    before, inside = text[start - 1 : start] if start else "", start + len(sign)
    end = text.find(sign, inside + 1)
    if end < 0 or text[inside].isspace() or text[end - 1].isspace() or _is_latin(before):
        return -1
    after = text[end + len(sign) : end + len(sign) + 1]
    if _is_latin(after) or after == sign[0]:
        return -1
    if _CJK.match(before) and any(each.isspace() or each in _PUNCTUATION for each in text[inside:end]):
        return -1
    return end + len(sign)


def _is_latin(sign: str) -> bool:
    return sign.isalnum() and not _CJK.match(sign)


def join(md: Markdown) -> None:
    """Change two rules of the library.

    If a letter is directly beside `++`, as in `C++`, then `++` does not begin or end a key. A backslash at the end of a
    line is a line break.
    """
    keys: Any = md.inlinePatterns["keys"]
    keys.compiled_re = re.compile(_KEYS, re.DOTALL | re.UNICODE)
    md.inlinePatterns.register(SubstituteTagInlineProcessor(r"\\\n", "br"), "backslash-break", 181)
