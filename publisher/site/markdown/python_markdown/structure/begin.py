"""Decide whether a line begins a block, and begin the block. There is one function for each kind of block.

Each function takes four arguments. `scan` is the BlockStructure. `matched` is the number of open containers that
continue in the line. `text` is the rest of the line, from the first character that is no space. `goes_on` says whether
all open containers continue. The function returns False if `text` does not begin a block of its kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from publisher.site.markdown.python_markdown.structure import raw_html, starts
from publisher.site.markdown.python_markdown.structure.containers import Element, Indented, Item, OpenList, Quote
from publisher.site.markdown.python_markdown.structure.html_blocks import Tag
from publisher.site.markdown.python_markdown.structure.leaves import Fence, Html, Paragraph, Table
from publisher.site.markdown.python_markdown.structure.notes import NoteLines

if TYPE_CHECKING:
    from publisher.site.markdown.python_markdown.structure.scan import BlockStructure

Begin = Callable[["BlockStructure", int, str, bool], bool]

WIDTH = 4
MOST_SPACES = 4
"""The largest number of spaces between the bullet or number of an item and its text.

If there are more spaces, only one of them is before the text, and the others are a part of the text.
"""


def _quote(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    scan.prepare(matched)
    scan.push(Quote())
    scan.move(scan.start + (2 if text[1:2] == " " else 1), floor=True)
    return True


def _heading(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    found = starts.HEADING.match(text)
    if found:
        scan.prepare(matched)
        scan.writer.block([f"{found[1]} {(found[2] or '').strip()}".rstrip()])
    return bool(found)


def _fence(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    found = starts.FENCE.match(text)
    if found:
        sign, info = found[1] or found[3], found[2] or found[4] or ""
        scan.open_leaf(matched, Fence(base=scan.start - scan.floor, sign=sign, info=info.strip()))
    return bool(found)


def _html(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    found = scan.html.begin(scan.number, text)
    if isinstance(found, Tag):
        scan.move_to_tag(matched, found)
        return True
    if found is not None:
        size = raw_html.whole_size(text) if found.end is None else len(text)
        found.base = scan.start - scan.floor
        scan.open_leaf(matched, found)
        found.lines.append(scan.first_line(size))
        if scan.html.ends(found):
            scan.close_leaf()
        if size < len(text):
            scan.go_on(scan.start + size)
    return found is not None


def _rule(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    found = starts.RULE.match(text)
    if found:
        scan.prepare(matched)
        scan.writer.block(["---"])
    return bool(found)


def _underline(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    leaf = scan.leaf
    if not (goes_on and isinstance(leaf, Paragraph) and starts.UNDERLINE.match(text)):
        return False
    leaf.lines[:] = [" ".join(line.strip() for line in leaf.lines), text[0] * 3]
    scan.close_leaf()
    return True


def _table(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    leaf = scan.leaf
    if not (goes_on and isinstance(leaf, Paragraph) and "|" in text and starts.DELIMITERS.match(text)):
        return False
    header = leaf.lines[-1]
    if starts.cells(header) != starts.cells(text):
        return False
    del leaf.lines[-1]
    if not leaf.lines:
        scan.leaf = None
    scan.close_leaf()
    scan.leaf = Table([header, text])
    return True


def _item(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    found = starts.ITEM.match(text)
    if not found:
        return False
    after = text[found.end() :]
    blank = not after.strip()
    number = found[2]
    if goes_on and isinstance(scan.leaf, Paragraph) and (blank or (number and int(number) != 1)):
        return False
    spaces = len(after) - len(after.lstrip(" "))
    width = found.end() + (1 if blank or spaces > MOST_SPACES else spaces)
    mark = found[1][-1]
    beside = scan.stack[matched] if matched < len(scan.stack) else None
    if isinstance(beside, Item) and beside.within.mark == mark:
        within = scan.next_item(matched, beside)
    else:
        scan.prepare(matched)
        start = str(int(number)) if number and int(number) != 1 else ""
        within = OpenList("ol" if number else "ul", mark, start)
        scan.writer.open_list(within)
    column, wide = _columns(scan, scan.start - scan.floor, width)
    scan.push(Item(within=within, column=column, wide=wide))
    scan.move(min(scan.start + width, len(scan.text)))
    return True


def _columns(scan: BlockStructure, at: int, width: int) -> tuple[int, int]:
    """Return the columns `column` and `wide` (see Item) of an item that begins at column `at`.

    `width` is the number of characters before its text.
    """
    level, origin = 0, 0
    for one in reversed(scan.stack):
        if isinstance(one, Item):
            level += 1
            continue
        if isinstance(one, Element):
            continue
        origin = one.column if isinstance(one, Indented) else 0
        break
    wide = origin + WIDTH * (level + 1)
    if at < origin or (at - origin) // WIDTH != level:
        return at + width, 0
    return min(at + width, wide), wide if wide > at + width else 0


def _dash(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    return (
        _underline(scan, matched, text, goes_on)
        or _table(scan, matched, text, goes_on)
        or _rule(scan, matched, text, goes_on)
        or _item(scan, matched, text, goes_on)
    )


def _star(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    return _rule(scan, matched, text, goes_on) or _item(scan, matched, text, goes_on)


def _equals(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    return _box(scan, matched, text, goes_on) or _underline(scan, matched, text, goes_on)


def _colon(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    return _table(scan, matched, text, goes_on) or _meaning(scan, matched, text, goes_on)


def _box(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    inside = bool(matched) and isinstance(scan.stack[matched - 1], Item)
    if not starts.BOX.match(text) or (scan.start != scan.at and not inside):
        return False
    scan.prepare(matched)
    scan.push(scan.writer.open_box(text.rstrip(), scan.start - scan.floor + WIDTH))
    scan.move(len(scan.text))
    return True


def _note(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    found = starts.NOTE.match(text)
    if not found:
        return False
    header = found[0].rstrip()
    if all(isinstance(one, Item | Element) for one in scan.stack[:matched]):
        scan.close_leaf()
        scan.begin_note(NoteLines(header, text[found.end() :].rstrip(), scan.at + WIDTH))
        return True
    scan.prepare(matched)
    scan.push(Indented(f"{header} ", column=scan.at - scan.floor + WIDTH))
    scan.move(scan.start + found.end())
    return True


def _meaning(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    found = starts.MEANING.match(text)
    if not found or not scan.is_term(matched, goes_on):
        return False
    after_term = isinstance(scan.leaf, Paragraph)
    scan.close(matched)
    scan.writer.glued = after_term and goes_on
    scan.push(Indented(":   ", column=scan.at - scan.floor + WIDTH))
    scan.move(scan.start + found.end())
    return True


def _bracket(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    return _note(scan, matched, text, goes_on) or _definition(scan, matched, text, goes_on)


def _definition(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    inside = isinstance(scan.leaf, Paragraph)
    if inside or not starts.DEFINITION.match(text) or starts.TITLE.match(scan.next_line()):
        return False
    if not goes_on and isinstance(scan.stack[matched], Item) and scan.start > scan.at:
        scan.definitions.append(text)  # the definition is written last, so it cannot divide the list
        return True
    scan.prepare(matched)
    scan.writer.block([text])
    return True


def _comment(scan: BlockStructure, matched: int, text: str, goes_on: bool) -> bool:
    """Begin a comment of Obsidian that is a block: a whole line between two `%%`, or lines up to the next `%%`."""
    if not scan.obsidian or not text.startswith("%%"):
        return False
    end = text.find("%%", 2)
    whole = end >= 0 and not text[end + 2 :].strip()
    if not whole and (end >= 0 or not scan.is_below("%%")):
        return False
    leaf = Html(end=starts.COMMENT_END)
    scan.open_leaf(matched, leaf)
    if whole:
        scan.close_leaf()
    else:
        leaf.lines.append("")
    return True


KINDS: dict[str, Begin] = {
    ">": _quote,
    "#": _heading,
    "`": _fence,
    "~": _fence,
    "<": _html,
    "-": _dash,
    "*": _star,
    "_": _rule,
    "+": _item,
    "=": _equals,
    "|": _table,
    ":": _colon,
    "%": _comment,
    "!": _box,
    "?": _box,
    "[": _bracket,
    **dict.fromkeys("0123456789", _item),
}
"""Maps each character with which a block may begin to the function that begins the block."""
