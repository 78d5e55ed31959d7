"""Write bullet lists, numbered lists, lists of tasks and lists of definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import comrak

from publisher.site.markdown.accessibility import BOX
from publisher.site.markdown.commonmark.writer import Handler, Writer, value

if TYPE_CHECKING:
    from comrak import AstNode


def _list(w: Writer, node: AstNode) -> None:
    of = value(node)
    if of.list_type == comrak.ListType.Ordered:
        opening, closing = ("<ol>" if of.start == 1 else f'<ol start="{of.start}">'), "</ol>"
    else:
        opening, closing = ('<ul class="task-list">' if of.is_task_list else "<ul>"), "</ul>"
    w.new_block()
    w.out.append(f"{opening}\n")
    tight, w.tight = w.tight, of.tight
    w.children(node)
    w.tight = tight
    w.out.append(f"{closing}\n")


def _item(w: Writer, node: AstNode) -> None:
    w.out.append("<li>")
    _inside(w, node)
    w.out.append("</li>\n")


def _task(w: Writer, node: AstNode) -> None:
    w.out.append('<li class="task-list-item">')
    box = f"{BOX} disabled{' checked' if value(node).symbol else ''}>"
    children = node.children
    if children and isinstance(children[0].node_value, comrak.Paragraph):
        w.box = box
    else:
        w.out.append(box)  # without a paragraph, the task has no text for a label
    _inside(w, node)
    w.out.append("</li>\n")


def _inside(w: Writer, node: AstNode) -> None:
    """Write the blocks of an item. In a tight list, write paragraphs without `<p>`."""
    w.depth += 1
    tight = w.tight
    around = w.parts.raw.open.enter()
    for child in node.children:
        w.node(child)
        w.tight = tight
    w.out.append(w.parts.raw.open.leave(around))
    w.depth -= 1
    w.not_text()


def _definitions(w: Writer, node: AstNode) -> None:
    w.new_block()
    w.out.append("<dl>\n")
    w.children(node)
    w.out.append("</dl>\n")


def _definition(w: Writer, node: AstNode) -> None:
    tight, w.tight = w.tight, value(node).tight
    w.children(node)
    w.tight = tight


def _term(w: Writer, node: AstNode) -> None:
    w.out.append("<dt>")
    for child in node.children:
        w.inline(child)
        w.plain.append("\n")
    w.not_text()
    w.out.append("</dt>\n")


def _details(w: Writer, node: AstNode) -> None:
    w.out.append("<dd>")
    _inside(w, node)
    w.out.append("</dd>\n")


HANDLERS: dict[type, Handler] = {
    comrak.List: _list,
    comrak.Item: _item,
    comrak.TaskItem: _task,
    comrak.DescriptionList: _definitions,
    comrak.DescriptionItem: _definition,
    comrak.DescriptionTerm: _term,
    comrak.DescriptionDetails: _details,
}
