"""Write footnotes with the same ids and the same HTML as the library.

Unlike in the library, the time for a reference does not grow with the number of references. A note without a reference
gets no link back to the text.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.extensions.footnotes import (
    NBSP_PLACEHOLDER,
    FootnoteExtension,
    FootnoteInlineProcessor,
    FootnotePostTreeprocessor,
)

_LABEL = r"\[\^([^\]]*)\]"


class _Notes(OrderedDict[str, str]):
    """Maps the label of each note to its text. An iteration also reaches the notes that are added while it runs."""

    def keys(self) -> Iterator[str]:  # type: ignore[override]
        done = 0
        while done < len(self):
            known = list(self)[done:]
            done += len(known)
            yield from known


class Footnotes(FootnoteExtension):
    """The extension for `[^1]` and `[^1]: the text of the note`."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        super().__init__(BACKLINK_TITLE="↑ {}")  # this title has no words, so it fits every language

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the stages. Python-Markdown calls this once."""
        super().extendMarkdown(md)
        md.inlinePatterns.register(_Reference(_LABEL, self), "footnote", 175)
        md.treeprocessors.register(_WaysBack(self), "footnote-duplicate", 15)

    def reset(self) -> None:
        """Forget the previous article."""
        super().reset()
        self.footnotes = _Notes()
        self._numbers = {}

    def number(self, label: str) -> int | None:
        """Return the number of a note, or None if no note has the label. The first definition has the number 1."""
        if len(self._numbers) != len(self.footnotes):
            self._numbers = {known: number for number, known in enumerate(self.footnotes, 1)}
        return self._numbers.get(label)

    def unique_ref(self, reference: str, found: bool = False) -> str:
        """Return the id for the next reference to a note: `fnref:1`, then `fnref2:1`, then `fnref3:1`.

        `reference` is the id of the first reference to the note.
        """
        if not found:
            return reference
        times = self.found_refs[reference] = self.times(reference) + 1
        kind, separator, label = reference.partition(self.get_separator())
        return reference if times == 1 else f"{kind}{times}{separator}{label}"

    def times(self, reference: str) -> int:
        """Return the number of references to a note. `reference` is the id of its first reference."""
        return self.found_refs.get(reference, 0)

    def findFootnotesPlaceholder(self, root: Element) -> tuple[Element, Element, bool] | None:  # noqa: N802
        """Return the place where the author wants the footnotes. Few articles have one, so look for its text first."""
        marker: str = self.getConfig("PLACE_MARKER")
        wanted = any(marker in text for text in root.itertext())
        return super().findFootnotesPlaceholder(root) if wanted else None

    @property
    def unused(self) -> tuple[str, ...]:
        """The labels of notes without a reference."""
        return tuple(label for label in self.footnotes if not self.times(self.makeFootnoteRefId(label)))


class _Reference(FootnoteInlineProcessor):
    footnotes: Footnotes

    def handleMatch(self, m: re.Match[str], data: str) -> Any:  # type: ignore[override]  # noqa: N802
        label = m[1]
        number = self.footnotes.number(label)
        if number is None:
            return None, None, None
        place = Element("sup", {"id": self.footnotes.makeFootnoteRefId(label, found=True)})
        link = SubElement(place, "a", {"href": f"#{self.footnotes.makeFootnoteId(label)}", "class": "footnote-ref"})
        link.text = str(number)
        return place, m.start(), m.end()


class _WaysBack(FootnotePostTreeprocessor):
    """The library's stage that adds links from a note back to its second and later references.

    This class also removes the link back of a note that has no reference.
    """

    footnotes: Footnotes

    def get_num_duplicates(self, li: Element) -> int:
        kind, separator, label = (li.get("id") or "").partition(self.footnotes.get_separator())
        if kind != "fn":
            return 1  # this item is in a list to which the author gave the class of footnotes
        times = self.footnotes.times(f"fnref{separator}{label}")
        if not times:
            _take_the_way_back(li)
        return times


def _take_the_way_back(note: Element) -> None:
    for parent, link in _with_parents(note):
        if link.get("class") != "footnote-backref":
            continue
        parent.remove(link)
        before = parent[-1] if len(parent) else None
        if before is not None:
            before.tail = (before.tail or "").removesuffix(NBSP_PLACEHOLDER)
        elif text := (parent.text or "").removesuffix(NBSP_PLACEHOLDER):
            parent.text = text
        elif parent is not note:
            note.remove(parent)
        return


def _with_parents(root: Element) -> Iterator[tuple[Element, Element]]:
    for parent in reversed(list(root.iter())):
        for child in reversed(parent):
            yield parent, child
