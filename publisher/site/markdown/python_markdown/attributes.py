"""Read attribute lists, such as `{#id .class key="value"}`. An attribute may have no value, as in HTML."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.extensions.attr_list import AttrListTreeprocessor, isheader
from markdown.treeprocessors import Treeprocessor

from publisher.html.url_attributes import IN_ARTICLES

_GIVEN = IN_ARTICLES | {"id"}
"""The names of attributes that Markdown itself may set: `id`, and the attributes that have links.

If an attribute list has one of these names without a value, the attribute keeps the value that Markdown has set.
"""


_LIST = re.compile(r"\{:[ ]*([^{}\n]+?)[ ]*\}[ ]*(?:\n|\Z)")
"""Matches an attribute list of kramdown that fills the first line of a paragraph."""


class AttributeLists(AttrListTreeprocessor):
    """The library's stage for attribute lists, with an empty text instead of each missing value.

    The library sets None instead of a missing value, and its later stages fail on None.
    """

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self.bare: list[tuple[Element, str]] = []
        """The attributes of this article that have no value: the element and the name of each."""

    def run(self, doc: Element) -> None:
        """Read the attribute lists of all elements.

        As in kramdown, the line after a heading may be the attribute list of the heading.
        """
        if any((paragraph.text or "").startswith("{:") for paragraph in doc.iter("p")):
            for parent in list(doc.iter()):
                self._after_headings(parent)
        super().run(doc)

    def _after_headings(self, parent: Element) -> None:
        for heading, paragraph in list(pairwise(parent)):
            found = _LIST.match(paragraph.text or "") if isheader(heading) and paragraph.tag == "p" else None
            if found is None or self.assign_attrs(heading, found[1], strict=True):
                continue
            paragraph.text = (paragraph.text or "")[found.end() :]
            if not paragraph.text and not len(paragraph):
                parent.remove(paragraph)

    def assign_attrs(self, elem: Element, attrs_string: str, *, strict: bool = False) -> str:
        """Set the attributes of a list on an element. Each value is a text. Return the text after the closing brace."""
        given = {name: value for name, value in elem.items() if name in _GIVEN}
        rest = super().assign_attrs(elem, attrs_string, strict=strict)
        attributes: list[tuple[str, Any]] = list(elem.items())
        for name, value in attributes:
            if value is None:
                elem.set(name, given.get(name, ""))
                self.bare.append((elem, name))
        if isheader(elem):
            self._keep_a_name(elem)
        return rest

    def _keep_a_name(self, heading: Element) -> None:
        """Remove an empty id of a heading. A later stage then makes an id from the words of the heading.

        Also remove an empty label. Then the table of contents shows the words.
        """
        if heading.get("id") == "":
            del heading.attrib["id"]
        if heading.get("data-toc-label") == "" and (heading, "data-toc-label") in self.bare:
            del heading.attrib["data-toc-label"]


class _Bare(Treeprocessor):
    """Removes the empty texts that AttributeLists has set. So attributes without a value have no value in the page."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self._markdown = md

    def run(self, root: Element) -> None:
        """Remove the empty texts. This stage runs after all stages of the library that fail on None."""
        lists: AttributeLists = self._markdown.treeprocessors["attr_list"]  # type: ignore[assignment]
        for element, name in lists.bare:
            if element.get(name) == "":
                element.set(name, None)  # type: ignore[arg-type]
        lists.bare.clear()


class Attributes(Extension):
    """Replaces the library's stage with AttributeLists. The stage keeps its name."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the stages. Python-Markdown calls this once."""
        md.treeprocessors.register(AttributeLists(md), "attr_list", 8)
        md.treeprocessors.register(_Bare(md), "bare-attributes", 1)
        md.registerExtension(self)
