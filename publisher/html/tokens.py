"""The one tokenizer of HTML: tags and attributes as browsers read them. Each caller takes from it what it needs.

Texts are `str`. A caller that needs the places of bytes reads a page as Latin-1, where a character is a byte. Time is
linear: an unclosed tag or comment runs to the end of the text, and each character is read once.

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

# Browsers read these as text up to the end tag. They do so for `noscript` only if scripts run, so it is not here.
_RAW = r"(?=[iInNsStTxX])(?i:script|style|textarea|title|xmp|iframe|noembed|noframes)(?![^\s/>])"

TOKEN = re.compile(
    rf"<(?:(?P<name>(?P<raw>{_RAW})|[A-Za-z][^\s/>]*+|\?xml-stylesheet(?![^\s/>]))(?P<attributes>{_ATTRIBUTES})>?+"
    r"(?(raw)(?P<text>[^<]*+(?:<(?!/(?i:(?P=raw))(?![^\s/>]))[^<]*+)*+))"
    rf"|/(?P<end>[A-Za-z][^\s/>]*+)(?:>|{_ATTRIBUTES}>?+)"
    r"|!--(?:-?>|.*?(?:--!?>|\Z))|[!?/][^>]*+>?+)",
    re.DOTALL | re.ASCII,
)
"""A start tag with the raw text after it, an end tag, or a comment. Everything between two matches is text.

Groups: `name` and `attributes` of a start tag; `raw`, the name again, and `text`, for elements whose content holds no
tags; `end`, the name of an end tag. Names are as written. `TOKEN.finditer` is the tokenizer.
"""

_REFERENCE = re.compile(r"&(?:#(?:[0-9]++|[xX][0-9a-fA-F]++);?+|([A-Za-z][A-Za-z0-9]*+(?:;|(?![A-Za-z0-9=]))))")


def attributes(
    html: str, start: int = 0, stop: int | None = None, among: Container[str] | None = None
) -> Iterator[tuple[str, int, int]]:
    """Yield the attributes between two places, such as the span of `attributes` in a TOKEN.

    `among` limits them to these names. Each is a name in lower case, and where its value begins and ends. Without a
    value, both are the end of the name.
    """
    for match in _EACH.finditer(html, start, len(html) if stop is None else stop):
        name = match[1].lower()
        if among is None or name in among:
            yield (
                (name, *match.span(match.lastindex or 1)) if match.lastindex != 1 else (name, match.end(), match.end())
            )


def values(html: str, start: int = 0, stop: int | None = None) -> dict[str, str]:
    """Return the meaning of each attribute by its name in lower case. Of two with one name the first counts."""
    found: dict[str, str] = {}
    for name, begin, end in attributes(html, start, stop):
        found.setdefault(name, meant(html[begin:end]))
    return found


def meant(value: str) -> str:
    """Return an attribute's value as browsers read it: `?a=1&copy=2` holds no character reference."""
    return _REFERENCE.sub(_character, value) if "&" in value else value


def positions(value: str) -> list[int]:
    """Return the place in `value` of each character of `meant(value)`, and of its end."""
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
    """Return the text of a piece of HTML without its tags, comments and scripts."""
    return unescape(TOKEN.sub("", html))


def _character(match: re.Match[str]) -> str:
    return unescape(match[0]) if match[1] is None else html5.get(match[1], match[0])
