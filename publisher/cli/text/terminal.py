"""The width of a terminal, and of a text on it, in columns."""

from __future__ import annotations

import shutil
import unicodedata
from typing import TextIO


def columns(text: str) -> int:
    """Return how many columns a text takes. A wide (Chinese) character takes two, a combining mark none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def width(out: TextIO, otherwise: int) -> int:
    """Return the columns of the terminal that `out` is, or `otherwise` if it is a file or a pipe."""
    return shutil.get_terminal_size().columns if out.isatty() else otherwise
