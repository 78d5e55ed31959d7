"""Find the memo rows that become invalid when blocks leave the cache. No row may refer to a missing block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from publisher.build.articles import ARTICLE, BODY, USES
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
"""A function that returns whether a block will stay in the cache."""


class MemoRows(Protocol):
    """The methods of a cache that this module needs."""

    def stages(self) -> tuple[str, ...]:
        """Return the stages that have rows."""
        ...

    def keys(self, stage: str) -> frozenset[bytes]:
        """Return the keys of all rows of a stage."""
        ...

    def recall_all(self, stage: str) -> dict[bytes, bytes]:
        """Return the rows of a stage by key."""
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
"""Maps a stage to a function that takes the link from a row of this stage."""

ABOUT_FILES = (ARTICLE, USES, STAT, HTML, OUTPUT)
"""Stages about files of the author or of the output folder. They refer to no block, so pruning does not touch them."""


def newest_roots(cache: MemoRows) -> tuple[Cid, ...]:
    """Return the roots of the newest builds. Pruning keeps them, because the next build starts from them.

    Raises ValueError if a row is damaged.
    """
    rows = [*cache.recall_all(LAST).values(), *(row[DIGEST:] for row in cache.recall_all(TREE).values())]
    return tuple(unpack_link(row).cid for row in rows)


def stale(cache: MemoRows, there: StaysInCache) -> Iterator[tuple[str, list[bytes]]]:
    """Yield the name of each stage with the keys of the rows to remove. `there` says which blocks stay.

    These rows are removed: rows that refer to a missing block, bodies of articles that were removed or changed, and
    rows that are quickly made again (such as highlighted code). All rows of an unknown stage are removed, because they
    may refer to any block. Raises ValueError if a row is damaged.
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
