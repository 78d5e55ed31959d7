r"""Rewrite a formula into commands that the library has.

Macros are expanded. Text, references and wrappers become marks such as `\text{@3@}`. The library copies each mark into
its MathML. There `mathml.py` replaces the mark with the value that has this number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from publisher.fast_dataclass import dataclass, field
from publisher.site.markdown.math.formula import BadFormula
from publisher.site.markdown.math.macros import Macro
from publisher.site.markdown.math.reader import Reader
from publisher.site.markdown.math.tex import Token, tokens
from publisher.site.markdown.math.text import Text

DEEPEST_TEXT = 5
"""The largest depth of texts inside formulas inside texts, as in `\\text{$\\text{a}$}`."""


@dataclass(frozen=True, slots=True)
class Wrapper:
    r"""The tags that are written around a part of the formula.

    In the TeX for the library, a `\boxed` contains the mark and then the part. In the MathML, `opening` and `closing`
    replace the tags of this box.
    """

    opening: str
    closing: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A link to an equation. The equation may come later. `at` is the index of the reference in the formula."""

    label: str
    form: str
    """The text of the link, with `{}` instead of the number."""
    at: int


Value = str | Wrapper | Reference
Handler = Callable[["Expansion", Reader, Token], None]
Convert = Callable[[Sequence[Token], "Values"], str]


@dataclass(slots=True)
class Values:
    """The values of the marks of one formula. The number in a mark is the index of its value in `of`."""

    of: list[Value] = field(default_factory=list)

    def mark(self, value: Value) -> str:
        r"""Add a value and return its mark. Callers write the mark into `\text{}` or `\tag*{}`."""
        self.of.append(value)
        return f"@{len(self.of) - 1}@"


class Expansion:
    """Expands the macros of one formula. `macros` are the known macros. Macros that the formula defines are added.

    `handlers` read the commands that a macro cannot express. `inner` converts formulas inside text. `depth` is the
    number of texts around the formula.
    """

    def __init__(
        self,
        macros: dict[str, Macro],
        handlers: Mapping[str, Handler],
        inner: Convert,
        values: Values,
        *,
        display: bool,
        depth: int = 0,
    ) -> None:
        self.macros, self.values, self.display, self.depth = macros, values, display, depth
        self._handlers, self._inner = handlers, inner
        self.done: list[Token] = []

    def run(self, parts: Sequence[Token]) -> list[Token]:
        """Return the tokens for the library. Raises BadFormula if a command or a macro is used in a wrong way."""
        reader = Reader(parts)
        while (token := reader.next()) is not None:
            found = self.macros.get(token.text)
            if found is not None:
                reader.put_back(self._as_script(found.expanded(reader, token), token))
            elif token.text in self._handlers:
                self._handlers[token.text](self, reader, token)
            else:
                self.done.append(token)
        return self.done

    def _as_script(self, parts: list[Token], token: Token) -> list[Token]:
        """Return the tokens of a macro, in braces if they follow `^` or `_`. So all these tokens become the script."""
        if len(parts) > 1 and self.done and self.done[-1].text in ("^", "_"):
            return [Token("{", token.start), *parts, Token("}", token.start)]
        return parts

    def emit(self, text: str, command: Token) -> None:
        """Append one token with the text `text` to the result. The token is not expanded."""
        self.done.append(Token(text, command.start))

    def mark(self, value: Value, command: Token) -> None:
        """Append a mark for this value to the result."""
        self.emit(f"\\text{{{self.values.mark(value)}}}", command)

    def wrap(self, reader: Reader, wrapper: Wrapper, body: Sequence[Token], command: Token) -> None:
        """Put the part `body` of the formula into a wrapper. The reader reads `body` next, so `body` is expanded."""
        self.emit(f"\\boxed{{\\text{{{self.values.mark(wrapper)}}}", command)
        reader.put_back([*body, Token("{", command.start), Token("}", command.start), Token("}", command.start)])

    def text(self, parts: Sequence[Token], style: str = "") -> str:
        """Return the MathML of text. `style` is its CSS, or "". Raises BadFormula if the text cannot be shown."""
        if self.depth >= DEEPEST_TEXT:
            raise BadFormula("it is nested too deeply", parts[0].start if parts else 0)
        return Text(self.macros, lambda inner: self._inner(inner, self.values)).convert(parts, style)


def put_back(reader: Reader, tex: str, command: Token) -> None:
    """Make the reader read `tex` next. All tokens of `tex` get the position of the command."""
    reader.put_back(tokens(tex, command.start))
