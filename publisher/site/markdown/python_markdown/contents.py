"""Give each heading its id and its link, and make the table of contents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from typing import Any
from xml.etree.ElementTree import Element

from markdown.extensions.toc import TocExtension, TocTreeprocessor, render_inner_html, strip_tags

from publisher.site.markdown.headings import PERMALINK, Ids

_HEADING = re.compile(r"h[1-6]", re.IGNORECASE)


class Contents(TocTreeprocessor):
    """The library's stage, but with our ids. It makes the table of contents only if the article has a `[TOC]`."""

    written: Callable[[], Iterable[str]]
    """Returns the ids that the author wrote outside of the tree: in raw HTML, and on blocks of code."""
    _wanted = False

    def run(self, doc: Element) -> None:
        """Give ids to all headings. This stage runs after all stages that change the words of a heading."""
        self._wanted = any(element.text and self.marker in element.text for element in doc.iter("p"))
        in_tree = list(_ids(doc))
        ids = Ids([*in_tree, *self.written()], in_tree)
        self.slugify = lambda text, _: ids.give(text)
        super().run(doc)
        moved = ids.moved()
        for term in doc.iter("dt"):
            if not term.get("id") and (given := ids.of_a_term(self._words(term))):
                term.set("id", given)
        if moved:
            for heading in doc.iter():
                if (heading.get("id") or "") in moved and _HEADING.fullmatch(str(heading.tag)):
                    _put_first(heading, Element("span", {"id": moved[heading.attrib["id"]]}))

    def _words(self, term: Element) -> str:
        """Return the text of a term, with its code. The library returns the text of a heading in the same form."""
        return unescape(strip_tags(render_inner_html(term, self.md)))

    def add_permalink(self, c: Element, elem_id: str) -> None:
        """Add an empty link to a heading (see PERMALINK)."""
        c.append(Element("a", {**PERMALINK, "href": f"#{elem_id}"}))

    def build_toc_div(self, toc_list: list[Any]) -> Element:
        """Return the table of contents, or an empty element if the article has no `[TOC]`."""
        return super().build_toc_div(toc_list) if self._wanted else Element("div")

    def replace_marker(self, root: Element, elem: Element) -> None:
        """Replace the first `[TOC]` with the table of contents. Any other `[TOC]` stays text."""
        if not self._wanted:
            return
        for parent in root.iter():
            for number, child in enumerate(parent):
                if child.tag == "p" and not len(child) and (child.text or "").strip() == self.marker:
                    parent[number] = elem
                    return


class ContentsExtension(TocExtension):
    """Replaces the stage of the library with Contents."""

    TreeProcessorClass = Contents

    def __init__(self) -> None:
        super().__init__(permalink=True)


def _ids(root: Element) -> Iterator[str]:
    return (given for element in root.iter() if (given := element.get("id")))


def _put_first(heading: Element, inside: Element) -> None:
    inside.tail, heading.text = heading.text, None
    heading.insert(0, inside)
