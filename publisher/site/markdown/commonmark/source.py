"""Convert the positions of the parser, in lines and columns of bytes, into positions in the source of an article."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

from comrak import AstNode


class Source:
    """The body of an article. It begins on line `line` of its file.

    An offset is the number of bytes, in UTF-8, between the beginning of the body and a position.
    """

    def __init__(self, text: str, line: int, starts: Sequence[int] | None = None) -> None:
        """Store the text of the body.

        If the parser gets the lines of `text`, `starts` is None. Otherwise `starts` has a number for each line that the
        parser gets: the offset of column 1. It may be negative.
        """
        self.text = text
        self._line = line
        self._parser_starts = starts
        self._data = text.encode()
        self._ascii = text.isascii()
        self._index = (0, 0)
        """The index and the offset of the last call of `offset_of`. The next call counts from there."""
        self._last = (0, 1)
        """The offset of the last call of `place`, and the column that it returned."""
        self.code_has_attributes = "`{" in text
        self.blocks_have_attributes = "{:" in text
        self.headings_have_attributes = "{" in text
        self.links_have_attributes = "}" in text and ("){" in text or "]{" in text)

    @cached_property
    def _starts(self) -> list[int]:
        """The offset at which each line begins, and then the offset of the end."""
        # bytes.splitlines splits only at the line endings of CommonMark. str.splitlines splits at more characters.
        starts = [0, *accumulate(map(len, self._data.splitlines(keepends=True)))]
        return starts if len(starts) > 1 and not self._data.endswith((b"\n", b"\r")) else [*starts, len(self._data)]

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a position of the parser. `line` and `column` count from 1, and `column` is in bytes.

        Return 0 for a position before the body, and the offset of the end for a position after the body.
        """
        if self._parser_starts is not None:
            if 0 < line <= len(self._parser_starts):
                return min(max(self._parser_starts[line - 1] + column - 1, 0), len(self._data))
            return 0 if line < 1 else len(self._data)
        starts = self._starts
        if 0 < line < len(starts) and column > 0:
            return starts[line - 1] + column - 1
        return 0 if line < 1 else min(starts[min(line, len(starts)) - 1], len(self._data))

    def start(self, node: AstNode) -> int:
        """Return the offset at which the text of a node begins."""
        place = node.sourcepos.start
        return self.offset(place.line, place.column)

    def end(self, node: AstNode) -> int:
        """Return the offset after the text of a node."""
        place = node.sourcepos.end
        return self.offset(place.line, place.column + 1)

    def of(self, node: AstNode) -> str:
        """Return the text of a node as the author wrote it."""
        return self.cut(self.start(node), self.end(node))

    def cut(self, start: int, end: int) -> str:
        """Return the text between two offsets. If an offset is inside a character, U+FFFD replaces its bytes."""
        return self._data[start:end].decode(errors="replace")

    def before(self, offset: int) -> str:
        """Return the character before an offset, or "" at the beginning of the body."""
        return self.cut(max(offset - 4, 0), offset)[-1:]

    def after(self, offset: int) -> str:
        """Return the character that begins at an offset, or "" at the end of the body."""
        return self.cut(offset, offset + 4)[:1]

    def rest_of_line(self, offset: int) -> str:
        """Return the text from an offset to the end of its line."""
        end = self._data.find(b"\n", offset)
        return self.cut(offset, len(self._data) if end < 0 else end)

    def line_below(self, offset: int, lines: int) -> int:
        """Return the offset of the beginning of a line, `lines` lines below the line of an offset."""
        starts = self._starts
        number = bisect_right(starts, offset, 0, len(starts) - 1) - 1 + lines
        return starts[min(max(number, 0), len(starts) - 1)]

    def place(self, offset: int) -> tuple[int, int]:
        """Return the line in the file and the column of an offset. Both count from 1. The column is in characters."""
        starts = self._starts
        number = min(bisect_right(starts, offset, 0, len(starts) - 1), len(starts) - 1)
        begin, column = starts[number - 1], 1
        if begin <= self._last[0] <= offset:
            begin, column = self._last  # most calls have increasing offsets, so each part is read only once
        column += offset - begin if self._ascii else len(self.cut(begin, offset))
        self._last = offset, column
        return self._line + number - 1, column

    def offset_of(self, index: int) -> int:
        """Return the offset of the character with the index `index` in the text."""
        if self._ascii:
            return index
        begin, offset = self._index if self._index[0] <= index else (0, 0)
        offset += len(self.text[begin:index].encode())
        self._index = index, offset
        return offset
