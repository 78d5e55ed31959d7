"""An SQLite file that may be made anew: opened for its owner alone, and thrown away for damage, nothing else."""

import sqlite3
import stat
from pathlib import Path

import pytest

from publisher.cache.database import Damaged, Schema, connect, remove

SCHEMA = Schema(3, "CREATE TABLE IF NOT EXISTS item (name TEXT);", 8 << 10)


def opened(path: Path, schema: Schema = SCHEMA) -> sqlite3.Connection:
    return connect(path, schema, seconds=0.1, synchronous="OFF", isolation=None, threads=False)


def test_a_new_file_has_its_tables_its_page_and_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for _ in range(2):
        db = opened(path)
        assert db.execute("SELECT COUNT(*) FROM item").fetchone() == (0,)
        found = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "page_size", "journal_mode")]
        assert found == [3, 8 << 10, "wal"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        db.close()


@pytest.mark.parametrize("version", [2, 4])
def test_another_versions_file_is_damaged(version: int, tmp_path: Path) -> None:
    opened(tmp_path / "file", Schema(version, SCHEMA.tables, SCHEMA.page)).close()
    with pytest.raises(Damaged, match=f"schema {version}"):
        opened(tmp_path / "file")


def test_what_is_no_data_base_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"no data base at all" * 100)
    with pytest.raises(Damaged):
        opened(tmp_path / "file")


def test_a_file_that_somebody_else_is_making_is_not_damaged(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "file", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            opened(tmp_path / "file")
    other.close()


def test_what_sqlite_keeps_beside_the_file_goes_with_it(tmp_path: Path) -> None:
    db = opened(tmp_path / "file")
    db.execute("INSERT INTO item VALUES ('a')")
    assert len(list(tmp_path.iterdir())) == 3
    remove(tmp_path / "file")
    remove(tmp_path / "file")
    assert not list(tmp_path.iterdir())
    db.close()
