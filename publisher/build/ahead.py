"""Convert a few edited articles in a child process, which imports the Markdown engine while this process works.

To import the engine takes longer than to convert an article. So the child begins before the articles to convert are
known. Meanwhile, this process imports the rest of the build and reads the cache.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from publisher.build.build_run import BuildRun
from publisher.build.inputs import Folders, Input
from publisher.concurrency import pool
from publisher.concurrency.aside import Answer, Aside, Parent, is_useful

if TYPE_CHECKING:
    from publisher.build.articles import ArticleOutcome, Parser

ENGINE = "publisher.site.content.parser"
"""The name of a module that is imported together with the Markdown engine."""


class Converter:
    """Converts articles. The child process converts them if there is one and the articles are few.

    Otherwise this process or a pool of processes converts them. `child` is the child process. `workers` is the largest
    number of processes, or None for one per core.
    """

    def __init__(self, child: Aside[ArticleOutcome] | None, workers: int | None) -> None:
        self._child, self._workers = child, workers

    def convert(self, changed: list[Input], parser: Parser) -> Iterable[ArticleOutcome]:
        """Return the outcomes for the files `changed`. Taking the first outcome waits for the conversion.

        Taking them raises MemoryError, and each PublishError that is not a ContentError.
        """
        if self._child is not None and 0 < len(changed) < pool.WORTH:
            self._child.order(changed)
            return _result(self._child, parser.recall)
        self.end()
        count = pool.workers_for(len(changed), self._workers)
        # The children import the engine. If this process had it too, the children that make the pages would copy it.
        return _meanwhile(pool.spread(parser, pool.chunks(changed, count), count))

    def end(self) -> None:
        """End the child process, even if it is still working."""
        if self._child is not None:
            self._child.end()
        self._child = None


@contextmanager
def converter(run: BuildRun, found: Folders, held: Collection[str]) -> Iterator[Converter]:
    """Yield a converter. It has a child process if only a few files changed, and if another core can import the engine.

    `held` are the labels of the files that hold a secret.
    """
    few = 0 < found.read < pool.WORTH
    child: Aside[ArticleOutcome] | None = None
    if few and ENGINE not in sys.modules and is_useful(run.workers):
        with suppress(OSError):  # the system allows no further process, so this process does the work
            child = Aside(partial(_work, run, found, held))
    made = Converter(child, run.workers)
    try:
        yield made
    finally:
        made.end()


def _work(run: BuildRun, found: Folders, held: Collection[str], parent: Parent) -> ArticleOutcome:
    """Make the Markdown engine, wait for the files to convert, and convert them."""
    from publisher.build.articles import parser_of

    parser = parser_of(run, found, held, parent.ask)
    parser.prepare()
    return parser(parent.order())


def _result(child: Aside[ArticleOutcome], answer: Answer) -> Iterator[ArticleOutcome]:
    import publisher.build.make_page  # noqa: F401 (the pages are made next, and the child is still busy)

    yield child.result(answer)


def _meanwhile(outcomes: Iterable[ArticleOutcome]) -> Iterator[ArticleOutcome]:
    """Yield the outcomes. When the first one arrives, import the modules that make pages and feeds.

    If there are child processes, this takes hardly any extra time, because they still convert articles.
    """
    for number, outcome in enumerate(outcomes):
        if number == 0:
            import publisher.build.make_page
            import publisher.site.feeds  # noqa: F401
        yield outcome
