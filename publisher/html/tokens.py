"""The one reading of HTML as tags and attributes, as browsers read it. Each caller takes from it what it looks for.

Texts are `str`. Who needs the places of bytes reads a page as Latin-1: there a character is a byte. All is linear: what
is never closed runs to the end of the text, and each character is read once.
Syntax: https://html.spec.whatwg.org/multipage/parsing.html#tokenization.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from html import unescape
from html.entities import html5

_ATTRIBUTE = r"""([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"?+|'([^']*+)'?+|([^\s>]*+)))?+"""
_ATTRIBUTES = r"(?:[\s/]++|" + re.sub(r"\((?!\?)", "(?:", _ATTRIBUTE) + r")*+"
_EACH = re.compile(_ATTRIBUTE, re.ASCII)

# What browsers read as text up to its end tag. Of `noscript` they do so only where scripts run.
_RAW = r"(?=[iInNsStTxX])(?i:script|style|textarea|title|xmp|iframe|noembed|noframes)(?![^\s/>])"

TOKEN = re.compile(
    rf"<(?:(?P<name>(?P<raw>{_RAW})|[A-Za-z][^\s/>]*+|\?xml-stylesheet(?![^\s/>]))(?P<attributes>{_ATTRIBUTES})>?+"
    r"(?(raw)(?P<text>[^<]*+(?:<(?!/(?i:(?P=raw))(?![^\s/>]))[^<]*+)*+))"
    rf"|/(?P<end>[A-Za-z][^\s/>]*+)(?:>|{_ATTRIBUTES}>?+)"
    r"|!--(?:-?>|.*?(?:--!?>|\Z))|[!?/][^>]*+>?+)",
    re.DOTALL | re.ASCII,
)
"""A start tag with the raw text behind it, an end tag, or a comment. What stands between two of them is text.

Groups: `name` and `attributes` of a start tag; `raw`, the name again, and `text`, where no tags are read behind it;
`end`, the name of an end tag. Names are as they are written. `TOKEN.finditer` is the tokenizer.
"""

_REFERENCE = re.compile(r"&(?:#(?:[0-9]++|[xX][0-9a-fA-F]++);?+|([A-Za-z][A-Za-z0-9]*+(?:;|(?![A-Za-z0-9=]))))")


def attributes(
    html: str, start: int = 0, stop: int | None = None, among: Container[str] | None = None
) -> Iterator[tuple[str, int, int]]:
    """The attributes between two places, of which `TOKEN` tells those of a tag; with `among`, those of these names.

    Each is a name in lower case, and where its value begins and ends. Of a name alone, both are where the name ends.
    """
    for match in _EACH.finditer(html, start, len(html) if stop is None else stop):
        name = match[1].lower()
        if among is None or name in among:
            yield (
                (name, *match.span(match.lastindex or 1)) if match.lastindex != 1 else (name, match.end(), match.end())
            )


def values(html: str, start: int = 0, stop: int | None = None) -> dict[str, str]:
    """What each attribute means, by its name in lower case. Of two with one name the first counts."""
    found: dict[str, str] = {}
    for name, begin, end in attributes(html, start, stop):
        found.setdefault(name, meant(html[begin:end]))
    return found


def meant(value: str) -> str:
    """An attribute's value as browsers take it: in `?a=1&copy=2` there is no character reference."""
    return _REFERENCE.sub(_character, value) if "&" in value else value


def positions(value: str) -> list[int]:
    """For each character of `meant(value)`, and for its end, where it stands in the value."""
    found: list[int] = []
    done = 0
    for match in _REFERENCE.finditer(value):
        found += range(done, match.start())
        done = match.end()
        character = _character(match)
        same = character == match[0]
        found += range(match.start(), done) if same else [match.start()] * len(character)
    return [*found, *range(done, len(value) + 1)]


def words(html: str) -> str:
    """What is left of HTML without its tags, comments and scripts."""
    return unescape(TOKEN.sub("", html))


def _character(match: re.Match[str]) -> str:
    return unescape(match[0]) if match[1] is None else html5.get(match[1], match[0])
