"""Write the text of `publish diff` as lines with styles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from publisher.cli.text.paint import Line, Span, Style
from publisher.cli.text.terminal import columns
from publisher.cli.text.wrap import end
from publisher.diff.counts import left_out, summary
from publisher.diff.kinds import address
from publisher.formatting import count, volume

if TYPE_CHECKING:
    from publisher.diff import Difference, File, Same
    from publisher.diff.page_text import PageLink
    from publisher.diff.words import Passage


LETTERS: dict[str, tuple[str, Style]] = {
    "added": ("A", "added"),
    "changed": ("M", ""),
    "moved": ("R", ""),
    "removed": ("D", "removed"),
}
PLACES = {"title": "title", "description": "summary", "main": "", "around": "around the page"}
INDENT = "  "
SOME = 4
"""At most this many pages with the same change are named. Of the other pages, only the number is shown."""


def lines(found: Difference, *, stat: bool, width: int) -> Iterator[Line]:
    """Yield the list of files and, without `stat`, their changes. A `width` of 0 cuts no line."""
    if not found.files:
        yield [Span("", "nothing differs")]
        return
    yield [Span("head", summary(found))]
    if more := left_out(found):
        yield [Span("head", more)]
    for file in found.files:
        if not _told_below(file):
            yield _listed(file, width)
    for same in found.same:
        yield [Span("", f"M {_shared(same)}")]
    if stat:
        return
    for same in found.same:
        yield []
        yield [Span("head", _shared(same))]
        yield from _told(same)
    for file in found.files:
        if file.passages or file.gone or file.come:
            yield []
            yield [Span("head", _name(file))]
            yield from _told(file)


def _told_below(file: File) -> bool:
    """Return whether a file has only changes that other pages have too. They are listed once, with these pages."""
    return bool(file.same) and not (file.passages or file.gone or file.come)


def _shared(same: Same) -> str:
    """Return a line such as `4 pages, the same change: / posts/ tags/ and 1 more`."""
    names = [_page_name(path) for path in same.paths[:SOME]]
    more = f" and {len(same.paths) - SOME:,} more" if len(same.paths) > SOME else ""
    return f"{count(len(same.paths), 'page')}, the same change: {'  '.join(names)}{more}"


def _listed(file: File, width: int) -> Line:
    letter, style = LETTERS[file.what]
    name, what = _name(file), _how_much(file)
    if file.was:
        name = f"{_page_name(file.was)} -> {name}"
    room = width - len(what) - 4
    if width and columns(name) > room:
        name = end(name, max(room, 16))
    gap = " " * max(2, min(room, 40) - columns(name) + 2) if width else "  "
    return [Span(style, f"{letter} {name}"), Span("dim", f"{gap}{what}" if what else "")]


def _name(file: File) -> str:
    return _page_name(file.path) if file.kind == "page" else file.path


def _page_name(path: str) -> str:
    return address(path)[1:] or "/"


def _how_much(file: File) -> str:
    if file.what == "moved":
        return ""
    if file.what != "changed":
        size = file.after if file.after is not None else file.before
        return volume(size or 0)
    sizes = f"{volume(file.before or 0)} -> {volume(file.after or 0)}"
    if file.note:
        return f"{file.note}, {sizes}" if file.before != file.after else file.note
    if file.lines is not None:
        return f"+{file.lines.added} -{file.lines.removed} {'line' if max(file.lines) == 1 else 'lines'}"
    if file.kind == "page" and (file.passages or file.gone or file.come):
        added, removed = (sum(_words(file.passages, kind)) for kind in ("added", "removed"))
        links = len(file.gone) + len(file.come)
        words = f"+{added} -{removed} words" if file.passages else ""
        return ", ".join(filter(None, [words, count(links, "link") if links else ""]))
    return sizes


def _words(passages: Iterable[Passage], kind: str) -> Iterator[int]:
    from publisher.diff.words import words

    for passage in passages:
        yield from (len(words(piece.text)) for piece in passage.pieces if piece.kind == kind)


def _told(change: File | Same) -> Iterator[Line]:
    for passage in change.passages:
        place = PLACES[passage.where]
        yield [Span("", INDENT), *([Span("dim", f"{place}: ")] if place else []), *_spans(passage)]
    old, new = list(change.gone), list(change.come)
    for number in range(max(len(old), len(new))):
        pair = [Span("gone", _link(old[number]))] if number < len(old) else []
        pair += [Span("", " ")] if number < len(old) and number < len(new) else []
        pair += [Span("come", _link(new[number]))] if number < len(new) else []
        yield [Span("", INDENT), Span("dim", f"{(old[number:] or new[number:])[0].kind}: "), *pair]


def _link(link: PageLink) -> str:
    from publisher.diff.page_text import readable

    target = readable(link.target)
    return target if len(target) <= 200 else f"{target[:120]}… ({len(target)} characters)"


def _spans(passage: Passage) -> Iterator[Span]:
    styles: dict[str, Style] = {"same": "", "removed": "gone", "added": "come", "cut": "dim"}
    for number, piece in enumerate(passage.pieces):
        gap = " … " if number else "… "
        yield Span(styles[piece.kind], piece.text if piece.kind != "cut" else gap)
