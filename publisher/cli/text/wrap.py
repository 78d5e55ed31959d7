"""Lines that are broken or cut where a terminal ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from publisher.cli.text.terminal import columns


def wrapped(first: str, title: str, pieces: Iterable[str], width: int, after: str) -> Iterator[str]:
    """The title and the pieces with commas between, on as many lines as it takes; `after` begins the later ones."""
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
        while columns(line) > width:  # one word that is longer than a line
            kept = head(line, width)
            yield kept
            line = after + line[len(kept) :]
    yield line


def head(text: str, width: int) -> str:
    """As much of the beginning as has room."""
    used = 0
    for at, char in enumerate(text):
        used += columns(char)
        if used > width:
            return text[:at]
    return text


def cut(text: str, width: int) -> str:
    """The beginning, with a sign where the rest was left out."""
    return text if columns(text) <= width else head(text, width - 1) + "…"


def end(name: str, room: int) -> str:
    """The end of a path, which tells the most."""
    while columns(name) > room - 1:
        name = name[1:]
    return "…" + name
