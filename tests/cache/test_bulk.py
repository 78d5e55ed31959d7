"""Putting very much at once: nothing is lost that was there before, and others are waited for or wait."""

from pathlib import Path

import pytest

from publisher.cache.bulk import BatchWriteCache
from publisher.cache.store import Cache
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.errors import BlockMissing


def block(number: int, size: int = 100) -> Block:
    data = (b"%d " % number * size)[:size]
    return Block(Cid.make(Codec.RAW, sha256(data)), data)


MANY = [block(number) for number in range(350)]


def test_what_was_put_is_there_in_the_next_run_whoever_opened_the_file_first(tmp_path: Path) -> None:
    for others in (False, True):
        folder = tmp_path / str(others)
        with Cache(folder) if others else Cache(tmp_path / "else") as other:
            with BatchWriteCache(folder) as bulk:
                assert bulk.alone is not others
                bulk.put_many(MANY)
                bulk.remember("stage", b"key", b"value")
            if others:
                assert other.get(MANY[0].cid) == MANY[0].data
        with Cache(folder) as cache:
            assert [cache.get(one.cid) for one in MANY] == [one.data for one in MANY]
            assert cache.recall("stage", b"key") == b"value"
            assert cache._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_a_file_with_something_in_it_keeps_its_log(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        cache.put(block(1))
    with BatchWriteCache(tmp_path) as bulk:
        assert not bulk.alone
        bulk.put_many(MANY)
    with Cache(tmp_path) as cache:
        assert cache.get(block(1).cid)


@pytest.mark.parametrize("before", [False, True])
def test_an_exception_leaves_what_was_there_before_and_nothing_else(tmp_path: Path, before: bool) -> None:
    if before:
        with Cache(tmp_path) as cache:
            cache.put(block(1000))

    def fails() -> None:
        with BatchWriteCache(tmp_path) as bulk:
            bulk.put_many([block(number, 1 << 20) for number in range(30)])  # more than stays in memory
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    with Cache(tmp_path) as cache:
        assert list(cache.blocks()) == ([block(1000).cid] if before else [])


def test_after_some_time_the_file_is_shared(tmp_path: Path) -> None:
    with BatchWriteCache(tmp_path, alone_bytes=3000) as bulk:
        bulk.put_many(MANY[:30])
        before = bulk.alone
        bulk.put_many(MANY[30:])
        assert (before, bulk.alone) == (True, False)
        with Cache(tmp_path) as other:
            other.put(block(1000))
        bulk.put_many([block(1001)])
    with Cache(tmp_path) as cache:
        assert set(cache.blocks()) == {one.cid for one in (*MANY, block(1000), block(1001))}


def test_bytes_that_lie_about_their_cid_are_replaced(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        cache.put(Block(MANY[5].cid, b"lie"))
    with BatchWriteCache(tmp_path) as bulk:
        bulk.put_many(MANY)
    with Cache(tmp_path) as cache:
        assert cache.get_verified(MANY[5].cid) == MANY[5].data


def test_a_file_that_was_cut_by_a_crash_is_thrown_away_with_a_word(tmp_path: Path) -> None:
    with BatchWriteCache(tmp_path) as bulk:
        bulk.put_many([block(number, 5000) for number in range(300)])
    path = tmp_path / "cache.sqlite"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    said: list[str] = []
    with Cache(tmp_path, warn=said.append) as cache:
        for number in range(300):
            try:
                assert cache.get(block(number, 5000).cid) == block(number, 5000).data
            except BlockMissing:
                continue
        cache.put(block(1))
    assert said
