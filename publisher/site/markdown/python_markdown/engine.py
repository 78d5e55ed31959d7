"""Set up Python-Markdown once, and reset it between articles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from html import unescape
from typing import TYPE_CHECKING, Any

from markdown import Markdown
from markdown.extensions.def_list import DefListExtension
from markdown.extensions.tables import TableExtension
from pymdownx.inlinehilite import InlineHiliteExtension
from pymdownx.keys import KeysExtension
from pymdownx.superfences import SuperFencesCodeExtension
from pymdownx.tasklist import TasklistExtension

from publisher.errors import Problem, PublishError, unexpected
from publisher.site.markdown.callouts import Titles
from publisher.site.markdown.diagrams.fences import Diagrams
from publisher.site.markdown.headings import slug
from publisher.site.markdown.highlight import Recall
from publisher.site.markdown.math import guard
from publisher.site.markdown.python_markdown import (
    atx,
    blocks,
    brackets,
    definitions,
    inline,
    pieces,
    signs,
    stashed,
    tables,
)
from publisher.site.markdown.python_markdown.abbreviations import Abbreviations
from publisher.site.markdown.python_markdown.accessibility import Access
from publisher.site.markdown.python_markdown.attributes import Attributes
from publisher.site.markdown.python_markdown.bare_links import bare_links
from publisher.site.markdown.python_markdown.callouts import Admonitions, Details, Quotes
from publisher.site.markdown.python_markdown.carried import unwrapped
from publisher.site.markdown.python_markdown.code import Colours
from publisher.site.markdown.python_markdown.contents import Contents, ContentsExtension
from publisher.site.markdown.python_markdown.delimiters import BoundedDelimiters
from publisher.site.markdown.python_markdown.diagrams import diagram_fence
from publisher.site.markdown.python_markdown.emoji import Emoji
from publisher.site.markdown.python_markdown.footnotes import Footnotes
from publisher.site.markdown.python_markdown.formulas import Formulas
from publisher.site.markdown.python_markdown.link_marks import Marking, Used
from publisher.site.markdown.python_markdown.lists import ListsExtension
from publisher.site.markdown.python_markdown.obsidian import Obsidian
from publisher.site.markdown.python_markdown.positions import Places
from publisher.site.markdown.python_markdown.serialize import write
from publisher.site.markdown.python_markdown.soft_faults import Again, Soft, Written
from publisher.site.markdown.python_markdown.source import Source
from publisher.site.markdown.python_markdown.tabs import Tabs
from publisher.site.markdown.python_markdown.typography import Typography
from publisher.site.markdown.python_markdown.wikilinks import WikiLinks
from publisher.site.markdown.time_limit import TooLong, limited
from publisher.site.markdown.well_formed import LINK_IN_LINK, well_formed
from publisher.site.model import Heading, Rendered

if TYPE_CHECKING:
    from publisher.site.markdown.options import MarkdownOptions

SEARCHED = 100_000
"""The search for the line at which an article fails covers only this number of characters from the beginning.

