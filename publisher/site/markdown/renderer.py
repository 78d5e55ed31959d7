"""Render Markdown as HTML with link marks. Each flavour has an engine, and the first use of an engine imports it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.shortcodes.calls import Host, Shortcodes
from publisher.site.markdown.time_limit import SECONDS
from publisher.site.model import Rendered
from publisher.site.recorded_reads import Reader

USUAL = MarkdownOptions()

NATIVE = {"commonmark": ("tabs", "tab")}
"""Maps a flavour to the names of blocks that its engine reads itself. They are no shortcodes.

These blocks are between lines of colons, like the bodies of shortcodes.
"""


class Engine(Protocol):
    """Renders articles of one flavour."""

    def render(self, path: str, text: str, line: int, language: str) -> Rendered:
        """Return the body of an article. Renderer.render explains the arguments."""


class Renderer:
    """Renders articles. A process needs only one.

    It makes the engine of a flavour at the first article of this flavour, and uses the engine for all later articles.
    """

    def __init__(
        self,
        recall: Callable[[str, Callable[[], str]], str] | None,
        guarded: bool,
        seconds: float = SECONDS,
        options: MarkdownOptions = USUAL,
        shortcodes: Shortcodes | None = None,
    ) -> None:
        self._recall = recall
        self._guarded = guarded
        self._seconds = seconds
        self._options = options
        self._shortcodes = shortcodes
        self._engines: dict[str, Engine] = {}

    def prepare(self) -> None:
        """Make the engine of the site's flavour. Otherwise the first article of this flavour makes it."""
        self._engine(self._options.flavour)

    def render(self, path: str, text: str, line: int, language: str = "en", flavour: str = "") -> Rendered:
        """Return the body of the article with the content path `path`. `text` begins on line `line` of the file.

        `language` (BCP 47) is the language of words that this program adds, such as titles of callouts. `flavour` is
        one of FLAVOURS, or "" for the flavour of the site. The result depends only on the arguments, and on the facts
        (see recorded_reads.py) whose names are in its `reads`. Faults of the article become problems.

        Raises MemoryError if there is too little memory, and each PublishError that `recall` raises.
        """
        flavour = flavour or self._options.flavour
        engine = self._engine(flavour)
        if self._shortcodes is None or "::" not in text:
            return engine.render(path, text, line, language)
        from publisher.site.markdown.shortcodes.expand import expand

        reader = Reader()
        host = Host(self._shortcodes, reader.note, path, language, self._options.home, NATIVE.get(flavour, ()))
        body = expand(text, line, lambda text, line: engine.render(path, text, line, language), host)
        return replace(body, reads=reader.names()) if reader.names() else body

    def _engine(self, flavour: str) -> Engine:
        engine = self._engines.get(flavour)
        if engine is None:
            engine = self._engines[flavour] = self._make(flavour)
        return engine

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
    shortcodes: Shortcodes | None = None,
) -> Renderer:
    """Return a renderer. Each process should make only one.

    `recall(key, make)` returns the result of `make()` for a piece of code, or an earlier result for an equal key. If
    `guarded` is False, every inline pattern is tried everywhere. This is slower and gives the same bytes. Tests compare
    both. An article that takes more than `seconds` of processor time gets a problem and no HTML. `options` are the
    settings of the site, and `shortcodes` are its shortcodes. If `shortcodes` is None, calls are left as text.
    """
    return Renderer(recall, guarded, seconds, options, shortcodes)
