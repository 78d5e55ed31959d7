r"""Convert the argument of `\text` and similar commands to MathML. The argument is in the text mode of TeX."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from html import escape

from publisher.site.markdown.math.formula import BadFormula
from publisher.site.markdown.math.macros import Macro
from publisher.site.markdown.math.reader import Reader
from publisher.site.markdown.math.tex import Token

NBSP = "\N{NO-BREAK SPACE}"

_SIGNS = {
    **{f"\\{sign}": sign for sign in "&%$#_{}"},
    "\\ ": NBSP,
    "~": NBSP,
    "\\\\": " ",
    "\\cr": " ",
    "\\newline": " ",
    "\\!": "",
    "\\/": "",
    "\\-": "",
    "\\@": "",
    "\\,": "\u2009",
    "\\:": "\u2005",
    "\\>": "\u2005",
    "\\;": "\u2004",
    "\\quad": "\u2003",
    "\\qquad": "\u2003\u2003",
    "\\thinspace": "\u2009",
    "\\enspace": "\u2002",
    "\\space": NBSP,
    "\\ldots": "…",
    "\\dots": "…",
    "\\textellipsis": "…",
    "\\textbackslash": "\\",
    "\\textasciitilde": "~",
    "\\textasciicircum": "^",
    "\\textbar": "|",
    "\\textless": "<",
    "\\textgreater": ">",
    "\\textunderscore": "_",
    "\\textdegree": "°",
    "\\S": "§",
    "\\P": "¶",
    "\\copyright": "©",
    "\\textregistered": "®",
    "\\texttrademark": "™",
    "\\pounds": "£",
    "\\dag": "†",
    "\\ddag": "‡",
    "\\euro": "€",
    "\\texteuro": "€",
    "\\textbullet": "•",
    "\\checkmark": "✓",
    "\\ss": "ß",
    "\\ae": "æ",
    "\\AE": "Æ",
    "\\oe": "œ",
    "\\OE": "Œ",
    "\\o": "ø",
    "\\O": "Ø",
    "\\aa": "å",
    "\\AA": "Å",
    "\\l": "ł",
    "\\L": "Ł",
    "\\i": "ı",
    "\\j": "ȷ",
    "\\TeX": "TeX",
    "\\LaTeX": "LaTeX",
    "\\relax": "",
    "\\textendash": "–",
    "\\textemdash": "—",
    "\\textquoteleft": "‘",
    "\\textquoteright": "’",
}
SIGNS = tuple(name for name in _SIGNS if name.startswith("\\text") or name in ("\\AA", "\\O", "\\ss", "\\euro"))
"""The commands for characters that may be used in text and also in a formula outside of text."""
_LIGATURES = {"---": "—", "--": "–", "``": "“", "''": "”", "`": "‘", "'": "’"}
_ACCENTS = (
    {"\\'": "\u0301", "\\`": "\u0300", "\\^": "\u0302", '\\"': "\u0308", "\\~": "\u0303", "\\=": "\u0304"}
    | {"\\.": "\u0307", "\\u": "\u0306", "\\v": "\u030c", "\\H": "\u030b", "\\c": "\u0327", "\\k": "\u0328"}
    | {"\\r": "\u030a", "\\d": "\u0323", "\\b": "\u0331"}
)
STYLES = (
    {f"\\{name}": "" for name in ("text", "textnormal", "textrm", "textup", "textmd", "mbox", "hbox", "mathrm")}
    | {"\\textbf": "font-weight: bold", "\\bf": "font-weight: bold", "\\bfseries": "font-weight: bold"}
    | {"\\textit": "font-style: italic", "\\textsl": "font-style: italic", "\\emph": "font-style: italic"}
    | {"\\it": "font-style: italic", "\\itshape": "font-style: italic", "\\em": "font-style: italic"}
    | {"\\texttt": "font-family: monospace", "\\tt": "font-family: monospace", "\\ttfamily": "font-family: monospace"}
    | {"\\textsf": "font-family: sans-serif", "\\sf": "font-family: sans-serif", "\\rm": "", "\\normalfont": ""}
    | {"\\textsc": "font-variant: small-caps", "\\sffamily": "font-family: sans-serif"}
    | {"\\tiny": "font-size: 50%", "\\scriptsize": "font-size: 70%", "\\footnotesize": "font-size: 80%"}
    | {"\\small": "font-size: 85%", "\\large": "font-size: 120%", "\\Large": "font-size: 144%"}
)
"""Maps commands that style text to their CSS."""
_SWITCHES = {name for name in STYLES if not name.startswith(("\\text", "\\mbox", "\\hbox", "\\math", "\\emph"))}

MathOf = Callable[[Sequence[Token]], str]
"""A function that returns the MathML of a formula inside text, without the element `math`."""


class Text:
    r"""Converts the argument of one `\text`. `macros` are the known macros. `math` converts formulas inside of it."""

    def __init__(self, macros: Mapping[str, object], math: MathOf) -> None:
        self._macros, self._math = macros, math
        self._done: list[str] = []
        self._run: list[str] = []
        self._style: tuple[str, ...] = ()

    def convert(self, parts: Sequence[Token], style: str = "") -> str:
        """Return the MathML of the text `parts`. `style` is CSS for the whole text, or "".

        Raises BadFormula if the text has a command that only formulas can have.
        """
        self._style = (style,) if style else ()
        self._read(Reader(parts))
        self._flush()
        if len(self._done) == 1:
            return self._done[0]
        return f"<mrow>{''.join(self._done)}</mrow>"

    def _read(self, reader: Reader) -> None:
        outer: list[tuple[str, ...]] = []
        while (token := reader.next()) is not None:
            sign = token.text
            found = self._macros.get(sign)
            if sign == "{":
                outer.append(self._style)
            elif sign == "}" and outer:
                self._restyle(outer.pop())
            elif isinstance(found, Macro) and sign not in STYLES:
                reader.put_back(found.expanded(reader, token))
            elif sign in _SWITCHES:
                reader.peek()  # TeX ignores blanks after a command of letters
                self._restyle((*self._style, STYLES[sign]))
            elif sign in STYLES:
                self._styled(reader, token)
            elif sign in ("$", "\\("):
                self._formula(reader.until("$" if sign == "$" else "\\)", token))
            else:
                self._run.append(self._character(reader, token))

    def _styled(self, reader: Reader, token: Token) -> None:
        inner = reader.argument(token)
        before = self._style
        self._restyle((*before, STYLES[token.text]))
        self._read(Reader(inner))
        self._restyle(before)

    def _character(self, reader: Reader, token: Token) -> str:
        sign = token.text
        for length in (3, 2, 1):
            if sign in ("-", "`", "'") and sign * length in _LIGATURES and self._follow(reader, sign, length - 1):
                return _LIGATURES[sign * length]
        if sign in _ACCENTS:
            letter = "".join(part.text for part in reader.argument(token))
            letter = _SIGNS.get(letter, letter)
            return unicodedata.normalize("NFC", letter[:1] + _ACCENTS[sign] + letter[1:])
        if sign in _SIGNS:
            if token.is_word:
                reader.peek()  # TeX ignores blanks after a command of letters
            return _SIGNS[sign]
        if len(sign) > 1 and sign[0] == "\\":
            raise BadFormula(f"unknown command {sign} in text", token.start)
        return sign

    @staticmethod
    def _follow(reader: Reader, sign: str, times: int) -> bool:
        """Read the character `sign` as often as `times` says, and return True.

        If `sign` does not follow so often, read nothing and return False.
        """
        taken: list[Token] = []
        while len(taken) < times and reader.directly(sign):
            part = reader.next()
            assert part is not None
            taken.append(part)
        if len(taken) < times:
            reader.put_back(taken)
            return False
        return True

    def _formula(self, parts: Sequence[Token]) -> None:
        self._flush()
        self._done.append(f"<mrow>{self._math(parts)}</mrow>")

    def _restyle(self, style: tuple[str, ...]) -> None:
        self._flush()
        self._style = style

    def _flush(self) -> None:
        text = "".join(self._run)
        self._run = []
        if not text:
            return
        css = "; ".join(dict.fromkeys(filter(None, self._style)))
        shown = text.strip(" ")
        before, after = text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :]
        if not shown:
            before, after = NBSP, ""
        text = (NBSP if before else "") + shown + (NBSP if after else "")  # browsers drop blanks at both ends
        self._done.append(f"<mtext{_attribute(css)}>{escape(text, quote=False)}</mtext>")


def _attribute(css: str) -> str:
    return f' style="{css}"' if css else ""
