r"""Replace environments that the library does not have with similar environments, and number the rows.

In this module, `\begin{name}` is one token, and so is `\end{name}`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.fast_dataclass import dataclass, field, replace
from publisher.site.markdown.math.equations import Equations
from publisher.site.markdown.math.expansion import Expansion, Wrapper
from publisher.site.markdown.math.formula import BadFormula
from publisher.site.markdown.math.reader import Reader, plain
from publisher.site.markdown.math.rows import (
    DELIMITERS,
    Row,
    binary_signs,
    both,
    cells,
    joined,
    line_below,
    two_columns,
    with_delimiters,
    without_empty_end,
)
from publisher.site.markdown.math.tex import Token, tokens

NUMBERED = {"equation": "equation*", "gather": "gather*", "multline": "multline*", "align": "align*"} | {
    "alignat": "align*",
    "xalignat": "align*",
    "flalign": "align*",
    "eqnarray": "align*",
}
"""Maps each environment whose rows have numbers to the environment of the library that shows it."""
_INSIDE = {"equation*": "gathered", "gather*": "gathered", "multline*": "gathered", "align*": "aligned"}
"""Maps each environment of the library for numbered rows to the one that replaces it inside another environment."""
_SAME = {"split": "aligned", "alignedat": "aligned", "subarray": "subarray", "math": "", "displaymath": ""}
_WITH_NUMBER = ("alignat", "alignat*", "alignedat", "xalignat", "xalignat*")
_LENGTH = re.compile(r"-?(?:\d+\.?\d*|\.\d+)\s*[a-z]{2,3}|\\[a-z]+skip")
_REPEATED = re.compile(r"\*\{(\d{1,2})\}\{([^{}]*)\}")
_BRACKETS = {"": ("", ""), "p": ("(", ")"), "b": ("[", "]"), "B": ("\\{", "\\}"), "v": ("|", "|"), "V": ("\\|", "\\|")}
_SMALL = Wrapper('<mstyle scriptlevel="1">', "</mstyle>")


@dataclass(slots=True)
class _Frame:
    r"""An environment whose `\end` has not been read yet. The whole formula is also a frame, with the name ""."""

    name: str
    begin: Token
    numbered: bool
    rows: list[Row] = field(default_factory=lambda: [Row()])
    depth: int = 0


def begin(expansion: Expansion, reader: Reader, command: Token) -> None:
    r"""Read what follows `\begin`: the name of the environment and its arguments."""
    name = plain(reader.argument(command))
    shown = f"\\begin{{{name}}}"
    if name in _WITH_NUMBER:
        reader.argument(command)
    elif name in ("aligned", "gathered", "split", "array", "subarray") or name in DELIMITERS:
        given = reader.optional(command)
        if name in DELIMITERS:
            shown += f"{{{plain(given or ()) or 'c'}}}"
    if name in ("array", "subarray"):
        shown += f"{{{_columns(reader.argument(command), command)}}}"
    expansion.emit(shown, command)


def end(expansion: Expansion, reader: Reader, command: Token) -> None:
    r"""Read what follows `\end`: the name of the environment."""
    expansion.emit(f"\\end{{{plain(reader.argument(command))}}}", command)


def new_row(expansion: Expansion, reader: Reader, command: Token) -> None:
    r"""Read what follows `\\`. A length in brackets, as in `\\[1em]`, has no effect on the distance between rows."""
    if reader.directly("*"):
        reader.next()
    if reader.directly("["):
        given = reader.optional(command) or []
        if not _LENGTH.fullmatch(plain(given)):
            reader.put_back([Token("[", command.start), *given, Token("]", command.start)])
    expansion.emit("\\\\", command)


def _columns(parts: Sequence[Token], command: Token) -> str:
    """Return the columns of an array in the characters that the library knows: `l`, `c`, `r`, `|` and `:`.

    Raises BadFormula if a column cannot be written in these characters.
    """
    text = "".join(part.text for part in parts if part.text != " ")
    for _ in range(3):
        text = _REPEATED.sub(lambda match: match[2] * int(match[1]), text)
    text = re.sub(r"[@!><]\{[^{}]*\}", "", text)
    text = re.sub(r"[pmb]\{[^{}]*\}", "l", text)
    wrong = re.search(r"[^lcr|:]", text)
    if wrong:
        raise BadFormula(f"an array with an unknown column {wrong[0]}", command.start)
    return text


class Arrangement:
    """Writes the environments and the rows of one formula for the library. `equations` are the article's equations."""

    def __init__(self, expansion: Expansion, equations: Equations) -> None:
        self._expansion, self._equations = expansion, equations
        self._frames: list[_Frame] = []

    def run(self, parts: Sequence[Token]) -> list[Token]:
        """Return the tokens of the formula for the library.

        Raises BadFormula if an environment or a number is wrong.
        """
        reader = Reader(parts)
        self._frames = [_Frame("", Token("", 0), False)]
        while (token := reader.next()) is not None:
            text = token.text
            if text.startswith("\\begin{"):
                self._open(token)
            elif text.startswith("\\end{"):
                self._close(token)
            elif text == "&" and len(self._frames) == 1:
                raise BadFormula("& is not inside rows: begin an environment such as aligned", token.start)
            elif text in ("\\tag", "\\label", "\\notag", "\\nonumber"):
                self._number(reader, token)
            elif text == "\\\\" and not self._frames[-1].depth:
                self._frames[-1].rows.append(Row())
            else:
                self._frames[-1].depth += (text in ("{", "\\left") or text.startswith("\\boxed{")) - (
                    text in ("}", "\\right")
                )
                self._frames[-1].rows[-1].parts.append(token)
        return self._whole()

    def _open(self, token: Token) -> None:
        name = token.text[len("\\begin{") :].partition("}")[0]
        plain_name = name.removesuffix("*")
        outermost = len(self._frames) == 1 and not self._frames[0].depth
        self._frames.append(_Frame(name, token, plain_name in NUMBERED and outermost))

    def _close(self, token: Token) -> None:
        name = token.text[len("\\end{") : -1]
        frame = self._frames[-1]
        if len(self._frames) == 1:
            raise BadFormula(f"\\end{{{name}}} without its \\begin", token.start)
        if frame.name != name:
            raise BadFormula(f"\\end{{{name}}} closes \\begin{{{frame.name}}}", token.start)
        self._frames.pop()
        self._frames[-1].rows[-1].parts += self._environment(frame, token)

    def _number(self, reader: Reader, token: Token) -> None:
        """Read a command about the number of a row: the last row of the outermost environment with numbers."""
        row = next((frame for frame in self._frames if frame.numbered), self._frames[0]).rows[-1]
        if token.text in ("\\notag", "\\nonumber"):
            row.no_number = True
        elif token.text == "\\label":
            row.label = plain(reader.argument(token)), token.start
        else:
            if row.tag is not None:
                raise BadFormula("a second \\tag in one row", token.start)
            row.starred = reader.directly("*")
            if row.starred:
                reader.next()
            row.tag = reader.argument(token)

    def _whole(self) -> list[Token]:
        frame = self._frames.pop()
        if self._frames:
            raise BadFormula(f"\\begin{{{frame.name}}} without its \\end", frame.begin.start)
        rows = without_empty_end(frame.rows)
        numbered = [row for row in rows if row.tag is not None or row.label]
        body = joined(rows, "gathered") if len(rows) > 1 else [*rows[0].parts]
        if not numbered:
            return body
        if len(numbered) > 1:
            raise BadFormula("several rows with a \\tag: write \\begin{gather}", frame.begin.start)
        return [*both("equation*", [*body, *self._tag(numbered[0], counted=False)])]

    def _environment(self, frame: _Frame, end_token: Token) -> list[Token]:
        rows = without_empty_end(frame.rows)
        name = frame.name.removesuffix("*")
        if name == "eqnarray":
            rows = [two_columns(row) for row in rows]
        if name in NUMBERED:
            shown = NUMBERED[name]
            if not frame.numbered:
                return joined(rows, _INSIDE[shown])
            self._give_numbers(rows, name, counted=not frame.name.endswith("*"))
            return self._numbered(rows, shown)
        if frame.name in DELIMITERS:
            return with_delimiters(rows, frame.name, frame.begin)
        if frame.name.endswith("smallmatrix") and frame.name.removesuffix("smallmatrix") in _BRACKETS:
            return self._small(rows, frame)
        if frame.name in ("cases*", "dcases*", "rcases*", "drcases*"):
            return joined([self._with_text(row) for row in rows], name)
        shown = _SAME.get(frame.name, frame.name)
        if not shown:
            return joined(rows, "gathered") if len(rows) > 1 else rows[0].parts
        line = line_below(rows)
        given = frame.begin.text.partition("}")[2]
        found = joined(rows[:-1] if line else rows, shown, given, frame.begin, end_token)
        return self._wrapped(found, line, frame.begin) if line else found

    def _small(self, rows: list[Row], frame: _Frame) -> list[Token]:
        """Return the tokens of a small matrix. The name of its environment says which brackets are around it."""
        before, after = _BRACKETS[frame.name.removesuffix("smallmatrix")]
        table = self._wrapped(joined(rows, "subarray", "{c}"), _SMALL, frame.begin)
        if not before:
            return table
        at = frame.begin.start
        return [Token("\\left", at), Token(before, at), *table, Token("\\right", at), Token(after, at)]

    def _with_text(self, row: Row) -> Row:
        """Return a row of `cases*` or a similar environment. All its cells except the first are text."""
        first, *others = cells(row)
        at = row.parts[0].start if row.parts else 0
        parts = [*first]
        for cell in others:
            mark = self._expansion.values.mark(self._expansion.text(cell))
            parts += [Token("&", at), Token(f"\\text{{{mark}}}", at)]
        return replace(row, parts=parts)

    def _wrapped(self, parts: Sequence[Token], wrapper: Wrapper, begin: Token) -> list[Token]:
        mark = self._expansion.values.mark(wrapper)
        return [Token(f"\\boxed{{\\text{{{mark}}}", begin.start), *parts, *tokens("{}}", begin.start)]

    def _numbered(self, rows: list[Row], shown: str) -> list[Token]:
        if shown == "equation*" and len(rows) > 1:
            numbers = [part for row in rows for part in row.number]
            return both(shown, [*joined(rows, "gathered"), *numbers])
        inside: list[Token] = []
        for number, row in enumerate(rows):
            parts = binary_signs(row.parts) if shown == "align*" else row.parts
            inside += [*([Token("\\\\", 0)] if number else []), *parts, *row.number]
        return both(shown, inside)

    def _give_numbers(self, rows: list[Row], name: str, *, counted: bool) -> None:
        each = name not in ("equation", "multline")
        if not each:
            one = next((row for row in rows if row.tag is not None), rows[-1])
            one.label = next((row.label for row in rows if row.label), None)
            counted = counted and not any(row.no_number for row in rows)
        for row in rows if each else [one]:
            row.number = self._tag(row, counted=counted and not row.no_number)
        if not each and one is not rows[-1]:
            rows[-1].number, one.number = one.number, []

    def _tag(self, row: Row, *, counted: bool) -> list[Token]:
        """Return the tokens that give a row its number. If `counted` is set, a row without a tag gets the next number.

        Raises BadFormula if the row has a label and no number.
        """
        if row.tag is not None:
            shown = self._expansion.text(row.tag)
            bare = plain(row.tag)
        elif counted:
            bare = self._equations.next_number()
            shown = f"<mtext>{bare}</mtext>"
        elif row.label:
            raise BadFormula("a \\label in a row without a number", row.label[1])
        else:
            return []
        anchor = self._equations.name(row.label, bare) if row.label else ""
        mark = self._expansion.values.mark(_number_of(shown, anchor, starred=row.starred))
        return [Token(f"\\tag*{{{mark}}}", row.parts[0].start if row.parts else 0)]


def _number_of(shown: str, anchor: str, *, starred: bool) -> str:
    identity = f' id="{anchor}"' if anchor else ""
    if starred:
        return f"<mrow{identity}>{shown}</mrow>"
    if shown.startswith("<mtext>") and shown.endswith("</mtext>") and shown.count("<mtext") == 1:
        return f"<mtext{identity}>({shown[len('<mtext>') : -len('</mtext>')]})</mtext>"
    return f"<mrow{identity}><mtext>(</mtext>{shown}<mtext>)</mtext></mrow>"
