"""Facts of the cache: what was put comes back, and no damage of the file can do more than empty it."""

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.cache.sqlite import COMMIT_BYTES, HINTS, SCHEMA
from publisher.cache.store import Cache
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.errors import BlockMissing, StateError

ONE = Block(Cid(b"\x01one"), b"first")
TWO = Block(Cid(b"\x01two"), b"second")


def filled(folder: Path) -> Path:
    with Cache(folder) as cache:
        for number in range(200):
            cache.put(Block(Cid(b"%d" % number), b"block %d " % number * 40))
            cache.remember("stage", b"%d" % number, b"row %d " % number * 40)
    return folder


def test_what_was_put_is_there_in_the_next_run(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        cache.put(ONE)
        cache.remember("stage", b"key", b"value")
        cache.pin(ONE.cid, "example.eth")
    with Cache(tmp_path) as cache:
        assert cache.get(ONE.cid) == ONE.data
        assert cache.recall("stage", b"key") == b"value"
        assert cache.recall_all("stage") == {b"key": b"value"}
        assert cache.pins() == {ONE.cid}
        assert list(cache.blocks()) == [ONE.cid]


def test_what_is_absent_is_told_apart_from_what_is_empty(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        cache.put(Block(TWO.cid, b""))
        cache.remember("stage", b"", b"")
        assert cache.get(TWO.cid) == b""
        assert cache.recall("stage", b"") == b""
        assert not cache.has(ONE.cid)
        assert cache.recall("other", b"") is None
        with pytest.raises(BlockMissing, match="not in the cache"):
            cache.get(ONE.cid)


def test_a_row_is_written_over_and_forgotten(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        cache.remember("stage", b"key", b"old")
        cache.remember("stage", b"key", b"new")
        assert cache.recall("stage", b"key") == b"new"
        cache.forget("stage", [b"key", b"never there"])
        assert cache.recall("stage", b"key") is None


def test_bytes_that_lie_about_their_cid_are_replaced_by_those_that_a_build_makes(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        cache.put(Block(ONE.cid, b"lie"))
        cache.put(ONE)
        assert cache.get(ONE.cid) == ONE.data


def test_a_damaged_block_is_as_good_as_absent(tmp_path: Path) -> None:
    block = Block(Cid.make(Codec.RAW, sha256(b"one")), b"one")
    with Cache(tmp_path) as cache:
        cache.put(block)
        assert cache.get_verified(block.cid) == b"one"
        cache.put(Block(block.cid, b"other"))
        with pytest.raises(BlockMissing, match="damaged") as caught:
            cache.get_verified(block.cid)
        assert "--fresh" in caught.value.hint


def test_an_exception_loses_only_what_was_put_since_the_last_commit(tmp_path: Path) -> None:
    def build() -> None:
        with Cache(tmp_path) as cache:
            cache.put(ONE)
            cache.commit()
            cache.put(TWO)
            raise KeyError

    with pytest.raises(KeyError):
        build()
    with Cache(tmp_path) as cache:
        assert cache.has(ONE.cid)
        assert not cache.has(TWO.cid)


@pytest.mark.parametrize(("size", "is_committed"), [(COMMIT_BYTES - 1, False), (COMMIT_BYTES, True)])
def test_it_commits_by_itself_at_64_megabytes(tmp_path: Path, size: int, is_committed: bool) -> None:
    cache = Cache(tmp_path)
    cache.put(Block(ONE.cid, bytes(size)))
    with Cache(tmp_path) as other:
        assert other.has(ONE.cid) is is_committed
    cache.close()


def test_others_may_not_read_it_and_backups_and_histories_leave_it_out(tmp_path: Path) -> None:
    folder = filled(tmp_path / "state" / "cache")
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert (folder / ".gitignore").read_text() == "*\n"
    assert stat.S_IMODE((folder / "cache.sqlite").stat().st_mode) == 0o600
    assert (folder / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55")


@pytest.mark.parametrize("damage", ["no database", "cut", "another version", "missing table", "header"])
def test_a_damaged_file_is_thrown_away_with_a_warning(tmp_path: Path, damage: str) -> None:
    path = filled(tmp_path) / "cache.sqlite"
    data = path.read_bytes()
    match damage:
        case "no database":
            path.write_bytes(b"this is not a database" * 500)
        case "cut":
            path.write_bytes(data[: len(data) // 2])
        case "header":
            path.write_bytes(bytes(100) + data[100:])
        case "another version":
            run_sql(path, f"PRAGMA user_version = {SCHEMA.version + 1}")
        case "missing table":
            run_sql(path, "DROP TABLE kept")
    warnings: list[str] = []
    with Cache(tmp_path, warnings.append) as cache:
        for number in range(200):  # a fault may show only where the file is read
            cache.has(Cid(b"%d" % number))
            cache.recall("stage", b"%d" % number)
        cache.put(ONE)
        assert cache.get(ONE.cid) == ONE.data
    assert len(warnings) == 1
    assert "thrown away" in warnings[0]


def run_sql(path: Path, sql: str) -> None:
    db = sqlite3.connect(path)
    db.execute(sql)
    db.commit()
    db.close()


def test_zeroes_anywhere_in_the_file_never_give_a_wrong_row(tmp_path: Path) -> None:
    data = (filled(tmp_path / "whole") / "cache.sqlite").read_bytes()
    for start in range(0, len(data), 4096):
        folder = tmp_path / f"at{start}"
        folder.mkdir()
        (folder / "cache.sqlite").write_bytes(data[: start + 700] + bytes(400) + data[start + 1100 :])
        with Cache(folder) as cache:
            for number in range(200):
                assert cache.recall("stage", b"%d" % number) in (None, b"row %d " % number * 40)
            cache.put(ONE)
            assert cache.get(ONE.cid) == ONE.data


def test_the_folder_may_be_deleted_while_a_build_runs(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    with Cache(folder) as cache:
        cache.put(ONE)
        cache.commit()
        for file in folder.iterdir():
            file.unlink()
        cache.put(TWO)
        cache.commit()
        assert cache.get(TWO.cid) == TWO.data
    with Cache(folder) as cache:
        cache.put(ONE)
        assert cache.get(ONE.cid) == ONE.data


def test_a_writer_waits_for_another_and_says_so_when_it_lasts(tmp_path: Path) -> None:
    first = Cache(tmp_path)
    first.put(ONE)
    second = Cache(tmp_path, busy=0.05)
    with pytest.raises(StateError, match="locked") as caught:
        second.put(TWO)
    assert "the other run" in caught.value.hint
    first.commit()
    second.put(TWO)
    second.commit()
    assert first.get(TWO.cid) == TWO.data
    first.close()
    second.close()


def test_many_processes_write_at_once_and_all_is_there(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from publisher.cache.store import Cache; from publisher.dag.cid import Block, Cid\n"
        "with Cache(pathlib.Path(sys.argv[1])) as cache:\n"
        "    for n in range(50): cache.put(Block(Cid(b'%s %d' % (sys.argv[2].encode(), n)), b'x')); cache.commit()\n"
    )
    runs = [subprocess.Popen([sys.executable, "-c", program, tmp_path, name]) for name in "abcd"]
    assert [run.wait(60) for run in runs] == [0, 0, 0, 0]
    with Cache(tmp_path) as cache:
        assert len(list(cache.blocks())) == 200


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(StateError, match="cache"):
        Cache(tmp_path / "cache")


def subclasses(error: type[BaseException]) -> list[type[BaseException]]:
    return [error, *(deeper for below in error.__subclasses__() for deeper in subclasses(below))]


@pytest.mark.parametrize("foreign", subclasses(sqlite3.Error))
def test_every_error_of_sqlite_has_a_place_in_the_map(tmp_path: Path, foreign: type[Exception]) -> None:
    with Cache(tmp_path) as cache:
        expected = foreign if issubclass(foreign, sqlite3.ProgrammingError) else StateError
        with pytest.raises(expected), cache._state_errors():
            raise foreign("what happened")


@pytest.mark.parametrize("code", sorted(HINTS))
def test_every_fault_of_the_disk_says_what_to_do(tmp_path: Path, code: int) -> None:
    error = sqlite3.OperationalError("what happened")
    error.sqlite_errorcode = code
    with Cache(tmp_path) as cache:
        with pytest.raises(StateError) as caught, cache._state_errors():
            raise error
        assert caught.value.hint == HINTS[code]


def test_a_root_is_released_only_under_the_name_it_is_kept_by(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        cache.pin(ONE.cid, "站点")
        cache.pin(TWO.cid, "other")
        assert (cache.pins("站点"), cache.pins("站"), cache.pins()) == (
            frozenset({ONE.cid}),
            frozenset(),
            frozenset({ONE.cid, TWO.cid}),
        )
        assert not cache.unpin(ONE.cid, "other")
        assert cache.unpin(ONE.cid, "站点")
        assert not cache.unpin(ONE.cid, "站点")
    with Cache(tmp_path) as cache:
        assert cache.pins() == {TWO.cid}
