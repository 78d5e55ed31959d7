"""Collect the lines of footnotes. The footnotes are written at the end of the text.

So a footnote between two items of a list does not divide the list.
"""

from __future__ import annotations

from publisher.site.markdown.python_markdown.structure import starts


class NoteLines:
    """The lines of one footnote. `header` is its label, and `text` is the rest of its first line."""

    def __init__(self, header: str, text: str, column: int) -> None:
        self.header = header
        self.column = column
        """The column to which the lines of the footnote are indented."""
        self.lines = [text] if text else []
        self._blank = False

    def take(self, text: str, kept: str) -> bool:
        """Add a line and return True, or return False if the footnote ends before this line.

        `text` is the line with spaces instead of tabs. `kept` is the part of the line that begins at `self.column`.
        """
        start = len(text) - len(text.lstrip(" "))
        if start == len(text):
            self.lines.append("")
            self._blank = True
            return True
        lazy = not self._blank and not starts.BLOCK.match(text, start)
        if start < self.column and not lazy:
            return False
        self.lines.append(kept if start >= self.column else text.lstrip(" "))
        self._blank = False
        return True
