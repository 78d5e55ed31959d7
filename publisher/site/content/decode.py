"""Decode the bytes of a file as text, and find bytes that are not text."""

from __future__ import annotations

import re

from publisher.errors import Problem
from publisher.site.model import SourceFile


def decode(source: SourceFile) -> tuple[str, list[Problem]]:
    """Return the text of a file and its problems. All line ends become line feeds. The byte-order mark is removed.

    Bytes that are not UTF-8, and NUL characters, become U+FFFD. Each line that has one of them gets a problem.
    """
    problems: list[Problem] = []
    data = source.data.removeprefix(b"\xef\xbb\xbf")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        problems.append(Problem(source.path, 1, 1, "the file is UTF-16, and must be UTF-8", "save the file as UTF-8"))
        return "", problems
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        decoded = data.decode()
    except UnicodeDecodeError:
        decoded = data.decode(errors="surrogateescape")
        hint = "save the file as UTF-8"
        problems += _bad_characters(
            source.path, decoded, "[\udc80-\udcff]", "this line has bytes that are not UTF-8", hint
        )
        decoded = re.sub("[\udc80-\udcff]", "\ufffd", decoded)
    if "\0" in decoded:
        problems += _bad_characters(source.path, decoded, "\0", "this line has a NUL character", "remove the character")
        decoded = decoded.replace("\0", "\ufffd")
    return decoded, problems


def _bad_characters(path: str, decoded: str, pattern: str, what: str, hint: str) -> list[Problem]:
    """Return one problem for each line that matches `pattern`. Its column is that of the first match."""
    found: list[Problem] = []
    for number, line in enumerate(decoded.split("\n"), 1):
        match = re.search(pattern, line)
        if match:
            found.append(Problem(path, number, match.start() + 1, what, hint))
    return found
