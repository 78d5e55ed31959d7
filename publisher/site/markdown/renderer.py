"""Markdown to HTML with marked links: arguments and results.

The work is in the folder of the engine, which is imported at first use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.time_limit import SECONDS
from publisher.site.model import Rendered

USUAL = MarkdownOptions()


class Engine(Protocol):
    """Renders articles of one flavour."""

    def render(self, path: str, text: str, line: int, language: str) -> Rendered:
        """See Renderer.render."""


class Renderer:
    """Renders articles.

    One is enough for a process. It makes an engine at the first article of its flavour, and uses it again for each.
    """

    def __init__(
        self,
        recall: Callable[[str, Callable[[], str]], str] | None,
        guarded: bool,
        seconds: float = SECONDS,
        options: MarkdownOptions = USUAL,
    ) -> None:
        self._recall = recall
        self._guarded = guarded
        self._seconds = seconds
        self._options = options
        self._engines: dict[str, Engine] = {}

    def render(self, path: str, text: str, line: int, language: str = "en", flavour: str = "") -> Rendered:
        """Return the body of the article at this content path. `line` is the file's line on which `text` begins.

        `language` (BCP 47) is for words that we write, such as titles of callouts. `flavour` is one of FLAVOURS; an
        empty one means that of the site. The result depends only on the arguments. Faults of the article are in its
        problems.

        Raises MemoryError, and each PublishError that `recall` raises.
        """
        flavour = flavour or self._options.flavour
        engine = self._engines.get(flavour)
        if engine is None:
            engine = self._engines[flavour] = self._make(flavour)
        return engine.render(path, text, line, language)

    def _make(self, flavour: str) -> Engine:
        if flavour == "commonmark":
            from publisher.site.markdown.commonmark import engine as commonmark

            return commonmark.Engine(self._recall, self._seconds, self._options)
        from publisher.site.markdown.python_markdown import engine as python_markdown

        return python_markdown.Engine(self._recall, self._guarded, self._seconds, self._options)


def renderer(
    recall: Callable[[str, Callable[[], str]], str] | None = None,
    *,
    guarded: bool = True,
    seconds: float = SECONDS,
    options: MarkdownOptions = USUAL,
) -> Renderer:
    """Return a renderer. Make one in each process.

    `recall(key, make)` may keep highlighted code: it returns the result of `make()`, or an earlier one for the same
    key. `guarded=False` tries every inline pattern everywhere, which is slower and gives the same bytes; the tests
    compare both. An article that takes more than `seconds` of processor time has a problem and no HTML.
    """
    return Renderer(recall, guarded, seconds, options)
