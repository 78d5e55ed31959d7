"""Write tabs, which are between lines of colons in the source.

A block `::: tabs` has a block `::: tab Title` for each tab. Lines of colons with another name are text, as in
CommonMark. The calls of shortcodes have such lines too, but the engine gets the article without them.
"""

from __future__ import annotations

import re
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import comrak

from publisher.fast_dataclass import dataclass
from publisher.site.markdown.commonmark.attributes import NONE, Attributes, read
from publisher.site.markdown.commonmark.inner_blocks import write_blocks
from publisher.site.markdown.commonmark.tabs import SELECTED, Tab, write_tabs
from publisher.site.markdown.commonmark.writer import Handler, Writer, value
from publisher.site.markdown.emoji import character

if TYPE_CHECKING:
    from comrak import AstNode

_USED = re.compile(r"^[ \t>]*:{3,}[ \t]*tabs\b", re.MULTILINE)
_INFO = re.compile(r"(?P<name>[\w-]+)?\s*(?:\[(?P<label>[^\]]*)\])?(?P<rest>.*)", re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")
_EMOJI = re.compile(r":[a-z0-9_+-]+:")
_LIST = re.compile(r"\{([^{}]*)\}\s*\Z")


def are_in(text: str) -> bool:
    """Return whether a text may have tabs. If it has none, all its lines of colons are text."""
    return ":::" in text and _USED.search(text) is not None


@dataclass(frozen=True, slots=True)
class _Directive:
    name: str
    title: str
    attributes: Attributes


def _read(info: str) -> _Directive:
    """Return the name, the title and the attributes from the words after the colons.

    The words have one of these forms: `tab`, `tab Title`, `tab[Title]{#id}`. A missing name or title becomes "".
    """
    braces = _LIST.search(info)
    given = read(braces[1]) if braces else NONE
    match = _INFO.fullmatch(info[: braces.start()] if braces else info)
    assert match is not None
    name = match["name"] or ""
    title = (match["label"] or match["rest"] or "").strip()
    quoted = len(title) > 1 and title[0] == title[-1] and title[0] in "\"'"
    return _Directive(name, (title[1:-1] if quoted else title) or given.pairs.get("title", ""), given)


def _directive(w: Writer, node: AstNode) -> None:
    found = _read(value(node).info)
    kind = found.name.lower()
    if kind == "tabs":
        _tabs(w, node, found)
        return
    _line(w, w.source.rest_of_line(w.source.start(node)))
    write_blocks(w, node.children)
    _line(w, ":" * value(node).fence_length)


def _line(w: Writer, text: str) -> None:
    """Write a line of colons as a paragraph."""
    w.new_block()
    w.out.append("<p>")
    w.text(text)
    w.out.append("</p>\n")
    w.not_text()
    w.plain.append("\n")


def _id(w: Writer, node: AstNode, found: _Directive) -> str:
    wanted = found.attributes.id
    identity = w.parts.ids.author(wanted, lambda: w.source.place(w.source.start(node))) if wanted else ""
    return f' id="{escape(identity)}"' if identity else ""


def _tabs(w: Writer, node: AstNode, found: _Directive) -> None:
    """Write a block `::: tabs`. Its blocks that are not inside of a tab follow the tabs."""
    tabs: list[Tab] = []
    others: list[AstNode] = []
    for each in node.children:
        if isinstance(each.node_value, comrak.BlockDirective):
            tab = _read(each.node_value.value.info)
            selected = SELECTED in tab.attributes.classes
            tabs.append(Tab(partial(_title, w, tab.title or tab.name), each.children, selected))
        else:
            others.append(each)
    write_tabs(w, tabs, _id(w, node, found))
    write_blocks(w, others)


def _title(w: Writer, title: str) -> None:
    """Write the title of a tab. Text between two backticks is code, and names such as `:smile:` are emoji."""
    for number, part in enumerate(_CODE.split(title)):
        if number % 2:
            w.out.append("<code>")
            w.text(part)
            w.out.append("</code>")
        else:
            w.text(_EMOJI.sub(lambda found: character(found[0]) or found[0], part))


HANDLERS: dict[type, Handler] = {comrak.BlockDirective: _directive}
