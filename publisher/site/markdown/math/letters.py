r"""Write bold letters of other alphabets, as in `\boldsymbol{\mathcal{L}}`. The library cannot combine two styles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from string import ascii_lowercase, ascii_uppercase

from publisher.site.markdown.math.reader import Reader
from publisher.site.markdown.math.tex import Token

BOLD = ("\\boldsymbol", "\\bm")
"""The commands that make every letter of their argument bold."""

_SCRIPT, _FRAKTUR, _SANS = 0x1D4D0, 0x1D56C, 0x1D5D4
"""The code points of the bold letter A in three alphabets of Unicode. The small letters follow the capital letters."""
_FIRST = {
    **dict.fromkeys(("\\mathcal", "\\mathscr", "\\cal"), _SCRIPT),
    "\\mathfrak": _FRAKTUR,
    "\\mathsf": _SANS,
}
_SYMBOL = re.compile(
    r"\\(?!(?:var)?[a-z]*(?:alpha|beta|gamma|delta|epsilon|eta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma"
    r"|tau|upsilon|phi|chi|psi|omega|nabla|partial|ell|hbar|imath|jmath)$)[a-zA-Z]+|[+=<>*/-]",
    re.IGNORECASE,
)


def bold(parts: Sequence[Token], command: Token) -> list[Token]:
    r"""Return the argument of `\boldsymbol`, with bold letters instead of `\mathcal` and similar commands."""
    reader = Reader(parts)
    found: list[Token] = []
    while (token := reader.next()) is not None:
        if token.text in _FIRST:
            found += _letters(reader.argument(token), _FIRST[token.text])
        elif token.text in ("\\mathrm", "\\mathbf"):
            found += [
                Token("\\mathbf", command.start),
                Token("{", command.start),
                *reader.argument(token),
                Token("}", command.start),
            ]
        else:
            found.append(token)
    return found


def is_symbol(parts: Sequence[Token]) -> bool:
    r"""Return whether the tokens are one symbol that has no bold form in Unicode, such as `+` or `\infty`."""
    return len(parts) == 1 and bool(_SYMBOL.fullmatch(parts[0].text))


def _letters(parts: Iterable[Token], first: int) -> list[Token]:
    found: list[Token] = []
    for token in parts:
        if len(token.text) == 1 and token.text in ascii_uppercase + ascii_lowercase:
            number = (ascii_uppercase + ascii_lowercase).index(token.text)
            found.append(Token(chr(first + number), token.start))
        else:
            found.append(token)
    return found
