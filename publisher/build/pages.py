"""The page stage makes the pages of the site.

A page stays in the cache until its key changes, or until the answer to one of its recorded reads changes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from hashlib import sha256
from itertools import chain, islice

from publisher.build.embedding import bodies_of_embeds
from publisher.build.plan_values import BuildPlan, BuiltPage, PageOrder, record_of
from publisher.build.rows import Rows, pack_page, unpack_page
from publisher.concurrency import pool
from publisher.dag.unixfs import Link
from publisher.errors import Problem
from publisher.fast_dataclass import dataclass, field, replace
from publisher.hashing import digest, digest_of_rows
from publisher.site.content.records import ArticleRecord
from publisher.site.recorded_reads import Facts, Memo
from publisher.site.structure.pages import SitePage
from publisher.site.urls import file_of

PAGE = "page"
READS = "reads"
ANSWERED = "answered"
"""The cache stage for one digest, which covers all rows of pages and everything on which answers to facts depend.

If a build finds the same digest, all answers in the rows are still right, and no fact is looked up.
"""

FetchBody = Callable[[ArticleRecord], bytes]
"""A function that returns the body of an article, in the form of `records.pack_body`."""


@dataclass(slots=True)
class PageStage:
    """The links of all pages by file name, their problems, and the number of pages that a template made in this run."""

    links: dict[str, Link] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    rendered: int = 0


class PageRows:
    """The rows of the pages of earlier builds, as they are in the cache."""

    def __init__(self, rows: Rows) -> None:
        self.known = rows.all(PAGE)
        """The rows by the names of the files."""
        self.digests = {key: sha256(row).digest() for key, row in self.known.items()}
        self.sets = rows.all(READS)
        """The sets of shared names (see recorded_reads.py) by their ids."""
        self.answered = rows.one(ANSWERED, b"")


class PageMemo:
    """Finds pages of earlier builds in the cache, and decides which of these pages are still valid.

    `found` are the rows of the pages in `rows`. `basis` is a digest of everything on which the answers to facts depend.
    """

    def __init__(self, rows: Rows, found: PageRows, facts: Facts, basis: bytes) -> None:
        self._rows = rows
        self._known = found.known
        self._digests = dict(found.digests)
        """The digests of all rows of pages, also of those that this build makes."""
        self._memo = Memo(facts, found.sets)
        self._basis = basis
        self._right: set[bytes] = set()
        """The keys of the rows whose answers are right in this build."""
        self._answered = found.answered == self._digest()

    def recall(self, file: str, key: bytes) -> tuple[Link, tuple[Problem, ...]] | None:
        """Return the link and the problems of a cached page. Return None if the page has to be made again.

        Raises ValueError if the row is damaged.
        """
        name = file.encode()
        value = self._memo.holds(self._known.get(name), key, answered=self._answered)
        if value is None:
            return None
        self._right.add(name)
        return unpack_page(value)

    def keep(self, file: str, key: bytes, made: BuiltPage) -> None:
        """Put a page and its blocks into the cache.

        A page is left out if one of its problems has no kind, or if a template has a fault.

        Raises StateError if the cache cannot be written.
        """
        if made.link is None or made.faults or not all(problem.kind for problem in made.problems):
            return  # the next build makes the page again, and so reports the problem again
        for block in made.blocks:
            self._rows.cache.put(block)
        row = self._memo.row(key, made.reads, pack_page(made.link, made.problems))
        self._rows.keep(PAGE, {file.encode(): row})
        self._digests[file.encode()] = sha256(row).digest()
        self._right.add(file.encode())
        self._rows.keep(READS, self._memo.new_sets)
        self._memo.new_sets.clear()

    def commit(self) -> None:
        """Commit the cache, so that other builds do not have to wait for a long transaction."""
        self._rows.cache.commit()

    def forget_others(self, files: Collection[str]) -> None:
        """Remove the rows of all pages that are not in `files`, the files of this build."""
        others = [key for key in self._digests if key.decode() not in files]
        self._rows.drop(PAGE, others)
        for key in others:
            del self._digests[key]
        if self._digests.keys() <= self._right:
            self._rows.keep(ANSWERED, {b"": self._digest()})

    def _digest(self) -> bytes:
        return digest(self._basis, digest_of_rows(self._digests))


def _same(stamp: bytes, plan: BuildPlan) -> bytes:
    """Return the part that the keys of all pages have in common."""
    settings = plan.site.settings
    return digest(PAGE, stamp, plan.profile.name, settings.language, str(settings.related))


def _key(same: bytes, page: SitePage) -> bytes:
    """Return the key of a page, which is a digest of everything that its template gets.

    Anything else that the template asks for is a recorded read.
    """
    return sha256(same + page.key()).digest()


def make_pages(
    pages: list[SitePage], plan: BuildPlan, stamp: bytes, memo: PageMemo, body: FetchBody, workers: int | None
) -> PageStage:
    """Return all pages. Make those that the cache does not have. `workers` is the largest number of processes.

    Raises StateError if the cache cannot be written. Exceptions of `body` pass through.
    """
    stage = PageStage()
    same = _same(stamp, plan)
    missing: list[SitePage] = []
    for page in pages:
        known = memo.recall(file_of(page.url), _key(same, page))
        if known is None:
            missing.append(page)
        else:
            stage.links[file_of(page.url)], problems = known
            stage.problems += problems
    if missing:
        _make(missing, plan, same, memo, body, workers, stage)
    return stage


def _make(
    pages: list[SitePage],
    plan: BuildPlan,
    same: bytes,
    memo: PageMemo,
    body: FetchBody,
    workers: int | None,
    stage: PageStage,
) -> None:
    from publisher.build.make_page import PageMaker  # imports the template library, which unchanged pages do not need

    count = pool.workers_for(len(pages), workers)
    numbers = pool.chunks(list(range(len(pages))), count)
    orders = ([_order(number, pages[number], plan, body) for number in part] for part in numbers)
    faults: dict[Problem, list[str]] = {}
    memo.commit()
    with closing(pool.spread(PageMaker(plan, pages), orders, count, taking_part=True)) as results:
        for batch in _batches(chain.from_iterable(results)):
            for made in batch:
                page = pages[made.number]
                file = file_of(page.url)
                memo.keep(file, _key(same, page), made)
                stage.problems += made.problems
                for fault in made.faults:
                    faults.setdefault(fault, []).append(page.url)
                if made.link is not None:
                    stage.links[file] = made.link
            memo.commit()
    stage.problems += (_of_pages(problem, urls) for problem, urls in faults.items())
    stage.rendered = len(pages)


def _batches(results: Iterable[BuiltPage]) -> Iterator[list[BuiltPage]]:
    """Yield the pages in lists: first a list of one page, because the children are started after the first page.

    A transaction of the cache is open only while the pages of one list are kept. So another build never waits until
    pages are made, and no child is started during a transaction.
    """
    waiting = iter(results)
    size = 1
    while batch := list(islice(waiting, size)):
        yield batch
        size = pool.CHUNK


def _of_pages(fault: Problem, urls: list[str]) -> Problem:
    """Return `fault`, the problem of a template, for all pages with the URLs `urls`.

    The text of the result names one of the pages, and the number of the other pages.
    """
    others = f" and {len(urls) - 1:,} more" if len(urls) > 1 else ""
    return replace(fault, what=f"{fault.what} (on the page /{min(urls)}{others})")


def _order(number: int, page: SitePage, plan: BuildPlan, body: FetchBody) -> PageOrder:
    record = record_of(page)
    return (number, body(record), bodies_of_embeds(record, plan, body)) if record else (number, b"", {})
