"""Write to standard output so that no text from outside becomes a workflow command.

The runner of GitHub Actions obeys each line that begins with `::`, and each `##[` anywhere in a line. Names of files
and messages of services may contain both. See src/Runner.Common/ActionCommand.cs of https://github.com/actions/runner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TextIO

BREAK = "\u200b"
"""A zero-width space. It makes a text harmless and is not visible."""

BEGINNING = re.compile(r"(^|[\r\n])([^\S\r\n]*):(?=:)")
OLD_FORM = re.compile(r"##(?=\[)")


def harmless(text: str, before: str = "") -> str:
    """Return `text` with a zero-width space in everything that could be a workflow command.

    `before` is the beginning of the line that `text` continues, or an empty string if `text` begins a line.
    """
    whole = OLD_FORM.sub(f"##{BREAK}", before + text)
    return BEGINNING.sub(rf"\1\2:{BREAK}", whole)[len(before) :]


class GuardedOutput:
    """A text stream that makes every text `harmless` and writes it to another stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._before = ""
        """The unfinished line, reduced to the part that could become a command together with the next text."""

    def write(self, text: str) -> int:
        """Write a text and return its number of characters."""
        safe = harmless(text, self._before)
        self._stream.write(safe)
        line = re.split("[\r\n]", self._before + safe)[-1].lstrip()
        self._before = line if line in ("", ":") else f"-{re.split('[^#]', line)[-1][-2:]}"
        return len(text)

    def writelines(self, texts: Iterable[str]) -> None:
        """Write several texts."""
        for text in texts:
            self.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