Each step of the search converts a part of these characters.
"""


def _markdown(recall: Recall, formulas: Formulas, diagrams: Diagrams, titles: Titles, footnotes: Footnotes) -> Markdown:
    # Python-Markdown would look up the name of an extension in all installed packages. That takes time, and another
    # package could put its own extension in the place of a known one.
    md = Markdown(
        extensions=[
            Abbreviations(),
            Admonitions(titles),
            Attributes(),
            DefListExtension(),
            footnotes,
            ListsExtension(),
            TableExtension(),
            ContentsExtension(),
            BoundedDelimiters(),
            Details(titles),
            Colours(recall, pygments_lang_class=True),
            InlineHiliteExtension(),  # type: ignore[no-untyped-call]
            KeysExtension(),  # type: ignore[no-untyped-call]
            bare_links(),
            Quotes(titles),
            SuperFencesCodeExtension(custom_fences=[formulas.fence(), diagram_fence(diagrams)]),  # type: ignore[no-untyped-call]
            Tabs(),
            TasklistExtension(),  # type: ignore[no-untyped-call]
            Emoji(),
        ],
        output_format="html",
    )
    formulas.join(md)
    atx.need_a_space(md)
    brackets.bound(md)
    definitions.take_together(md)
    signs.join(md)
    pieces.cut(md)
    return md


class Engine:
    """One instance of Python-Markdown with our stages."""

    def __init__(self, recall: Recall | None, guarded: bool, seconds: float, options: MarkdownOptions) -> None:
        self._outer = recall
        self._seconds = seconds
        self._guarded = guarded
        self._options = options
        self._only_links = False
        self._begin()

    def _begin(self) -> None:
        self._formulas = Formulas(dict(self._options.macros), brackets=self._options.brackets)
        self._titles = Titles()
        self._footnotes = Footnotes()
        self._diagrams = Diagrams(self._recall)
        self._md = _markdown(self._recall, self._formulas, self._diagrams, self._titles, self._footnotes)
        Access(self._md)
        if self._options.typography:
            Typography(self._md)
        self._marking = Marking(self._md, self._options.home, slug)
        self._formulas.note_raw = self._marking.note_raw
        Source(self._md, self._marking.note_raw, brackets=self._options.brackets, obsidian=self._options.obsidian)
        if self._options.wikilinks:
            WikiLinks(self._md)
        self._obsidian = Obsidian(self._md) if self._options.obsidian else None
        self._marking.blocks = self._options.obsidian
        contents: Contents = self._md.treeprocessors["toc"]  # type: ignore[assignment]
        contents.written = self._marking.ids_outside_of_the_tree
        if self._guarded:
            self._md.serializer = write
            tables.guard(self._md)
            blocks.guard(self._md)
            inline.guard(self._md)
            stashed.guard(self._md)

    def render(self, path: str, text: str, line: int, language: str) -> Rendered:
        """Return the body of an article. Renderer.render in renderer.py explains the arguments."""
        self._titles.language = language
        try:
            with limited(self._seconds):
                return self._render(path, text, line)
        except TooLong:
            self._begin()
            what = f"the article takes more than {self._seconds:g} seconds of processor time"
            hint = "make several articles of this one, or remove some of the parts that it repeats"
            return Rendered("", problems=(Problem(path, line, 0, what, hint),))
        except Exception as error:  # any stage of the library may raise any exception
            self._begin()  # after a failure, `reset` is not enough, and later articles would lose <p> elements
            return Rendered("", problems=(self._fault(path, text, line, unwrapped(error)),))

    def _fault(self, path: str, text: str, line: int, error: Exception) -> Problem:
        if isinstance(error, PublishError | MemoryError):  # the article is not the cause
            raise error
        if isinstance(error, RecursionError):
            return Problem(
                path, line, 1, "the article is nested too deeply", "put fewer lists or quotes inside each other"
            )
        return unexpected(path, error, self._line_of_the_fault(path, text, line))

    def _line_of_the_fault(self, path: str, text: str, line: int) -> int:
        """Return the line of the file at which the conversion of `text` fails. `text` begins on line `line`.

        Find the line by binary search. Return 0 if it is not in the first SEARCHED characters.
        """
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
        # Take all results now, because the search for positions may convert the article again.
        part = Rendered(html, _headings(self._md), marking.anchors, (), marking.opening, characters, words)
        places = Places(path, text, line, partial(self._used, path), marking.raw_links)
        used, wrong = tuple(marking.used), tuple(self._formulas.wrong)
        of_diagrams = self._diagrams.problems(path, text, line)
        written = Written(
            html,
            frozenset(self._footnotes.footnotes),
            self._footnotes.unused,
            frozenset(self._md.references),
            marking.repeated,
            self._options.wikilinks,
            self._options.obsidian,
        )
        tags = dict.fromkeys(self._obsidian.tags) if self._obsidian else {}
        found = places.references(used)
        soft = Soft(path, text, places.at, partial(self._again, path)).problems(written)
        problems = places.bad_links(used) + places.bad_formulas(wrong) + of_diagrams + soft
        return replace(part, references=found, problems=problems, tags=tuple(places.tags(tags)))

    def _convert(self, path: str, text: str) -> str:
        parsed = guard.guarded(text, brackets=self._options.brackets)
        html = self._converted(path, parsed)
        if parsed != text and guard.is_marked(html):
            return self._converted(path, text)  # `guard` has changed text that is no formula
        return html

    def _converted(self, path: str, text: str) -> str:
        self._md.reset()
        self._formulas.begin(text)
        self._diagrams.begin()
        self._marking.begin(path)
        if self._obsidian:
            self._obsidian.begin()
        self._md.toc_tokens = []  # type: ignore[attr-defined]  # the conversion of an empty article does not set it
        html = self._md.convert(text)
        # Only HTML of the author, a repeated id, and a footnote or `[[name]]` in a link can make the output wrong.
        wrong = bool(self._marking.has_raw or self._marking.repeated)
        if not wrong and (self._footnotes.footnotes or self._options.wikilinks):
            wrong = bool(LINK_IN_LINK.search(html))
        return well_formed(html) if wrong else html

    def _used(self, path: str, text: str) -> list[Used]:
        """Return the links of a changed text of the article, such as the text with numbered destinations."""
        return self._again(path, text).used

    def _again(self, path: str, text: str) -> Again:
        """Convert a changed text of the article, without highlighting code. Return the results that checks need."""
        self._only_links = True
        try:
            html = self._convert(path, text)
        finally:
            self._only_links = False
        return Again(html, self._marking.used, frozenset(self._marking.anchors), frozenset(self._footnotes.footnotes))

    def _recall(self, key: str, make: Callable[[], str]) -> str:
        if self._only_links:
            return ""
        return self._outer(key, make) if self._outer else make()


def _headings(md: Markdown) -> tuple[Heading, ...]:
    """Return all headings of the table of contents, without their nesting, in the order of the article."""
    found: list[Heading] = []

    def walk(tokens: list[dict[str, Any]]) -> None:
        for token in tokens:
            found.append(Heading(token["level"], token["id"], unescape(token["name"])))
            walk(token["children"])

    walk(md.toc_tokens)  # type: ignore[attr-defined]
    return tuple(found)
