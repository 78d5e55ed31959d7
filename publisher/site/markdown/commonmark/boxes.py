"""Read boxes and tabs of Python-Markdown, such as `!!! note`, by writing them as callouts and tabs for the parser.

Below the first line of a box or a tab, its text is indented by four columns. In CommonMark, such text would be code or
a part of a paragraph. So the parser gets other lines:

    !!! note "Title"            > [!note] Title
        Text                    > Text

    === "First"                 :::: tabs
                                ::: tab "First"
        Text                    Text
                                :::
                                ::::

Each line remembers where its text stands in the article, so all positions of faults stay right. A box inside of code,
or inside of a comment, is no box. Only the parser knows what is code, so the caller asks `missed` after parsing.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from itertools import accumulate
from typing import NamedTuple

import comrak
from comrak import AstNode

from publisher.fast_dataclass import dataclass
from publisher.site.markdown.commonmark.callouts import UNTITLED
from publisher.site.markdown.commonmark.directives import SELECTED

INDENT = 4
"""The number of columns by which the text of a box is indented."""

_BOX = re.compile(
    r"(?P<indent> *)(?P<sign>!!!|\?\?\?\+?) *(?P<names>[A-Za-z][\w-]*(?: +[\w-]+)*)?(?P<quoted> *\"(?P<title>.*)\")? *"
)
_TAB = re.compile(r"(?P<indent> *)===(?P<first>!?)(?P<open>\+?)!? +\"(?P<title>.*)\" *")
_FIRST_LINE = re.compile(r"^ *(?:!!!|\?\?\?|===[!+]* +\")", re.MULTILINE)
_FENCE = re.compile(r"[ \t>]*(?P<marks>`{3,}(?=[^`]*\Z)|~{3,})(?P<info>.*)")
_COLONS = re.compile(r"[ >]*(:{3,})")
_FOLDS = {"!!!": "", "???": "-", "???+": "+"}


class _Line(NamedTuple):
    """A line for the parser."""

    text: str
    at: int
    """The offset of its first character in the article, in bytes. In a line that is made, it may be up to 9 too low."""
    first: int = -1
    """If a box or a set of tabs begins with this line, the offset of the line with which it begins in the article."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """An article with boxes or tabs, as the parser gets it."""

    text: str
    starts: tuple[int, ...]
    """For each line of `text`, the offset in the article that belongs to its first character, in bytes."""
    firsts: tuple[tuple[int, int], ...]
    """For each box and each set of tabs, the number of its line in `text`, from 1, and `_Line.first`."""

    def missed(self, tree: AstNode) -> frozenset[int]:
        """Return the offsets of the boxes and tabs that are none in the tree of the parser, because they are code."""
        found = set(_lines_of_boxes(tree))
        return frozenset(first for line, first in self.firsts if line not in found)


def boxes(text: str, without: Container[int] = ()) -> Boxes | None:
    """Return the article for the parser, or None if it has no boxes and tabs.

    `without` has the offsets of the first lines that begin no box.
    """
    if "\r" in text or not _FIRST_LINE.search(text):
        return None
    parts = text.split("\n")
    starts = accumulate((len(part.encode()) + 1 for part in parts), initial=0)
    lines = _rewritten([_Line(part, at) for part, at in zip(parts, starts, strict=False)], without)
    firsts = tuple((number, line.first) for number, line in enumerate(lines, 1) if line.first >= 0)
    if not firsts:
        return None
    return Boxes("\n".join(line.text for line in lines), tuple(line.at for line in lines), firsts)


def _lines_of_boxes(tree: AstNode) -> Iterator[int]:
    """Yield the first line of each callout and of each directive in a tree."""
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node.node_value, comrak.Callout | comrak.BlockDirective):
            yield node.sourcepos.start.line
        todo += node.children


def _rewritten(lines: list[_Line], without: Container[int]) -> list[_Line]:
    """Return lines of an article, or of the inside of a box, with callouts and directives instead of boxes and tabs."""
    made: list[_Line] = []
    fence = ""
    number = 0
    while number < len(lines):
        line = lines[number]
        marks = _FENCE.match(line.text)
        if marks and not fence:
            fence = marks["marks"]
        elif marks and marks["marks"].startswith(fence) and not marks["info"].strip():
            fence = ""
        end = number + 1
        if not fence and line.at not in without and line.text.lstrip(" ")[:3] in ("!!!", "???", "==="):
            end = _box(lines, number, made, without) or _tabs(lines, number, made, without) or end
        if end == number + 1:
            made.append(line)
        elif end < len(lines) and lines[end].text.strip():
            made.append(_Line("", lines[end].at))  # otherwise, the next line could continue a paragraph of the box
        number = end
    return made


def _box(lines: list[_Line], number: int, made: list[_Line], without: Container[int]) -> int:
    """Append the callout for the box that begins at `number`. Return the number of the line after it, or 0."""
    line = lines[number]
    match = _BOX.fullmatch(line.text)
    if not match or not (match["names"] or (match["title"] and match["sign"] != "!!!")):
        return 0
    indent = len(match["indent"])
    end = _end(lines, number, indent)
    if end == number + 1:
        return 0
    kind, *names = (match["names"] or "details").split()
    title = match["title"] or ""
    if match["quoted"] and not title.strip():
        names.append(UNTITLED)
    words = f"|{' '.join(names)}" if names else ""
    begin = f"{' ' * indent}> [!{kind}{words}]{_FOLDS[match['sign']]} "
    if made and made[-1].text.lstrip(" ").startswith(">"):
        made.append(_Line("", line.at))  # otherwise, the box would be a part of the quote above it
    shift = len(line.text[: match.start("title")].encode()) - len(begin.encode()) if title else 0
    made.append(_Line(begin + title, line.at + shift, line.at))
    for inner in _inside(lines[number + 1 : end], indent, without):
        text = f"{' ' * indent}>{' ' if inner.text else ''}{inner.text}"
        made.append(_Line(text, inner.at - indent - 2, inner.first))
    return end


def _tabs(lines: list[_Line], number: int, made: list[_Line], without: Container[int]) -> int:
    """Append the directives for the tabs that begin at `number`. Return the number of the line after them, or 0."""
    first = lines[number]
    tabs: list[tuple[re.Match[str], _Line, list[_Line]]] = []
    end = number
    while match := _TAB.fullmatch(lines[number].text):
        indent = len(match["indent"])
        after = _end(lines, number, indent)
        if after == number + 1 or (tabs and (match["first"] or indent != len(tabs[0][0]["indent"]))):
            break
        tabs.append((match, lines[number], _inside(lines[number + 1 : after], indent, without)))
        number = end = after
        while number < len(lines) - 1 and not lines[number].text.strip():
            number += 1
        if number >= len(lines) or lines[number].at in without:
            break
    if not tabs:
        return 0
    indent = len(tabs[0][0]["indent"])
    space = " " * indent
    used = (_COLONS.match(one.text) for *_, inside in tabs for one in inside)
    colons = max((len(found[1]) for found in used if found), default=2)
    if made and made[-1].text.strip():
        made.append(_Line("", first.at))
    made.append(_Line(f"{space}{':' * (colons + 2)} tabs", first.at, first.at))
    for match, line, inner in tabs:
        chosen = f"{{.{SELECTED}}}" if match["open"] else ""
        made.append(_Line(f'{space}{":" * (colons + 1)} tab "{_in_info(match["title"])}"{chosen}', line.at))
        made += [_Line(space + one.text if one.text else "", one.at - indent, one.first) for one in inner]
        made.append(_Line(space + ":" * (colons + 1), line.at))
    made.append(_Line(space + ":" * (colons + 2), first.at))
    return end


def _in_info(title: str) -> str:
    """Return a title as the words after the colons of a directive can have it. These words have no other colon."""
    return title.replace("&", "&amp;").replace(":", "&colon;")


def _end(lines: list[_Line], number: int, indent: int) -> int:
    """Return the number of the line after a box whose first line is at `number` and is indented by `indent`."""
    end = number + 1
    for at in range(end, len(lines)):
        if not lines[at].text.strip():
            continue
        if _columns(lines[at].text) < indent + INDENT:
            break
        end = at + 1
    return end


def _columns(text: str) -> int:
    """Return the number of columns of the white space at the beginning of a line. A tab ends at a multiple of four."""
    columns = 0
    for sign in text:
        if sign == "\t":
            columns += 4 - columns % 4
        elif sign == " ":
            columns += 1
        else:
            break
    return columns


def _inside(lines: list[_Line], indent: int, without: Container[int]) -> list[_Line]:
    """Return the lines inside of a box, rewritten. They begin at the column to which they were indented."""
    return _rewritten([_outdented(line, indent + INDENT) for line in lines], without)


def _outdented(line: _Line, columns: int) -> _Line:
    if not line.text.strip():
        return _Line("", line.at)
    gone = done = 0
    while done < columns:
        done += 4 - done % 4 if line.text[gone] == "\t" else 1
        gone += 1
    left = done - columns  # a tab may reach beyond the column
    return _Line(" " * left + line.text[gone:], line.at + gone - left)
