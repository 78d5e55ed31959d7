"""Read the lines with which the calls of shortcodes begin and end.

`::name{key="value"}` is a call without a body. `:::name{key="value"}` begins a call with a body, and a line of three
or more colons ends the call that began last. These are the leaf and the container of the directives for CommonMark,
https://talk.commonmark.org/t/generic-directives-plugins-syntax/444. As in Pandoc, an inner call may have as many colons
as the outer one: https://pandoc.org/MANUAL.html#divs-and-spans.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.fast_dataclass import dataclass
from publisher.site.markdown.shortcodes.calls import Call, Value

_LEAD = r"(?P<lead>(?:[ \t>]|(?:[-+*]|\d{1,9}[.)])[ \t])*+)"
"""Matches the signs of quotes and list items before the text of a line."""
_LINE = re.compile(rf"{_LEAD}(?:(?P<leaf>::)(?=[A-Za-z])|(?P<colons>:::++)[ \t]*+)(?P<rest>.*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z][\w-]*+(?![^\s\[{])", re.ASCII)
_LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.)*+)\]")
_WORDS = re.compile(r"[^{}\[\]]++")
_ARGUMENT = re.compile(
    r"""[\s,]*+(?:\#(?P<id>[^\s{}"'=\#.]+)|\.(?P<class>[^\s{}"'=\#.]+)"""
    r"""|(?P<key>[A-Za-z_][\w-]*+)"""
    r"""(?:\s*+=\s*+(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'{}=,“”‘’]++)))?+)(?=[\s,}]|\Z)""",
    re.ASCII,
)
_BLANK = re.compile(r"[\s,]*")
_ESCAPE = re.compile(r"\\([\[\]\\])")

TITLE = "title"
"""The argument that gets the words after the name, as in `:::details[Title]` and `::: details Title`."""

ANY = re.compile(r"^[ \t>*+.)\d-]*:::?", re.MULTILINE)
"""Matches a text that may contain a call. Most articles contain none."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that may begin or end a call. `lead` is the text before its colons.

    `call` is None for a line of colons, which ends a call. `leaf` says whether the call has no body.
    """

    lead: str
    call: Call | None
    leaf: bool = False


def read_line(text: str) -> Line | None:
    """Return the call that a line begins, or the end of a call. Return None if the line has no such form."""
    match = _LINE.fullmatch(text)
    if not match:
        return None
    lead, rest, leaf = match["lead"], match["rest"], bool(match["leaf"])
    if not leaf and not rest.strip():
        return Line(lead, None)
    start = match.start("rest")
    name = _NAME.match(text, start)
    if not name:
        return None
    call = _call(text, name, len(lead), leaf=leaf)
    return Line(lead, call, leaf) if call else None


def _call(text: str, name: re.Match[str], at: int, *, leaf: bool) -> Call | None:
    """Return the call with this name, or None if the line does not go on like a call."""
    values: dict[str, Value] = {}
    here = name.end()
    label = _LABEL.match(text, here)
    if label:
        values[TITLE] = _ESCAPE.sub(r"\1", label[1]).strip()
        here = label.end()
    elif not leaf and (words := _WORDS.match(text, here)) and words[0].strip():
        values[TITLE] = _unquoted(words[0].strip())
        here = words.end()
    rest = text[here:].strip()
    if not rest:
        return Call(name[0], values, at=at)
    begin = text.index(rest, here)
    if not rest.startswith("{"):
        return None
    return _with_arguments(Call(name[0], values, at=at), text, begin)


def _unquoted(words: str) -> str:
    quoted = len(words) > 1 and words[0] == words[-1] and words[0] in "\"'"
    return words[1:-1] if quoted else words


def _with_arguments(call: Call, text: str, begin: int) -> Call:
    """Return the call with the arguments in braces. The braces begin at the index `begin` of `text`."""
    values = dict(call.arguments)
    here = begin + 1
    while match := _ARGUMENT.match(text, here):
        here = match.end()
        for key, value in _value(match):
            if key == "class" and key in values:
                values[key] = f"{values[key]} {value}"
            elif key in values:
                again = match.start("key") if match["key"] else match.start("id")
                return _wrong(call, values, again, f"the argument {key} is given twice", "remove one")
            else:
                values[key] = value
    end = _BLANK.match(text, here)
    here = end.end() if end else here
    if text[here : here + 1] != "}":
        if here >= len(text):
            return _wrong(call, values, begin, "the arguments have no end", "write `}` at the end of the line")
        hint = 'write arguments as `name="value"`, with straight quotation marks'
        return _wrong(call, values, here, f"{text[here : here + 20].strip()!r} is not an argument", hint)
    if text[here + 1 :].strip():
        return _wrong(call, values, here + 1, "there is text after the arguments", "move it to a line of its own")
    return Call(call.name, values, at=call.at)


def _wrong(call: Call, values: dict[str, Value], at: int, fault: str, hint: str) -> Call:
    return Call(call.name, values, fault, hint, at)


def _value(match: re.Match[str]) -> Iterator[tuple[str, Value]]:
    if match["id"]:
        yield "id", match["id"]
    elif match["class"]:
        yield "class", match["class"]
    else:
        key = match["key"].replace("-", "_")
        bare = match["bare"]
        written = next((one for one in (match["double"], match["single"]) if one is not None), bare)
        if written is None:
            yield key, True
        else:
            yield key, written == "true" if bare in ("true", "false") else written
