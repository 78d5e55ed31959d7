"""The bytes of a file as text, with a place for everything that is none."""

from __future__ import annotations

import re

from publisher.errors import Problem
from publisher.site.model import SourceFile


def decode(source: SourceFile) -> tuple[str, list[Problem]]:
    """The text, one kind of line end, no byte-order mark. What cannot be read becomes U+FFFD, and a problem."""
    problems: list[Problem] = []
    data = source.data.removeprefix(b"\xef\xbb\xbf")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        problems.append(Problem(source.path, 1, 1, "UTF-16 instead of UTF-8", "save the file as UTF-8"))
        return "", problems
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        decoded = data.decode()
    except UnicodeDecodeError:
        decoded = data.decode(errors="surrogateescape")
        hint = "save the file as UTF-8"
        problems += _bad_characters(source.path, decoded, "[\udc80-\udcff]", "bytes that are not UTF-8", hint)
        decoded = re.sub("[\udc80-\udcff]", "\ufffd", decoded)
    if "\0" in decoded:
        problems += _bad_characters(source.path, decoded, "\0", "a NUL character", "remove it")
        decoded = decoded.replace("\0", "\ufffd")
    return decoded, problems


def _bad_characters(path: str, decoded: str, pattern: str, what: str, hint: str) -> list[Problem]:
    """One problem for each line that has any, at the first."""
    found: list[Problem] = []
    for number, line in enumerate(decoded.split("\n"), 1):
        match = re.search(pattern, line)
        if match:
            found.append(Problem(path, number, match.start() + 1, what, hint))
    return found
