"""How much room there is on a line, and how much of it a text takes."""

from __future__ import annotations

import shutil
import unicodedata
from typing import TextIO


def columns(text: str) -> int:
    """How wide a text is on a terminal: Chinese characters take two columns, marks over letters none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def width(out: TextIO, otherwise: int) -> int:
    """The columns of a terminal; of a file or a pipe, what is given."""
    return shutil.get_terminal_size().columns if out.isatty() else otherwise
