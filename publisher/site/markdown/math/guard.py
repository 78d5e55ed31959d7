r"""Keep the lines of a `$$` formula together. To a Markdown parser, a line that begins with `+ c` is an item of a list.

GitHub takes display formulas out of a text before it parses the text. This module replaces the first character of a
line with a control character if the first character could begin a block. After the text is parsed, the module puts the
first character back. Both characters are one byte long, so no position changes.

For a parser of CommonMark, the module also replaces the dollars inside `\text{}`. Otherwise the parser would end the
formula `$\text{if $x$}$` at the second dollar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from publisher.site.markdown.math import dollars

_SIGNS = "+-*#>=`~:<|0123456789"
_MARKS = "\x01\x04\x05\x06\x07\x08\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x7f"
"""Characters that are not white space in Markdown and have no meaning to a parser. Few articles contain them."""
_MARK = str.maketrans(_SIGNS, _MARKS)
_DOLLAR_MARK = "\x1f"
_SIGN = str.maketrans(_MARKS + _DOLLAR_MARK, _SIGNS + "$")
_ANY_MARK = re.compile(f"[{_MARKS}{_DOLLAR_MARK}]")

_QUOTES = re.compile(r"[ \t]*(?:>[ \t]*)*")
_FENCE = re.compile(r"(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?P<fence>`{3,}(?=[^`]*$)|~{3,})")
_OPENS_TEXT = re.compile(r"\\(?:text|mbox|hbox)")
_DELIMITER = re.compile(r"\\(?:begin|end)\{[a-zA-Z]+\*?\}|\\.|`[^`]*`|(?<!\$)\$\$(?!\$)")


@cache
def _inline() -> re.Pattern[str]:
    """Return the pattern for code, an escaped character or a formula. To compile it is slow."""
    return re.compile(rf"`+[^`]*`+|\\.|{dollars.INLINE}")


def guarded(text: str, *, brackets: bool = False, inner_dollars: bool = False) -> str:
    r"""Return the text with control characters instead of characters that could begin a block in a display formula.

    A display formula is between `$$`, or is an environment that begins a line. If `brackets` is set, it may also be
    between `\[` and `\]`. If `inner_dollars` is set, also replace the dollars inside `\text{}` of each formula `$x$` on
    one line. If the text already contains one of the control characters, return it unchanged.
    """
    inner = inner_dollars and "$" in text and _OPENS_TEXT.search(text) is not None
    display = "$$" in text or "\\begin{" in text or (brackets and "\\[" in text)
    if not (inner or display) or _ANY_MARK.search(text):
        return text
    lines = text.split("\n")
    if inner:
        _guard_inner_dollars(lines)
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


def _guard_inner_dollars(lines: list[str]) -> None:
    r"""Replace the dollars inside `\text{}` of each formula `$x$` in `lines`. Leave code as it is."""
    fence = ""
    for number, line in enumerate(lines):
        inside = line[_QUOTES.match(line).end() :]  # type: ignore[union-attr]  # it always matches
        if fence:
            fence = "" if _ends_fence(inside, fence) else fence
        elif found := _FENCE.match(inside):
            fence = found["fence"]
        elif "$" in line and _OPENS_TEXT.search(line):
            lines[number] = _inline().sub(_without_inner_dollars, line)


def _without_inner_dollars(match: re.Match[str]) -> str:
    tex = match["inline"]
    return f"${tex.replace('$', _DOLLAR_MARK)}$" if tex else match[0]


def _ends_fence(inside: str, fence: str) -> bool:
    """Return whether a line ends the code that `fence` opens. `inside` is the line without the quotes before it."""
    return inside.startswith(fence) and not inside.strip(fence[0] + " \t")


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
            elif _ends_fence(inside, fence):
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
