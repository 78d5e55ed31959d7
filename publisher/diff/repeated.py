"""If many pages have the same change, report it only once.

A new word in the footer is then one change instead of five hundred.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from publisher.diff.compare import Difference, File, Same
from publisher.diff.page_text import PageLink
from publisher.diff.words import Passage, TextPiece

MANY = 3
"""If at least this many pages have the same change, it is reported once."""

_Change = tuple[object, ...]


def folded(found: Difference, many: int = MANY) -> Difference:
    """Return the difference, but list each change of at least `many` pages once in `same` and not in the files."""
    pages: dict[_Change, dict[str, None]] = {}  # One page may have the same change very often.
    for file in found.files:
        for change, _ in _changes(file):
            pages.setdefault(change, {})[file.path] = None
    shared: dict[tuple[str, ...], list[_Change]] = {}
    for change, paths in pages.items():
        if len(paths) >= many:
            shared.setdefault(tuple(paths), []).append(change)
    if not shared:
        return found
    groups = sorted(shared.items(), key=lambda group: (-len(group[0]), group[0]))
    numbers = {change: number for number, (_, group) in enumerate(groups) for change in group}
    things: dict[_Change, Passage | PageLink] = {}
    for file in found.files:
        for change, thing in _changes(file):
            if change in numbers:
                things[change] = _common(things.get(change, thing), thing)
    same = tuple(_same(paths, {change: things[change] for change in group}) for paths, group in groups)
    return replace(found, same=same, files=tuple(_without(file, numbers) for file in found.files))


def _changes(file: File) -> Iterator[tuple[_Change, Passage | PageLink]]:
    for passage in file.passages:
        yield ("words", *passage.change), passage
    for link in file.gone:
        yield ("gone", link), link
    for link in file.come:
        yield ("come", link), link


def _common(one: Passage | PageLink, other: Passage | PageLink) -> Passage | PageLink:
    """Return the passage or link `one`. `other` is the same change on another page.

    If the two passages differ, cut the unchanged words around the change.
    """
    if one == other or not isinstance(one, Passage):
        return one
    pieces: list[TextPiece] = []
    for piece in one.pieces:
        told = TextPiece("cut", "") if piece.kind == "same" and piece.text != " " else piece
        if not (pieces and pieces[-1].kind == "cut" and (told.kind == "cut" or told.text == " ")):
            pieces.append(told)
    return replace(one, pieces=tuple(pieces))


def _same(paths: tuple[str, ...], things: dict[_Change, Passage | PageLink]) -> Same:
    passages = tuple(thing for thing in things.values() if isinstance(thing, Passage))
    gone = tuple(thing for change, thing in things.items() if change[0] == "gone" and isinstance(thing, PageLink))
    come = tuple(thing for change, thing in things.items() if change[0] == "come" and isinstance(thing, PageLink))
    return Same(paths, passages, gone, come)


def _without(file: File, numbers: dict[_Change, int]) -> File:
    used = {numbers[change] for change, _ in _changes(file) if change in numbers}
    if not used:
        return file
    return replace(
        file,
        passages=tuple(each for each in file.passages if ("words", *each.change) not in numbers),
        gone=tuple(each for each in file.gone if ("gone", each) not in numbers),
        come=tuple(each for each in file.come if ("come", each) not in numbers),
        same=tuple(sorted(used)),
    )
