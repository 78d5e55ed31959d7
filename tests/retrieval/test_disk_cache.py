"""What was fetched, on the disk: bounded, shared, and no trouble when its file is."""

import sqlite3
import threading
from pathlib import Path

import pytest

from publisher.cli.values import LEAST
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.errors import BlockMissing
from publisher.retrieval.disk_cache import FILE, MOST_SEEN, DiskCache
from publisher.retrieval.trustless import LARGEST


def block(number: int, size: int = 10_000) -> Block:
    data = number.to_bytes(4, "big") * (size // 4)
    return Block(Cid.make(Codec.RAW, sha256(data)), data)


def has(fetched: DiskCache, one: Block) -> bool:
    try:
        return fetched.get(one.cid) == one.data
    except BlockMissing:
        return False


def test_a_block_is_there_after_a_restart(tmp_path: Path) -> None:
    first = DiskCache(tmp_path / "new" / "folder", 1 << 20)
    first.put(block(1))
    first.close()
    again = DiskCache(tmp_path / "new" / "folder", 1 << 20)
    assert has(again, block(1))
    assert not has(again, block(2))
    again.close()


def test_it_stays_below_its_limit_and_keeps_the_newest(tmp_path: Path) -> None:
    fetched = DiskCache(tmp_path, 1_000_000)
    for number in range(500):
        fetched.put(block(number))
        fetched.put(block(number))
    held = [number for number in range(500) if has(fetched, block(number))]
    assert held == list(range(held[0], 500))
    assert 80 < len(held) < 100
    fetched.close()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 6_000_000  # with its log
    assert (tmp_path / FILE).stat().st_size < 1_300_000


def test_who_reads_more_than_there_is_room_for_moves_nothing_out(tmp_path: Path) -> None:
    fetched = DiskCache(tmp_path, 1_000_000)
    for _ in range(2):  # all but the last few are here the second time
        missing = [number for number in range(110) if not has(fetched, block(number))]
        for number in missing:
            fetched.put(block(number))
    assert len(missing) < 20
    for number in range(1000, 3000):
        fetched.put(block(number))
    assert sum(has(fetched, block(number)) for number in range(110)) > 80
    fetched.close()


def test_only_so_many_that_were_fetched_once_are_remembered(tmp_path: Path) -> None:
    fetched = DiskCache(tmp_path, 100_000)
    for number in range(MOST_SEEN + 1000):
        fetched.put(block(number, 400))
    assert len(fetched._seen) == MOST_SEEN
    fetched.close()


def test_what_is_asked_for_stays(tmp_path: Path) -> None:
    fetched = DiskCache(tmp_path, 20_000_000)
    small = [block(number, 400) for number in range(3000)]
    fetched.put(block(9999))
    for one in small:
        fetched.put(one)
    assert has(fetched, block(9999))  # marked: more than a thousand are newer
    fetched._limit = 500_000
    for _ in range(2):
        fetched.put(block(77777, 400))
    assert has(fetched, block(9999))
    assert not has(fetched, small[0])
    fetched.close()


def test_a_block_that_is_too_large_for_the_limit_moves_nothing_out(tmp_path: Path) -> None:
    fetched = DiskCache(tmp_path, 100_000)
    fetched.put(block(1, 400))
    fetched.put(block(2, 50_000))
    assert has(fetched, block(1, 400))
    assert not has(fetched, block(2, 50_000))
    fetched.close()


def test_the_least_limit_of_the_command_has_room_for_the_largest_block_that_is_fetched(tmp_path: Path) -> None:
    fetched = DiskCache(tmp_path, LEAST)
    largest = block(1, LARGEST)
    fetched.put(largest)
    assert len(largest.data) == LARGEST
    assert has(fetched, largest)
    fetched.close()


def test_a_smaller_limit_takes_effect_at_the_start(tmp_path: Path) -> None:
    first = DiskCache(tmp_path, 10_000_000)
    for number in range(200):
        first.put(block(number))
    first.close()
    DiskCache(tmp_path, 1_000_000).close()
    assert (tmp_path / FILE).stat().st_size < 1_300_000


def test_a_damaged_block_is_absent_and_is_mended_by_the_next_fetch(tmp_path: Path) -> None:
    first = DiskCache(tmp_path, 1 << 20)
    first.put(block(1))
    first.close()
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("UPDATE block SET data = zeroblob(size)")
    db.close()
    again = DiskCache(tmp_path, 1 << 20)
    with pytest.raises(BlockMissing):
        again.get(block(1).cid)
    again.put(block(1))
    assert has(again, block(1))
    again.close()


@pytest.mark.parametrize("data", [b"no data base at all" * 100, b"", b"SQLite format 3\0" + bytes(4000)])
def test_a_file_that_is_damaged_is_made_anew(tmp_path: Path, data: bytes) -> None:
    (tmp_path / FILE).write_bytes(data)
    said: list[str] = []
    fetched = DiskCache(tmp_path, 1 << 20, said.append)
    fetched.put(block(1))
    assert has(fetched, block(1))
    assert said == []
    fetched.close()


def test_a_folder_that_cannot_be_is_told_once_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said: list[str] = []
    fetched = DiskCache(tmp_path / "file" / "folder", 1 << 20, said.append)
    for number in range(3):
        fetched.put(block(number))
        assert not has(fetched, block(number))
    fetched.close()
    assert len(said) == 1


def test_a_file_that_breaks_while_in_use_is_told_once_and_nothing_fails(tmp_path: Path) -> None:
    said: list[str] = []
    fetched = DiskCache(tmp_path, 1 << 20, said.append)
    fetched.put(block(1))
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("DROP TABLE block")
    db.close()
    for number in range(3):
        fetched.put(block(number))
        assert not has(fetched, block(number))
    assert len(said) == 1
    fetched.close()


def test_several_threads_and_two_of_it_on_one_file(tmp_path: Path) -> None:
    said: list[str] = []
    both = [DiskCache(tmp_path, 2_000_000, said.append) for _ in range(2)]

    def work(mine: DiskCache, start: int) -> None:
        for number in range(start, start + 60):
            mine.put(block(number))
            assert has(mine, block(number))

    threads = [threading.Thread(target=work, args=(both[n % 2], n * 40)) for n in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert all(has(both[0], block(number)) for number in range(100, 180))
    for cache in both:
        cache.close()
    assert said == []


def test_a_file_of_another_version_is_made_anew_and_nobody_else_may_look_into_it(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    db = sqlite3.connect(folder / FILE)
    db.executescript("CREATE TABLE block (cid BLOB, other TEXT); PRAGMA user_version = 7;")
    db.close()
    said: list[str] = []
    fetched = DiskCache(folder, 1 << 20, said.append)
    fetched.put(block(1))
    assert has(fetched, block(1))
    assert said == []
    fetched.close()
    made = DiskCache(tmp_path / "made", 1 << 20)
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o700
    made.close()
