"""Keep the lines of a `$$` formula together. To a Markdown parser, a line that begins with `+ c` is an item of a list.

GitHub takes display formulas out of a text before it parses the text. This module replaces the first character of a
line with a control character if the first character could begin a block. After the text is parsed, the module puts the
first character back. Both characters are one byte long, so no position changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_SIGNS = "+-*#>=`~:<|0123456789"
_MARKS = "\x01\x04\x05\x06\x07\x08\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x7f"
"""Characters that are not white space and have no meaning to a parser. Articles do not contain them."""
_MARK = str.maketrans(_SIGNS, _MARKS)
_SIGN = str.maketrans(_MARKS, _SIGNS)
_ANY_MARK = re.compile(f"[{_MARKS}]")

_QUOTES = re.compile(r"[ \t]*(?:>[ \t]*)*")
_FENCE = re.compile(r"(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?P<fence>`{3,}(?=[^`]*$)|~{3,})")
_DELIMITER = re.compile(r"\\(?:begin|end)\{[a-zA-Z]+\*?\}|\\.|`[^`]*`|(?<!\$)\$\$(?!\$)")


def guarded(text: str, *, brackets: bool = False) -> str:
    r"""Return the text with control characters instead of characters that could begin a block in a display formula.

    A display formula is between `$$`, or is an environment that begins a line. If `brackets` is set, it may also be
    between `\[` and `\]`. If the text already contains one of the control characters, return it unchanged.
    """
    if not ("$$" in text or "\\begin{" in text or (brackets and "\\[" in text)) or _ANY_MARK.search(text):
        return text
    lines = text.split("\n")
    for first, last in _formulas(lines, brackets):
        quotes = _QUOTES.match(lines[first])[0].count(">")  # type: ignore[index]  # it always matches
        for number in range(first + 1, last + 1):
            lines[number] = _marked(lines[number], quotes)
    return "\n".join(lines)


def restored(text: str) -> str:
    """Return a text in which the original characters are back instead of the control characters."""
    return text.translate(_SIGN)


def is_marked(text: str) -> bool:
    """Return whether the text contains one of the control characters."""
    return _ANY_MARK.search(text) is not None


def _marked(line: str, quotes: int) -> str:
    """Skip at most `quotes` characters `>`, and replace the next character of the line. Return the new line."""
    prefix = re.match(rf"[ \t]*(?:>[ \t]*){{0,{quotes}}}", line)
    at = prefix.end() if prefix else 0
    return line[:at] + line[at : at + 1].translate(_MARK) + line[at + 1 :]


def _formulas(lines: list[str], brackets: bool) -> Iterator[tuple[int, int]]:
    """Yield the index of the first and of the last line of each display formula that has several lines.

    A formula does not contain an empty line.
    """
    fence = ""
    opened: int | None = None
    end = ""
    for number, line in enumerate(lines):
        inside = line[_QUOTES.match(line).end() :]  # type: ignore[union-attr]  # it always matches
        if fence or (opened is None and (found := _FENCE.match(inside))):
            if not fence:
                fence = found["fence"]  # type: ignore[index]  # a fence begins here
            elif inside.startswith(fence) and not inside.strip(fence[0] + " \t"):
                fence = ""
            continue
        if not inside.strip():
            opened = None
        for match in _DELIMITER.finditer(line):
            if opened is None:
                end = _end_of(match[0], brackets, begins=match.start() == len(line) - len(inside))
                opened = number if end else None
            elif match[0] == end:
                if opened < number:
                    yield opened, number
                opened = None


def _end_of(sign: str, brackets: bool, *, begins: bool) -> str:
    r"""Return the text that ends the formula that `sign` opens, or "" if `sign` opens no formula.

    `begins` says whether `sign` begins its line. An environment is a formula only if it begins its line.
    """
    if sign == "$$":
        return sign
    if sign == "\\[" and brackets:
        return "\\]"
    return sign.replace("begin", "end", 1) if begins and sign.startswith("\\begin{") else ""
