"""Python-Markdown, set up once and reset between articles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from html import unescape
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions.toc import TocExtension, TocTreeprocessor
from pymdownx.slugs import slugify

from publisher.errors import Problem, PublishError, unexpected
from publisher.site.markdown import blocks, inline
from publisher.site.markdown.accessibility import Access
from publisher.site.markdown.attributes import Attributes
from publisher.site.markdown.callouts import Admonitions, Details, Quotes, Titles
from publisher.site.markdown.carried import unwrapped
from publisher.site.markdown.emoji import Emoji
from publisher.site.markdown.formulas import Formulas
from publisher.site.markdown.highlight import Colours, Recall
from publisher.site.markdown.link_marks import Marking, Used
from publisher.site.markdown.positions import Places
from publisher.site.markdown.serialize import write
from publisher.site.model import Heading, Rendered

SEARCHED = 100_000
"""Characters of an article in which the line is looked for with which it fails: each look converts a part of them."""

_slugify: Any = slugify  # not typed
_slugify = _slugify(case="lower")


class _TocProcessor(TocTreeprocessor):
    """The library's, but it makes and places the list only where there is a [TOC]."""

    _wanted = False

    def run(self, doc: Element) -> None:
        self._wanted = any(element.text and self.marker in element.text for element in doc.iter("p"))
        super().run(doc)

    def build_toc_div(self, toc_list: list[Any]) -> Element:
        return super().build_toc_div(toc_list) if self._wanted else Element("div")

    def replace_marker(self, root: Element, elem: Element) -> None:
        if self._wanted:
            super().replace_marker(root, elem)


class _TocExtension(TocExtension):
    TreeProcessorClass = _TocProcessor


def _anchor(text: str, separator: str) -> str:
    """The id of a heading: its own words in any script, so that it stays when another heading is inserted."""
    return str(_slugify(text, separator)) or "section"


def _markdown(recall: Recall, formulas: Formulas, titles: Titles) -> Markdown:
    md = Markdown(
        extensions=[
            "abbr",
            Admonitions(titles),
            Attributes(),
            "def_list",
            "footnotes",
            "md_in_html",
            "tables",
            _TocExtension(slugify=_anchor, permalink="¶", permalink_title=""),
            "pymdownx.arithmatex",
            "pymdownx.betterem",
            "pymdownx.caret",
            Details(titles),
            Colours(recall, pygments_lang_class=True),
            "pymdownx.inlinehilite",
            "pymdownx.keys",
            "pymdownx.magiclink",
            "pymdownx.mark",
            Quotes(titles),
            "pymdownx.smartsymbols",
            "pymdownx.superfences",
            "pymdownx.tabbed",
            "pymdownx.tasklist",
            "pymdownx.tilde",
            Emoji(),
        ],
        extension_configs={
            # CommonMark's rule about punctuation takes `**强调：**文字` for plain text
            "pymdownx.betterem": {"punctuation": False},
            "footnotes": {"BACKLINK_TITLE": "↑ {}"},  # no word of any language
            "pymdownx.arithmatex": {"generic": True},
            "pymdownx.superfences": {"custom_fences": [formulas.fence()]},
            "pymdownx.tabbed": {"alternate_style": True},
        },
        output_format="html",
    )
    formulas.join(md)
    return md


class Engine:
    """One `Markdown`, with our stages in it."""

    def __init__(self, recall: Recall | None, guarded: bool) -> None:
        self._outer = recall
        self._guarded = guarded
        self._only_links = False
        self._begin()

    def _begin(self) -> None:
        self._formulas = Formulas()
        self._titles = Titles()
        self._md = _markdown(self._recall, self._formulas, self._titles)
        Access(self._md)
        self._marking = Marking(self._md)
        if self._guarded:
            self._md.serializer = write
            blocks.guard(self._md)
            inline.guard(self._md)

    def render(self, path: str, text: str, line: int, language: str) -> Rendered:
        """See markup.Renderer.render."""
        self._titles.language = language
        try:
            return self._render(path, text, line)
        except Exception as error:  # any stage of any extension may stumble over any text
            self._begin()  # where the library was left, `reset` does not lead back: later articles would lose their <p>
            return Rendered("", problems=(self._fault(path, text, line, unwrapped(error)),))

    def _fault(self, path: str, text: str, line: int, error: Exception) -> Problem:
        if isinstance(error, PublishError | MemoryError):  # of whoever keeps the highlighted code: not the article's
            raise error
        if isinstance(error, RecursionError):
            return Problem(path, line, 1, "the article is nested too deeply", "take some lists or quotes out of others")
        return unexpected(path, error, self._line_of_the_fault(path, text, line))

    def _line_of_the_fault(self, path: str, text: str, line: int) -> int:
        """The line with which a text that begins on this line fails, found by halves; 0 where it is too far below."""
        lines = text[:SEARCHED].split("\n")
        below, above = 0, len(lines)
        if not self._fails(path, "\n".join(lines)):
            return 0
        while above - below > 1:
            middle = (below + above) // 2
            if self._fails(path, "\n".join(lines[:middle])):
                above = middle
            else:
                below = middle
        return line + below

    def _fails(self, path: str, text: str) -> bool:
        try:
            self._render(path, text, 1)
        except Exception:
            self._begin()
            return True
        return False

    def _render(self, path: str, text: str, line: int) -> Rendered:
        html = self._convert(path, text)
        marking = self._marking
        characters, words = marking.counted
        # Everything of this pass is taken before the places are looked for: that may convert once more.
        part = Rendered(html, _headings(self._md), marking.anchors, (), marking.opening, characters, words)
        places = Places(path, text, line, partial(self._used, path), marking.raw_links)
        used, wrong = tuple(marking.used), tuple(self._formulas.wrong)
        found = places.references(used)
        return replace(part, references=found, problems=places.bad_links(used) + places.bad_formulas(wrong))

    def _convert(self, path: str, text: str) -> str:
        self._md.reset()
        self._formulas.wrong.clear()
        self._marking.begin(path)
        self._md.toc_tokens = []  # type: ignore[attr-defined]  # an empty article does not get as far as the contents
        return self._md.convert(text)

    def _used(self, path: str, text: str) -> list[Used]:
        """The links of another text, such as this article with its destinations numbered."""
        self._only_links = True
        try:
            self._convert(path, text)
        finally:
            self._only_links = False
        return self._marking.used

    def _recall(self, key: str, make: Callable[[], str]) -> str:
        if self._only_links:
            return ""
        return self._outer(key, make) if self._outer else make()


def _headings(md: Markdown) -> tuple[Heading, ...]:
    """The tree of the contents as lines, in order."""
    found: list[Heading] = []

    def walk(tokens: list[dict[str, Any]]) -> None:
        for token in tokens:
            found.append(Heading(token["level"], token["id"], unescape(token["name"])))
            walk(token["children"])

    walk(md.toc_tokens)  # type: ignore[attr-defined]
    return tuple(found)
