"""Add a tab to a group of tabs in constant time. The library would go through all tabs of the group."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from pymdownx.tabbed import TabbedExtension, TabbedProcessor

_GROUP = "tabbed-set tabbed-alternate"


class Tabs(TabbedExtension):
    """The library's extension for tabs, but with the processor of this module."""

    def __init__(self) -> None:
        super().__init__(alternate_style=True)  # type: ignore[no-untyped-call]

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the processor instead of the library's processor. Python-Markdown calls this once."""
        super().extendMarkdown(md)  # type: ignore[no-untyped-call]
        self.tab_processor = _Processor(md.parser, self.getConfigs())  # type: ignore[no-untyped-call]
        md.parser.blockprocessors.register(self.tab_processor, "tabbed", 105)


class _Processor(TabbedProcessor):
    """The library's processor, with a fast path for all tabs of a group except the first."""

    def run(self, parent: Element, blocks: list[str]) -> None:
        """Convert the first block. The library itself converts the first tab of a group, and tabs with `+` or `!`."""
        group = self.lastChild(parent)
        start = self.START.match(blocks[0])
        if start is None or start[1] or group is None or group.get("class") != _GROUP:
            super().run(parent, blocks)  # type: ignore[no-untyped-call]
            return
        block, rest = self.detab(blocks.pop(0)[start.end() :])
        self.parser.parseChunk(_add(group, start[2] or ""), block)
        if rest:
            blocks.insert(0, rest)


def _add(group: Element, title: str) -> Element:
    """Add a tab to a group. Return the element for the content of the tab.

    A group has one input for each tab, then the labels, then the contents. Its attribute `data-tabs` has the number of
    the group and the number of tabs in the group.
    """
    number, count = group.attrib["data-tabs"].split(":")
    name, place = f"__tabbed_{number}", int(count) + 1
    group.attrib["data-tabs"] = f"{number}:{place}"
    labels, contents = group[-2], group[-1]
    group.insert(int(count), Element("input", {"name": name, "type": "radio", "id": f"{name}_{place}"}))
    SubElement(labels, "label", {"for": f"{name}_{place}"}).text = title
    return SubElement(contents, "div", {"class": "tabbed-block"})
