"""Count the words of plain text, estimate its reading time, and shorten it to a summary."""

from __future__ import annotations

import re

CJK = (
    "\u2e80-\u2fff\u3003-\u3007\u3021-\u303f\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
"""The ranges of Han and kana in a character class. These characters are read one by one. Hangul has words instead."""

_CJK = re.compile(f"[{CJK}]")
_CJK_RUN = re.compile(f"[{CJK}]+")
_WORD = re.compile(r"\w[\w'’.,-]*+")
_ASCII_WORD = re.compile(_WORD.pattern, re.ASCII)
"""Matches the same words as `_WORD` in a text that is ASCII, in two thirds of the time."""
_CLOSING = "，。、；：！？）」』】》”’…—,.;:!?)"
_SUMMARY = 200


def count(text: str) -> tuple[int, int]:
    """Return the number of CJK characters, and the number of other words."""
    rest, runs = (text, 0) if text.isascii() else _CJK_RUN.subn(" ", text)
    word = _ASCII_WORD if rest.isascii() else _WORD
    return len(text) - len(rest) + runs, len(word.findall(rest))


def minutes(cjk: int, words: int) -> int:
    """Return the reading time in minutes, at 400 CJK characters or 230 words per minute. It is at least 1."""
    return max(1, round(cjk / 400 + words / 230))


def summary(text: str, limit: int = _SUMMARY) -> str:
    """Return the text, cut to at most `limit` characters and an ellipsis. Cut between words or CJK characters."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    cut = limit
    while cut > limit // 2 and not _boundary(text[cut - 1], text[cut]):
        cut -= 1
    if cut == limit // 2:
        cut = limit  # cut inside of a very long word, because the summary would otherwise be too short
    return text[:cut].rstrip(" ，、；：,;:") + "…"


def _boundary(left: str, right: str) -> bool:
    if right in _CLOSING:
        return False
    return left == " " or right == " " or bool(_CJK.match(left) or _CJK.match(right) or left in "，。、；：！？")
