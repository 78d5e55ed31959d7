"""Read the words after the opening fence of a code block. They say its language and how the page shows it."""

from __future__ import annotations

import re

from publisher.fast_dataclass import dataclass, replace
from publisher.site.markdown.commonmark.attributes import NONE, Attributes, read

_LANGUAGE = re.compile(r"[^\s,={}:]+")
_MARKED = re.compile(r"\{([\d\s,-]+)\}")
_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")
_TITLES = ("title", "filename", "file")
_NUMBERED = ("linenums", "linenos", "showlinenumbers", "linenumbers")
_MARKS = ("hl_lines", "mark")
MOST = 100_000
"""A line with a larger number is not highlighted."""


@dataclass(frozen=True, slots=True)
class FenceInfo:
    """The meaning of the words after a fence. `language` and `title` are "" if no word names them."""

    language: str = ""
    title: str = ""
    first: int = 0
    """The number of the first line, or 0 if the lines are shown without numbers."""
    marked: frozenset[int] = frozenset()
    """The numbers of the highlighted lines. The first line of the block has the number 1."""
    attributes: Attributes = NONE
    """The id, the classes and the other attributes of the block."""


def parse(info: str) -> FenceInfo:
    """Return the meaning of the words after a fence.

    The words may have the forms of GitHub, MkDocs, Docusaurus, Hugo and Pandoc: `js`, `js {1,3-4} title="a"`,
    `js {hl_lines="1"}`, `{.js #id .class}`, `rust,ignore`, `js=1`.
    """
    info = info.strip()
    if not info:
        return FenceInfo()
    marked: set[int] = set()
    for match in _MARKED.finditer(info):
        marked |= _lines(match[1])
    info = _MARKED.sub(" ", info).strip()
    first = _LANGUAGE.match(info)
    language = first[0] if first else ""
    rest = info[len(language) :]
    if not rest.strip():
        return FenceInfo(language, marked=frozenset(marked))
    given = read(_BRACES.sub(lambda match: f" {match[1]} ", rest))
    if not language and given.classes:
        language, given = given.classes[0], replace(given, classes=given.classes[1:])
    pairs = dict(given.pairs)
    title = next((pairs[name] for name in _TITLES if pairs.get(name)), "")
    for name in _MARKS:
        marked |= _lines(pairs.get(name, ""))
    kept = {name: value for name, value in pairs.items() if "{" in info and name not in _KNOWN and value}
    return FenceInfo(language, title, _first(rest, pairs), frozenset(marked), replace(given, pairs=kept))


_KNOWN = frozenset((*_TITLES, *_NUMBERED, *_MARKS, "linenostart"))


def _lines(text: str) -> set[int]:
    found: set[int] = set()
    for match in _RANGE.finditer(text):
        start = int(match[1])
        found |= set(range(start, min(int(match[2] or start), MOST) + 1))
    return found


def _first(rest: str, pairs: dict[str, str]) -> int:
    start = re.match(r"=(\d{1,6})", rest) or re.fullmatch(r"(\d{1,6})", pairs.get("linenostart", ""))
    if start:
        return int(start[1])
    for name in _NUMBERED:
        if name in pairs and pairs[name].lower() != "false":
            return int(pairs[name]) if re.fullmatch(r"\d{1,6}", pairs[name]) else 1
    return 0
