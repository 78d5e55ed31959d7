"""Report syntax that the page shows as text: syntax of other tools, and references without a definition."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import comrak

from publisher.errors import Problem
from publisher.site.markdown import left_as_text
from publisher.site.markdown.commonmark.inlines import is_no_formula
from publisher.site.markdown.commonmark.source import Source

if TYPE_CHECKING:
    from comrak import AstNode

_SIGNS = ("{{", "{%", "[[", ":::", "8<-", "[^", "][", "$")


def faults(source: Source, path: str, tree: AstNode, prose: str, *, wikilinks: bool) -> list[Problem]:
    """Return the faults of an article, in the order of their positions. Syntax inside code is no fault.

    `path` is the content path. `prose` is the plain text of the article without code. In most articles, `prose` has no
    syntax that could be a fault, and the tree is not searched. If `wikilinks` is set, the site reads `[[Page]]`. Then
    `[[Page]]` is no fault.
    """
    if not any(sign in prose for sign in _SIGNS):
        return []
    spans = sorted(_texts(source, tree))
    starts = [start for start, _ in spans]
    outside = source.text  # the loop below leaves out candidates where the tree has no text
    found: list[Problem] = []
    for one in left_as_text.candidates(source.text, outside, (), ()):
        if wikilinks and source.text.startswith("[[", one.start):
            continue
        at = source.offset_of(one.start)
        number = bisect_right(starts, at) - 1
        if number >= 0 and at < spans[number][1]:
            found.append(Problem(path, *source.place(at), one.what, one.hint, kind=one.kind))
    return found


def _is_text(source: Source, node: AstNode) -> bool:
    return isinstance(node.node_value, comrak.Math) and is_no_formula(source, node)


def _texts(source: Source, tree: AstNode) -> list[tuple[int, int]]:
    """Return the offsets at which each text node of the tree begins and ends."""
    found: list[tuple[int, int]] = []
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node.node_value, comrak.Text) or _is_text(source, node):
            found.append((source.start(node), source.end(node)))
        todo += node.children
    return found
