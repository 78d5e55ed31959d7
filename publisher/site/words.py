"""Find the words of the theme in the language of a page. The locale of the machine is not used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal

from publisher.site.words_data import TABLE

RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"})
"""Languages whose usual script is written from right to left."""

RIGHT_TO_LEFT_SCRIPTS = frozenset({"adlm", "arab", "hebr", "mand", "nkoo", "rohg", "samr", "syrc", "thaa"})
"""Subtags of scripts (ISO 15924) that are written from right to left, as in `az-Arab`."""

TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})
"""Subtags after `zh` that mean traditional characters."""

CALLOUTS = frozenset({"note", "tip", "important", "warning", "caution", "info", "danger"})
"""Kinds of callouts whose titles are translated. Any other kind has its name as title."""


@cache
def words(language: str) -> Mapping[str, str]:
    """Return the words of the theme for a language tag (BCP 47). If the language is unknown, return the English words.

    The longest known prefix of the tag decides. The key `lang` has the tag of the returned words. The key `dir` has the
    direction of the requested language, even if the language is unknown. Some words have names in braces. Templates
    fill them in, as in `words.page_number.format(number=3)`. The keys of the months are `month_1` to `month_12`.
    """
    found = next((tag for tag in _prefixes(language) if tag in TABLE), "en")
    return MappingProxyType({**TABLE[found], "lang": found, "dir": direction(language)})


def direction(language: str) -> Literal["ltr", "rtl"]:
    """Return the direction of a language for the `dir` attribute. If the tag has a script, the script decides."""
    first, *rest = _subtags(language)
    script = next((tag for tag in rest if len(tag) == 4 and tag.isalpha()), None)
    backwards = script in RIGHT_TO_LEFT_SCRIPTS if script else first in RIGHT_TO_LEFT
    return "rtl" if backwards else "ltr"


def _prefixes(language: str) -> Iterator[str]:
    """Yield the prefixes of a tag for which the table may have words, longest first.

    For `zh-Hant-TW` they are zh-Hant and zh. A region with traditional characters is taken as zh-Hant.
    """
    first, *rest = _subtags(language)
    if first == "zh" and TRADITIONAL.intersection(rest) and "hans" not in rest:
        yield "zh-Hant"
    yield first


def _subtags(language: str) -> list[str]:
    return language.lower().replace("_", "-").split("-")
