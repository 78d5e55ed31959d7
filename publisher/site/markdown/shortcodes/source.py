"""Find the calls in the lines of an article, and replace them with tokens that every Markdown engine passes through.

A token is a processing instruction, `<?call 3?>`. In CommonMark it is a block of HTML in one line, which ends the
paragraph before it, and which needs no empty line after it: https://spec.commonmark.org/0.31.2/#html-blocks. So the
number of lines, and every column outside of the calls, stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from publisher.fast_dataclass import dataclass
from publisher.site.markdown.shortcodes.calls import Call
from publisher.site.markdown.shortcodes.syntax import Line, read_line


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of the text that is converted.

    `line` and `column` are its position in the file of the article. A line that takes the place of a call of `include`
    has the position of this call. For any other line, `column` is 0.
    """

    text: str
    line: int
    column: int = 0
    plain: bool = False
    """Whether the line is code or another text in which no call is read."""
    files: tuple[str, ...] = ()
    """The names of the included files around the line, from the outermost to the innermost."""
    folder: str = ""
    """The content folder from which the paths of `include` begin in this line, or "" for the top."""


@dataclass(frozen=True, slots=True)
class Found:
    """A call in a text. `begin` and `end` are the indexes of its lines. For a call without a body, `end` is `begin`.

    If a call with a body has no end, `end` is -1.
    """

    call: Call
    begin: int
    end: int
    known: bool = True
    """Whether there is a shortcode with this name."""


@dataclass(frozen=True, slots=True)
class Calls:
    """All calls of a text, in the order of their beginnings."""

    found: tuple[Found, ...]
    without_begin: tuple[int, ...] = ()
    """The indexes of lines of colons that end neither a call nor a block of another tool."""
    others: tuple[tuple[int, str], ...] = ()
    """The index of each line that begins another block between colons, and the name of the block.

    The name is "" if the Markdown flavour reads the block itself.
    """


IsKnown = Callable[[str], tuple[bool, bool]]
"""A function that returns whether there is a shortcode with a name, and whether a call with this name is meant.

The second value is also true for a misspelt name.
"""


def find(lines: Sequence[SourceLine], is_known: IsKnown, native: Iterable[str] = ()) -> Calls:
    """Return the calls in the lines. Blocks with a name in `native` belong to the Markdown flavour."""
    found: list[Found] = []
    others: list[tuple[int, str]] = []
    without_begin: list[int] = []
    open_calls: list[int | None] = []
    """The index in `found` of each call that has not ended yet. It is None for a block of another tool."""
    for number, source in enumerate(lines):
        line = None if source.plain or "::" not in source.text else read_line(source.text)
        if line is None:
            continue
        if line.call is None:
            _end(number, found, open_calls, without_begin)
            continue
        name = line.call.name
        known, meant = (False, False) if name in native else is_known(name)
        if meant or (line.leaf and name not in native and _has_arguments(line)):
            if not line.leaf:
                open_calls.append(len(found))
            found.append(Found(line.call, number, number if line.leaf else -1, known))
        elif not line.leaf:
            open_calls.append(None)
            others.append((number, "" if name in native else name))
    return Calls(tuple(found), tuple(without_begin), tuple(others))


def _end(number: int, found: list[Found], open_calls: list[int | None], without_begin: list[int]) -> None:
    """Read a line of colons, which ends the call that began last."""
    if not open_calls:
        without_begin.append(number)
        return
    index = open_calls.pop()
    if index is not None:
        begun = found[index]
        found[index] = Found(begun.call, begun.begin, number, begun.known)


def _has_arguments(line: Line) -> bool:
    """Return whether a line with an unknown name is a call. `::name` alone may be part of a text about a program."""
    return line.call is not None and bool(line.call.arguments or line.call.fault)


def with_tokens(lines: Sequence[SourceLine], calls: Calls, word: str) -> str:
    """Return the text with a token in place of each line that begins or ends a call.

    `word` is the first word of all tokens. The second word is `3` for the beginning of the call with this index, `/3`
    for its end, and `=7` for the line of colons with the index 7, which ends no call.
    """
    texts = [line.text for line in lines]
    for number, one in enumerate(calls.found):
        texts[one.begin] = f"{_lead(texts[one.begin])}<?{word} {number}?>"
        if one.end > one.begin:
            texts[one.end] = f"{_lead(texts[one.end])}<?{word} /{number}?>"
    for number in calls.without_begin:
        texts[number] = f"{_lead(texts[number])}<?{word} ={number}?>"
    return "\n".join(texts)


def _lead(text: str) -> str:
    line = read_line(text)
    return line.lead if line else ""


def unused_word(text: str) -> str:
    """Return a first word for tokens. The text contains no token that begins with this word."""
    word = "call"
    while f"<?{word}" in text:
        word += "l"
    return word
