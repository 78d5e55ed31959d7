"""What a reader needs who has no mouse, or no eyes: scrolling by keys, and boxes with names."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import HTML_PLACEHOLDER_RE

from publisher.site.markdown.cjk import columns

NARROW = 20
"""Columns of code that fit even into a list on a small phone; a block with longer lines may have to be scrolled."""

_BOX = '<input type="checkbox"'


def scrolls(code: str) -> str:
    """The attribute that lets the keyboard reach, and so scroll, a block of code; none for a block that always fits."""
    return ' tabindex="0"' if any(columns(line) > NARROW for line in code.split("\n")) else ""


class Access(Treeprocessor):
    """Tables can be scrolled by keys, and the box of a task is called by the task's own words."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self._markdown = md
        md.treeprocessors.register(self, "access", -9)

    def run(self, root: Element) -> None:
        """Add what is missing, after the line breaks between blocks were written."""
        for table in root.iter("table"):
            table.attrib.setdefault("tabindex", "0")
            for head in table.iter("th"):
                if not len(head) and not (head.text or "").strip():
                    head.tag = "td"  # the empty corner of a table is no heading of anything
        for item in root.iter("li"):
            if "task-list-item" in (item.get("class") or ""):
                self._name(item[0] if len(item) and item[0].tag == "p" and not (item.text or "").strip() else item)

    def _name(self, holder: Element) -> None:
        """Put the box and the words after it into one label; what follows in blocks of its own stays outside."""
        found = HTML_PLACEHOLDER_RE.match(holder.text or "")
        stash: list[Any] = self._markdown.htmlStash.rawHtmlBlocks
        if not found or not str(stash[int(found[1])]).startswith(_BOX):
            return
        label = Element("label")
        label.text, holder.text = holder.text, ""
        while len(holder) and not self._markdown.is_block_level(str(holder[0].tag)):
            label.append(holder[0])
            del holder[0]
        holder.insert(0, label)
