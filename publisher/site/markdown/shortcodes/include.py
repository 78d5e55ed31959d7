"""Put the text of other files into the text of an article, before it is converted.

So the headings, footnotes and link definitions of such a file belong to the article, as in mdBook and MkDocs.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from publisher.errors import Problem
from publisher.site.markdown.shortcodes.calls import INCLUDE, BadCall, Call, Host, Included
from publisher.site.markdown.shortcodes.source import Calls, Found, SourceLine
from publisher.site.markdown.shortcodes.syntax import TITLE, read_line

DEEPEST = 6
"""The largest length of a chain of files, in which each file includes the next one."""

LARGEST = 5_000_000
"""The largest number of characters that an article may include."""

_ARGUMENTS = ("file", "language", "lines")
_RANGE = re.compile(r"(\d{1,7})?(-)?(\d{1,7})?")
_FENCES = re.compile(r"`{3,}")


class Includes:
    """Replaces the calls of `include` in one article. `problems` has the faults of these calls."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._size = 0
        self.problems: list[Problem] = []

    def put(self, lines: Sequence[SourceLine], calls: Calls) -> list[SourceLine] | None:
        """Return the lines with the text of the included files. Return None if no call includes a file."""
        wanted = {one.begin: one for one in calls.found if one.call.name == INCLUDE}
        if not wanted:
            return None
        made: list[SourceLine] = []
        ends = {one.end for one in wanted.values() if one.end > one.begin}
        for number, line in enumerate(lines):
            if number in wanted:
                made += self._lines(line, wanted[number])
            elif number in ends:
                made.append(SourceLine("", line.line, line.column, plain=True))
            else:
                made.append(line)
        return made

    def _lines(self, line: SourceLine, one: Found) -> list[SourceLine]:
        """Return the lines that take the place of a call, or an empty line if the call has a fault."""
        column = line.column or one.call.at + 1
        try:
            if one.end != one.begin:
                raise BadCall("include has no body", "write `::include`, with two colons")
            path, file = self._file(one.call, line)
            code = file.code or "language" in one.call.arguments
            texts = _as_code(file, one.call) if code else _chosen(file, one.call)
        except BadCall as error:
            self.problems.append(Problem(self._host.path, line.line, column, error.what, error.hint, kind="shortcode"))
            return [SourceLine("", line.line, column, plain=True)]
        read = read_line(line.text)
        first, other = _leads(read.lead if read else "")
        files, folder = (*line.files, file.label), posixpath.dirname(path)
        return [
            SourceLine(f"{other if number else first}{text}", line.line, column, code, files, folder)
            for number, text in enumerate(texts)
        ]

    def _file(self, call: Call, line: SourceLine) -> tuple[str, Included]:
        """Return the path of an included file, relative to the content folder, and the file. Raises BadCall."""
        written = _written(call)
        path = posixpath.normpath(posixpath.join("/", line.folder, written)).lstrip("/")
        if _escapes(written, line.folder):
            raise BadCall(f"{written} is outside of the folder of articles", "move the file there, or into templates/")
        host = self._host
        found = host.shortcodes.file(f"content/{path}", host.note)
        if found is None:
            within = posixpath.normpath(f"/{written}").lstrip("/")
            found = host.shortcodes.file(f"templates/{within.removeprefix('templates/')}", host.note)
        if found is None:
            raise BadCall(f"there is no file {written} to include", "correct the path")
        if found.label in line.files:
            raise BadCall(f"{found.label} includes itself", "remove the circle")
        if len(line.files) >= DEEPEST:
            raise BadCall(f"files include each other more than {DEEPEST} deep", "write the text of the last file here")
        self._size += len(found.text)
        if self._size > LARGEST:
            raise BadCall(f"the article includes more than {LARGEST:,} characters", "make several articles of this one")
        return path, found


def _written(call: Call) -> str:
    """Return the path of a file as the author of a call wrote it. Raises BadCall."""
    if call.fault:
        raise BadCall(call.fault, call.hint)
    values = call.arguments
    for argument in values:
        if argument not in (*_ARGUMENTS, TITLE):
            raise BadCall(f"include has no argument {argument}", "write file, lines or language")
    written = values.get("file", values.get(TITLE))
    if not isinstance(written, str) or not written:
        raise BadCall("include needs the path of a file", 'write `::include{file="path"}`')
    return written


def _escapes(written: str, folder: str) -> bool:
    """Return whether a path leads out of the folder of articles. A path that begins with `/` begins at the top of
    that folder.
    """
    depth = 0 if written.startswith("/") else len([part for part in folder.split("/") if part])
    for part in written.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return True
    return "\\" in written


def _leads(lead: str) -> tuple[str, str]:
    """Return the signs of quotes and lists before the first included line, and those before the others."""
    return lead, "".join(sign if sign in "> \t" else " " for sign in lead)


def _chosen(file: Included, call: Call) -> list[str]:
    """Return the lines of a file that a call includes.

    Raises BadCall if the call has an argument `lines` that is no range of lines of the file.
    """
    lines = file.text.removesuffix("\n").split("\n")
    wanted = call.arguments.get("lines")
    if wanted is None:
        return lines
    match = _RANGE.fullmatch(wanted) if isinstance(wanted, str) else None
    if not match or not (match[1] or match[3]):
        raise BadCall(f"{wanted} names no lines", 'write `lines="3-10"`, `lines="3-"` or `lines="3"`')
    first = int(match[1] or 1)
    last = int(match[3]) if match[3] else (len(lines) if match[2] else first)
    if not 1 <= first <= last or first > len(lines):
        raise BadCall(f"{file.label} has no lines {wanted}", f"write numbers from 1 to {len(lines)}")
    return lines[first - 1 : last]


def _as_code(file: Included, call: Call) -> list[str]:
    """Return the lines of a file as a block of code.

    The language is the argument `language`, or else the ending of the name of the file.
    """
    language = call.arguments.get("language", file.label.rpartition(".")[2] if "." in file.label else "")
    lines = _chosen(file, call)
    fence = "`" * max([3, *(len(run) + 1 for run in _FENCES.findall("\n".join(lines)))])
    return [f"{fence}{language if isinstance(language, str) else ''}", *lines, fence]
