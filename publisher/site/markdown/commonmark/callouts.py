"""Write callouts, `> [!NOTE] Title`. With `-` or `+`, as in `> [!NOTE]-`, readers can open and close the callout.

`> [!NOTE|no-title]` has no title. boxes.py rewrites the boxes and tabs of Python-Markdown as callouts.
"""

from __future__ import annotations

import re
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import comrak

from publisher.site.markdown.commonmark.inner_blocks import write_blocks
from publisher.site.markdown.commonmark.tabs import SELECTED, Tab, write_tabs
from publisher.site.markdown.commonmark.writer import Handler, Writer, value

if TYPE_CHECKING:
    from collections.abc import Callable

    from comrak import AstNode

NO_TITLE = "no-title"
"""The word after the kind of a callout without a title. A callout that readers can close always has a title."""

TABS, TAB = "-tabs", "-tab"
"""The kinds of the callouts that stand for a set of tabs, and for a tab in it."""

TITLE_MARK = "\N{NO-BREAK SPACE}"
"""The first character of each title that boxes.py writes. After it, text such as `1. a` begins no list and no HTML."""

_NAME = re.compile(r"[\w-]+")


def _callout(w: Writer, node: AstNode) -> None:
    callout = value(node)
    kind, names = callout.callout_type.lower(), _NAME.findall(callout.metadata or "")
    if kind == TABS and node.children and all(map(_is_tab, node.children)):
        write_tabs(w, [_tab(w, each) for each in node.children])
        return
    title, blocks = _parts(w, node)
    fold = "closed" if callout.fold == comrak.CalloutFold.Collapsed else ""
    fold = "open" if callout.fold == comrak.CalloutFold.Expanded else fold
    if title is None and (fold or NO_TITLE not in names):
        title = partial(w.text, default_title(w, kind))
    write_box(w, [kind, *(name for name in names if name != NO_TITLE)], title, blocks, fold)


def _is_tab(node: AstNode) -> bool:
    return isinstance(node.node_value, comrak.Callout) and value(node).callout_type == TAB


def _tab(w: Writer, node: AstNode) -> Tab:
    title, blocks = _parts(w, node)
    return Tab(title or (lambda: None), blocks, value(node).metadata == SELECTED)


def _parts(w: Writer, node: AstNode) -> tuple[Callable[[], None] | None, list[AstNode]]:
    """Return a function that writes the author's title of a callout, or None if it has no title.

    Also return the blocks below the title.
    """
    children = node.children
    if children and isinstance(children[0].node_value, comrak.CalloutTitle):
        return partial(_title, w, children[0]), children[1:]
    return None, children


def _title(w: Writer, node: AstNode) -> None:
    """Write the author's title of a callout. A title that would be another block, such as `1. a`, is text."""
    blocks = node.children
    if not all(isinstance(block.node_value, comrak.Paragraph) for block in blocks):
        w.text(w.source.of(node))
        return
    out, plain = len(w.out), len(w.plain)
    for block in blocks:
        w.inline(block)
    for pieces, start in ((w.out, out), (w.plain, plain)):
        if len(pieces) > start:
            pieces[start] = pieces[start].removeprefix(TITLE_MARK)


def default_title(w: Writer, kind: str) -> str:
    """Return the title of a callout whose author gave no title. The title is in the language of the article."""
    return w.parts.titles.of(kind) or kind.replace("-", " ").capitalize()


def write_box(
    w: Writer,
    names: list[str],
    title: Callable[[], None] | None,
    inside: list[AstNode],
    fold: str = "",
) -> None:
    """Write a box with a title and the blocks `inside`. `title` writes the title. If it is None, the box has no title.

    `names` are the classes of the box. If readers can open and close the box, `fold` is its first state, "open" or
    "closed", and the box must have a title. Otherwise `fold` is "".
    """
    classes = escape(" ".join(names))
    w.new_block()
    if fold:
        w.out.append(f'<details class="{classes}"{" open" if fold == "open" else ""}>\n<summary>')
        closing, after_title = "</details>\n", "</summary>\n"
    else:
        w.out.append(f'<div class="admonition {classes}">\n')
        closing, after_title = "</div>\n", "</p>\n"
        w.out.append('<p class="admonition-title">' if title else "")
    if title:
        title()
        w.out.append(after_title)
        w.not_text()
        w.plain.append("\n")
    write_blocks(w, inside)
    w.out.append(closing)


HANDLERS: dict[type, Handler] = {comrak.Callout: _callout}
