"""Write paragraphs, headings, quotes, rules, code blocks and blocks of HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import comrak

from publisher.site.markdown import obsidian
from publisher.site.markdown.commonmark import attribute_lines, attributes, fence_info
from publisher.site.markdown.commonmark.inlines import put_formula, write_formula
from publisher.site.markdown.commonmark.writer import Handler, PendingHeading, Writer, value
from publisher.site.markdown.diagrams.drawing import LANGUAGE
from publisher.site.markdown.math.dollars import ENVIRONMENT
from publisher.site.markdown.open_elements import has_block

if TYPE_CHECKING:
    from comrak import AstNode

_ENVIRONMENT = re.compile(ENVIRONMENT, re.DOTALL)

CONTENTS = "[TOC]"
"""The text of a paragraph that becomes the table of contents."""


def _document(w: Writer, node: AstNode) -> None:
    w.children(node)
    w.line()


def _paragraph(w: Writer, node: AstNode) -> None:
    children = node.children
    first = children[0].node_value if children else None
    alone = first if len(children) == 1 else None
    if isinstance(alone, comrak.Text) and alone.value == CONTENTS and w.contents_at < 0 and not (w.tight or w.no_links):
        w.new_block()
        w.contents_at = len(w.out)
        w.out.append("\n")
        return
    if isinstance(alone, comrak.Math) and alone.value.display_math and not w.box:
        w.new_block()
        write_formula(w, children[0], "div")
        w.out.append("\n")
        return
    if isinstance(first, comrak.Text) and first.value.startswith("\\begin{") and _environment(w, node):
        return
    start = len(w.plain)
    if w.tight:
        at = len(w.out)
        w.out.append("")
        box = _begin_box(w)
        w.inline(node, phrase=False)
        if identity := _block_id(w, node, at):
            w.out[at] = f"<span{identity}></span>"
        w.out.append(box)
    elif not _with_tags(w, node):
        return
    elif not w.opening and not w.depth and w.text_since(start):
        w.opening = start, len(w.plain)
    w.not_text()
    w.plain.append("\n")


def _with_tags(w: Writer, node: AstNode) -> bool:
    """Write a paragraph with its tags. Return False if it was only a line of attributes for the heading above it."""
    given, count = attribute_lines.below_words(w, node)
    if count == 0:
        if attribute_lines.give_to_heading(w, node, given):
            return False
        count = None
    w.new_block()
    tag = "div" if w.parts.raw.any and _holds_blocks(node) else "p"
    at = len(w.out)
    w.out.append(f"<{tag}>")
    box = _begin_box(w)
    w.inline(node, phrase=tag == "p", count=count)
    own = _block_id(w, node, at) if count is None else attribute_lines.html(w, node, given)
    if own:
        w.out[at] = f"<{tag}{own}>"
    w.out.append(f"{box}</{tag}>\n")
    return True


def _block_id(w: Writer, node: AstNode, at: int) -> str:
    """Remove the `^id` of Obsidian from the end of a block. Return the HTML of the attribute `id`, or "" without an id.

    `at` is the index in `out` of the piece with which the block begins.
    """
    if not w.parts.options.obsidian:
        return ""
    number = len(w.out) - 1
    while number > at and not w.out[number]:
        number -= 1
    rest, wanted = obsidian.block_id(w.out[number]) if number > at else ("", "")
    if not wanted:
        return ""
    w.out[number] = rest
    w.plain[-1] = obsidian.block_id(w.plain[-1])[0]
    identity = w.parts.ids.author(wanted, lambda: w.source.place(w.source.start(node)))
    return f' id="{identity}"' if identity else ""


def _environment(w: Writer, node: AstNode) -> bool:
    """Write a paragraph as a formula if it is one environment of TeX. Return whether it is one.

    MathJax also shows an environment as a formula.
    """
    match = _ENVIRONMENT.fullmatch(w.source.of(node).strip())
    if not match or w.box:
        return False
    w.new_block()
    put_formula(w, match["environment"], w.source.start(node), "div", display=True)
    w.out.append("\n")
    return True


def _begin_box(w: Writer) -> str:
    """Write the check box of a task if this paragraph is the first of a task.

    Return the end tag of the label of the check box, or "" if there is no check box.
    """
    if not w.box:
        return ""
    w.out.append(f"<label>{w.box} ")
    w.box = ""
    return "</label>"


def _holds_blocks(node: AstNode) -> bool:
    """Return whether the HTML in a paragraph has elements that cannot be inside `<p>`."""
    return any(isinstance(each.node_value, comrak.HtmlInline) and has_block(value(each)) for each in node.children)


def _heading(w: Writer, node: AstNode) -> None:
    level = value(node).level
    given = _of_heading(w, node) if w.source.headings_have_attributes else attributes.NONE
    w.new_block()
    opens_at, start = len(w.out), len(w.plain)
    w.out.append("")
    w.inline(node)
    identity = w.parts.ids.author(given.id, lambda: w.source.place(w.source.start(node))) if given.id else ""
    text = w.text_since(start)
    line = node.sourcepos.end.line
    w.headings.append(PendingHeading(level, identity, given.html(), text, opens_at, len(w.out), not w.no_links, line))
    w.out += ["", "\n"]
    w.not_text()
    w.plain.append("\n")


def _of_heading(w: Writer, node: AstNode) -> attributes.Attributes:
    """Return the attributes after the words of a heading. The tree of the parser does not have them."""
    children = node.children
    start = w.source.end(children[-1]) if children else w.source.start(node)
    rest = w.source.rest_of_line(start).strip()
    if not rest.startswith("{"):
        return attributes.NONE
    return attributes.at_the_end(f" {rest.rstrip('#').rstrip()}")


def _quote(w: Writer, node: AstNode) -> None:
    w.block(node, "<blockquote>", "</blockquote>")


def _rule(w: Writer, _: AstNode) -> None:
    w.new_block()
    w.out.append("<hr>\n")


def _code(w: Writer, node: AstNode) -> None:
    block = value(node)
    info = fence_info.parse(block.info) if block.fenced else fence_info.FenceInfo()
    w.new_block()
    if info.language == "math":
        put_formula(w, block.literal, w.source.line_below(w.source.start(node), 1), "div", display=True)
        w.out.append("\n")
        return
    if info.language == LANGUAGE and (made := w.parts.diagrams.html(block.literal)) is not None:
        w.out.append(made + "\n")
        return
    wanted = info.attributes.id
    identity = w.parts.ids.author(wanted, lambda: w.source.place(w.source.start(node))) if wanted else ""
    w.out.append(w.parts.code.block(block.literal, info, identity) + "\n")


def _html(w: Writer, node: AstNode) -> None:
    w.line()
    w.out.append(w.parts.raw.write(value(node).literal, w.source.start(node)))


def _nothing(_: Writer, __: AstNode) -> None:
    """Write nothing for a comment."""


HANDLERS: dict[type, Handler] = {
    comrak.Document: _document,
    comrak.Paragraph: _paragraph,
    comrak.Heading: _heading,
    comrak.BlockQuote: _quote,
    comrak.ThematicBreak: _rule,
    comrak.CodeBlock: _code,
    comrak.HtmlBlock: _html,
    comrak.MultilineComment: _nothing,
}
