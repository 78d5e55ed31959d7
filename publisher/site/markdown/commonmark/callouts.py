"""Write callouts, `> [!NOTE] Title`. With `-` or `+`, as in `> [!NOTE]-`, readers can open and close the callout.

`> [!NOTE|untitled]` has no title.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

import comrak

from publisher.site.markdown.commonmark.writer import Handler, Writer, value

if TYPE_CHECKING:
    from collections.abc import Callable

    from comrak import AstNode

UNTITLED = "untitled"
"""The word after the kind of a callout that has no title. A callout that readers can open and close always has one."""

_NAME = re.compile(r"[\w-]+")


def _callout(w: Writer, node: AstNode) -> None:
    callout = value(node)
    names = [callout.callout_type.lower(), *_NAME.findall(callout.metadata or "")]
    children = node.children
    titled = bool(children) and isinstance(children[0].node_value, comrak.CalloutTitle)
    fold = "closed" if callout.fold == comrak.CalloutFold.Collapsed else ""
    fold = "open" if callout.fold == comrak.CalloutFold.Expanded else fold

    untitled = not titled and not fold and UNTITLED in names
    names = [name for name in names if name != UNTITLED]

    def title() -> None:
        if titled:
            for child in children[0].children:
                w.inline(child)
        else:
            w.text(default_title(w, names[0]))

    write_box(w, names, None if untitled else title, children[titled:], fold)


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
    """Write a box with a title and the blocks `inside`. `title` writes the title. Without it, the box has none.

    `names` are the classes of the box. If readers can open and close the box, `fold` is its first state, "open" or
    "closed". Otherwise `fold` is "".
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


def write_blocks(w: Writer, blocks: list[AstNode]) -> None:
    """Write the blocks of a box. HTML that is open at the end of the box is closed."""
    tight, w.tight = w.tight, False
    w.depth += 1
    around = w.parts.raw.open.enter()
    for block in blocks:
        w.node(block)
    w.out.append(w.parts.raw.open.leave(around))
    w.line()
    w.depth -= 1
    w.tight = tight


HANDLERS: dict[type, Handler] = {comrak.Callout: _callout}
