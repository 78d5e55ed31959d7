"""The words of a piece of HTML."""

from __future__ import annotations

import re
from html import unescape

_NO_TEXT = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|title|head)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile(r"<(/?[A-Za-z][A-Za-z0-9-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>|<[!?/][^<>]*>")
_INLINE = re.compile(
    r"/?(?:a|abbr|b|bd[io]|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|span|strong|su[bp]|time|tt|u|var"
    r"|wbr|math|m[inos]|mrow|mtext|msubsup|msu[bp]|mfrac|msqrt|semantics)",
    re.IGNORECASE,
)
"""Tags, and ends of tags, that stand inside a word or a line."""


def plain(html: str) -> str:
    """The text that a reader sees, on one line; what stands in two blocks has a space between."""
    without = _TAG.sub(_space, _NO_TEXT.sub("", html))
    return " ".join(unescape(without).split())


def _space(tag: re.Match[str]) -> str:
    return "" if _INLINE.fullmatch(tag[1] or "") else " "
