"""Write the links of one article as marks, and record the target and the position of each link."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from urllib.parse import quote

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass
from publisher.html.url_attributes import Kind
from publisher.site import urls
from publisher.site.markdown.commonmark.source import Source
from publisher.site.markdown.html_body import HINTS
from publisher.site.markdown.links import BadLink, resolve
from publisher.site.model import Reference

_SAFE = "/!$*+=@()#%?&;:,~'"
_HOST_IN_BRACKETS = re.compile(r"[A-Za-z][\w+.-]*://(?:[^/?#@]*@)?\[[0-9A-Fa-f:.]+\]")
_DEFINITION = re.compile(r"^[ \t>]*\[(?!\^)((?:[^\[\]\\]|\\.)+)\]:\s*<?", re.MULTILINE)
_LABEL = re.compile(r"\]\[((?:[^\[\]\\]|\\.)*)\](?:\{[^{}]*\})?")
_DESTINATION = re.compile(r"\]\(\s*<?")

Offset = Callable[[], int]
"""A function that returns the offset of a link's destination. It is called only if the position is needed."""


@dataclass(slots=True)
class _Found:
    target: str
    kind: Kind
    line: int
    col: int
    out: list[str]
    piece: int
    """The index in `out` of the mark if `finish` may have to change the mark, else -1."""


class Links:
    """The links of the article at the content path `path`, and their faults. `home` is the address of the site."""

    def __init__(self, source: Source, path: str, home: str) -> None:
        self._source, self._path, self._home = source, path, home
        self._found: list[_Found] = []
        self.problems: list[Problem] = []

    def write(self, out: list[str], written: str, kind: Kind, offset: Offset) -> None:
        """Append the value of `href` or `src` to `out`: a mark if the target is in the site, else the address."""
        try:
            target = resolve(written, self._path, self._home)
        except BadLink as error:
            self.bad(error, written, offset)
            target = None
        if target is None:
            out.append(address(written))
            return
        self.to(out, target, kind, offset)

    def to(self, out: list[str], target: str, kind: Kind, offset: Offset) -> None:
        """Append the mark of a link with the target `target` to `out`, and record the link."""
        own = "#" in target and urls.split(target)[0] == self._path
        self._found.append(_Found(target, kind, *self._source.place(offset()), out, len(out) if own else -1))
        out.append(urls.mark(target))

    def marked(self, written: str, kind: Kind, offset: Offset) -> str | None:
        """Return the mark for a link in the author's HTML, or None if the address must not change."""
        out: list[str] = []
        try:
            target = resolve(written, self._path, self._home)
        except BadLink as error:
            self.bad(error, written, offset)
            return None
        if target is None:
            return None
        self.to(out, target, kind, offset)
        self._found[-1].piece = -1
        return out[0]

    def here(self, fragment: str) -> str:
        """Return the mark of a link that the program made, to the id `fragment` of this article. Record nothing."""
        return urls.mark(urls.target(self._path, fragment))

    def bad(self, error: BadLink, written: str, offset: Offset) -> None:
        """Record the fault of a link that cannot have a target. `error` says why."""
        what = f"{error}: {written.strip()!r}"
        place = self._source.place(offset())
        self.problems.append(Problem(self._path, *place, what, HINTS[str(error)], kind="dead-link"))

    def finish(self, ids: tuple[str, ...]) -> tuple[Reference, ...]:
        """Return every recorded link, in the order of their positions. `ids` are all ids of the article.

        If a fragment differs from an id of this article only in case, it becomes this id. GitHub ignores case in a
        fragment, and browsers do not.
        """
        by_case: dict[str, str] = {}
        for one in self._found:
            if one.piece < 0:
                continue
            if not by_case:
                by_case = {given.casefold(): given for given in reversed(ids)} | {given: given for given in ids}
            path, fragment, query = urls.split(one.target)
            meant = by_case.get(fragment) or by_case.get(fragment.casefold(), fragment)
            one.target = urls.target(path, meant, query)
            one.out[one.piece] = urls.mark(one.target)
        found = {Reference(one.target, one.kind, one.line, one.col) for one in self._found}
        return tuple(sorted(found, key=lambda each: (each.line, each.col, each.target, each.kind)))

    def destination(self, start: int, inside_end: int, end: int) -> int:
        """Return the offset at which the destination of a link begins. It may be in the definition of a reference.

        `start` and `end` are the offsets at which the link begins and ends. `inside_end` is the offset after its text.
        If no destination is found, return `start`.
        """
        written = self._source.cut(inside_end, end)
        match = _DESTINATION.match(written)
        if match:
            return inside_end + len(match[0].encode())
        label = _LABEL.fullmatch(written)
        text = self._source.cut(start, inside_end).removeprefix("!").removeprefix("[")
        return self._definitions.get(_name((label and label[1]) or text), start)

    @cached_property
    def _definitions(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for match in _DEFINITION.finditer(self._source.text):
            found.setdefault(_name(match[1]), self._source.offset_of(match.end()))
        return found


def _name(label: str) -> str:
    return " ".join(label.casefold().split())


def address(written: str) -> str:
    """Return the value of an HTML attribute for an address. Percent-encode characters that no address may contain."""
    if written.isascii() and written.replace("/", "").replace(":", "").replace(".", "").replace("-", "").isalnum():
        return written
    host = _HOST_IN_BRACKETS.match(written)
    end = host.end() if host else 0
    return written[:end] + quote(written[end:], safe=_SAFE).replace("&", "&amp;").replace("'", "&#x27;")
