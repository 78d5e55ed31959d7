"""Read header lines such as `Title: x`, as Pelican and MultiMarkdown have them. An empty line ends the header lines."""

from __future__ import annotations

import re

from publisher.site.content.frontmatter.keys import HEADERS
from publisher.site.content.frontmatter.value import FrontMatterValue, Unreadable

_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)[ \t]*:(?:[ \t]+|$)")
_CONTINUED = re.compile(r"(?: {4}|\t)[ \t]*\S")


def end(text: str) -> int:
    """Return the index after the header lines and the empty line that follows. Return 0 if there are no header lines.

    The text of an article may also begin with a line such as `Summary: ...`. So lines are header lines only if the
    first line has a known key, and if all lines together have a title or several known keys.
    """
    first = _HEADER.match(text[: text.find("\n") if "\n" in text else len(text)])
    if not first or first[1].lower() not in HEADERS:
        return 0
    at = 0
    names: list[str] = []
    while at < len(text):
        stop = text.find("\n", at)
        row = text[at:] if stop < 0 else text[at:stop]
        after = len(text) if stop < 0 else stop + 1
        if not row.strip():
            at = after
            break
        if header := _HEADER.match(row):
            names.append(header[1].lower())
        elif not _CONTINUED.match(row) and not _certain(names):
            return 0
        at = after
    return at if _certain(names) else 0


def _certain(names: list[str]) -> bool:
    return "title" in names or sum(name in HEADERS for name in names) > 1


def read(text: str, line: int) -> FrontMatterValue:
    """Return the values of a block that begins on line `line` of its file. The keys are in lower case.

    Raises Unreadable if a line is not a header line.
    """
    pairs: list[tuple[FrontMatterValue, FrontMatterValue]] = []
    parts: list[str] = []

    def close() -> None:
        if pairs:
            key, value = pairs[-1]
            pairs[-1] = key, FrontMatterValue("text", *value.place, "\n".join(parts).strip())

    for number, row in enumerate(text.split("\n"), line):
        if not row.strip():
            continue
        if header := _HEADER.match(row):
            close()
            name, at = header[1].lower(), header.end() + 1
            pairs.append((FrontMatterValue("text", number, 1, name), FrontMatterValue("text", number, at)))
            parts = [row[header.end() :]]
        elif _CONTINUED.match(row):
            parts.append(row.strip())
        else:
            hint = "put an empty line before the text of the article, or four spaces before this line"
            raise Unreadable(number, 1, "this line among the header lines is no header line", hint)
    close()
    return FrontMatterValue("map", line, 1, pairs=tuple(pairs))
