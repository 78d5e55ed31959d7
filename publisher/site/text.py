"""Count the words of plain text, estimate its reading time, and shorten it to a summary."""

from __future__ import annotations

import re
from functools import lru_cache

CJK = (
    "\u2e80-\u2fff\u3003-\u3007\u3021-\u303f\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
"""The ranges of Han and kana in a character class. These characters are read one by one. Hangul has words instead."""

_CJK_RUN = re.compile(f"[{CJK}]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
_JOINERS = b"'.,-"
"""The ASCII characters that join two words into one, as in `well-known` and `3.5`. No word begins with a joiner."""
_LETTERS = bytes(ord("w" if chr(code).isalnum() or chr(code) == "_" else " ") for code in range(128)) + b" " * 128
"""A table for `bytes.translate`: ASCII letters, digits and underscores become `w`, and other bytes become spaces."""
_WORD = re.compile(r"\w[\w'.,\-\N{RIGHT SINGLE QUOTATION MARK}]*")
_KNOWN_RUN = 3
"""The results of `_in_ascii` are cached for runs of at most this many characters.

Such a run is, for example, a dash or a quotation mark.
"""
_CLOSING = "，。、；：！？）」』】》”’…—,.;:!?)"
_SUMMARY = 200


def count(text: str) -> tuple[int, int]:
    """Return the number of CJK characters, and the number of other words.

    A word is a run of letters, digits, underscores and joiners, as long as possible, that does not begin with a joiner.
    """
    if not text.isascii() and 4 * len(text.encode()) > 5 * len(text):  # one call for each run would take longer
        rest, runs = _CJK_RUN.subn(" ", text)
        return len(text) - len(rest) + runs, len(_WORD.findall(rest))
    cjk = 0

    def in_ascii(found: re.Match[str]) -> str:
        nonlocal cjk
        run = found[0]
        number, classes = (_known if len(run) <= _KNOWN_RUN else _in_ascii)(run)
        cjk += number
        return classes

    if not text.isascii():
        text = _NOT_ASCII.sub(in_ascii, text)
    # Without its joiners, a word is still one word, and a joiner that stands alone is gone.
    return cjk, (b" " + text.encode().translate(_LETTERS, _JOINERS)).count(b" w")


def _in_ascii(run: str) -> tuple[int, str]:
    """Return the number of CJK characters in a text, and an ASCII text with as many other words as the text has."""
    rest, runs = _CJK_RUN.subn(" ", run)
    letters = ("w" if char.isalnum() else "'" if char == _APOSTROPHE else " " for char in rest)
    return len(run) - len(rest) + runs, "".join(letters)


_known = lru_cache(1024)(_in_ascii)


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
    return (
        left == " " or right == " " or bool(_CJK_RUN.match(left) or _CJK_RUN.match(right) or left in "，。、；：！？")
    )
