"""Read boxes and tabs of Python-Markdown, such as `!!! note`, by writing them as callouts for the parser.

Below the first line of a box or a tab, its text is indented by four columns. In CommonMark, such text would be code or
a part of a paragraph. So the parser gets other lines:

    !!! note "Title"            > [!note] Title
        Text                    > Text

    === "First"                 > [!-tabs]
                                > > [!-tab] First
        Text                    > > Text

Each line remembers where its text stands in the article, so all positions of faults stay right. A box inside of code
or of a comment is no box. Only the parser knows what is code, so the caller asks `missed` after parsing.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from itertools import accumulate
from typing import NamedTuple

import comrak
from comrak import AstNode

from publisher.fast_dataclass import dataclass
from publisher.site.markdown.commonmark.callouts import NO_TITLE, TAB, TABS, TITLE
from publisher.site.markdown.commonmark.tabs import SELECTED

INDENT = 4
"""The number of columns by which the text of a box is indented."""

_BOX = re.compile(
    r"[ \t]*+(?P<sign>!!!|\?\?\?\+?)[ \t]*+(?P<names>[^\W\d_][\w-]*+(?:[ \t]++[\w-]++)*+)?+"
    r"(?:[ \t]*+(?P<quoted>\"(?P<title>.*)\"))?"
)
_TAB = re.compile(r"[ \t]*+===(?P<first>!?)(?P<open>\+?)!?[ \t]++\"(?P<title>.*)\"")
_FIRST_LINE = re.compile(r"^[ \t]*+(?:!!!|\?\?\?|===[!+]*[ \t]+\")", re.MULTILINE)
_SIGNS = ("!!!", "???", "===")
_FOLDS = {"!!!": "", "???": "-", "???+": "+"}
_QUOTE = re.compile(r"(?:[-*+ \t]|\d++[.)])*+>")
"""Matches the beginning of a line that ends in a quote, also inside of a list."""
_BLOCK = re.compile(r"[ \t]*+(?:[-*+][ \t]|\d{1,9}[.)][ \t]|#{1,6}[ \t]|```|~~~|\Z)")
"""Matches the beginning of a line that cannot continue the paragraph above it."""


class _Line(NamedTuple):
    """A line for the parser."""

    text: str
    at: int
    """The offset in the article that belongs to its first character, in bytes."""
    first: int = -1
    """If a box or a tab begins with this line, the offset of the line with which it begins in the article."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """An article with boxes or tabs, as the parser gets it."""

    text: str
    starts: tuple[int, ...]
    """For each line of `text`, the offset in the article that belongs to its first character, in bytes."""
    firsts: tuple[tuple[int, int], ...]
    """For each box and each tab, the number of its line in `text`, from 1, and `_Line.first`."""

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
    """Yield the number of the first line of each callout in a tree."""
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node.node_value, comrak.Callout):
            yield node.sourcepos.start.line
        todo += node.children


def _rewritten(lines: list[_Line], without: Container[int]) -> list[_Line]:
    """Return lines of an article, or of the inside of a box, with callouts instead of boxes and tabs."""
    made: list[_Line] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        end = 0
        if line.at not in without and line.text.lstrip(" \t")[:3] in _SIGNS:
            end = _box(lines, number, made, without) or _tabs(lines, number, made, without)
        if not end:
            made.append(line)
        elif end < len(lines) and not _BLOCK.match(lines[end].text):
            made.append(_Line("", lines[end].at))  # otherwise, the next line could continue a paragraph of the box
        number = end or number + 1
    return made


def _box(lines: list[_Line], number: int, made: list[_Line], without: Container[int]) -> int:
    """Append the callout for the box that begins at `number`. Return the number of the line after it, or 0."""
    line = lines[number]
    match = _BOX.fullmatch(line.text.rstrip(" \t"))
    if not match or not (match["names"] or (match["title"] and match["sign"] != "!!!")):
        return 0
    indent = _columns(line.text)
    end = _end(lines, number, indent)
    if end == number + 1:
        return 0
    kind, *names = (match["names"] or "details").split()
    title = (match["title"] or "").strip(" \t")
    if match["quoted"] and not title:
        names.append(NO_TITLE)
    _callout(made, line, indent, (kind, names, _FOLDS[match["sign"]], title))
    made += _quoted(_inside(lines[number + 1 : end], indent, without), indent)
    return end


def _tabs(lines: list[_Line], number: int, made: list[_Line], without: Container[int]) -> int:
    """Append the callouts for the tabs that begin at `number`. Return the number of the line after them, or 0."""
    first = lines[number]
    indent = _columns(first.text)
    inside: list[_Line] = []
    count = end = 0
    filled = False
    while number < len(lines) and lines[number].at not in without:
        line = lines[number]
        match = _TAB.fullmatch(line.text.rstrip(" \t"))
        if not match or _columns(line.text) != indent or (end and match["first"]):
            break
        end = _end(lines, number, indent)
        count += 1
        filled = filled or end > number + 1
        if count == 2 and not filled:
            return 0  # only one tab may be empty before the first that is not, so that no line is looked at often
        if inside:
            inside.append(_Line("", line.at))
        names = [SELECTED] if match["open"] else []
        _callout(inside, line, 0, (TAB, names, "", match["title"].strip(" \t")))
        inside += _quoted(_inside(lines[number + 1 : end], indent, without), 0)
        number = end
        while number < len(lines) and _is_blank(lines[number]):
            number += 1
    if not filled:
        return 0
    _callout(made, first, indent, (TABS, [], "", ""))
    made += _quoted(inside, indent)
    return end


def _callout(made: list[_Line], line: _Line, indent: int, words: tuple[str, list[str], str, str]) -> None:
    """Append the first line of a callout. `words` are its kind, the names after the kind, its fold and its title."""
    if made and _QUOTE.match(made[-1].text):
        made.append(_Line("", line.at))  # otherwise, the callout would be a part of the quote above it
    kind, names, fold, title = words
    begin = f"{' ' * indent}> [!{kind}{'|' if names else ''}{' '.join(names)}]{fold}"
    if not title:
        made.append(_Line(begin, line.at, line.at))
        return
    begin += f" {TITLE}"
    shift = len(line.text[: line.text.index('"') + 1].encode()) - len(begin.encode())
    shift += line.text[line.text.index('"') + 1 :].index(title[0])
    made.append(_Line(begin + title, line.at + shift, line.at))


def _quoted(lines: list[_Line], indent: int) -> Iterator[_Line]:
    """Yield the lines of a callout that is indented by `indent`."""
    for line in lines:
        text = f"{' ' * indent}>{' ' if line.text else ''}{line.text}"
        yield _Line(text, line.at - indent - 2, line.first)


def _end(lines: list[_Line], number: int, indent: int) -> int:
    """Return the number of the line after a box whose first line is at `number` and is indented by `indent`."""
    end = number + 1
    for at in range(end, len(lines)):
        if _is_blank(lines[at]):
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


def _is_blank(line: _Line) -> bool:
    return not line.text.strip(" \t")


def _inside(lines: list[_Line], indent: int, without: Container[int]) -> list[_Line]:
    """Return the lines inside of a box, rewritten. They begin at the column to which they were indented."""
    return _rewritten([_outdented(line, indent + INDENT) for line in lines], without)


def _outdented(line: _Line, columns: int) -> _Line:
    """Return a line without so many columns of white space. A line without text may have fewer."""
    gone = done = 0
    while done < columns and gone < len(line.text):
        done += 4 - done % 4 if line.text[gone] == "\t" else 1
        gone += 1
    left = max(done - columns, 0)  # a tab may reach beyond the column
    return _Line(" " * left + line.text[gone:], line.at + gone - left)
