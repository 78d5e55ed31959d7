"""Read the order of pages from a SUMMARY.md, in the form of mdBook.

Source: https://rust-lang.github.io/mdBook/format/summary.html

A heading begins a part. A list item with a link is a chapter. An item that is indented more is below the item above it.
A link outside of a list is a chapter without a number. A link without a target is a chapter that is not written yet.
"""

from __future__ import annotations

import posixpath
import re

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass, field
from publisher.site.structure_settings import NavEntry, leads_outside, runs_code

_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})")
_HEADING = re.compile(r"#{1,6}[ \t]+(.+?)[ \t]*#*\s*$")
_ITEM = re.compile(r"([ \t]*)(?:[-*+]|[0-9]+[.)])[ \t]+(.*)$")
_LINK = re.compile(r"\[((?:\\.|[^\]\\]|\[[^\]]*\])*)\]\(\s*(?:<([^>]*)>|([^)\s]*))(?:\s+[\"'(][^)]*)?\s*\)")
_CODE = re.compile(r"`+([^`]*)`+|(?<!\w)[*_]{1,2}([^*_]+)[*_]{1,2}(?!\w)|\\([!-/:-@\[-`{-~])")


@dataclass(slots=True)
class _Open:
    """An entry whose children are still being read."""

    indent: int
    title: str
    page: str
    place: tuple[int, int]
    entries: list[_Open] = field(default_factory=list)

    def entry(self) -> NavEntry:
        return NavEntry(self.title, self.page, tuple(one.entry() for one in self.entries), self.place)


def read_summary(path: str, text: str) -> tuple[tuple[NavEntry, ...], tuple[Problem, ...]]:
    """Return the entries of a SUMMARY.md, and its problems. `path` is the path of the file in problems.

    A heading at the beginning is the title of the file, and is left out.
    """
    reader = _Reader(path)
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if _FENCE.match(line):
            fenced = not fenced
        elif line.strip() and not fenced:
            reader.line(number, line)
    return tuple(one.entry() for one in reader.top.entries), tuple(reader.problems)


class _Reader:
    """Reads one line after the other. `top` collects the entries."""

    def __init__(self, path: str) -> None:
        self._path, self._folder = path, path.rpartition("/")[0]
        self.top = _Open(-1, "", "", (0, 0))
        self.problems: list[Problem] = []
        self._part = self.top
        self._above: list[_Open] = []
        self._begun = False

    def line(self, number: int, line: str) -> None:
        """Read a line that is not empty."""
        heading, item = _HEADING.match(line), _ITEM.match(line)
        link = None if heading else _LINK.search(line)
        if heading:
            self._heading(_plain(heading[1]), number)
        elif link:
            self._chapter(link, item, number)
        elif item:
            what = "this line of the nav has no link"
            self.problems.append(Problem(self._path, number, 1, what, "write it as `- [Title](file.md)`"))
        self._begun = self._begun or bool(heading or link)

    def _heading(self, title: str, number: int) -> None:
        if self._begun:
            self._part = _Open(-1, title, "", (number, 1))
            self.top.entries.append(self._part)
            self._above = []

    def _chapter(self, link: re.Match[str], item: re.Match[str] | None, number: int) -> None:
        indent = len(item[1].expandtabs(4)) if item else -1
        page = _joined(self._folder, link[2] or link[3] or "")
        place = number, link.start() + 1
        if runs_code(page):
            what, hint = (
                f"the nav names {page!r}, which is no address of a page",
                "write the path of an article, or a whole URL",
            )
            self.problems.append(Problem(self._path, *place, what, hint))
            page = ""
        found = _Open(indent, _plain(link[1]), page, place)
        if item is None:  # a chapter without a number ends the part before it
            self._part, self._above = self.top, []
        while self._above and self._above[-1].indent >= indent:
            self._above.pop()
        (self._above[-1] if self._above else self._part).entries.append(found)
        if item:
            self._above.append(found)


def _plain(text: str) -> str:
    """Return the text of a title without the signs of code and emphasis."""
    return " ".join(_CODE.sub(lambda found: found[1] or found[2] or found[3] or "", text).split())


def _joined(folder: str, page: str) -> str:
    """Return a path relative to the folder of the SUMMARY.md as a content path. Return a whole URL unchanged."""
    path, sign, fragment = page.partition("#")
    if not path or leads_outside(page):
        return page
    slash = "/" if path.endswith("/") else ""
    return posixpath.normpath(posixpath.join(folder, path)) + slash + sign + fragment
