"""Define the last stage of a conversion. It replaces links with marks, collects anchors and counts words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.inlinepatterns import HTML_RE, HtmlInlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AMP_SUBSTITUTE, HTML_PLACEHOLDER_RE

from publisher.fast_dataclass import dataclass
from publisher.html import links
from publisher.html.tokens import words
from publisher.html.url_attributes import IN_ARTICLES, Kind, meta_name
from publisher.site import urls
from publisher.site.markdown import cjk, wikilinks
from publisher.site.markdown.links import BadLink, resolve
from publisher.site.markdown.python_markdown.obsidian import TAG
from publisher.site.markdown.python_markdown.wikilinks import SIGN
from publisher.site.text import count

_NO_ADDRESS = re.compile(r"[\w: ;.%-]*+")
"""Matches a style without an address. An address would need a bracket."""


@dataclass(frozen=True, slots=True)
class Used:
    """A link of the article to this site."""

    written: str
    """The link as the author wrote it."""
    kind: Kind
    target: str
    """The target (see urls.py), or "" if the link has a fault."""
    fault: str = ""
    """The reason why the link has no target, or "" if it has a target."""


class Marking(Treeprocessor):
    """Registers itself as the last stage. Its attributes hold the results of an article until the next `begin`."""

    def __init__(self, md: Markdown, home: str = "", anchor: Callable[[str], str] = str) -> None:
        """Register the stage. `home` is the site's URL or "". `anchor` makes an id from the words of a heading."""
        super().__init__(md)
        self._markdown = md
        self._home, self._anchor = home, anchor
        self._path = ""
        self._raw: list[int] = []
        self._ids: list[str] = []
        self._known: frozenset[str] = frozenset()
        self._by_case: dict[str, str] = {}
        self.blocks = False
        """Whether `[[name#^id]]` links to a block."""
        self.used: list[Used] = []
        self.raw_links = False
        self.opening = ""
        self.counted = (0, 0)
        md.inlinePatterns.register(_RawInline(self._raw, md), "html", 90)
        md.treeprocessors.register(_SoftBreaks(md), "soft-breaks", 11)
        md.treeprocessors.register(self, "marking", -10)

    @property
    def anchors(self) -> tuple[str, ...]:
        """The ids of the article, in their order. Each id occurs only once."""
        return tuple(dict.fromkeys(self._ids))

    @property
    def repeated(self) -> tuple[str, ...]:
        """The ids that more than one element has."""
        return tuple(given for given, times in Counter(self._ids).items() if times > 1)

    @property
    def has_raw(self) -> bool:
        """Whether the article contains HTML of its author."""
        return bool(self._raw)

    def begin(self, path: str) -> None:
        """Forget the previous article. `path` is the content path of the next article."""
        self._path = path
        self._raw.clear()
        self._ids = []
        self._by_case = {}
        self.used = []
        self.raw_links = False
        self.opening = ""
        self.counted = (0, 0)

    def note_raw(self, number: int) -> None:
        """Treat the stashed piece with this number like raw HTML, to find its ids and links."""
        self._raw.append(number)

    def run(self, root: Element) -> None:
        """Process every element of the tree and every piece of raw HTML."""
        whole = " ".join(root.itertext())
        self.opening = next(filter(None, (self._plain(child) for child in root if child.tag == "p")), "")
        characters, words = count(HTML_PLACEHOLDER_RE.sub(" ", whole))
        self.counted = characters, words + sum(1 for _ in root.iter("code"))  # each inline code counts as one word
        stash: list[Any] = self._markdown.htmlStash.rawHtmlBlocks
        self._ids = [*_ids_in(root), *self.ids_outside_of_the_tree()]
        for number in self._raw:
            if not isinstance(stash[number], str):
                self._ids += _ids_in(stash[number])
        self._by_case = {given.casefold(): given for given in reversed(self._ids)}
        self._known = frozenset(self._ids)
        self._mark_tree(root)
        before = len(self.used)
        for number in self._raw:
            piece = stash[number]
            if isinstance(piece, str):
                stash[number] = links.replace(piece, self._mark)
            else:
                self._mark_tree(piece)
        self.raw_links = len(self.used) > before

    def ids_outside_of_the_tree(self) -> Iterator[str]:
        """Yield the ids in raw HTML of the author, and then the ids of blocks of code."""
        stash: list[Any] = self._markdown.htmlStash.rawHtmlBlocks
        own = set(self._raw)
        for number in self._raw:
            if isinstance(stash[number], str):
                yield from links.ids(stash[number])
        for number, piece in enumerate(stash):
            if isinstance(piece, str) and number not in own and "id=" in (tag := piece[: piece.find(">") + 1]):
                yield from links.ids(tag)

    def _plain(self, paragraph: Element) -> str:
        """Return the text of a paragraph as readers see it, with its code and without the numbers of footnotes."""

        def fetch(match: re.Match[str]) -> str:
            piece = self._markdown.htmlStash.rawHtmlBlocks[int(match[1])]
            return words(piece) if isinstance(piece, str) else ""

        text = "".join(_without_notes(paragraph))
        if not len(paragraph) and HTML_PLACEHOLDER_RE.fullmatch(text.strip()):
            return ""  # the paragraph is only the placeholder of a block of code or HTML
        return " ".join(HTML_PLACEHOLDER_RE.sub(fetch, text).replace(AMP_SUBSTITUTE, "&").split())

    def _mark_tree(self, root: Element) -> None:
        for element in root.iter():
            attributes: dict[str, Any] = element.attrib
            for name in [name for name in attributes if name in IN_ARTICLES]:
                value = attributes[name]
                if value is None or (name == "style" and _NO_ADDRESS.fullmatch(value)):
                    continue  # an attribute without a value, or the alignment of a cell of a table
                self._mark_attribute(element, name, value.replace(AMP_SUBSTITUTE, "&"))

    def _mark_attribute(self, element: Element, name: str, value: str) -> None:
        parts: list[str] = []
        done = 0
        about = meta_name({key: each or "" for key, each in element.items()}) if element.tag == "meta" else ""
        for link in links.of_attribute(str(element.tag), name, value, about):
            new = self._mark(link)
            if new is not None:
                parts += (value[done : link.start], new)
                done = link.end
        if parts:
            element.set(name, "".join([*parts, value[done:]]))

    def _mark(self, link: links.HtmlLink) -> str | None:
        if link.text.startswith("#") and link.tag not in ("a", "area"):
            return None  # <use href="#shape"> refers to the SVG that contains it
        if link.text.startswith(TAG):
            return urls.mark(urls.target("/" + urls.tag_url(link.text.removeprefix(TAG))))
        if link.text.startswith(SIGN):
            written = link.text.removeprefix(SIGN)
            self.used.append(
                Used(written, link.kind, wikilinks.target(written, self._path, self._anchor, blocks=self.blocks))
            )
            return urls.mark(self.used[-1].target)
        try:
            target = resolve(link.text, self._path, self._home)
        except BadLink as error:
            self.used.append(Used(link.text.strip(), link.kind, "", str(error)))
            return None
        if target is None:
            return None
        if "#" in target and link.text[1:] not in self._known:
            target = self._in_its_case(target)
        self.used.append(Used(link.text.strip(), link.kind, target))
        return urls.mark(target)

    def _in_its_case(self, target: str) -> str:
        """Return the target. If its fragment differs from an id of this article only in case, replace it by the id.

        GitHub ignores case in a fragment, and browsers do not.
        """
        path, fragment, query = urls.split(target)
        if path != self._path or fragment in self._known:
            return target
        return urls.target(path, self._by_case.get(fragment.casefold(), fragment), query)


def _ids_in(root: Element) -> Iterator[str]:
    return (given for element in root.iter() if (given := element.get("id")))


class _SoftBreaks(Treeprocessor):
    """Joins lines of wide characters. This stage runs before the library adds line breaks between blocks."""

    def run(self, root: Element) -> None:
        if cjk.may_join("".join(root.itertext())):
            cjk.join(root)


class _RawInline(HtmlInlineProcessor):
    """Records the pieces of the stash that are raw HTML inside a paragraph."""

    def __init__(self, raw: list[int], md: Markdown) -> None:
        super().__init__(HTML_RE, md)
        self._raw, self._markdown = raw, md

    def handleMatch(self, m: re.Match[str], data: str) -> Any:  # type: ignore[override]  # noqa: N802
        self._raw.append(self._markdown.htmlStash.html_counter)
        return super().handleMatch(m, data)


def _without_notes(element: Element) -> list[str]:
    found = [element.text or ""]
    for child in element:
        if not (child.tag == "sup" and child.get("id", "").startswith("fnref")):
            found += _without_notes(child)
        found.append(child.tail or "")
    return found
