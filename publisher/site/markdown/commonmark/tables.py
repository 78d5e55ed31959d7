"""Write tables. A table can have the focus, so readers can scroll a wide table with the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import comrak

from publisher.site.markdown.commonmark.writer import Handler, Writer, value

if TYPE_CHECKING:
    from comrak import AstNode

_SIDES = (
    (comrak.TableAlignment.Left, "left"),
    (comrak.TableAlignment.Center, "center"),
    (comrak.TableAlignment.Right, "right"),
)


def _table(w: Writer, node: AstNode) -> None:
    styles = [_style(alignment) for alignment in value(node).alignments]
    w.new_block()
    w.out.append('<table tabindex="0">\n<thead>\n')
    head, *rows = node.children
    _row(w, head, styles, "th")
    w.out.append("</thead>\n")
    if rows:
        w.out.append("<tbody>\n")
        for row in rows:
            _row(w, row, styles, "td")
        w.out.append("</tbody>\n")
    w.out.append("</table>\n")


def _style(alignment: comrak.TableAlignment) -> str:
    side = next((name for known, name in _SIDES if known == alignment), "")
    return f' style="text-align: {side};"' if side else ""


def _row(w: Writer, node: AstNode, styles: list[str], tag: str) -> None:
    w.out.append("<tr>\n")
    for cell, style in zip(node.children, styles, strict=False):
        name = tag if tag == "td" or cell.children else "td"  # an empty cell in the first row is no heading
        w.out.append(f"<{name}{style}>")
        w.inline(cell, phrase=False)
        w.not_text()
        w.plain.append("\n")
        w.out.append(f"</{name}>\n")
    w.out.append("</tr>\n")


HANDLERS: dict[type, Handler] = {comrak.Table: _table}
