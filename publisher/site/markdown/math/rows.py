"""Write the rows of an environment as TeX for the library."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.fast_dataclass import dataclass, field
from publisher.site.markdown.math.expansion import Wrapper
from publisher.site.markdown.math.formula import BadFormula
from publisher.site.markdown.math.tex import Token, tokens

_BINARY = ("+", "-", "\\pm", "\\mp", "\\times", "\\cdot")
DELIMITERS = {"pmatrix*": ("(", ")"), "bmatrix*": ("[", "]"), "Bmatrix*": ("\\{", "\\}"), "matrix*": (".", ".")} | {
    "vmatrix*": ("|", "|"),
    "Vmatrix*": ("\\|", "\\|"),
}
"""Maps each environment for a matrix with aligned columns to its brackets."""
_LINES = ("\\hline", "\\hdashline")


@dataclass(slots=True)
class Row:
    r"""The tokens of one row, and the commands about its number.

    `tag` is the argument of `\tag`, and `starred` says whether the command was `\tag*`. `label` is the name and the
    position of `\label`. `no_number` says whether the row has `\notag` or `\nonumber`. `number` has the tokens that
    show the number of the row. It is empty until the row gets a number.
    """

    parts: list[Token] = field(default_factory=list)
    tag: list[Token] | None = None
    starred: bool = False
    label: tuple[str, int] | None = None
    no_number: bool = False
    number: list[Token] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether the row has only blanks, no tag and no label."""
        return not self.tag and not self.label and all(part.text == " " for part in self.parts)


def line_below(rows: Sequence[Row]) -> Wrapper | None:
    r"""Return a wrapper that draws a line below the table if the last row is only `\hline`, else None."""
    last = [part.text for part in rows[-1].parts if part.text != " "]
    if len(rows) == 1 or not last or any(text not in _LINES for text in last):
        return None
    style = "dashed" if last[0] == "\\hdashline" else "solid"
    return Wrapper(f'<mrow style="border-bottom: 0.05em {style}">', "</mrow>")


def without_empty_end(rows: list[Row]) -> list[Row]:
    r"""Return the rows, without an empty last row. A `\\` at the end of an environment begins an empty last row."""
    return rows[:-1] if len(rows) > 1 and rows[-1].is_empty else rows


def both(name: str, inside: Sequence[Token], at: int = 0, given: str = "") -> list[Token]:
    r"""Return the tokens `inside` in the environment `name`. `given` is written after `\begin{name}`."""
    return [Token(f"\\begin{{{name}}}{given}", at), *inside, Token(f"\\end{{{name}}}", at)]


def joined(
    rows: Sequence[Row], name: str, given: str = "", begin: Token | None = None, end_token: Token | None = None
) -> list[Token]:
    """Return the tokens of the library's environment `name` with these rows. `given` is written after the name.

    The beginning of the environment gets the position of `begin`, or 0 if `begin` is None. The end of the environment
    gets the position of `end_token`. If `end_token` is None, the end gets the same position as the beginning.
    """
    at = begin.start if begin else 0
    inside: list[Token] = []
    for number, row in enumerate(rows):
        parts = binary_signs(row.parts) if name == "aligned" else _single_lines(row.parts)
        inside += [*([Token("\\\\", at)] if number else []), *parts]
    found = both(name, inside, at, given)
    return [*found[:-1], Token(found[-1].text, end_token.start)] if end_token else found


def _single_lines(parts: list[Token]) -> list[Token]:
    r"""Return the row with only its first `\hline` or `\hdashline`. MathML has at most one line between two rows."""
    lines = [part for part in parts if part.text in _LINES]
    return [part for part in parts if part.text not in _LINES or part is lines[0]]


def binary_signs(parts: Sequence[Token]) -> list[Token]:
    """Return the tokens with an empty group before each operator that is the first token after `&`.

    So the operator has an operand on its left. It gets the distance of a binary operator, as in amsmath.
    """
    found: list[Token] = []
    begins = False
    for part in parts:
        if begins and part.text in _BINARY:
            found += tokens("{}", part.start)
        begins = part.text == "&" or (begins and part.text == " ")
        found.append(part)
    return found


def cells(row: Row) -> list[list[Token]]:
    """Return the tokens of each cell of a row."""
    found: list[list[Token]] = [[]]
    depth = 0
    for part in row.parts:
        depth += (part.text == "{" or part.text.startswith(("\\begin{", "\\boxed{"))) - (
            part.text == "}" or part.text.startswith("\\end{")
        )
        if part.text == "&" and not depth:
            found.append([])
        else:
            found[-1].append(part)
    return found


def two_columns(row: Row) -> Row:
    """Return a row of `eqnarray`, which has three columns, as a row with the two columns of `align`.

    The second column then begins with the relation.
    """
    columns = cells(row)
    if len(columns) < 3:
        return row
    amid = columns[1]
    at = amid[0].start if amid else 0
    if all(part.text == " " for part in amid):
        amid = tokens("\\phantom{{}={}}", at)
    parts = [*columns[0], Token("&", at), *amid]
    for cell in columns[2:]:
        parts += cell
    return Row(parts, row.tag, row.starred, row.label, row.no_number)


def with_delimiters(rows: Sequence[Row], name: str, begin: Token) -> list[Token]:
    """Return the tokens of a matrix whose columns are aligned. They are an array between brackets.

    Raises BadFormula if the alignment is not `l`, `c` or `r`.
    """
    column = begin.text.partition("}{")[2].rstrip("}")
    if column not in ("l", "c", "r"):
        raise BadFormula(f"a matrix with an unknown column {column}", begin.start)
    before, after = DELIMITERS[name]
    width = max(len(cells(row)) for row in rows)
    array = joined(rows, "array", f"{{{column * width}}}")
    at = begin.start
    return [Token("\\left", at), Token(before, at), *array, Token("\\right", at), Token(after, at)]
