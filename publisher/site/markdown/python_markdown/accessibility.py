"""Attributes for readers without a mouse or without sight: tables that scroll by keys, and boxes with names."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import HTML_PLACEHOLDER_RE

from publisher.site.markdown.accessibility import BOX


class Access(Treeprocessor):
    """Makes tables scrollable by keys, and names the box of a task by the task's own words."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self._markdown = md
        md.treeprocessors.register(self, "access", -9)

    def run(self, root: Element) -> None:
        """Add what is missing. It runs after the library has written line breaks between blocks."""
        for table in root.iter("table"):
            table.attrib.setdefault("tabindex", "0")
            for head in table.iter("th"):
                if not len(head) and not (head.text or "").strip():
                    head.tag = "td"  # the empty corner of a table is no heading
        for item in root.iter("li"):
            if "task-list-item" in (item.get("class") or ""):
                self._name(item[0] if len(item) and item[0].tag == "p" and not (item.text or "").strip() else item)

    def _name(self, holder: Element) -> None:
        """Put the box and the words after it into one label. Later blocks of the item stay outside."""
        found = HTML_PLACEHOLDER_RE.match(holder.text or "")
        stash: list[Any] = self._markdown.htmlStash.rawHtmlBlocks
        if not found or not str(stash[int(found[1])]).startswith(BOX):
            return
        label = Element("label")
        label.text, holder.text = holder.text, ""
        while len(holder) and not self._markdown.is_block_level(str(holder[0].tag)):
            label.append(holder[0])
            del holder[0]
        holder.insert(0, label)
