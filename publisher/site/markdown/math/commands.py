"""Handle the commands that a macro cannot express. Each handler reads one command with its arguments."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from publisher.site.markdown.math import macros
from publisher.site.markdown.math.boxes import BOXES
from publisher.site.markdown.math.expansion import Expansion, Handler, Reference, Wrapper, put_back
from publisher.site.markdown.math.formula import BadFormula
from publisher.site.markdown.math.lengths import LENGTH, ems, in_css, lifted
from publisher.site.markdown.math.letters import BOLD, bold, is_symbol
from publisher.site.markdown.math.reader import Reader, plain
from publisher.site.markdown.math.tex import Token
from publisher.site.markdown.math.text import SIGNS, STYLES

_SPACES = ("\\,", "\\;", "\\:", "\\!", "\\ ", "\\-")
_SIZES = {"\\tiny": 50, "\\Tiny": 60, "\\scriptsize": 70, "\\small": 85, "\\normalsize": 100, "\\large": 120} | {
    "\\Large": 144,
    "\\LARGE": 173,
    "\\huge": 207,
    "\\Huge": 249,
}


def _text(style: str, expansion: Expansion, reader: Reader, command: Token) -> None:
    expansion.mark(expansion.text(reader.argument(command), style), command)


def _sign(expansion: Expansion, _: Reader, command: Token) -> None:
    expansion.mark(expansion.text([command]), command)


def _raised(expansion: Expansion, reader: Reader, command: Token) -> None:
    length = plain(reader.argument(command))
    if not LENGTH.fullmatch(length):
        raise BadFormula(f"{length} is no length", command.start)
    shown = expansion.text(reader.argument(command))
    expansion.mark(lifted(length, shown, 1.0), command)


def _bold(expansion: Expansion, reader: Reader, command: Token) -> None:
    body = reader.argument(command)
    if is_symbol(body):
        expansion.wrap(reader, Wrapper('<mrow style="font-weight: bold">', "</mrow>"), body, command)
        return
    expansion.emit(f"{command.text}{{", command)
    reader.put_back([*bold(body, command), Token("}", command.start)])


def _operator(expansion: Expansion, reader: Reader, command: Token) -> None:
    starred = reader.directly("*")
    if starred:
        reader.next()
    body = reader.argument(command)
    if all(part.text in _SPACES or part.text.isalnum() or part.text in " .," for part in body):
        expansion.emit(f"\\operatorname{'*' if starred else ''}{{", command)
        reader.put_back([*body, Token("}", command.start)])
        return
    is_text = all(part.text in _SPACES or (len(part.text) == 1 and part.text not in "{}^_&$#~") for part in body)
    style = Token("\\text" if is_text else "\\mathrm", command.start)
    inside = [style, Token("{", command.start), *body, Token("}", command.start)]
    outer = Token("\\mathop" if starred else "\\mathinner", command.start)
    reader.put_back([outer, Token("{", command.start), *inside, Token("}", command.start)])


def _stacked(expansion: Expansion, reader: Reader, command: Token) -> None:
    r"""Read what follows `\buildrel`, as in `\buildrel a \over b`."""
    above = reader.until("\\over", command)
    opened = [Token("\\overset", command.start), Token("{", command.start)]
    reader.put_back([*opened, *above, Token("}", command.start)])


def _mathop(expansion: Expansion, reader: Reader, command: Token) -> None:
    r"""Write the argument of `\mathop` as an operator.

    In a block formula, or with `\limits`, its scripts are below and above the operator. Otherwise they are beside it.
    """
    body = reader.argument(command)
    limits = expansion.display
    while (sign := reader.peek()) is not None and sign.text in ("\\limits", "\\nolimits", "\\displaylimits"):
        limits = sign.text == "\\limits" or (limits and sign.text != "\\nolimits")
        reader.next()
    scripts: dict[str, list[Token]] = {}
    while (sign := reader.peek()) is not None and sign.text in ("_", "^") and sign.text not in scripts and limits:
        reader.next()
        scripts[sign.text] = reader.argument(sign)
    opened = [text for script, text in (("_", "\\underset"), ("^", "\\overset")) if script in scripts]
    parts: list[Token] = []
    for text, script in zip(opened, sorted(scripts, key="_^".index), strict=True):
        parts += [
            Token(text, command.start),
            Token("{", command.start),
            *scripts[script],
            Token("}", command.start),
            Token("{", command.start),
        ]
    ends = [Token("}", command.start)] * (len(opened) + 1)
    reader.put_back([*parts, Token("\\mathinner", command.start), Token("{", command.start), *body, *ends])


def _delimiter(expansion: Expansion, reader: Reader, command: Token) -> None:
    r"""Read the bracket after `\left` or a similar command.

    `<` and `>` become angle brackets, and `.` is no bracket.
    """
    sign = reader.peek()
    angle = {"<": "\\langle", ">": "\\rangle", "\\lt": "\\langle", "\\gt": "\\rangle"}.get(sign.text if sign else "")
    if angle:
        reader.next()
        reader.put_back([Token(angle, command.start)])
    elif sign is not None and sign.text == "." and command.text not in ("\\left", "\\right", "\\middle"):
        reader.next()
        return
    expansion.emit(command.text, command)


def _space(name: str, expansion: Expansion, reader: Reader, command: Token) -> None:
    if reader.directly("*"):
        reader.next()
    length = plain(reader.argument(command))
    if not LENGTH.fullmatch(length):
        raise BadFormula(f"{length} is no length", command.start)
    expansion.emit(f"\\mkern{length} " if length.endswith("mu") else f"{name}{{{length}}}", command)


def _rule(expansion: Expansion, reader: Reader, command: Token) -> None:
    raised = plain(reader.optional(command) or ()) or "0em"
    lengths = [plain(reader.argument(command)) for _ in range(2)]
    for length in (raised, *lengths):
        if not LENGTH.fullmatch(length):
            raise BadFormula(f"{length} is no length", command.start)
    width, height = map(in_css, lengths)
    bar = f'<mspace width="{width}" height="{height}" style="background: currentcolor"></mspace>'
    expansion.mark(lifted(raised, bar, ems(lengths[1])), command)


def _size(expansion: Expansion, reader: Reader, command: Token) -> None:
    opening = f'<mstyle mathsize="{_SIZES[command.text]}%">'
    expansion.wrap(reader, Wrapper(opening, "</mstyle>"), reader.rest_of_group(), command)


def _padded(attributes: str, expansion: Expansion, reader: Reader, command: Token) -> None:
    if command.text == "\\smash":
        reader.optional(command)
    expansion.wrap(reader, Wrapper(f"<mpadded {attributes}>", "</mpadded>"), reader.argument(command), command)


def _dots(expansion: Expansion, reader: Reader, command: Token) -> None:
    number = plain(reader.argument(command))
    if not re.fullmatch(r"[1-9]\d?", number):
        raise BadFormula(f"{number} is no number of columns", command.start)
    put_back(reader, " & ".join(["\\ldots"] * int(number)), command)


def _root(expansion: Expansion, reader: Reader, command: Token) -> None:
    index = reader.until("\\of", command)
    expansion.emit("\\sqrt[", command)
    reader.put_back([Token("{", command.start), *index, Token("}", command.start), Token("]", command.start)])


def _character(expansion: Expansion, reader: Reader, command: Token) -> None:
    written = plain(reader.argument(command))
    number = re.fullmatch(r"(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))", written)
    value = int(number[1], 16) if number and number[1] else int(number[2]) if number else 0
    if not (0x20 < value < 0xD800 or 0xE000 <= value <= 0x10FFFF) or 0x7F <= value < 0xA0:
        raise BadFormula(f"{written} is no character", command.start)
    expansion.mark(f"<mtext>&#{value};</mtext>", command)


def _reference(form: str, expansion: Expansion, reader: Reader, command: Token) -> None:
    expansion.mark(Reference(plain(reader.argument(command)), form, command.start), command)


def _ignored(expansion: Expansion, reader: Reader, command: Token) -> None:
    reader.argument(command)


def _defines(
    read: Callable[[Reader, Token], tuple[str, macros.Macro]], expansion: Expansion, reader: Reader, command: Token
) -> None:
    name, made = read(reader, command)
    expansion.macros[name] = made


def _new(expansion: Expansion, reader: Reader, command: Token) -> None:
    made = macros.define(reader, command, expansion.macros)
    if made is not None:
        expansion.macros[made[0]] = made[1]


def _let(expansion: Expansion, reader: Reader, command: Token) -> None:
    name, made = macros.alias(reader, command, expansion.macros)
    expansion.macros[name] = made


_BIG = [f"\\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")]

COMMANDS: dict[str, Handler] = {
    **BOXES,
    **{
        name: partial(_text, style) for name, style in STYLES.items() if name.startswith(("\\text", "\\mbox", "\\hbox"))
    },
    "\\emph": partial(_text, STYLES["\\emph"]),
    "\\raisebox": _raised,
    **dict.fromkeys(BOLD, _bold),
    "\\operatorname": _operator,
    "\\mathop": _mathop,
    "\\buildrel": _stacked,
    **dict.fromkeys(("\\left", "\\right", "\\middle", *_BIG), _delimiter),
    **{name: partial(_space, "\\hspace") for name in ("\\hspace", "\\mspace")},
    "\\rule": _rule,
    **dict.fromkeys(_SIZES, _size),
    "\\smash": partial(_padded, 'height="0" depth="0"'),
    **{name: partial(_padded, 'width="0"') for name in ("\\rlap", "\\mathrlap")},
    "\\hdotsfor": _dots,
    "\\root": _root,
    "\\unicode": _character,
    "\\ref": partial(_reference, "{}"),
    "\\eqref": partial(_reference, "({})"),
    **dict.fromkeys(("\\require", "\\leftroot", "\\uproot"), _ignored),
    **dict.fromkeys(SIGNS, _sign),
    **dict.fromkeys(("\\newcommand", "\\renewcommand", "\\providecommand"), _new),
    **{name: partial(_defines, macros.define_plain) for name in ("\\def", "\\gdef", "\\edef", "\\xdef")},
    "\\DeclareMathOperator": partial(_defines, macros.define_operator),
    "\\let": _let,
}
