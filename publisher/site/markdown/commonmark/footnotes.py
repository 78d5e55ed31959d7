"""Write references to footnotes. Write the notes at the end of the article, in the order of their first references."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import comrak

from publisher.errors import Problem
from publisher.site.markdown.commonmark.writer import Handler, Note, Writer, value

if TYPE_CHECKING:
    from comrak import AstNode


def _reference(w: Writer, node: AstNode) -> None:
    name = value(node).name
    note = w.notes.get(name)
    if note is None:
        note = w.notes[name] = Note(len(w.notes) + 1, w.parts.ids.ours(f"fn:{name}"))
    times = len(note.references) + 1
    own = w.parts.ids.ours(f"fnref{times if times > 1 else ''}:{name}")
    note.references.append(own)
    href = w.parts.links.here(note.id)
    number = str(note.number)
    shown = number if w.no_links else f'<a class="footnote-ref" href="{href}">{number}</a>'  # no link inside a link
    w.not_text()
    w.out.append(f'<sup id="{escape(own)}">{shown}</sup>')


def _definition(w: Writer, node: AstNode) -> None:
    w.footnotes.append(node)


def write_notes(w: Writer) -> None:
    """Write every note that has a reference. Callers must write the whole article first. Notes may refer to notes."""
    bodies: dict[str, AstNode] = {}
    for node in w.footnotes:
        bodies.setdefault(value(node).name, node)
    if not w.notes:
        return
    w.new_block()
    w.out.append('<div class="footnote">\n<hr>\n<ol>\n')
    ends: list[int] = []
    while len(ends) < len(w.notes):
        for name, note in list(w.notes.items())[len(ends) :]:
            w.out.append(f'<li id="{escape(note.id)}">\n')
            ends.append(_body(w, bodies[name]))
            w.line()
            w.out.append("</li>\n")
    w.out.append("</ol>\n</div>\n")
    for end, note in zip(ends, w.notes.values(), strict=True):
        links = [_way_back(w, note, reference) for reference in note.references]
        w.out[end] = f"{w.out[end]}{''.join(links)}" if w.out[end] else f"<p>{''.join(links)}</p>\n"


def _way_back(w: Writer, note: Note, reference: str) -> str:
    href = w.parts.links.here(reference)
    return f'<a class="footnote-backref" href="{href}" title="↑ {note.number}">&#8617;</a>'


def _body(w: Writer, node: AstNode) -> int:
    """Write the blocks of a note. Return the index in `out` of the piece that gets the links back to the text.

    If the note does not end with a paragraph, this piece is "". Then the links need a paragraph around them.
    """
    children = node.children
    last = children[-1] if children and isinstance(children[-1].node_value, comrak.Paragraph) else None
    w.depth += 1
    for child in children[:-1] if last else children:
        w.node(child)
    if last is None:
        w.line()
        at = len(w.out)
        w.out.append("")
    else:
        w.new_block()
        w.out.append("<p>")
        w.inline(last)
        at = len(w.out)
        w.out += ["&#160;", "</p>\n"]
        w.plain.append("\n")
    w.depth -= 1
    return at


def unused(w: Writer, path: str) -> list[Problem]:
    """Return a fault for each note that has no reference and so is not in the page. `path` is the content path."""
    return [
        Problem(
            path,
            *w.source.place(w.source.start(node)),
            f"nothing refers to the footnote [^{value(node).name}]",
            "add a reference to the text, or remove the footnote",
            kind="unused-footnote",
        )
        for node in w.footnotes
        if value(node).name not in w.notes
    ]


HANDLERS: dict[type, Handler] = {comrak.FootnoteReference: _reference, comrak.FootnoteDefinition: _definition}
