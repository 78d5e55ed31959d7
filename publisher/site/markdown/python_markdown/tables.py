"""Split the rows of tables into cells.

The library looks at each pipe and each run of backticks of a row. Most rows have no pipe in code, and one call of
`split` is enough for them. The output is the same to the byte.
"""

from __future__ import annotations

from typing import Any

from markdown import Markdown
from markdown.extensions.tables import TableProcessor


class _Tables(TableProcessor):
    """The library's processor, with a fast path for rows that have no escape and no pipe in code."""

    def _split(self, row: str) -> list[str]:
        cells = row.split("|")
        if "\\" in row or "``" in row or ("`" in row and any(cell.count("`") % 2 for cell in cells)):
            library: Any = super()  # the library declares no type
            cells = library._split(row)  # a pipe may be escaped or in code
        return cells


def guard(md: Markdown) -> None:
    """Replace the library's processor."""
    processors: Any = md.parser.blockprocessors
    processors.register(_Tables(md.parser, processors["table"].config), "table", 75)
