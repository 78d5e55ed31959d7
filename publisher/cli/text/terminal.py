"""Measure the width of a terminal, and of a text on it, in columns."""

from __future__ import annotations

import shutil
import unicodedata
from typing import TextIO


def columns(text: str) -> int:
    """Return the number of columns that a text takes. A Chinese character takes two columns, a combining mark none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def width(out: TextIO, otherwise: int) -> int:
    """Return the number of columns of the terminal `out`. If `out` is a file or a pipe, return `otherwise`."""
    return shutil.get_terminal_size().columns if out.isatty() else otherwise
