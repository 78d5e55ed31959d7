"""Report syntax that the page shows as text: syntax of other tools, and references without a definition."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING

import comrak

from publisher.errors import Problem
from publisher.site.markdown import left_as_text
from publisher.site.markdown.commonmark.inlines import is_no_formula
from publisher.site.markdown.commonmark.source import Source

if TYPE_CHECKING:
    from comrak import AstNode

_SIGNS = ("{{", "{%", "[[", ":::", "8<-", "[^", "][", "$", "!!!", "???", "===")
_BOX = re.compile(
    r"""^(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*+(?:(?P<box>(?:!!!|\?\?\?\+?)[ ]+[^\W\d_][\w -]*+(?:"[^"\n]*")?)"""
    r"""|(?P<tab>===[!+]?[ ]+"[^"\n]+"))[ \t]*$"""
    r"(?=\n(?:[ \t>]*\n)*[ \t>]*(?: {4}|\t))",
    re.MULTILINE,
)
"""Matches the first line of a box or of a tab of Python-Markdown, above a line that is indented by four."""
_PYTHON = "write `markdown: python` into the front matter, or write"


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
    candidates = [*left_as_text.candidates(source.text, outside, (), ()), *_boxes(source.text)]
    for one in sorted(candidates, key=lambda one: one.start):
        if wikilinks and source.text.startswith("[[", one.start):
            continue
        at = source.offset_of(one.start)
        number = bisect_right(starts, at) - 1
        if number >= 0 and at < spans[number][1]:
            found.append(Problem(path, *source.place(at), one.what, one.hint, kind=one.kind))
    return found


def _boxes(text: str) -> Iterator[left_as_text.Left]:
    """Yield the lines that look like the first line of a box or a tab of Python-Markdown.

    `faults` reports only those that the page shows as text, such as those inside of a quote.
    """
    if not any(sign in text for sign in _SIGNS[-3:]):
        return
    for match in _BOX.finditer(text):
        if match["box"]:
            what, hint = "`!!!` or `???`, a box of Python-Markdown,", f"{_PYTHON} `> [!NOTE]`"
        else:
            what, hint = '`=== "Title"`, a tab of Python-Markdown,', f"{_PYTHON} `:::: tabs`"
        yield left_as_text.Left(*match.span(match.lastgroup or 0), "foreign-syntax", f"{what} is left as text", hint)


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
