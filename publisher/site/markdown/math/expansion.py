r"""Rewrites a formula into commands that the library has: macros are expanded, text and wrappers become marks.

A mark is `\text{@3@}`: the library copies it into its MathML, where `mathml.py` puts the value with this number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from publisher.site.markdown.math.macros import Macro
from publisher.site.markdown.math.reader import Reader
from publisher.site.markdown.math.tex import BadFormula, Token, tokens
from publisher.site.markdown.math.text import Text

DEEPEST_TEXT = 5
"""How deeply formulas in text in formulas may be nested."""


@dataclass(frozen=True, slots=True)
class Wrapper:
    """MathML around a part of the formula: everything behind its mark, up to the end of the box that has the mark."""

    opening: str
    closing: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The number of an equation, which may come later in the article. `at` is the place of the reference."""

    label: str
    form: str
    """The text of the link, with `{}` for the number."""
    at: int


Value = str | Wrapper | Reference
Handler = Callable[["Expansion", Reader, Token], None]
Convert = Callable[[Sequence[Token], "Values"], str]


@dataclass(slots=True)
class Values:
    """The values that the marks of one formula stand for, by their numbers."""

    of: list[Value] = field(default_factory=list)

    def mark(self, value: Value) -> str:
        r"""Return the mark of a new value, to be put into `\text{}` or `\tag*{}`."""
        self.of.append(value)
        return f"@{len(self.of) - 1}@"


class Expansion:
    """One formula while its macros are expanded. `macros` gets the definitions in the formula.

    `handlers` read commands that need more than a macro; `inner` converts formulas inside of text.
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
        """Return the tokens for the library. Raise BadFormula."""
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
        """Put braces around a macro that is a script: all of it is above or below the line."""
        if len(parts) > 1 and self.done and self.done[-1].text in ("^", "_"):
            return [Token("{", token.start), *parts, Token("}", token.start)]
        return parts

    def emit(self, text: str, command: Token) -> None:
        """Append one token that is not expanded again."""
        self.done.append(Token(text, command.start))

    def mark(self, value: Value, command: Token) -> None:
        """Append a mark for this value."""
        self.emit(f"\\text{{{self.values.mark(value)}}}", command)

    def wrap(self, reader: Reader, wrapper: Wrapper, body: Sequence[Token], command: Token) -> None:
        """Put this part of the formula into a wrapper. It is read next."""
        self.emit(f"\\boxed{{\\text{{{self.values.mark(wrapper)}}}", command)
        reader.put_back([*body, Token("{", command.start), Token("}", command.start), Token("}", command.start)])

    def text(self, parts: Sequence[Token], style: str = "") -> str:
        """Return the MathML of text. Raise BadFormula."""
        if self.depth >= DEEPEST_TEXT:
            raise BadFormula("it is nested too deeply", parts[0].start if parts else 0)
        return Text(self.macros, lambda inner: self._inner(inner, self.values)).convert(parts, style)


def put_back(reader: Reader, tex: str, command: Token) -> None:
    """Let this TeX be read next. All of it has the place of the command."""
    reader.put_back(tokens(tex, command.start))
