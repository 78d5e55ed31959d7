"""The bytes of a file as text, with the places of bytes that are not text."""

from __future__ import annotations

import re

from publisher.errors import Problem
from publisher.site.model import SourceFile


def decode(source: SourceFile) -> tuple[str, list[Problem]]:
    """Return the text with one kind of line end and no byte-order mark, and its problems.

    Bytes that cannot be read become U+FFFD and a problem.
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
    """Return one problem for each line with such a character, at the first of the line."""
    found: list[Problem] = []
    for number, line in enumerate(decoded.split("\n"), 1):
        match = re.search(pattern, line)
        if match:
            found.append(Problem(path, number, match.start() + 1, what, hint))
    return found
