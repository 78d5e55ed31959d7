"""Split HTML into tokens, and read tags and attributes as browsers do. This is the only tokenizer of the program.

Texts are `str`. A caller that needs byte offsets decodes a page as Latin-1, where each character is one byte. Time is
linear. An unclosed tag or comment extends to the end of the text, so each character is read once.

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

# Browsers read the content of these elements as text, up to the end tag. `noscript` is missing, because browsers read
# its content as text only if scripts run.
_RAW = r"(?=[iInNsStTxX])(?i:script|style|textarea|title|xmp|iframe|noembed|noframes)(?![^\s/>])"

TOKEN = re.compile(
    rf"<(?:(?P<name>(?P<raw>{_RAW})|[A-Za-z][^\s/>]*+|\?xml-stylesheet(?![^\s/>]))(?P<attributes>{_ATTRIBUTES})>?+"
    r"(?(raw)(?P<text>[^<]*+(?:<(?!/(?i:(?P=raw))(?![^\s/>]))[^<]*+)*+))"
    rf"|/(?P<end>[A-Za-z][^\s/>]*+)(?:>|{_ATTRIBUTES}>?+)"
    r"|!--(?:-?>|.*?(?:--!?>|\Z))|[!?/][^>]*+>?+)",
    re.DOTALL | re.ASCII,
)
"""Matches a start tag (with the content of a raw element after it), an end tag, or a comment.

`TOKEN.finditer` is the tokenizer. Everything between two matches is text. The groups `name` and `attributes` are the
parts of a start tag. For an element whose content has no tags, `raw` is its name too, and `text` is its content. The
group `end` is the name of an end tag. Names are as they are written.
"""

_REFERENCE = re.compile(r"&(?:#(?:[0-9]++|[xX][0-9a-fA-F]++);?+|([A-Za-z][A-Za-z0-9]*+(?:;|(?![A-Za-z0-9=]))))")


def attributes(
    html: str, start: int = 0, stop: int | None = None, among: Container[str] | None = None
) -> Iterator[tuple[str, int, int]]:
    """Yield the attributes between two offsets, such as the span of the group `attributes` of TOKEN.

    Each item has the name in lower case, and the offsets at which the value begins and ends. For an attribute without a
    value, both offsets are the end of the name. If `among` is given, only attributes with these names are yielded.
    """
    for match in _EACH.finditer(html, start, len(html) if stop is None else stop):
        name = match[1].lower()
        if among is None or name in among:
            yield (
                (name, *match.span(match.lastindex or 1)) if match.lastindex != 1 else (name, match.end(), match.end())
            )


def values(html: str, start: int = 0, stop: int | None = None) -> dict[str, str]:
    """Return the value of each attribute, with its references resolved, by its name in lower case.

    If a name occurs twice, the first value is returned, as in browsers.
    """
    found: dict[str, str] = {}
    for name, begin, end in attributes(html, start, stop):
        found.setdefault(name, meant(html[begin:end]))
    return found


def meant(value: str) -> str:
    """Return the value of an attribute as browsers read it. Browsers do not resolve `&copy` in `?a=1&copy=2`."""
    return _REFERENCE.sub(_character, value) if "&" in value else value


def positions(value: str) -> list[int]:
    """Return the offset in `value` of each character of `meant(value)`, and then the offset of its end."""
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
    """Return the text of a piece of HTML without its tags and comments, and without the content of raw elements."""
    return unescape(TOKEN.sub("", html))


def _character(match: re.Match[str]) -> str:
    return unescape(match[0]) if match[1] is None else html5.get(match[1], match[0])
