"""Extract the words of a piece of HTML as a reader sees them."""

from __future__ import annotations

import re
from html import unescape

from publisher.html.tokens import TOKEN

_INLINE = re.compile(
    r"a|abbr|b|bd[io]|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|span|strong|su[bp]|time|tt|u|var|wbr"
    r"|math|m[inos]|mrow|mtext|msubsup|msu[bp]|mfrac|msqrt|mroot|mover|munder|munderover|mstyle|mpadded|mphantom"
    r"|mspace|mmultiscripts|mprescripts|semantics",
    re.IGNORECASE,
)
"""Matches the names of elements that may be inside a word or a line."""


def plain(html: str) -> str:
    """Return the text of a piece of HTML on one line, with a space between the texts of two blocks."""
    return " ".join(unescape(TOKEN.sub(_space, html)).split())


def _space(token: re.Match[str]) -> str:
    name = token["name"] or token["end"] or ""
    return " " if name and not token["raw"] and not _INLINE.fullmatch(name) else ""
