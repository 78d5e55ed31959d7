"""Rewrite boxes and tabs of Python-Markdown, such as `!!! note`, as callouts, which the parser knows.

Below the first line of a box or a tab, its text is indented by four columns. In CommonMark, such text would be code or
a part of a paragraph. So the parser gets other lines. `.` stands for TITLE_MARK:

    !!! note "Title"            > [!note] .Title
        Text                    > Text

    === "First"                 > [!-tabs]
                                > > [!-tab] .First
        Text                    > > Text

Each line has the offset of its text in the article, so that faults have exact positions. A box inside of code or of a
comment is no box. Only the parser knows what is code, so the caller asks `missed` after parsing.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from itertools import accumulate
from typing import NamedTuple

import comrak
from comrak import AstNode

from publisher.fast_dataclass import dataclass
from publisher.site.markdown.commonmark.callouts import NO_TITLE, TAB, TABS, TITLE_MARK
from publisher.site.markdown.commonmark.tabs import SELECTED

INDENT = 4
"""The number of columns by which the text of a box is indented."""

_BOX = re.compile(
    r"[ \t]*+(?P<sign>!!!|\?\?\?\+?)[ \t]*+(?P<names>[^\W\d_][\w-]*+(?:[ \t]++[\w-]++)*+)?+"
    r"(?:[ \t]*+(?P<quoted>\"(?P<title>.*)\"))?"
)
_TAB = re.compile(r"[ \t]*+===(?P<first>!?)(?P<open>\+?)!?[ \t]++\"(?P<title>.*)\"")
_MAY_BEGIN = re.compile(r"^[ \t]*+(?:!!!|\?\?\?|===[!+]*[ \t]+\")", re.MULTILINE)
"""Matches the beginning of a line with which a box or a tab may begin."""
_SIGNS = ("!!!", "???", "===")
_FOLDS = {"!!!": "", "???": "-", "???+": "+"}
_QUOTE = re.compile(r"(?:[-*+ \t]|\d++[.)])*+>")
"""Matches a line of a quote up to its first `>`, also in an item of a list."""
_BLOCK = re.compile(r"[ \t]*+(?:[-*+][ \t]|\d{1,9}[.)][ \t]|#{1,6}[ \t]|```|~~~|\Z)")
"""Matches the beginning of a line that cannot continue the paragraph above it."""


class _Line(NamedTuple):
    """A line for the parser."""

    text: str
    start: int
    """The offset in the article, in bytes, of its first character. In a line that is made, it fits the author's text.

    It may be negative.
    """
    key: int = -1
    """If a box or a tab begins with this line, the offset of its first sign in the article. Otherwise -1."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """An article with boxes or tabs, as the parser gets it."""

    text: str
    starts: tuple[int, ...]
    """`_Line.start` for each line of `text`."""
    keys: tuple[tuple[int, int], ...]
    """The number of the line in `text`, from 1, and `_Line.key`, for each box and each tab."""

    def missed(self, tree: AstNode) -> frozenset[int]:
        """Return the keys of the boxes and tabs for which the tree of `text` has no callout.

        They are inside of code, of a comment, or of other text that the parser does not divide into blocks.
        """
        found = set(_lines_of_callouts(tree))
        return frozenset(key for line, key in self.keys if line not in found)


def rewrite(text: str, without: Container[int] = ()) -> Rewritten | None:
    """Return an article with callouts instead of boxes and tabs, or None if it has neither.

    `without` has the keys that `missed` returned. These lines stay as they are. If the text has a carriage return,
    which no file that is read has, return None.
    """
    if "\r" in text or not _MAY_BEGIN.search(text):
        return None
    parts = text.split("\n")
    starts = accumulate((len(part.encode()) + 1 for part in parts), initial=0)
    lines = _rewritten([_Line(part, start) for part, start in zip(parts, starts, strict=False)], without)
    keys = tuple((number, line.key) for number, line in enumerate(lines, 1) if line.key >= 0)
    if not keys:
        return None
    return Rewritten("\n".join(line.text for line in lines), tuple(line.start for line in lines), keys)


def _lines_of_callouts(tree: AstNode) -> Iterator[int]:
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
    index = 0
    while index < len(lines):
        line = lines[index]
        end = 0
        if line.text.lstrip(" \t")[:3] in _SIGNS and _key(line) not in without:
            end = _append_box(lines, index, made, without) or _append_tabs(lines, index, made, without)
        if not end:
            made.append(line)
        elif end < len(lines) and not _BLOCK.match(lines[end].text):
            made.append(_Line("", lines[end].start))  # otherwise, the next line could continue a paragraph of the box
        index = end or index + 1
    return made


def _append_box(lines: list[_Line], index: int, made: list[_Line], without: Container[int]) -> int:
    """If a box begins at `index`, append its callout to `made`, and return the index of the line after the box.

    Otherwise return 0.
    """
    line = lines[index]
    match = _BOX.fullmatch(line.text.rstrip(" \t"))
    if not match or not (match["names"] or (match["title"] and match["sign"] != "!!!")):
        return 0
    indent = _columns(line.text)
    end = _end(lines, index, indent)
    if end == index + 1:
        return 0
    kind, *names = (match["names"] or "details").split()
    title = (match["title"] or "").strip(" \t")
    if match["quoted"] and not title:
        names.append(NO_TITLE)
    _append_first_line(made, line, indent, (kind, names, _FOLDS[match["sign"]], title))
    made += _quoted(_inside(lines[index + 1 : end], indent, without), indent)
    return end


def _append_tabs(lines: list[_Line], index: int, made: list[_Line], without: Container[int]) -> int:
    """If tabs begin at `index`, append their callouts to `made`, and return the index of the line after the tabs.

    Otherwise return 0.
    """
    first = lines[index]
    indent = _columns(first.text)
    inside: list[_Line] = []
    count = end = 0
    filled = False
    while index < len(lines) and _key(lines[index]) not in without:
        line = lines[index]
        match = _TAB.fullmatch(line.text.rstrip(" \t"))
        if not match or _columns(line.text) != indent or (end and match["first"]):
            break
        end = _end(lines, index, indent)
        count += 1
        filled = filled or end > index + 1
        if count == 2 and not filled:
            return 0  # if any number of tabs could be empty, a long run of them would take quadratic time
        if inside:
            inside.append(_Line("", line.start))
        names = [SELECTED] if match["open"] else []
        _append_first_line(inside, line, 0, (TAB, names, "", match["title"].strip(" \t")))
        inside += _quoted(_inside(lines[index + 1 : end], indent, without), 0)
        index = end
        while index < len(lines) and _is_blank(lines[index]):
            index += 1
    if not filled:
        return 0
    _append_first_line(made, first, indent, (TABS, [], "", ""))
    made += _quoted(inside, indent)
    return end


def _append_first_line(made: list[_Line], line: _Line, indent: int, words: tuple[str, list[str], str, str]) -> None:
    """Append the first line of a callout, after an empty line if a quote is above it.

    `line` is the first line of the box or the tab in the article, and `indent` is its number of columns. `words` are
    the kind of the callout, the names after the kind, the fold and the title.
    """
    if made and _QUOTE.match(made[-1].text):
        made.append(_Line("", line.start))  # otherwise, the callout would be a part of the quote
    kind, names, fold, title = words
    begin = f"{' ' * indent}> [!{kind}{'|' if names else ''}{' '.join(names)}]{fold}"
    if not title:
        made.append(_Line(begin, line.start, _key(line)))
        return
    begin += f" {TITLE_MARK}"
    before = line.text.index(title[0], line.text.index('"') + 1)
    shift = len(line.text[:before].encode()) - len(begin.encode())
    made.append(_Line(begin + title, line.start + shift, _key(line)))


def _quoted(lines: list[_Line], indent: int) -> Iterator[_Line]:
    """Yield the lines of a callout that is indented by `indent` columns."""
    for line in lines:
        text = f"{' ' * indent}>{' ' if line.text else ''}{line.text}"
        yield _Line(text, line.start - indent - 2, line.key)


def _end(lines: list[_Line], index: int, indent: int) -> int:
    """Return the index of the line after a box whose first line is at `index` and is indented by `indent` columns."""
    end = index + 1
    for number in range(end, len(lines)):
        if _is_blank(lines[number]):
            continue
        if _columns(lines[number].text) < indent + INDENT:
            break
        end = number + 1
    return end


def _is_blank(line: _Line) -> bool:
    return not line.text.strip(" \t")


def _key(line: _Line) -> int:
    """Return the offset in the article of the first sign in a line. It does not depend on the boxes around the line."""
    return line.start + len(line.text) - len(line.text.lstrip(" \t"))


def _columns(text: str) -> int:
    """Return the number of columns of the white space at the beginning of a line. A tab ends at a multiple of four."""
    return len(text[: len(text) - len(text.lstrip(" \t"))].expandtabs(4))


def _inside(lines: list[_Line], indent: int, without: Container[int]) -> list[_Line]:
    """Return the lines inside of a box, rewritten and without the indent of the box, which is `indent` columns."""
    return _rewritten([_outdented(line, indent + INDENT) for line in lines], without)


def _outdented(line: _Line, columns: int) -> _Line:
    """Remove `columns` columns of white space from a line. A blank line may have fewer."""
    gone = done = 0
    while done < columns and gone < len(line.text):
        done += 4 - done % 4 if line.text[gone] == "\t" else 1
        gone += 1
    left = max(done - columns, 0)  # a tab may reach beyond the column
    return _Line(" " * left + line.text[gone:], line.start + gone - left)
