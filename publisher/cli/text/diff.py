"""A difference as people and programs read it: lines with styles, and rows of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from publisher.cli.text.terminal import columns
from publisher.diff.kinds import address
from publisher.formatting import count, shown, volume

if TYPE_CHECKING:
    from publisher.diff import Difference, File, Same
    from publisher.diff.text import PageLink
    from publisher.diff.words import Passage

Style = Literal["", "head", "dim", "removed", "added", "gone", "come"]
"""gone and come are words within a text: without colour they stand in [- -] and {+ +}."""

LETTERS: dict[str, tuple[str, Style]] = {
    "added": ("A", "added"),
    "changed": ("M", ""),
    "moved": ("R", ""),
    "removed": ("D", "removed"),
}
CODES = {"head": "1", "dim": "2", "removed": "31", "added": "32", "gone": "31", "come": "32"}
PLACES = {"title": "title", "description": "summary", "main": "", "around": "around the page"}
INDENT = "  "
SOME = 4
"""Pages with the same change that are named; of more it is told how many."""


class Span(NamedTuple):
    """Some text in one style."""

    style: Style
    text: str


Line = list[Span]


def lines(found: Difference, *, stat: bool, width: int) -> Iterator[Line]:
    """The list of files, and unless only that is wanted what changed in each. `width` 0: no line is cut."""
    if not found.files:
        yield [Span("", "nothing differs")]
        return
    yield [Span("head", summary(found))]
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


def summary(found: Difference) -> str:
    """1 page changed, 2 pages and 1 file added."""
    parts = []
    for what in ("changed", "added", "removed", "moved"):
        files = found.only(what)
        pages = sum(file.kind == "page" for file in files)
        nouns = [count(number, noun) for number, noun in ((pages, "page"), (len(files) - pages, "file")) if number]
        if nouns:
            parts.append(f"{' and '.join(nouns)} {what}")
    return ", ".join(parts)


def _told_below(file: File) -> bool:
    """Whether all that changed in it is told once for many pages."""
    return bool(file.same) and not (file.passages or file.gone or file.come)


def _shared(same: Same) -> str:
    """4 pages, the same change: / posts/ tags/ and 1 more."""
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
        name = _cut(name, max(room, 16))
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
    from publisher.diff.text import readable

    target = readable(link.target)
    return target if len(target) <= 200 else f"{target[:120]}… ({len(target)} characters)"


def _spans(passage: Passage) -> Iterator[Span]:
    styles: dict[str, Style] = {"same": "", "removed": "gone", "added": "come", "cut": "dim"}
    for number, piece in enumerate(passage.pieces):
        gap = " … " if number else "… "
        yield Span(styles[piece.kind], piece.text if piece.kind != "cut" else gap)


def painted(line: Line, *, colour: bool) -> str:
    """A line as it is printed; what a terminal would obey is shown instead."""
    parts = []
    for style, text in line:
        text = shown(text)
        if colour and style:
            parts.append(f"\x1b[{CODES[style]}m{text}\x1b[0m")
        else:
            parts.append({"gone": f"[-{text}-]", "come": f"{{+{text}+}}"}.get(style, text))
    return "".join(parts).rstrip()


def _cut(name: str, room: int) -> str:
    """The end of a path, which tells the most."""
    while columns(name) > room - 1:
        name = name[1:]
    return "…" + name


def rows(found: Difference) -> dict[str, Any]:
    """The difference as JSON."""
    return {
        "from": str(found.old) if found.old else None,
        "to": str(found.new),
        "added": [_row(file) for file in found.only("added")],
        "changed": [_changed_row(file) for file in found.only("changed")],
        "removed": [_row(file) for file in found.only("removed")],
        "moved": [{**_row(file), "from": file.was} for file in found.only("moved")],
        "same": [{"pages": list(same.paths), **_change_row(same)} for same in found.same],
    }


def _row(file: File) -> dict[str, Any]:
    row: dict[str, Any] = {"path": file.path}
    if file.kind == "page":
        row["url"] = address(file.path)
    return row | {"kind": file.kind, "bytes": file.before if file.after is None else file.after}


def _changed_row(file: File) -> dict[str, Any]:
    row = {**_row(file), "bytes_before": file.before}
    if file.kind == "page":
        row |= _change_row(file) | {"same": list(file.same)}
    if file.lines is not None:
        row["lines"] = {"added": file.lines.added, "removed": file.lines.removed}
    return row | ({"note": file.note} if file.note else {})


def _change_row(change: File | Same) -> dict[str, Any]:
    words = [
        {"where": passage.where, "pieces": [{piece.kind: piece.text} for piece in passage.pieces]}
        for passage in change.passages
    ]
    links = {"removed": [link.target for link in change.gone], "added": [link.target for link in change.come]}
    return {"words": words, "links": links}
