"""Which memo rows stay when blocks leave the cache, stage by stage."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from publisher.build.articles import ARTICLE, BODY
from publisher.build.build import LAST, WHOLE
from publisher.build.inputs import FILE, STAT
from publisher.build.invalidation import LINKS, newest_roots, stale
from publisher.build.output import STAGE as OUTPUT
from publisher.build.pages import PAGE, READS
from publisher.build.root import OUT, TREE
from publisher.build.rows import pack_link, pack_page
from publisher.cache.store import ADDED
from publisher.dag.cid import Cid, Codec, sha256
from publisher.dag.unixfs import Link
from publisher.hashing import DIGEST

HERE, GONE = (Link(Cid.make(Codec.DAG_PB, sha256(name)), 7) for name in (b"here", b"gone"))
SET, OTHER_SET = b"s" * DIGEST, b"o" * DIGEST


def page(link: Link, reads: bytes = SET) -> bytes:
    """A row of a page without reads of its own: key, set, answers, a length of 0, the link."""
    return b"k" * DIGEST + reads + b"a" * DIGEST + bytes(4) + pack_page(link, [])


ROWS: dict[str, Callable[[Link], bytes]] = {
    ADDED: pack_link,
    FILE: pack_link,
    LAST: pack_link,
    OUT: pack_link,
    PAGE: page,
    TREE: lambda link: b"d" * DIGEST + pack_link(link),
    WHOLE: lambda link: (3).to_bytes(8, "big") + (5).to_bytes(8, "big") + pack_page(link, []),
}
"""Stage -> a row that speaks of a block, written as a build writes it."""


@dataclass
class Shelf:
    rows: dict[str, dict[bytes, bytes]] = field(default_factory=dict)

    def stages(self) -> tuple[str, ...]:
        return tuple(self.rows)

    def keys(self, stage: str) -> frozenset[bytes]:
        return frozenset(self.rows.get(stage, {}))

    def recall_all(self, stage: str) -> dict[bytes, bytes]:
        return self.rows.get(stage, {})


def going(rows: dict[str, dict[bytes, bytes]]) -> dict[str, list[bytes]]:
    """The rows that have to go where only HERE stays."""
    return {stage: sorted(keys) for stage, keys in stale(Shelf(rows), lambda cid: cid == HERE.cid) if keys}


def test_every_stage_that_speaks_of_blocks_has_a_row_here() -> None:
    assert ROWS.keys() == LINKS.keys()


@pytest.mark.parametrize("stage", ROWS)
@pytest.mark.parametrize("profile", ["", " unixfs-v1-2025"], ids=["one", "for each profile"])
def test_a_row_goes_with_its_block_and_no_other_does(stage: str, profile: str) -> None:
    rows = {b"stays": ROWS[stage](HERE), b"goes": ROWS[stage](GONE)}
    assert going({stage + profile: rows}) == {stage + profile: [b"goes"]}


@pytest.mark.parametrize("stage", [ARTICLE, STAT, OUTPUT])
def test_rows_about_files_of_the_author_stay(stage: str) -> None:
    assert going({stage: {b"key": b"any row"}}) == {}


@pytest.mark.parametrize("stage", ["code", "a later version's"])
def test_a_stage_that_is_not_known_goes_as_a_whole(stage: str) -> None:
    assert going({stage: {b"2": b"", b"1": b"any row"}}) == {stage: [b"1", b"2"]}


def test_a_body_stays_as_long_as_its_article_has_its_key() -> None:
    key, old = b"1" * DIGEST, b"0" * DIGEST
    assert going({ARTICLE: {b"a.md": key + b"the rest"}, BODY: {key: b"", old: b""}}) == {BODY: [old]}


def test_a_set_of_reads_stays_as_long_as_a_page_was_made_with_it() -> None:
    assert going({PAGE: {b"1": page(HERE)}, READS: {SET: b"", OTHER_SET: b""}}) == {READS: [OTHER_SET]}


def test_the_roots_of_the_last_builds_are_those_that_were_shown_and_those_that_were_made() -> None:
    rows = {LAST: {b"one": ROWS[LAST](HERE)}, TREE: {b"two": ROWS[TREE](GONE)}, WHOLE: {b"key": ROWS[WHOLE](GONE)}}
    assert newest_roots(Shelf(rows)) == (HERE.cid, GONE.cid)
