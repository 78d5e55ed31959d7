"""Highlight code during the build with the CSS classes of Pygments. Pages need no inline style and no script."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from html import escape

from pygments.lexers import get_lexer_by_name
from pygments.lexers.special import TextLexer
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

from publisher.site.markdown.accessibility import scrolls
from publisher.site.markdown.fast_lexer import FastLexer, TokenType

Recall = Callable[[str, Callable[[], str]], str]
"""A function that returns the HTML of a piece of code. It takes a key, and a function that makes the HTML.

It may return an earlier result for an equal key.
"""

_ENDLESS = frozenset({"maple", "mcschema", "smithy"})
"""The languages whose lexers do not end for some short texts. Their code is shown without colours.

In some other lexers, a long text in quotes that are not closed takes a time that grows exponentially with its length.
"""

_NO_COLOUR = frozenset({"", "w", "n", "p", "x", "l", "ld"})


def ends(language: str) -> bool:
    """Return whether the lexer of a language ends for every text, as far as we know."""
    return language.strip().lower() not in _ENDLESS


@cache
def _lexer(language: str) -> FastLexer | None:
    """Return the lexer of a language. Return None if it is unknown or plain text, or if its lexer may never end."""
    if not ends(language):
        return None
    try:
        lexer = get_lexer_by_name(language, stripnl=True)
    except ClassNotFound:
        return None
    return None if isinstance(lexer, TextLexer) else FastLexer(lexer, _css_class)


@cache
def _css_class(kind: TokenType) -> str:
    """Return the short CSS class of a type of token, or else of its nearest parent that has one.

    Return "" for the classes in _NO_COLOUR, because a span with such a class would only make pages longer.
    """
    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    found = STANDARD_TYPES[kind]
    return "" if found in _NO_COLOUR else found


def spans(source: str, language: str) -> str:
    """Return code as escaped HTML, with a span for each run of tokens that have the same CSS class."""
    lexer = _lexer(language or "text")
    if lexer is None:
        return escape(source.strip("\n"), quote=False)
    runs = lexer.runs(source)
    while runs and not (rest := runs[-1][1].rstrip("\n")):  # line ends at the end of the code may be in several runs
        runs.pop()
    if runs:
        runs[-1] = runs[-1][0], rest
    return "".join([_span(name, text) for name, text in runs])


def _span(name: str, text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<span class="{name}">{text}</span>' if name and text else text


def code_block(source: str, body: str, names: str = "highlight", identity: str = "") -> str:
    """Return a block of code as HTML. `source` is the code, and `body` is its highlighted HTML.

    `names` are the CSS classes of the surrounding `div`, and `identity` is its id attribute or "".
    """
    return f'<div{identity} class="{names}"><pre{scrolls(source)}><code>{body}\n</code></pre></div>'
