"""What the doctor finds on this machine: versions, the disk, the state folder, the journal and its lock."""

import fcntl
import os
import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from publisher.doctor import machine
from publisher.errors import StateError
from publisher.findings import Finding
from publisher.journal.events import Event, Finished, Mined, Sending, Settled, Signed, Unmined, Wanted


def unknown(setting: str) -> None:
    """Return what a Python that tells nothing about itself says about a setting."""


def levels(findings: Iterator[Finding]) -> list[str]:
    return [finding.level for finding in findings]


def test_versions_that_matter_are_those_of_our_own_requirements() -> None:
    with (Path(__file__).parents[2] / "pyproject.toml").open("rb") as file:
        required = tomllib.load(file)["project"]["dependencies"]
    for package, first, end, _ in machine.MATTERS:
        wanted = next(line for line in required if re.match(rf"{package}\b", line))
        text = {f">={machine._text(first)}" if first else "", f"<{machine._text(end)}" if end else ""} - {""}
        exact = {"==0.7.0"} if package == "ipfshttpclient" else text
        assert set(wanted.removeprefix(package).split(",")) == exact


@pytest.mark.parametrize(
    ("package", "version", "fault"),
    [
        ("pyunormalize", "17.0.0", False),
        ("pyunormalize", "18.0.0", True),
        ("web3", "7.16.0", True),
        ("web3", "8.0.0b3", False),
        ("web3", "9.0", True),
        ("urllib3", "3.0.0", True),
    ],
)
def test_a_package_of_a_version_that_will_not_do_is_a_fault(package: str, version: str, fault: bool) -> None:
    told = list(machine.python(lambda name: version if name == package else metadata.version(name), unknown))
    assert [f.level for f in told] == ["ok", *(["fault"] if fault else [])]
    assert all(package in f.what and package in f.fix for f in told[1:])


def test_a_package_that_is_not_there_is_a_fault() -> None:
    def none(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    assert levels(machine.python(none, unknown)) == ["ok"] + ["fault"] * len(machine.MATTERS)


@pytest.mark.parametrize(
    ("arguments", "slow"),
    [
        ("'--prefix=/home/ada/.pyenv/versions/3.12.4' '--enable-shared'", True),
        ("'--prefix=/usr/local'", True),
        ("'--prefix=/home/ada/.pyenv/versions/3.12.4' '--enable-optimizations' '--with-lto'", False),
        ("'--enable-shared' '--prefix=/usr' '--without-ensurepip'", False),
        ("", False),
        (None, False),
    ],
)
def test_a_python_without_optimizations_is_worth_a_note(arguments: str | None, slow: bool) -> None:
    told = list(machine.python(metadata.version, {"CONFIG_ARGS": arguments}.get))
    assert [f.level for f in told] == ["ok", *(["note"] if slow else [])]


@pytest.mark.parametrize(
    ("free", "level"),
    [(99_999_999, "fault"), (100_000_000, "warning"), (999_999_999, "warning"), (1_000_000_000, "ok")],
)
def test_a_disk_that_is_nearly_full_is_told_before_it_is(tmp_path: Path, free: int, level: str) -> None:
    assert levels(machine.state(tmp_path, lambda path: free)) == [level]


@pytest.mark.parametrize(("mode", "level"), [(0o700, "ok"), (0o750, "warning"), (0o704, "warning")])
def test_a_state_folder_that_others_may_look_into_is_told(tmp_path: Path, mode: int, level: str) -> None:
    (tmp_path / ".publish").mkdir(mode=mode)
    (tmp_path / ".publish").chmod(mode)
    first, *_ = machine.state(tmp_path)
    assert (first.level, "chmod 700" in first.fix) == (level, level == "warning")


def test_the_cache_is_told_by_its_size(tmp_path: Path) -> None:
    (tmp_path / ".publish" / "cache").mkdir(mode=0o700, parents=True)
    (tmp_path / ".publish").chmod(0o700)
    (tmp_path / ".publish/cache/cache.sqlite").write_bytes(bytes(2_500_000))
    assert any("2.5 MB" in finding.what for finding in machine.state(tmp_path))


def journal_of(*events: Event) -> list[Finding]:
    return list(machine.journal(Path("/nowhere"), lambda: events))


def test_a_run_that_did_not_end_and_a_transaction_that_was_not_seen_mined_are_told() -> None:
    wanted = Wanted(1, "bafyroot")
    assert [f.level for f in journal_of(wanted, Finished(1, "bafyroot"))] == ["ok"]
    assert "bafyroot" in journal_of(wanted)[1].what
    assert "bafynew" in journal_of(wanted, Finished(1, "bafyroot"), Wanted(2, "bafynew"))[1].what
    sent = Signed(1, "0xme", 7, 1, "example.eth", "", "ipfs://a", 2, 1, "0xaa", ""), Sending("0xaa")
    assert "0xaa" in journal_of(*sent)[1].what
    assert len(journal_of(sent[0])) == 1
    mined = Mined("0xaa", 1, "0xb", 1, 1, True)
    assert len(journal_of(*sent, mined)) == 1
    assert "0xaa" in journal_of(*sent, mined, Unmined("0xaa"))[1].what
    assert len(journal_of(*sent, Settled("0xaa", "dead"))) == 1


def test_a_journal_that_cannot_be_read_is_a_fault() -> None:
    def broken_journal() -> list[Event]:
        raise StateError("journal", "line 3 is not an event", hint="repair it")

    (finding,) = machine.journal(Path("/nowhere"), broken_journal)
    assert (finding.level, finding.fix) == ("fault", "repair it")


def test_a_lock_that_another_process_holds_is_told_and_not_taken(tmp_path: Path) -> None:
    (tmp_path / ".publish").mkdir()
    lock = tmp_path / ".publish/deploy.lock"
    assert "another run" not in "".join(f.what for f in machine.journal(tmp_path, tuple))
    handle = os.open(lock, os.O_RDWR | os.O_CREAT)
    try:
        assert "another run" not in "".join(f.what for f in machine.journal(tmp_path, tuple))
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert "another run" in next(machine.journal(tmp_path, tuple)).what
        assert machine._held(lock)
    finally:
        os.close(handle)
    assert not machine._held(lock)
