"""The links of one file that become relative, and the links that stay as they are, with the reason."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from publisher.fast_dataclass import dataclass

NOWHERE = "lead to nothing in this folder"
OTHER_VALUE = "are in attributes whose use is not certain"
SPELLED = "are written with references or escapes"
BASE = "depend on a <base> that stays as it is"
HASHED = "are in text that a page checks by its hash"
PROPERTY = "are in custom properties of a style sheet, which other files may use"
ELSEWHERE = "are in files that a gateway also shows at other addresses"


@dataclass(frozen=True, slots=True)
class LeftLink:
    """A link to the root of the host that is not changed."""

    start: int
    """The offset of the address in the text."""
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Changed:
    """The links of a file after the search."""

    text: str
    slashes: tuple[tuple[int, str], ...]
    """The offset of each leading slash that is replaced, and the text that replaces it."""
    left: tuple[LeftLink, ...]
    hashed: frozenset[str] = frozenset()
    """The paths of the files whose hash the page names in an `integrity` attribute."""

    def data(self) -> bytes:
        """Return the bytes of the file with relative links."""
        parts: list[str] = []
        done = 0
        for start, new in self.slashes:
            parts += (self.text[done:start], new)
            done = start + 1
        return "".join((*parts, self.text[done:])).encode()

    def back(self) -> Callable[[int], int]:
        """Return a function that maps a byte offset in `data()` to the byte offset in the file as it was."""
        ends, added = [0], [0]
        at = done = 0
        for start, new in self.slashes:
            piece = self.text[done:start]
            at += len(piece) if piece.isascii() else len(piece.encode())
            done = start
            ends.append(at + added[-1] + len(new))
            added.append(added[-1] + len(new) - 1)
        return lambda offset: offset - added[bisect_right(ends, offset) - 1]
