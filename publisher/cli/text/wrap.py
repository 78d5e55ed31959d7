"""Break lines and cut texts at the width of a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from publisher.cli.text.terminal import columns


def wrapped(first: str, title: str, pieces: Iterable[str], width: int, after: str) -> Iterator[str]:
    """Yield the title and the pieces, with commas between them, in lines of at most `width` columns.

    The first line begins with `first`, the later ones with `after`.
    """
    said = ", ".join(pieces)
    words = title.split(" ") if title else []
    heading = len(words)
    words += said.split(" ") if said else []
    line, fresh = first, True
    for number, word in enumerate(words):
        gap = "" if fresh else "  " if number == heading else " "
        if not fresh and columns(line + gap + word) > width:
            yield line
            line, gap = after, ""
        line, fresh = line + gap + word, False
        while columns(line) > width:  # A single word is longer than a line.
            kept = head(line, width)
            yield kept
            line = after + line[len(kept) :]
    yield line


def head(text: str, width: int) -> str:
    """Return the longest beginning of a text that fits into `width` columns."""
    used = 0
    for at, char in enumerate(text):
        used += columns(char)
        if used > width:
            return text[:at]
    return text


def cut(text: str, width: int) -> str:
    """Return the text. If it is wider than `width` columns, return its beginning and `…`."""
    return text if columns(text) <= width else head(text, width - 1) + "…"


def end(name: str, room: int) -> str:
    """Return `…` and the end of a path, in at most `room` columns. The end says more than the beginning."""
    while columns(name) > room - 1:
        name = name[1:]
    return "…" + name
