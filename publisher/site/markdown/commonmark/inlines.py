"""Write text, emphasis, inline code, formulas, emoji and HTML inside a block."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import comrak

from publisher.site.markdown.commonmark import attributes
from publisher.site.markdown.commonmark.bare_links import write_text
from publisher.site.markdown.commonmark.code_blocks import language_of
from publisher.site.markdown.commonmark.formulas import REFERENCE
from publisher.site.markdown.commonmark.tags import write_tags
from publisher.site.markdown.commonmark.writer import Handler, Writer, value
from publisher.site.markdown.math.dollars import WORD
from publisher.site.markdown.math.guard import restored

if TYPE_CHECKING:
    from comrak import AstNode

    from publisher.site.markdown.commonmark.source import Source

_OPENS = re.compile(r"[\s(\[{\"'*_~=“‘（「『【《〈,;:，。、；：！？…—-]?")
_CLOSES = re.compile(r"[\s.,;:!?)\]}\"'*_~=”’，。、；：！？）」』】》〉…—-]?")
_WORD = re.compile(WORD)
_EMOJI_NEIGHBOUR = re.compile(r"[A-Za-z0-9:]")


def _text(w: Writer, node: AstNode) -> None:
    text = value(node)
    if "://" in text:
        write_text(w, text)
    elif "#" in text and w.parts.options.obsidian and not w.no_links:
        write_tags(w, node, text)
    elif w.parts.formulas.has_labels and "ref{" in text:
        _references(w, node, text)
    else:
        w.text(text)


def _references(w: Writer, node: AstNode, text: str) -> None:
    done = 0
    for match in REFERENCE.finditer(text) if not w.no_links else ():
        w.text(text[done : match.start()])
        w.not_text()
        w.parts.formulas.refer(w.out, match, w.source.start(node) + len(text[: match.start()].encode()))
        done = match.end()
    w.text(text[done:])


def _soft_break(w: Writer, _: AstNode) -> None:
    w.soft_break()


def _line_break(w: Writer, _: AstNode) -> None:
    w.not_text()
    w.out.append("<br>\n")
    w.plain.append("\n")


def _element(tag: str) -> Handler:
    opening, closing = f"<{tag}>", f"</{tag}>"

    def write(w: Writer, node: AstNode) -> None:
        w.out.append(opening)
        w.inline(node)
        w.out.append(closing)

    return write


def _sign_or_element(tag: str, sign: str, always: str = "") -> Handler:
    """Return a handler that writes the element `tag` only if no word is directly before or after it.

    Otherwise the handler writes `sign` before and after the content. So `1~2 days, 3~4 days` and `a==b, c==d` stay as
    they are. If the source of the node begins with `always`, or if the site reads the syntax of Obsidian, the handler
    always writes the element.
    """
    write_element = _element(tag)

    def write(w: Writer, node: AstNode) -> None:
        start, end = w.source.start(node), w.source.end(node)
        anywhere = w.parts.options.obsidian or (always and w.source.cut(start, start + len(always)) == always)
        if anywhere or (_OPENS.fullmatch(w.source.before(start)) and _CLOSES.fullmatch(w.source.after(end))):
            write_element(w, node)
            return
        w.text(sign)
        w.children(node)
        w.text(sign)

    return write


def _code(w: Writer, node: AstNode) -> None:
    language, code = language_of(value(node).literal)
    has_list = w.source.code_has_attributes and _has_list(w, node)
    given = attributes.at_the_end(w.source.of(node)) if has_list else attributes.NONE
    w.not_text()
    w.out.append(w.parts.code.inline(code, (language, *given.classes) if language else given.classes))
    w.word(code)


def _has_list(w: Writer, node: AstNode) -> bool:
    end = w.source.end(node)
    return w.source.cut(end - 1, end) == "}"


def _math(w: Writer, node: AstNode) -> None:
    if is_no_formula(w.source, node):
        w.text(w.source.of(node))  # `$HOME and $PATH` is text
        return
    write_formula(w, node, "span")


def is_no_formula(source: Source, node: AstNode) -> bool:
    """Return whether a formula in the parser's tree is text by GitHub's rules.

    It is text if a letter or a digit is directly before or after it, or if it is empty.
    """
    formula = value(node)
    start, end = source.start(node), source.end(node)
    around = source.before(start), source.after(end)
    dollars = formula.dollar_math and not formula.display_math and source.cut(start, start + 1) == "$"
    return not formula.literal.strip() or (dollars and any(map(_WORD.fullmatch, around)))


def write_formula(w: Writer, node: AstNode, tag: str) -> None:
    """Write a formula inside an element with the name `tag`."""
    formula = value(node)
    start = w.source.start(node)
    signs = 1 if formula.dollar_math and w.source.cut(start, start + 2) not in ("$$", "\\(", "\\[") else 2
    put_formula(w, formula.literal, start + signs, tag, display=formula.display_math)


def put_formula(w: Writer, tex: str, offset: int, tag: str, *, display: bool) -> None:
    """Write a formula inside an element with the name `tag`. `offset` is where the TeX begins in the source."""
    w.not_text()
    w.out.append(f'<{tag} class="{"math display" if display and tag == "span" else "math"}">')
    w.parts.formulas.write(w.out, tex, offset, display=display, word=len(w.plain))
    w.out.append(f"</{tag}>")
    w.word(restored(tex))


def _emoji(w: Writer, node: AstNode) -> None:
    start, end = w.source.start(node), w.source.end(node)
    if any(map(_EMOJI_NEIGHBOUR.fullmatch, (w.source.before(start), w.source.after(end)))):
        w.text(f":{value(node).code}:")  # the colons in `a::b::c` mean no emoji
    else:
        w.text(value(node).emoji)


def _html(w: Writer, node: AstNode) -> None:
    w.not_text()
    w.out.append(w.parts.raw.write(value(node), w.source.start(node), phrase=w.phrase, link=w.in_link))


def _nothing(_: Writer, __: AstNode) -> None:
    """Write nothing for a comment."""


HANDLERS: dict[type, Handler] = {
    comrak.Text: _text,
    comrak.SoftBreak: _soft_break,
    comrak.LineBreak: _line_break,
    comrak.Emph: _element("em"),
    comrak.Strong: _element("strong"),
    comrak.Strikethrough: _sign_or_element("del", "~", "~~"),
    comrak.Highlight: _sign_or_element("mark", "=="),
    comrak.Code: _code,
    comrak.Math: _math,
    comrak.ShortCode: _emoji,
    comrak.HtmlInline: _html,
    comrak.CommentInline: _nothing,
}
