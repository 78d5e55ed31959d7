"""Convert the source of an article in the `commonmark` flavour into its HTML, its links and its faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.errors import Problem, PublishError, unexpected
from publisher.site.markdown.callouts import Titles
from publisher.site.markdown.commonmark import (
    blocks,
    callouts,
    contents,
    directives,
    footnotes,
    hyperlinks,
    inlines,
    left_over,
    lists,
    tables,
    wikilinks,
)
from publisher.site.markdown.commonmark.boxes import rewrite
from publisher.site.markdown.commonmark.code_blocks import CodeBlocks
from publisher.site.markdown.commonmark.formulas import Formulas
from publisher.site.markdown.commonmark.ids import ArticleIds
from publisher.site.markdown.commonmark.links import Links
from publisher.site.markdown.commonmark.parsing import extensions, on_a_large_stack, parse
from publisher.site.markdown.commonmark.raw_html import RawHtml
from publisher.site.markdown.commonmark.source import Source
from publisher.site.markdown.commonmark.writer import Handler, Parts, Writer
from publisher.site.markdown.diagrams.fences import Diagrams
from publisher.site.markdown.math import guard
from publisher.site.markdown.open_elements import OpenInBlock
from publisher.site.markdown.time_limit import TooLong, limited
from publisher.site.model import Rendered
from publisher.site.text import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comrak import AstNode

    from publisher.site.markdown.highlight import Recall
    from publisher.site.markdown.options import MarkdownOptions

HANDLERS: dict[type, Handler] = {
    **blocks.HANDLERS,
    **callouts.HANDLERS,
    **directives.HANDLERS,
    **footnotes.HANDLERS,
    **hyperlinks.HANDLERS,
    **inlines.HANDLERS,
    **lists.HANDLERS,
    **tables.HANDLERS,
    **wikilinks.HANDLERS,
}


ATTEMPTS = 5
"""The largest number of parses that look for boxes. Most articles with boxes need one, and two if a box is in code."""


class Engine:
    """Renders articles of the `commonmark` flavour. An article has no effect on later articles."""

    def __init__(self, recall: Recall | None, seconds: float, options: MarkdownOptions) -> None:
        self._seconds = seconds
        self._options = options
        self._plain, self._with_directives = extensions(options), extensions(options, directives=True)
        self._recall = recall
        self._code = CodeBlocks(recall)
        self._titles = Titles()

    def render(self, path: str, text: str, line: int, language: str) -> Rendered:
        """Return the body of one article. Renderer.render in renderer.py explains the arguments."""
        self._titles.language = language
        try:
            with limited(self._seconds):
                return self._render(path, text, line)
        except TooLong:
            what = f"the article takes more than {self._seconds:g} seconds of processor time"
            hint = "make several articles of this one, or remove some of the parts that it repeats"
            return Rendered("", problems=(Problem(path, line, 0, what, hint),))
        except (PublishError, MemoryError):  # the article is not the cause of these exceptions
            raise
        except RecursionError:
            hint = "put fewer lists or quotes inside each other"
            return Rendered("", problems=(Problem(path, line, 1, "the article is nested too deeply", hint),))
        except Exception as error:
            return Rendered("", problems=(unexpected(path, error, line),))

    def _render(self, path: str, text: str, line: int) -> Rendered:
        parsed = guard.guarded(text, brackets=self._options.brackets, inner_dollars=True)
        rendered = self._converted(path, text, line, parsed)
        if parsed != text and guard.is_marked(rendered.html):
            # A mark of `guard` is still in the HTML, so `guard` has marked text that is no formula.
            return self._converted(path, text, line, text)
        return rendered

    def _converted(self, path: str, text: str, line: int, parsed: str) -> Rendered:
        """Convert the article `text`.

        The parser reads `parsed`, which is `text` with guarded formulas (see guard.py), after its boxes are rewritten.
        """
        tree, starts = self._tree(parsed)
        source = Source(text, line, starts)
        links, ids = Links(source, path, self._options.home), ArticleIds(path)
        formulas = Formulas(source, path, dict(self._options.macros))
        diagrams = Diagrams(self._recall)
        raw = RawHtml(source, links, ids, any="<" in text)
        w = Writer(
            source, Parts(path, links, ids, self._code, formulas, diagrams, raw, self._titles, self._options), HANDLERS
        )
        w.node(tree)
        w.out.append(raw.open.leave(OpenInBlock()))
        footnotes.write_notes(w)
        formulas.finish(w.out, w.plain, ids, links)
        opening = w.opening_text()
        headings = contents.finish_headings(w)
        references = links.finish(ids.all())
        prose = _prose(w)
        characters, words = count(prose)
        words += len(w.code_at)
        problems = [
            *links.problems,
            *formulas.problems,
            *diagrams.problems(path, text, line),
            *ids.problems,
            *footnotes.unused(w, path),
            *left_over.faults(source, path, tree, prose, wikilinks=self._options.wikilinks),
        ]
        problems.sort(key=lambda problem: (problem.line, problem.col))
        return Rendered(
            "".join(w.out),
            headings,
            ids.all(),
            references,
            opening,
            characters,
            words,
            tuple(problems),
            tuple(w.tags.items()),
        )

    def _tree(self, text: str) -> tuple[AstNode, Sequence[int] | None]:
        """Return the tree of a text. If its boxes were rewritten for the parser, also return `Rewritten.starts`.

        If ATTEMPTS parses are not enough to find out which boxes are code, all boxes stay text.
        """
        without: frozenset[int] = frozenset()
        for _ in range(ATTEMPTS):
            rewritten = rewrite(text, without)
            if rewritten is None:
                break
            tree = self._parsed(rewritten.text)
            missed = rewritten.missed(tree)
            if not missed:
                return tree, rewritten.starts
            without |= missed
        return self._parsed(text), None

    def _parsed(self, text: str) -> AstNode:
        options = self._with_directives if directives.are_in(text) else self._plain
        return on_a_large_stack(text, lambda: parse(text, options))


def _prose(w: Writer) -> str:
    """Return the plain text of the article, with a blank instead of each inline code and each formula.

    The caller counts each inline code and each formula as one word.
    """
    pieces = w.plain
    for number in w.code_at:
        pieces[number] = " "
    return "".join(pieces)
