"""The theme's own words, in the reader's language: plain data, no locale of the machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal

from publisher.site.words_data import TABLE

RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"})
"""Languages whose usual script runs from right to left."""

RIGHT_TO_LEFT_SCRIPTS = frozenset({"adlm", "arab", "hebr", "mand", "nkoo", "rohg", "samr", "syrc", "thaa"})
"""Script subtags (ISO 15924) that run from right to left in any language, as in `az-Arab`."""

TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})
"""Subtags after `zh` that mean traditional characters."""

CALLOUTS = frozenset({"note", "tip", "important", "warning", "caution", "info", "danger"})
"""Kinds of callouts with a word in every language. Others have their own name as title."""


@cache
def words(language: str) -> Mapping[str, str]:
    """Return the theme's words for a BCP 47 tag: those of its longest known prefix, else the English ones.

    `lang` is the tag of these words; `dir` is the direction of the requested language, known or not. Templates fill
    names in braces: `words.page_number.format(number=3)`. Months are `month_1` to `month_12`.
    """
    found = next((tag for tag in _prefixes(language) if tag in TABLE), "en")
    return MappingProxyType({**TABLE[found], "lang": found, "dir": direction(language)})


def direction(language: str) -> Literal["ltr", "rtl"]:
    """Return the direction of a language, for the `dir` attribute. A script subtag counts before the language."""
    first, *rest = _subtags(language)
    script = next((tag for tag in rest if len(tag) == 4 and tag.isalpha()), None)
    backwards = script in RIGHT_TO_LEFT_SCRIPTS if script else first in RIGHT_TO_LEFT
    return "rtl" if backwards else "ltr"


def _prefixes(language: str) -> Iterator[str]:
    """Yield the prefixes of a tag: `zh-Hant-TW` -> zh-Hant, zh.

    Regions with traditional characters count as zh-Hant.
    """
    first, *rest = _subtags(language)
    if first == "zh" and TRADITIONAL.intersection(rest) and "hans" not in rest:
        yield "zh-Hant"
    yield first


def _subtags(language: str) -> list[str]:
    return language.lower().replace("_", "-").split("-")
