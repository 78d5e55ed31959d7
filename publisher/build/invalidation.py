"""Which memo rows still stand when blocks leave the cache: a row never speaks of a block that is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from publisher.build.articles import ARTICLE, BODY
from publisher.build.build import LAST, WHOLE
from publisher.build.inputs import FILE, HTML, STAT
from publisher.build.output import STAGE as OUTPUT
from publisher.build.pages import PAGE, READS
from publisher.build.root import OUT, TREE
from publisher.build.rows import link_of_page, unpack_link
from publisher.build.whole import link_of_whole
from publisher.cache.store import ADDED
from publisher.dag.cid import Cid
from publisher.hashing import DIGEST
from publisher.site.recorded_reads import set_of, value_of

StaysInCache = Callable[[Cid], bool]
"""Whether a block will still be there."""


class MemoRows(Protocol):
    """The memo rows of a cache, as who prunes it sees them."""

    def stages(self) -> tuple[str, ...]:
        """The stages that have rows."""
        ...

    def keys(self, stage: str) -> frozenset[bytes]:
        """The keys of a stage's rows."""
        ...

    def recall_all(self, stage: str) -> dict[bytes, bytes]:
        """The rows of a stage."""
        ...


LINKS: dict[str, Callable[[bytes], bytes]] = {
    ADDED: lambda row: row,
    FILE: lambda row: row,
    LAST: lambda row: row,
    OUT: lambda row: row,
    PAGE: lambda row: link_of_page(value_of(row)),
    TREE: lambda row: row[DIGEST:],
    WHOLE: link_of_whole,
}
"""Stage -> where in a row its link stands."""

ABOUT_FILES = (ARTICLE, STAT, HTML, OUTPUT)
"""Rows about the author's files, or about the output folder: the first three are removed with the files."""


def newest_roots(cache: MemoRows) -> tuple[Cid, ...]:
    """The roots of the last builds: what the author works at stays, published or not, and what the next is made of."""
    rows = [*cache.recall_all(LAST).values(), *(row[DIGEST:] for row in cache.recall_all(TREE).values())]
    return tuple(unpack_link(row).cid for row in rows)


def stale(cache: MemoRows, there: StaysInCache) -> Iterator[tuple[str, list[bytes]]]:
    """The rows that have to go, by stage.

    Beside those that speak of blocks: bodies of articles that are no more or have changed, and whatever is soon made
    again (highlighted code, counts). A stage that is not known here goes as a whole: nobody can say what it speaks of.
    """
    for stage in cache.stages():
        kind = stage.split(" ", 1)[0]
        if kind in ABOUT_FILES:
            continue
        if kind in LINKS:
            link = LINKS[kind]
            yield stage, [key for key, row in cache.recall_all(stage).items() if not there(unpack_link(link(row)).cid)]
        elif stage == BODY:
            known = {row[:DIGEST] for row in cache.recall_all(ARTICLE).values()}
            yield stage, list(cache.keys(stage) - known)
        elif stage != READS:
            yield stage, list(cache.keys(stage))
    asked = {set_of(row) for row in cache.recall_all(PAGE).values()}
    yield READS, list(cache.keys(READS) - asked)
