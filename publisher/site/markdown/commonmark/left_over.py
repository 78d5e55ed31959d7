"""Faults of syntax that was left as text: signs of other tools, and references without a definition."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import comrak

from publisher.errors import Problem
from publisher.site.markdown import left_as_text
from publisher.site.markdown.commonmark.source import Source

if TYPE_CHECKING:
    from comrak import AstNode

_SIGNS = ("{{", "{%", "[[", ":::", "8<-", "[^", "][")


def faults(source: Source, path: str, tree: AstNode, prose: str, *, wikilinks: bool) -> list[Problem]:
    """Return the faults by place. Only text of the tree counts: code shows such signs on purpose.

    `prose` is the plain text of the article without code. Few articles have such a sign in it.
    """
    if not any(sign in prose for sign in _SIGNS):
        return []
    spans = sorted(_texts(source, tree))
    starts = [start for start, _ in spans]
    outside = source.text  # the candidates are looked for in the source, and their places in the tree
    found: list[Problem] = []
    for one in left_as_text.candidates(source.text, outside, (), ()):
        if wikilinks and source.text.startswith("[[", one.start):
            continue
        at = source.offset_of(one.start)
        number = bisect_right(starts, at) - 1
        if number >= 0 and at < spans[number][1]:
            found.append(Problem(path, *source.place(at), one.what, one.hint, kind=one.kind))
    return found


def _texts(source: Source, tree: AstNode) -> list[tuple[int, int]]:
    """Return where each text of the tree begins and ends, as offsets."""
    found: list[tuple[int, int]] = []
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node.node_value, comrak.Text):
            found.append((source.start(node), source.end(node)))
        todo += node.children
    return found
