"""Read and expand macros. Authors define some macros. The others stand for commands of other tools."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from publisher.fast_dataclass import dataclass
from publisher.site.markdown.math.formula import BadFormula
from publisher.site.markdown.math.reader import Reader, plain
from publisher.site.markdown.math.tex import Token, tokens

_NAME = re.compile(r"\\(?:[a-zA-Z]+|.)", re.DOTALL)
_PARAMETERS = re.compile(r"(?:#[1-9])*")


@dataclass(frozen=True, slots=True)
class Macro:
    """A command that is replaced with its body. `#1` in the body is replaced with the first argument."""

    body: tuple[str, ...]
    arguments: int = 0
    default: tuple[str, ...] | None = None
    """The value of the first argument if the author leaves it out, or None if the first argument is not optional."""

    def expanded(self, reader: Reader, command: Token) -> list[Token]:
        """Return the tokens that replace this use of the macro. Raises BadFormula if an argument is missing."""
        given: list[Sequence[Token]] = []
        if self.default is not None:
            written = reader.optional(command)
            given.append(written if written is not None else [Token(text, command.start) for text in self.default])
        while len(given) < self.arguments:
            given.append(reader.argument(command))
        return list(self._filled(given, command))

    def _filled(self, given: Sequence[Sequence[Token]], command: Token) -> Iterator[Token]:
        body = iter(self.body)
        for text in body:
            if text != "#":
                yield Token(text, command.start)
                continue
            number = next(body, "")
            if not number.isdecimal() or not 1 <= int(number) <= len(given):
                raise BadFormula(f"{command.text} uses #{number}, which is none of its arguments", command.start)
            yield from given[int(number) - 1]


def macro(body: str, default: str | None = None) -> Macro:
    """Return the macro with this body. The largest number after a `#` in the body is its number of arguments.

    `default` is the value of the first argument if it is optional.
    """
    numbers = [int(number) for number in re.findall(r"#([1-9])", body)]
    first = None if default is None else tuple(part.text for part in tokens(default))
    return Macro(tuple(part.text for part in tokens(body)), max(numbers, default=0), first)


def define(reader: Reader, command: Token, known: Mapping[str, object]) -> tuple[str, Macro] | None:
    r"""Read what follows `\newcommand` or a similar command. Return the name of the new macro and the macro.

    If the command is `\providecommand` and `known` has the name, return None. Raises BadFormula if the definition is
    not complete.
    """
    if reader.directly("*"):
        reader.next()
    name = plain(reader.argument(command))
    if not _NAME.fullmatch(name):
        raise BadFormula(f"{command.text} needs the name of a command", command.start)
    number = plain(reader.optional(command) or ()) or "0"
    if not (number.isdecimal() and len(number) == 1):
        raise BadFormula(f"{number} is no number of arguments", command.start)
    default = reader.optional(command) if int(number) else None
    body = reader.argument(command)
    if command.text == "\\providecommand" and name in known:
        return None
    first = None if default is None else tuple(part.text for part in default)
    return name, Macro(tuple(part.text for part in body), int(number), first)


def define_plain(reader: Reader, command: Token) -> tuple[str, Macro]:
    r"""Read what follows `\def`. Return the name of the new macro and the macro.

    Raises BadFormula if the name or the body is missing, or if the parameters are not `#1#2` and so on.
    """
    name = reader.peek()
    reader.next()
    if name is None or not _NAME.fullmatch(name.text):
        raise BadFormula(f"{command.text} needs the name of a command", command.start)
    parameters = ""
    while (part := reader.peek()) is not None and part.text != "{":
        parameters += part.text
        reader.next()
    if not _PARAMETERS.fullmatch(parameters):
        raise BadFormula(f"{command.text} allows only #1#2... before its body: write \\newcommand", command.start)
    return name.text, Macro(tuple(part.text for part in reader.argument(command)), len(parameters) // 2)


def define_operator(reader: Reader, command: Token) -> tuple[str, Macro]:
    r"""Read what follows `\DeclareMathOperator`. Return the name of the new macro and the macro.

    Raises BadFormula if the name or the text of the operator is missing.
    """
    starred = reader.directly("*")
    if starred:
        reader.next()
    name = plain(reader.argument(command))
    if not _NAME.fullmatch(name):
        raise BadFormula(f"{command.text} needs the name of a command", command.start)
    shown = [part.text for part in reader.argument(command)]
    return name, Macro(("\\operatorname", *(("*",) if starred else ()), "{", *shown, "}"))


def alias(reader: Reader, command: Token, known: Mapping[str, Callable[..., object] | Macro]) -> tuple[str, Macro]:
    r"""Read what follows `\let`: a new name and a command. Return the new name and a macro for the command.

    Raises BadFormula if the name or the command is missing.
    """
    name, value = reader.peek(), None
    reader.next()
    if (sign := reader.peek()) is not None and sign.text == "=":
        reader.next()
    value = reader.peek()
    reader.next()
    if name is None or value is None or not _NAME.fullmatch(name.text):
        raise BadFormula("\\let needs two commands", command.start)
    old = known.get(value.text)
    return name.text, old if isinstance(old, Macro) else Macro((value.text,))


OF_OTHER_TOOLS = {
    name: macro(body)
    for name, body in {
        "\\substack": r"\begin{subarray}{c}#1\end{subarray}",
        "\\matrix": r"\begin{matrix}#1\end{matrix}",
        "\\pmatrix": r"\begin{pmatrix}#1\end{pmatrix}",
        "\\cases": r"\begin{cases}#1\end{cases}",
        "\\eqalign": r"\begin{aligned}#1\end{aligned}",
        "\\displaylines": r"\begin{gathered}#1\end{gathered}",
        "\\cancelto": r"{\cancel{#2}}^{#1}",
        "\\pmb": r"\boldsymbol{#1}",
        "\\symbf": r"\mathbf{#1}",
        "\\mathbfit": r"\boldsymbol{#1}",
        "\\bold": r"\mathbf{#1}",
        "\\Bbb": r"\mathbb{#1}",
        "\\mathbbm": r"\mathbb{#1}",
        "\\mathds": r"\mathbb{#1}",
        "\\adots": r"\iddots",
        "\\frak": r"\mathfrak{#1}",
        "\\mathbfcal": r"\boldsymbol{\mathcal{#1}}",
        "\\mathbfscr": r"\boldsymbol{\mathscr{#1}}",
        "\\underbar": r"\underline{#1}",
        "\\hdots": r"\ldots",
        "\\dotsc": r"\ldots",
        "\\dotso": r"\ldots",
        "\\dotsb": r"\cdots",
        "\\dotsm": r"\cdots",
        "\\dotsi": r"\cdots",
        "\\*": r"\ast ",
        "\\colon": r"\mathpunct{:}",
        "\\enskip": r"\enspace",
        "\\strut": r"\mathstrut",
        "\\smallsetminus": r"\setminus",
        "\\varlimsup": r"\operatorname*{lim\,sup}",
        "\\varliminf": r"\operatorname*{lim\,inf}",
        "\\varinjlim": r"\operatorname*{inj\,lim}",
        "\\varprojlim": r"\operatorname*{proj\,lim}",
        "\\injlim": r"\operatorname*{inj\,lim}",
        "\\projlim": r"\operatorname*{proj\,lim}",
        "\\argmax": r"\operatorname*{arg\,max}",
        "\\argmin": r"\operatorname*{arg\,min}",
        "\\cr": r"\\",
        "\\newline": r"\\",
        "\\tabularnewline": r"\\",
        "\\lt": "<",
        "\\gt": ">",
        "\\displaylimits": "",
        "\\allowbreak": "",
        "\\nobreak": "",
        "\\goodbreak": "",
    }.items()
}
"""Macros for commands that the library does not know. They use commands that the library or commands.py knows."""
