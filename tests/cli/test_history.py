"""What was published: folded from the journal's lines, beside what the chain remembers, and as it is shown."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.cli.text.history import table
from publisher.dag.cid import Cid, Codec, sha256
from publisher.devnet import Devnet, devnet
from publisher.journal.events import (
    Event,
    Finished,
    Mined,
    Named,
    Pinned,
    Sending,
    Settled,
    Signed,
    Unmined,
    Unpinned,
    Wanted,
)
from publisher.journal.history import Dated, RecordChange, merged, publish_history, shown
from publisher.journal.log import Journal
from publisher.journal.queries import known_roots
from tests.cli.test_cli import call

START = datetime(2026, 11, 5, 10, 22, tzinfo=UTC)
ROOTS = [str(Cid.make(Codec.DAG_PB, sha256(bytes([number])))) for number in range(5)]
A, B, C = ROOTS[:3]
NAME = "例子.eth"


def dated(*events: Event) -> Dated:
    return tuple(((START + timedelta(hours=n)).isoformat(), event) for n, event in enumerate(events))


def signed(root: str, sequence: int, hash_: str) -> Signed:
    return Signed(1, "0xme", 7, sequence, NAME, "", f"ipfs://{root}", 2, 1, hash_, "")


def mined(hash_: str, ok: bool = True) -> Mined:
    return Mined(hash_, 5, "0xb", 21000, 1, ok)


def whole(sequence: int, root: str, transaction: str = "") -> list[Event]:
    """A publish that went well."""
    hash_ = transaction or f"0x{sequence:02}"
    return [
        Wanted(sequence, root, NAME),
        Pinned("local", root, 10),
        Named(NAME, "", f"ipfs://{root}", "moved", hash_),
        Finished(sequence, root),
    ]


def test_each_publish_is_a_row_newest_first_with_all_that_came_of_it() -> None:
    newest, oldest = publish_history(dated(*whole(1, A), *whole(2, B)))
    assert (newest.root, newest.number, newest.at) == (B, 0, START + timedelta(hours=4))
    assert (oldest.root, oldest.number, oldest.at) == (A, 1, START)
    assert newest.stores == ("local",)
    assert [(turn.outcome, turn.transaction) for turn in newest.name_changes] == [("moved", "0x02")]
    assert newest.finished
    assert not newest.back


def test_a_publish_that_took_several_runs_is_one_row_from_its_first() -> None:
    (row,) = publish_history(dated(Wanted(1, A, NAME), Pinned("local", A, 1), *whole(1, A)))
    assert row.at == START
    assert row.finished


def test_a_run_that_was_cut_short_is_not_finished() -> None:
    assert [row.finished for row in publish_history(dated(*whole(1, A), Wanted(2, B), Pinned("local", B, 1)))] == [
        False,
        True,
    ]


def test_an_old_root_that_is_published_again_is_said_to_be_and_called_by_its_newest_number() -> None:
    rows = publish_history(dated(*whole(1, A), *whole(2, B), *whole(3, A)))
    assert [(row.root, row.number, row.again) for row in rows] == [(A, 0, True), (B, 1, False), (A, 0, False)]
    assert [("published before" in line, "rollback" in line) for line in table(rows, {}, 300, UTC)] == [
        (True, False),
        (False, False),
        (False, False),
    ]


def back_to(sequence: int, root: str) -> list[Event]:
    return [Wanted(sequence, root, NAME, True), *whole(sequence, root)[1:]]


def test_only_a_rollback_is_called_one() -> None:
    rows = publish_history(dated(*whole(1, A), *whole(2, B), *back_to(3, A), *whole(4, C), *whole(5, B)))
    assert [(row.root, row.back) for row in rows] == [(B, False), (C, False), (A, True), (B, False), (A, False)]
    assert ["rollback" in line for line in table(rows, {}, 300, UTC)] == [False, False, True, False, False]


def test_a_root_that_was_only_wanted_or_never_left_is_no_return() -> None:
    cut: list[Event] = [Wanted(2, B, NAME), Pinned("local", B, 1)]
    assert not publish_history(dated(*whole(1, A), *cut, Wanted(3, C, NAME), *whole(4, B)))[0].again
    assert not publish_history(dated(*whole(1, A), *cut, *whole(3, A)))[0].again
    assert not publish_history(dated(*whole(1, A), *whole(2, B), *back_to(3, A)[:1], *whole(4, B)))[0].again


def test_a_name_that_others_changed_and_we_moved_back_is_a_publish_of_its_own() -> None:
    rows = publish_history(dated(*whole(1, A), *back_to(2, B), *whole(2, B, "0xbb")))
    assert [(row.root, row.back, [turn.transaction for turn in row.name_changes]) for row in rows] == [
        (B, False, ["0xbb"]),
        (B, True, ["0x02"]),
        (A, False, ["0x01"]),
    ]
    assert rows[0].at == START + timedelta(hours=8)


def test_what_is_only_stored_once_more_or_named_by_one_more_name_is_the_same_publish() -> None:
    more: list[Event] = [
        Wanted(1, A, NAME),
        Pinned("friends", A, 9),
        Named("b.eth", "", f"ipfs://{A}", "moved", "0xbb"),
    ]
    (row,) = publish_history(dated(*whole(1, A), *more, Finished(1, A)))
    assert (row.at, row.stores, len(row.name_changes)) == (START, ("local", "friends"), 2)


def test_a_change_that_was_mined_counts_though_its_run_was_cut() -> None:
    events = [Wanted(1, A, NAME), signed(A, 1, "0xaa"), Sending("0xaa"), mined("0xaa"), *whole(2, B), *whole(3, A)]
    assert publish_history(dated(*events))[0].again


def test_a_store_that_let_go_of_a_root_holds_it_no_longer() -> None:
    events = [*whole(1, A), Pinned("friends", A, 0), Unpinned("local", A)]
    assert publish_history(dated(*events))[0].stores == ("friends",)
    assert publish_history(dated(*events, Pinned("local", A, 0)))[0].stores == ("friends", "local")


@pytest.mark.parametrize(("told", "let_go"), [([], False), ([Unpinned("local", A)], True)])
def test_what_everybody_has_let_go_of_is_said_to_be(told: list[Event], let_go: bool) -> None:
    rows = publish_history(dated(*whole(1, A), *told))
    assert any("unpinned" in line for line in table(rows, {}, 300, UTC)) == rows[0].let_go == let_go
    assert not publish_history(dated(Wanted(1, A)))[0].let_go  # nobody ever held it


def test_a_stop_before_the_name_was_told_still_knows_the_transaction() -> None:
    events = [Wanted(1, A, NAME), signed(A, 1, "0xaa"), Sending("0xaa"), mined("0xaa"), Settled("0xaa", "final")]
    again = [Wanted(1, A, NAME), Named(NAME, f"ipfs://{A}", f"ipfs://{A}", "unchanged"), Finished(1, A)]
    for after in ([], again):
        (row,) = publish_history(dated(*events, *after))
        assert [(turn.outcome, turn.transaction) for turn in row.name_changes] == [("moved", "0xaa")]


@pytest.mark.parametrize("end", [[mined("0xaa", ok=False)], [mined("0xaa"), Unmined("0xaa")], []])
def test_a_transaction_that_changed_nothing_is_no_turn(end: list[Event]) -> None:
    events = [Wanted(1, A, NAME), signed(A, 1, "0xaa"), Sending("0xaa")]
    assert publish_history(dated(*events, *end))[0].name_changes == ()


def test_a_time_that_cannot_be_read_takes_nothing_else_away() -> None:
    (row,) = publish_history([("yesterday", event) for event in whole(1, A)])
    assert (row.at, row.root) == (None, A)


@given(st.lists(st.sampled_from([*ROOTS, "mended by hand"]), max_size=12))
def test_numbers_are_those_that_other_commands_take(roots: list[str]) -> None:
    events = [Wanted(number, root) for number, root in enumerate(roots)]
    numbers = {row.root: row.number for row in publish_history(dated(*events))}
    assert {str(root): number for number, root in enumerate(known_roots(events))} == {
        root: number for root, number in numbers.items() if number is not None
    }


def test_what_a_name_shows_is_its_newest_turn_that_came_to_an_end() -> None:
    later = [Wanted(3, C, NAME), Named(NAME, "", f"ipfs://{C}", "proposed")]
    assert shown(publish_history(dated(*whole(1, A), *whole(2, B), *later))) == {NAME: f"ipfs://{B}"}


def past(root: str, hours: float, transaction: str) -> RecordChange:
    uri = f"ipfs://{root}" if root else ""
    return RecordChange(uri, int((START + timedelta(hours=hours)).timestamp()), 1, transaction)


def test_what_both_remember_is_one_change_and_what_only_the_chain_does_is_told_as_such() -> None:
    chain = {NAME: [past(A, 5.5, "0xBB"), past("", 5.2, "0xcc"), past(B, 4.1, "0x02"), past(C, -9, "0xdd")]}
    rows = merged(publish_history(dated(*whole(1, A, "0xbb"), *whole(2, B))), chain)
    assert [(row.root, row.by, row.number) for row in rows] == [
        ("", "chain", None),
        (B, "journal", 0),
        (A, "journal", 1),
        (C, "chain", None),
    ]


def test_a_clock_that_was_set_back_does_not_change_the_order_of_the_journal() -> None:
    rows = [("2026-11-05T10:00:00+00:00", event) for event in whole(1, A)]
    rows += [("2020-01-01T00:00:00+00:00", event) for event in whole(2, B)]
    assert [row.root for row in merged(publish_history(rows), {NAME: [past(C, -9, "0xdd")]})] == [B, A, C]


EVENTS = st.lists(st.tuples(st.sampled_from(ROOTS), st.integers(0, 3)), max_size=10)


@given(EVENTS, st.lists(st.integers(0, 9), unique=True))
def test_nothing_is_told_twice_or_lost(wishes: list[tuple[str, int]], remembered: list[int]) -> None:
    events = [event for number, (root, cut) in enumerate(wishes) for event in whole(number, root)[: 4 - cut]]
    rows = publish_history(dated(*events))
    assert [row.sequence for row in rows] == sorted(range(len(wishes)), reverse=True)
    chain = {NAME: [past(ROOTS[0], 99 - n, f"0x{n:02}") for n in remembered]}
    both = merged(rows, chain)
    known_there = {t for row in rows for t in row.transactions}
    assert [row for row in both if row.by == "journal"] == list(rows)
    assert {t for row in both if row.by == "chain" for t in row.transactions} == {
        f"0x{n:02}" for n in remembered
    } - known_there


ROWS = publish_history(
    dated(*whole(1, A, "0x" + "ab" * 32), Pinned("朋友的节点", A, 0), *whole(2, B, "0x" + "cd" * 32))
)
SHOWN = {NAME: f"ipfs://{B}"}


def test_on_a_narrow_terminal_no_line_is_wider_and_on_a_wide_one_each_publish_is_one_line() -> None:
    lines = list(table(ROWS, SHOWN, 60, UTC))
    assert lines[0] == f"@0  2026-11-05 15:22  {B[:9]}…{B[-6:]}  {NAME} shows it"
    assert all(len(line) + sum("\u3000" < char < "\uff00" for char in line) <= 60 for line in lines)
    wide = list(table(ROWS, SHOWN, 300, UTC))
    assert len(wide) == 2
    assert B in wide[0]
    assert wide[1].endswith("held by local, 朋友的节点")


def test_a_terminal_obeys_no_record_of_a_chain_and_no_journal() -> None:
    strange = RecordChange("ipns://\x1b]0;owned\x07.example", 1, 1, "0x01")
    held = dated(*whole(1, A), Pinned("\x1b[2J\u202e", A, 0))
    for line in table(merged(publish_history(held), {NAME: [strange]}), {}, 300, UTC):
        assert line.isprintable()


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00"])
def test_a_time_at_an_end_of_the_calendar_is_none(at: str) -> None:
    rows = publish_history([(at, event) for event in whole(1, A)])
    assert "(no time known)" in next(table(rows, {}, 300))


def test_times_are_local() -> None:
    from zoneinfo import ZoneInfo

    assert "2026-11-05 23:22" in next(table(ROWS, SHOWN, 60, ZoneInfo("Asia/Shanghai")))


# The command


@pytest.fixture(scope="module")
def net() -> Iterator[Devnet]:
    with devnet() as running:
        yield running


@pytest.fixture
def site(net: Devnet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A site that was published twice, and taken back once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUBLISH_KEY", net.key)
    assert call("init") == 0
    name = f'[names.main]\nkind = "ens"\nname = "demo.eth"\nrpc = ["{net.url}"]\nchain-id = {net.chain_id}\n'
    config = "[site]\ntitle = 'x'\n[stores.here]\nkind = 'embedded'\n" + name + 'signer = "env:PUBLISH_KEY"\n'
    Path("publish.toml").write_text(config)
    assert call("--yes", "--json") == 0
    Path("content/more.md").write_text("---\ntitle: More\n---\nText.\n")
    assert call("--yes", "--json") == 0
    Path("content/more.md").unlink()
    assert call("--yes", "--json") == 0
    capsys.readouterr()
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, object]:
    capsys.readouterr()
    assert call("--json", "history", *words) == code
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_the_command_works_offline_from_the_journal_and_without_it_from_the_chain(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = told(capsys)["history"]
    assert isinstance(rows, list)
    assert [row["number"] for row in rows] == [0, 1, 0]
    assert (rows[0]["rollback"], rows[0]["again"]) == (False, True)
    assert rows[0]["shown_by"] == ["demo.eth"]
    assert rows[2]["shown_by"] == []
    (site / ".publish/journal.jsonl").unlink()
    newer = told(capsys)["history"]
    assert isinstance(newer, list)
    assert [row["transaction"] for row in newer[:3]] == [row["transaction"] for row in rows]
    assert {row["by"] for row in newer} == {"chain"}


def test_asked_for_both_each_change_is_there_once(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = told(capsys, "--chain")["history"]
    assert isinstance(rows, list)
    transactions = [row["transaction"] for row in rows]
    assert len(transactions) == len(set(transactions)) >= 3
    limited = told(capsys, "--limit", "2")
    assert limited["history"] == told(capsys)["history"][:2]  # type: ignore[index]
    assert limited["older"] == 1


def test_a_chain_that_does_not_answer_leaves_what_the_journal_knows(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = Path("publish.toml").read_text()
    Path("publish.toml").write_text(config.replace("rpc = [", 'rpc = ["http://127.0.0.1:1"] # ['))
    assert len(told(capsys)["history"]) == 3  # type: ignore[arg-type]
    both = told(capsys, "--chain", code=5)
    assert len(both["history"]) == 3  # type: ignore[arg-type]
    assert both["error"]["kind"] == "RpcError"  # type: ignore[index]


def test_a_folder_that_never_published_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("init") == 0
    capsys.readouterr()
    assert call("history") == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "nothing was published" in said.err


def test_the_journal_gives_each_event_its_time(tmp_path: Path) -> None:
    journal = Journal(tmp_path, lambda: START)
    journal.append(Wanted(1, A))
    assert journal.dated() == ((START.isoformat(), Wanted(1, A)),)
