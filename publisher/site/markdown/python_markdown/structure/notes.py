"""Footnotes among the blocks: their lines are taken out of the text and are written at its end.

So a note between two items of a list does not divide the list.
"""

from __future__ import annotations

from publisher.site.markdown.python_markdown.structure import starts


class NoteLines:
    """The lines of one note. `header` is its label, `text` the rest of its first line."""

    def __init__(self, header: str, text: str, column: int) -> None:
        self.header = header
        self.column = column
        """The column from which the lines of the note belong to it."""
        self.lines = [text] if text else []
        self._blank = False

    def take(self, text: str, kept: str) -> bool:
        """Take a line. Return False if the note ends before it.

        `text` is the line with spaces for tabs, `kept` its part from `column` on.
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
