"""Highlights code at build: CSS classes of Pygments, no inline style, no script."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from html import escape
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from pygments.lexers import get_lexer_by_name
from pygments.lexers.special import TextLexer
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound
from pymdownx.highlight import Highlight, HighlightExtension, HighlightTreeprocessor

from publisher.site.markdown.accessibility import scrolls
from publisher.site.markdown.carried import carried
from publisher.site.markdown.fast_lexer import FastLexer, TokenType

Recall = Callable[[str, Callable[[], str]], str]
"""Gets the key of a piece of code and a function that makes its HTML. Returns the HTML, kept or made."""

_NO_COLOUR = frozenset({"", "w", "n", "p", "x", "l", "ld"})
_PRE = "<pre><span></span><code>"  # not that of the line numbers


@cache
def _lexer(language: str) -> FastLexer | None:
    """Return the lexer of a language; None for an unknown one and for plain text."""
    try:
        lexer = get_lexer_by_name(language, stripnl=True)
    except ClassNotFound:
        return None
    return None if isinstance(lexer, TextLexer) else FastLexer(lexer)


@cache
def _css_class(kind: TokenType) -> str:
    """Return the short class of a token, or of its nearest known parent.

    It is empty for _NO_COLOUR: a span for these would only make pages longer.
    """
    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    found = STANDARD_TYPES[kind]
    return "" if found in _NO_COLOUR else found


def spans(source: str, language: str) -> str:
    """Return the code as escaped text, with a span for every run of tokens of one kind."""
    lexer = _lexer(language or "text")
    if lexer is None:
        return escape(source.strip("\n"), quote=False)
    runs: list[tuple[str, str]] = []
    last, run = "", ""
    for kind, text in lexer.tokens(source):
        name = _css_class(kind)
        if name == last:
            run += text
            continue
        if run:
            runs.append((last, run))
        last, run = name, text
    while not (run := run.rstrip("\n")) and runs:  # the end of the last line may lie inside its last tokens
        last, run = runs.pop()
    return "".join([_span(name, text) for name, text in [*runs, (last, run)]])


def _span(name: str, text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<span class="{name}">{text}</span>' if name and text else text


def _block(source: str, body: str, names: str = "highlight", identity: str = "") -> str:
    return f'<div{identity} class="{names}"><pre{scrolls(source)}><code>{body}\n</code></pre></div>'


class Highlighter(Highlight):
    """The extension's highlighter with a short way for plain blocks, which are nearly all."""

    recall: Recall | None = None

    def highlight(  # type: ignore[override]
        self, src: str, language: str, css_class: str = "highlight", **options: Any
    ) -> Any:
        """Return a block as HTML, or inline code as an element. The extension calls it.

        Exceptions reach the caller of the library as Carried.
        """
        with carried():
            return self._highlight(src, language, css_class, options)

    def _highlight(self, src: str, language: str, css_class: str, options: dict[str, Any]) -> Any:
        if any(options.get(name) for name in ("inline", "hl_lines", "title", "attrs")) or options["linestart"] > 0:
            whole: Any = super().highlight  # not typed
            made = whole(src, language, css_class, **options)
            return made.replace(_PRE, f"<pre{scrolls(src)}>{_PRE[5:]}") if isinstance(made, str) else made
        own = [f"language-{escape(language)}"] if language else []
        names = " ".join([*own, *map(escape, options.get("classes") or ()), css_class])
        identity = f' id="{escape(options["id_value"])}"' if options.get("id_value") else ""
        return _block(src, self._body(src, language), names, identity)

    def _body(self, source: str, language: str) -> str:
        if self.recall is None:
            return spans(source, language)
        key = hashlib.sha256(f"{language}\0{source}".encode()).hexdigest()
        return self.recall(key, lambda: spans(source, language))


class _Indented(HighlightTreeprocessor):
    """Writes indented code as a block like any other. It has no language, so it has no colours."""

    def run(self, root: Element) -> None:
        for block in root.iter("pre"):
            if len(block) == 1 and block[0].tag == "code":
                unescape: Any = self.code_unescape  # not typed
                code = unescape(block[0].text).strip("\n")
                block.clear()
                block.tag = "p"  # the library removes it when it puts the HTML back
                block.text = self.md.htmlStash.store(_block(code, escape(code, quote=False)))


class Colours(HighlightExtension):
    """pymdownx.highlight with our highlighter."""

    def __init__(self, recall: Recall | None, **config: Any) -> None:
        initialise: Any = super().__init__  # not typed
        initialise(**config)
        self._kind = type("Highlighter", (Highlighter,), {"recall": staticmethod(recall) if recall else None})

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the stages. Markdown calls it once."""
        extend: Any = super().extendMarkdown  # not typed
        extend(md)
        make: Any = _Indented
        md.treeprocessors.register(make(md, self), "indent-highlight", 30)

    def get_pymdownx_highlighter(self) -> type[Highlight]:
        """Return the class that highlights fences and inline code."""
        return self._kind
