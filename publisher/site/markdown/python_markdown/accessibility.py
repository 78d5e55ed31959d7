"""Let keys scroll tables, and give names to checkboxes, for readers who cannot see or cannot use a mouse."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import HTML_PLACEHOLDER_RE

from publisher.site.markdown.accessibility import BOX


class Access(Treeprocessor):
    """Lets keys scroll tables, and puts the checkbox and the words of a task into one label."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self._markdown = md
        md.treeprocessors.register(self, "access", -9)

    def run(self, root: Element) -> None:
        """Add the attributes and labels. This stage runs after the library has added line breaks between blocks."""
        for table in root.iter("table"):
            table.attrib.setdefault("tabindex", "0")
            for head in table.iter("th"):
                if not len(head) and not (head.text or "").strip():
                    head.tag = "td"  # an empty cell, such as the corner of a table, is not a heading
        for item in root.iter("li"):
            if "task-list-item" in (item.get("class") or ""):
                self._name(item[0] if len(item) and item[0].tag == "p" and not (item.text or "").strip() else item)

    def _name(self, holder: Element) -> None:
        """Put the checkbox and the words after it into one label.

        Later blocks of the item stay outside of the label.
        """
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
