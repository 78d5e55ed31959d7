"""The wheel and the sdist have the same bytes wherever and whenever they are built."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
LEFT_OUT = (".git", ".venv", ".publish", "_site", "dist", "node_modules", ".*_cache", ".hypothesis", "__pycache__")
EPOCH = 1_700_000_000


def copy(target: Path, *, mode: int, time: int) -> Path:
    """The checkout in another folder; each file has `mode` and `time`."""
    shutil.copytree(CHECKOUT, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for path in (target, *target.rglob("*")):
        path.chmod(mode | 0o700 if path.is_dir() else mode | path.stat().st_mode & 0o100)
        os.utime(path, (time, time))
    return target


def build(checkout: Path, output: Path, *targets: str, umask: int, env: Mapping[str, str]) -> dict[str, bytes]:
    """The files that the build backend makes, with the version of it that constraints.txt names."""
    words = [word for target in targets for word in ("-t", target)]
    made = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", output, *words],
        cwd=checkout,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), **env},
        umask=umask,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return {path.name: path.read_bytes() for path in output.iterdir()}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("first")
    checkout = copy(folder / "checkout", mode=0o644, time=1_600_000_000)
    build(checkout, folder / "dist", "sdist", "wheel", umask=0o022, env={"TZ": "UTC", "LC_ALL": "C"})
    return folder / "dist"


def test_another_folder_another_time_and_another_umask_give_the_same_bytes(first: Path, tmp_path: Path) -> None:
    checkout = copy(tmp_path / "二" / "elsewhere", mode=0o600, time=1_500_000_001)
    for name in ("publisher/__pycache__/x.pyc", "_site/index.html", ".publish/journal.jsonl", "dist/old.whl"):
        (checkout / name).parent.mkdir(exist_ok=True)
        (checkout / name).write_bytes(b"left over")
    env = {"TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "7"}
    again = build(checkout, tmp_path / "out", "sdist", "wheel", umask=0o077, env=env)
    assert again == {path.name: path.read_bytes() for path in first.iterdir()}
    assert sorted(name.rpartition("-")[2] for name in again) == ["0.1.0.tar.gz", "any.whl"]


def test_the_wheel_of_the_sdist_is_the_wheel_of_the_checkout(first: Path, tmp_path: Path) -> None:
    (sdist,) = first.glob("*.tar.gz")
    with tarfile.open(sdist) as packed:
        packed.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    (wheel,) = first.glob("*.whl")
    assert build(unpacked, tmp_path / "out", "wheel", umask=0o022, env={}) == {wheel.name: wheel.read_bytes()}


def test_each_file_has_the_time_of_the_commit_and_a_mode_that_says_only_what_runs(first: Path) -> None:
    (sdist,), (wheel,) = first.glob("*.tar.gz"), first.glob("*.whl")
    with tarfile.open(sdist) as packed:
        members = packed.getmembers()
        assert {member.mtime for member in members} == {EPOCH}
        assert {member.mode for member in members if member.isfile()} <= {0o644, 0o755}
        assert {(member.uid, member.gid, member.uname, member.gname) for member in members} == {(0, 0, "", "")}
    with zipfile.ZipFile(wheel) as zipped:
        assert {info.date_time for info in zipped.infolist()} == {(2023, 11, 14, 22, 13, 20)}
        assert {info.external_attr >> 16 & 0o777 for info in zipped.infolist()} <= {0o644, 0o755}
