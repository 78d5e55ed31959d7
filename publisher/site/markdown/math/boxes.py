"""Handle the commands that draw something around or through a part of a formula, or that colour it."""

from __future__ import annotations

import re

from publisher.site.markdown.math.expansion import Expansion, Handler, Wrapper
from publisher.site.markdown.math.formula import BadFormula
from publisher.site.markdown.math.lengths import LENGTH, in_css
from publisher.site.markdown.math.mathml import SHAPES
from publisher.site.markdown.math.reader import Reader, plain
from publisher.site.markdown.math.tex import Token

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_NAME = re.compile(r"[a-zA-Z]+")
_BORDER = re.compile(
    r"border:\s*[0-9.]+(?:px|pt|em)\s+(?:solid|dashed|dotted|double)(?:\s+(?:[a-zA-Z]+|#[0-9a-fA-F]{3,6}))?"
)
_ENCLOSED = {
    "box": "border: 0.06em solid",
    "top": "border-top: 0.06em solid",
    "bottom": "border-bottom: 0.06em solid",
    "left": "border-left: 0.06em solid",
    "right": "border-right: 0.06em solid",
    "roundedbox": "border: 0.06em solid; border-radius: 0.4em",
    "circle": "border: 0.06em solid; border-radius: 50%",
}
_STRUCK = ("updiagonalstrike", "downdiagonalstrike", "horizontalstrike")


def _framed_text(expansion: Expansion, reader: Reader, command: Token) -> None:
    expansion.emit("\\boxed{", command)
    expansion.mark(expansion.text(reader.argument(command)), command)
    expansion.emit("}", command)


def _color(expansion: Expansion, reader: Reader, command: Token) -> None:
    r"""Colour the rest of the group, as in `\color{red} x`, or the argument, as in `\color{red}{x}`.

    MathJax reads both forms.
    """
    given = plain(reader.argument(command))
    body = reader.argument(command) if reader.directly("{") else reader.rest_of_group()
    _coloured(expansion, reader, command, given, body)


def _text_color(expansion: Expansion, reader: Reader, command: Token) -> None:
    given = plain(reader.argument(command))
    _coloured(expansion, reader, command, given, reader.argument(command))


def _coloured(expansion: Expansion, reader: Reader, command: Token, given: str, body: list[Token]) -> None:
    if _HEX.fullmatch(given):
        expansion.wrap(reader, Wrapper(f'<mrow style="color: {given}">', "</mrow>"), body, command)
    elif _NAME.fullmatch(given):
        expansion.emit(f"\\textcolor{{{given}}}{{", command)
        reader.put_back([*body, Token("}", command.start)])
    else:
        raise BadFormula(f"{given} is no colour: write its name, or #rrggbb", command.start)


def _colour(parts: list[Token], command: Token) -> str:
    """Return a colour for CSS: its name, or `#` and its number. Raises BadFormula if `parts` are neither."""
    given = plain(parts)
    if not (_HEX.fullmatch(given) or _NAME.fullmatch(given)):
        raise BadFormula(f"{given} is no colour: write its name, or #rrggbb", command.start)
    return given


def _framed_colorbox(expansion: Expansion, reader: Reader, command: Token) -> None:
    frame = _colour(reader.argument(command), command)
    ground = _colour(reader.argument(command), command)
    shown = expansion.text(reader.argument(command))
    style = f"border: 0.06em solid {frame}; background: {ground}; padding: 0.2em"
    expansion.mark(f'<mrow style="{style}">{shown}</mrow>', command)


def _bbox(expansion: Expansion, reader: Reader, command: Token) -> None:
    r"""Read what follows `\bbox`, which is a command of MathJax for a box.

    The colour, the padding and the border of the box are in brackets, with commas between them. Raises BadFormula for
    any other option.
    """
    found: list[str] = []
    for part in filter(None, plain(reader.optional(command) or ()).split(",")):
        option = part.strip()
        if LENGTH.fullmatch(option):
            found.append(f"padding: {in_css(option)}")
        elif _BORDER.fullmatch(option):
            found.append(option)
        elif _HEX.fullmatch(option) or _NAME.fullmatch(option):
            found.append(f"background: {option}")
        else:
            raise BadFormula(f"\\bbox with an unknown option {option}", command.start)
    opening = f'<mrow style="{"; ".join(found)}">' if found else "<mrow>"
    expansion.wrap(reader, Wrapper(opening, "</mrow>"), reader.argument(command), command)


def _colorbox(expansion: Expansion, reader: Reader, command: Token) -> None:
    given = _colour(reader.argument(command), command)
    shown = expansion.text(reader.argument(command))
    style = f"background: {given}; padding: 0.2em"
    expansion.mark(f'<mrow style="{style}">{shown}</mrow>', command)


def _enclose(expansion: Expansion, reader: Reader, command: Token) -> None:
    names = plain(reader.argument(command)).replace(",", " ").split()
    reader.optional(command)
    if len(names) == 1 and names[0] in _STRUCK:
        wrapper = Wrapper(f'<mrow style="{SHAPES[names[0]]}">', "</mrow>")
        expansion.wrap(reader, wrapper, reader.argument(command), command)
        return
    unknown = [name for name in names if name not in _ENCLOSED]
    if unknown or not names:
        raise BadFormula(f"\\enclose with an unknown shape {' '.join(unknown)}".rstrip(), command.start)
    style = "; ".join([*(_ENCLOSED[name] for name in names), "padding: 0.2em"])
    expansion.wrap(reader, Wrapper(f'<mrow style="{style}">', "</mrow>"), reader.argument(command), command)


def _struck(expansion: Expansion, reader: Reader, command: Token) -> None:
    wrapper = Wrapper(f'<mrow style="{SHAPES["horizontalstrike"]}">', "</mrow>")
    expansion.wrap(reader, wrapper, reader.argument(command), command)


BOXES: dict[str, Handler] = {
    "\\fbox": _framed_text,
    "\\framebox": _framed_text,
    "\\color": _color,
    "\\textcolor": _text_color,
    "\\colorbox": _colorbox,
    "\\fcolorbox": _framed_colorbox,
    "\\bbox": _bbox,
    "\\enclose": _enclose,
    "\\sout": _struck,
}
