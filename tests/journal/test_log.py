"""The journal: on the disk before the step, whatever happens to the process."""

import json
import multiprocessing
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher.errors import StateError, Unfinished
from publisher.journal.events import KINDS, Event, Finished, Sending, Settled, Signed, Wanted, from_fields, to_fields
from publisher.journal.log import Journal

SIGNED = Signed(1, "0xme", 7, 1, "example.eth", "", "ipfs://bafy", 2, 1, "0xaa", "0x02f8secret")


def journal(folder: Path) -> Journal:
    return Journal(folder, lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


def test_events_come_back_in_order(tmp_path: Path) -> None:
    told: list[Event] = [Wanted(1, "bafy", "example.eth"), SIGNED, Sending("0xaa"), Finished(1, "bafy")]
    for event in told:
        journal(tmp_path).append(event)
    assert list(journal(tmp_path).events()) == told


def test_a_cut_at_any_byte_loses_at_most_the_last_event(tmp_path: Path) -> None:
    told = [Wanted(1, "bafy", "例子.eth"), Sending("0xaa"), Finished(1, "根")]
    for event in told:
        journal(tmp_path).append(event)
    whole = (tmp_path / "journal.jsonl").read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    for cut in range(last, len(whole) + 1):
        (tmp_path / "journal.jsonl").write_bytes(whole[:cut])
        assert list(journal(tmp_path).events())[:2] == told[:2]
        journal(tmp_path).append(Sending("0xbb"))
        assert list(journal(tmp_path).events())[-1] == Sending("0xbb")
        assert list(journal(tmp_path).events())[:2] == told[:2]


@pytest.mark.parametrize("end", ["final", "discarded", "dead"])
def test_a_settled_transaction_leaves_no_signed_bytes(tmp_path: Path, end: str) -> None:
    for event in [SIGNED, Sending("0xaa"), Settled("0xaa", end)]:
        journal(tmp_path).append(event)
    assert b"02f8secret" not in b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert [e.kind for e in journal(tmp_path).events()] == ["signed", "sending", "settled"]


def test_a_crash_before_the_erasing_leaves_no_signed_bytes_after_the_next_lock(tmp_path: Path) -> None:
    for event in [SIGNED, Sending("0xaa")]:
        journal(tmp_path).append(event)
    with (tmp_path / "journal.jsonl").open("a") as file:
        file.write(json.dumps(to_fields(Settled("0xaa", "dead"))) + "\n")
    with journal(tmp_path).locked():
        assert b"02f8secret" not in (tmp_path / "journal.jsonl").read_bytes()
    assert [e.kind for e in journal(tmp_path).events()] == ["signed", "sending", "settled"]


def test_what_is_signed_again_keeps_its_bytes(tmp_path: Path) -> None:
    for event in [SIGNED, Settled("0xaa", "discarded"), SIGNED]:
        journal(tmp_path).append(event)
    with journal(tmp_path).locked():
        pass
    assert [e.raw for e in journal(tmp_path).events() if isinstance(e, Signed)] == ["", SIGNED.raw]


def test_the_bytes_of_other_attempts_stay(tmp_path: Path) -> None:
    journal(tmp_path).append(SIGNED)
    journal(tmp_path).append(Settled("0xother", "dead"))
    assert journal(tmp_path).events()[0] == SIGNED


def test_a_damaged_line_in_the_middle_stops(tmp_path: Path) -> None:
    journal(tmp_path).append(SIGNED)
    (tmp_path / "journal.jsonl").write_bytes(b"{}\nnot json\n" + (tmp_path / "journal.jsonl").read_bytes())
    with pytest.raises(StateError, match="line 2"):
        journal(tmp_path).events()


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "wanted", "root": "bafy"}',
        '{"event": "wanted", "root": "bafy", "sequence": "1"}',
        '{"event": "wanted", "root": 5, "sequence": 1}',
        '{"event": "wanted", "root": "bafy", "sequence": true}',
        '{"event": ["wanted"]}',
        "[" * 100_000,
        "[]",
        "7",
    ],
)
def test_a_line_that_is_no_event_stops(tmp_path: Path, line: str) -> None:
    (tmp_path / "journal.jsonl").write_text(f'{{"event": "later"}}\n{line}\n')
    with pytest.raises(StateError, match="line 2"):
        journal(tmp_path).events()


def test_an_event_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text('{"event": "teleported", "at": "2030"}\n')
    journal(tmp_path).append(Settled("0xaa", "final"))
    assert len(journal(tmp_path).rows()) == 2
    assert journal(tmp_path).rows()[0]["event"] == "teleported"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_event_survives_being_written(kind: str) -> None:
    samples = {"str": "é", "int": 10**30, "bool": True}
    event = KINDS[kind](**{n: samples[t] for n, t in KINDS[kind].__annotations__.items() if t in samples})
    assert from_fields(to_fields(event)) == event


def hold(folder: Path, ready: "multiprocessing.synchronize.Event", leave: "multiprocessing.synchronize.Event") -> None:
    with Journal(folder).locked():
        ready.set()
        leave.wait(20)
        os._exit(9)


def test_the_second_run_says_so_and_a_crash_frees_the_lock(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    ready, leave = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path, ready, leave))
    other.start()
    assert ready.wait(20)
    with pytest.raises(Unfinished, match="another run"), journal(tmp_path).locked():
        pass
    leave.set()
    other.join(20)
    with journal(tmp_path).locked():
        pass


def test_a_folder_that_cannot_be_written_is_a_state_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError), Journal(tmp_path / "file" / "deep").locked():
        pass


def test_only_the_owner_can_read_it_and_no_history_takes_it(tmp_path: Path) -> None:
    folder = tmp_path / ".publish"
    with journal(folder).locked():
        journal(folder).append(SIGNED)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "journal.jsonl").stat().st_mode & 0o777 == 0o600
    assert (folder / ".gitignore").read_text() == "*\n"
