"""Markdown to HTML with marked links: what goes in, what comes out. The work is in python.py, imported at first use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.site.markdown.time_limit import SECONDS
from publisher.site.model import Rendered

if TYPE_CHECKING:
    from publisher.site.markdown.python import Engine


@dataclass(frozen=True, slots=True)
class MarkdownOptions:
    """What the settings of a site say about the Markdown of all its articles."""

    wikilinks: bool = False
    home: str = ""
    """The site's own address: a link that begins with it is one from the root."""


USUAL = MarkdownOptions()


class Renderer:
    """One for a process: making it costs nothing until the first article, and its parts are reused between articles."""

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
        self._engine: Engine | None = None

    def render(self, path: str, text: str, line: int, language: str = "en") -> Rendered:
        """The body of the article at this content path; `line` is the file's line on which `text` begins.

        `language` (BCP 47) is for the few words that an author leaves to us: titles of callouts.

        A function of its arguments alone: what was rendered before leaves no trace.
        """
        if self._engine is None:
            from publisher.site.markdown.python import Engine

            self._engine = Engine(self._recall, self._guarded, self._seconds, self._options)
        return self._engine.render(path, text, line, language)


def renderer(
    recall: Callable[[str, Callable[[], str]], str] | None = None,
    *,
    guarded: bool = True,
    seconds: float = SECONDS,
    options: MarkdownOptions = USUAL,
) -> Renderer:
    """A renderer, to be made once a process.

    `recall(key, make)` may keep highlighted code: it gives what `make()` gives, now or earlier for the same key.
    `guarded=False` tries every inline pattern everywhere: slower, the same bytes; the tests compare.
    An article that takes more than `seconds` of processor time is a problem, and has no HTML.
    """
    return Renderer(recall, guarded, seconds, options)
