"""What is true now: told by everybody who can be asked, and by a line for everybody who cannot."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from publisher.app.context import Session
from publisher.app.status import read_status
from publisher.app.status_report import StatusReport
from publisher.cli.commands.status import command
from publisher.cli.text.status import ago, lines
from publisher.cli.text.status_rows import rows
from publisher.config import Config, parse
from publisher.dag.cid import Cid, Codec, Get, sha256
from publisher.errors import RpcError, StoreUnreachable
from publisher.findings import Finding
from publisher.journal.events import Event, Finished, Named, Sending, Settled, Signed, Wanted
from publisher.journal.history import RecordChange
from publisher.names.base import BeforeMove, LogLine, NameGoal, NameOutcome, NameService, NameState, RecordEvent
from publisher.stores.base import Pinner, Progress, Receipt, Store, Upload
from tests.cli.test_cli import Captured, call
from tests.deploy.test_whole import Site, site
from tests.services.chain import OWNER, Anvil
from tests.services.kubo import Node
from tests.worlds import LetsNothingGo

__all__ = ["site"]
OLD = Cid.make(Codec.DAG_PB, sha256(b"old"))
NEWER = Cid.make(Codec.DAG_PB, sha256(b"newer"))
TOML = """[site]
title = "站"
url = "https://example.org/"
[stores.one]
kind = "embedded"
[stores.two]
kind = "kubo"
"""
NAME = '[names.main]\nkind = "ens"\nname = "example.eth"\nrpc = ["http://127.0.0.1:1"]\n'


@dataclass
class FakeStore(LetsNothingGo):
    """Says what it is told to say."""

    label: str
    roots: set[Cid] = field(default_factory=set)
    fault: str = ""
    wait: float = 0.0
    kind: str = "fake"

    def held(self, root: Cid) -> bool:
        time.sleep(self.wait)
        if self.fault:
            raise StoreUnreachable(self.label, self.fault, hint="start it")
        return root in self.roots

    def put(self, upload: Upload, progress: Progress) -> Receipt:
        raise AssertionError("a status changes nothing")

    def reader(self) -> Get:
        return lambda cid: b""

    def origins(self) -> tuple[str, ...]:
        return ()

    def connect_peers(self, addresses: tuple[str, ...]) -> None:
        raise AssertionError("a status changes nothing")


@dataclass
class FakeName:
    """A name that shows what it is told to show."""

    uri: str = ""
    pending: str = ""
    fault: str = ""
    ends: int | None = None
    changes: Sequence[RecordChange] = ()
    wait: float = 0.0
    name: str = "example.eth"
    kind: str = "ens"
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def observe(self, goal: NameGoal, events: Sequence[Event]) -> NameState:
        assert goal.after == "", "a status wants nothing"
        if self.fault:
            raise RpcError("rpc.example", self.fault)
        return NameState(self.name, self.kind, self.uri, "", None, self.pending, self.notes, self.ends, self.warnings)

    def move(
        self,
        goal: NameGoal,
        events: Sequence[Event],
        record_event: RecordEvent,
        log: LogLine,
        before_move: BeforeMove | None = None,
    ) -> NameOutcome:
        raise AssertionError("a status changes nothing")

    def shows(self) -> str:
        return self.uri

    def history(self) -> Iterator[RecordChange]:
        time.sleep(self.wait)
        yield from self.changes
        raise RpcError("rpc.example", "goes back no further")

    def examine(self) -> Iterator[Finding]:
        return iter(())


@dataclass(slots=True)
class FakeSession(Session):
    """A session whose stores and names are handed to it."""

    keepers: tuple[Store, ...] = ()
    services: tuple[NameService, ...] = ()

    def stores(self, settings: Config) -> tuple[Store, ...]:
        return self.keepers

    def pinners(self, settings: Config) -> tuple[Pinner, ...]:
        return ()

    def names(self, settings: Config) -> tuple[NameService, ...]:
        return self.services


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "content").mkdir()
    (tmp_path / "content/index.md").write_text("---\ntitle: 首页\n---\n\n你好。\n", encoding="utf-8")
    return tmp_path


def seen(
    folder: Path,
    stores: Sequence[FakeStore] = (),
    names: Sequence[FakeName] = (),
    events: Sequence[Event] = (),
    **how: Any,
) -> StatusReport:
    session = FakeSession(site=folder, keepers=tuple(stores), services=tuple(names))
    with session.journal().locked():
        for event in events:
            session.journal().append(event)
    text = TOML + (NAME if names else "")
    try:
        return read_status(session, parse(text.encode(), folder, folder / "publish.toml"), **how)
    finally:
        session.close()


def told(found: StatusReport) -> list[str]:
    return list(lines(found, datetime.now(UTC)))


def working(folder: Path) -> Cid:
    built = seen(folder).built
    assert built is not None
    return built.root


def test_everything_is_as_it_should_be(folder: Path) -> None:
    root = working(folder)
    found = seen(folder, [FakeStore("one", {root}), FakeStore("two", {root})], [FakeName(f"ipfs://{root}")])
    assert told(found) == [
        f"example.eth shows {root}",
        "  the time of this change is unknown; `publish history --chain` searches for longer",
        "held by 2 of 2",
        "  one (fake): holds it",
        "  two (fake): holds it",
        "working folder: as published",
        "nothing to do",
    ]


def test_a_folder_that_differs_from_what_was_published_last_and_is_held_has_nothing_to_send(folder: Path) -> None:
    past = [Wanted(1, str(OLD)), Finished(1, str(OLD))]
    found = seen(folder, [FakeStore("one", {OLD, working(folder)})], [], past)
    assert f"published last: {OLD}" in told(found)
    assert told(found)[-1] == "nothing to send: the stores hold the root of this folder already"


def test_a_store_that_is_down_or_lost_it_is_a_line(folder: Path) -> None:
    root = working(folder)
    stores = [FakeStore("one", {root}), FakeStore("two", fault="nobody answers"), FakeStore("three")]
    found = seen(folder, stores, [FakeName(f"ipfs://{root}")])
    assert told(found)[2:6] == [
        "held by 1 of 3",
        "  one (fake): holds it",
        "  two (fake): nobody answers; start it",
        "  three (fake): does not hold it",
    ]
    assert [row["held"] for row in rows(found)["stores"]] == [True, None, False]
    assert told(found)[-1] == "publish would: store on two, three"


def test_a_name_that_cannot_be_read_is_a_line_and_the_journal_says_what_was_published(folder: Path) -> None:
    past = [Wanted(1, str(OLD)), Finished(1, str(OLD))]
    found = seen(folder, [FakeStore("one", {OLD})], [FakeName(fault="is down")], past)
    assert "example.eth: is down" in told(found)
    assert f"published last: {OLD}" in told(found)
    assert "held by 1 of 1" in told(found)
    assert found.steps is None
    assert not any(line.startswith(("nothing to do", "publish would")) for line in told(found))


def test_what_differs_from_the_working_folder_is_counted_without_drafts(folder: Path) -> None:
    old = working(folder)
    (folder / "content/posts").mkdir()
    (folder / "content/posts/新.md").write_text("---\ntitle: 新\ndate: 2026-01-02\n---\n\n新的。\n", encoding="utf-8")
    (folder / "content/posts/d.md").write_text("---\ntitle: D\ndate: 2026-01-02\ndraft: true\n---\n\nx\n")
    found = seen(folder, [FakeStore("one", {old})], [FakeName(f"ipfs://{old}")])
    added = [file.path for file in found.difference.only("added")] if found.difference else []
    assert added == ["posts/新/index.html"]
    assert any("1 page added" in line for line in told(found))
    assert told(found)[-1] == "publish would: store on one; move example.eth"
    assert rows(found)["working"]["added"] == 1


def test_a_transaction_under_way_is_told_with_what_it_would_set(folder: Path) -> None:
    signed = Signed(1, "0xabc", 7, 1, "example.eth", "", f"ipfs://{OLD}", 1, 1, "0xfeed", "0x")
    for name in (FakeName(pending="0xfeed"), FakeName(fault="is down")):
        found = seen(folder, [], [name], [signed, Sending("0xfeed")])
        assert [(each.hash, each.after) for each in found.flying] == [("0xfeed", f"ipfs://{OLD}")]
        assert found.flying[0].since
        assert "example.eth: transaction 0xfeed is pending" in told(found)
        (folder / ".publish/journal.jsonl").unlink()


def test_a_transaction_whose_record_the_name_shows_is_not_said_to_be_still_to_come(folder: Path) -> None:
    signed = Signed(1, "0xabc", 7, 1, "example.eth", "", f"ipfs://{OLD}", 1, 1, "0xfeed", "0x")
    found = seen(folder, [], [FakeName(f"ipfs://{OLD}", pending="0xfeed")], [signed, Sending("0xfeed")], build=False)
    assert any("the transaction seems to be mined" in line for line in told(found))
    assert not any("it would set" in line for line in told(found))


def test_a_transaction_that_ended_is_under_way_no_more(folder: Path) -> None:
    signed = Signed(1, "0xabc", 7, 1, "example.eth", "", f"ipfs://{OLD}", 1, 1, "0xfeed", "0x")
    found = seen(folder, [], [FakeName(fault="is down")], [signed, Sending("0xfeed"), Settled("0xfeed", "final")])
    assert found.flying == []


@pytest.mark.parametrize(("after", "known"), [(OLD, True), (Cid.make(Codec.DAG_PB, sha256(b"other")), False)])
def test_since_when_is_told_when_it_was_us_who_moved_it(folder: Path, after: Cid, known: bool) -> None:
    moved = Named("example.eth", "", f"ipfs://{after}", "moved")
    found = seen(folder, [], [FakeName(f"ipfs://{OLD}")], [moved], build=False)
    assert bool(found.since["example.eth"]) is known
    assert any("just now" in line for line in told(found)) is known


def test_the_chain_tells_since_when_a_name_shows_what_this_folder_did_not_move_it_to(folder: Path) -> None:
    changes = [
        RecordChange(f"ipfs://{OLD}", 1_790_000_000, 2, "0x2"),
        RecordChange(f"ipfs://{NEWER}", 1_700_000_000, 1, "0x1"),
    ]
    found = seen(folder, [], [FakeName(f"ipfs://{OLD}", changes=changes)], build=False)
    assert rows(found)["names"][0]["since"] == "2026-09-21T14:13:20+00:00"
    assert told(found)[1].startswith("  since 2026-09-21 14:13 UTC, ")


@pytest.mark.parametrize(
    "name",
    [
        FakeName(f"ipfs://{OLD}", changes=[RecordChange(f"ipfs://{NEWER}", 1_790_000_000, 2, "0x2")]),
        FakeName(f"ipfs://{OLD}"),
        FakeName(f"ipfs://{OLD}", changes=[RecordChange(f"ipfs://{OLD}", 1_790_000_000, 2, "0x2")], wait=6),
        FakeName(f"ipfs://{OLD}", changes=[RecordChange(f"ipfs://{OLD}", 1 << 60, 2, "0x2")]),
    ],
)
def test_where_the_chain_does_not_tell_soon_the_line_says_what_does(folder: Path, name: FakeName) -> None:
    start = time.monotonic()
    found = seen(folder, [], [name], build=False, patience=2.0)
    assert time.monotonic() - start < 5
    assert "`publish history --chain`" in told(found)[1]
    assert rows(found)["names"][0]["since"] is None


@pytest.mark.parametrize(("shows", "told_so"), [(OLD, False), (NEWER, True)])
def test_a_name_that_somebody_else_moved_is_said_to_be(folder: Path, shows: Cid, told_so: bool) -> None:
    past = [Wanted(1, str(OLD)), Named("example.eth", "", f"ipfs://{OLD}", "moved"), Finished(1, str(OLD))]
    found = seen(folder, [], [FakeName(f"ipfs://{shows}")], past, build=False)
    assert ("  changed elsewhere: this folder last moved the name to another root" in told(found)) == told_so
    assert rows(found)["names"][0]["elsewhere"] == told_so


def test_without_a_name_the_age_is_that_of_the_last_publish(folder: Path) -> None:
    found = seen(folder, [FakeStore("one", {OLD})], (), [Wanted(1, str(OLD)), Finished(1, str(OLD))], build=False)
    assert told(found)[0] == f"published last: {OLD}"
    assert told(found)[1].endswith("UTC, just now")
    assert datetime.fromisoformat(rows(found)["at"]) <= datetime.now(UTC)


def test_a_store_that_hangs_stops_nobody(folder: Path) -> None:
    root = working(folder)
    start = time.monotonic()
    stores = [FakeStore("one", wait=6), FakeStore("two", {root})]
    found = seen(folder, stores, [FakeName(f"ipfs://{root}")], patience=2.0)
    assert time.monotonic() - start < 6
    assert [(holder.store, holder.held) for holder in found.holders] == [("one", False), ("two", True)]
    assert "no answer arrived in time" in told(found)[3]


def test_content_that_cannot_be_built_is_a_line(folder: Path) -> None:
    (folder / "content/bad.md").write_text("---\ntitle: [x]\n---\n")
    found = seen(folder, [FakeStore("one", {OLD})], [FakeName(f"ipfs://{OLD}")])
    assert any(line.startswith("working folder: ") for line in told(found))
    assert any("content/bad.md:2" in line for line in told(found))
    assert "held by 1 of 1" in told(found)


def test_an_old_root_that_is_nowhere_is_a_line(folder: Path) -> None:
    found = seen(folder, [FakeStore("one")], [FakeName(f"ipfs://{OLD}")])
    assert any(line.startswith("difference: ") for line in told(found))
    assert told(found)[-1] == "publish would: store on one; move example.eth"


def test_before_the_first_publish(folder: Path) -> None:
    found = seen(folder, [FakeStore("one")], [FakeName()])
    assert "example.eth shows nothing yet" in told(found)
    assert "nothing was published yet" in told(found)
    assert rows(found)["root"] is None
    assert rows(found)["stores"][0]["held"] is None


def test_the_end_of_a_registration_is_told(folder: Path) -> None:
    found = seen(folder, [], [FakeName(ends=1_900_000_000)], build=False)
    assert "  registered until 2030-03-17" in told(found)
    assert rows(found)["names"][0]["ends"] == "2030-03-17"
    assert rows(found)["names"][0]["warnings"] == []


def test_a_danger_to_the_name_is_told(folder: Path) -> None:
    found = seen(folder, [], [FakeName(warnings=("the registration ended",))], build=False)
    assert "  warning: the registration ended" in told(found)
    assert rows(found)["names"][0]["warnings"] == ["the registration ended"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "just now"), (59, "just now"), (60, "1 minute ago"), (7200, "2 hours ago"), (86400, "1 day ago")],
)
def test_how_long_ago(seconds: int, words: str) -> None:
    then = datetime(2026, 1, 1, tzinfo=UTC)
    assert ago(then.isoformat(), datetime.fromtimestamp(then.timestamp() + seconds, UTC)).endswith(words)


def test_a_time_that_somebody_wrote_is_shown_as_it_is() -> None:
    assert ago("yesterday\x1b", datetime.now(UTC)) == "yesterday\\x1b"


def test_when_nothing_can_be_told_it_is_the_error_that_counts(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(folder)
    (folder / "publish.toml").write_text(
        '[site]\ntitle="x"\n[stores.a]\nkind="kubo"\napi="/ip4/127.0.0.1/tcp/1"\n' + NAME
    )
    assert call("status", "--no-build", "--json") == 5
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "RpcError"
    assert call("status", "--json") == 0
    assert "example.eth" in [row["who"] for row in json.loads(capsys.readouterr().out)["faults"]]


def test_a_store_without_its_secret_hides_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(folder)
    two = '[stores.two]\nkind = "kubo"\ntoken-env = "PUBLISH_MISSING"\n'
    (folder / "publish.toml").write_text(TOML.partition("[stores.two]")[0] + two, encoding="utf-8")
    assert call("status", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [(row["name"], row["why"]) for row in told["stores"]] == [
        ("one", ""),
        ("two", "the environment variable PUBLISH_MISSING is not set"),
    ]
    assert [(row["who"], row["kind"]) for row in told["faults"]] == [("two", "ConfigError")]


def test_on_a_real_node_and_a_real_chain(site: Site, chain: Anvil, kubo: Node) -> None:
    before = json.loads(site.run("status", "--json").stdout)
    assert before["root"] is None
    published = site.publish()
    done = json.loads(site.run("status", "--json").stdout)
    assert done["root"] == published["root"]
    assert done["names"][0] | {"since": ""} == {
        "name": "demo.eth",
        "shows": f"ipfs://{published['root']}",
        "since": "",
        "elsewhere": False,
        "ends": None,
        "warnings": [],
        "handed_over": None,
        "pending": None,
    }
    assert done["names"][0]["since"]
    assert done["stores"] == [{"name": "local", "kind": "kubo", "held": True, "why": ""}]
    assert done["plan"] == []

    site.edit("一句新的话。")
    text = site.run("diff").stdout
    assert "{+一句新的话。+}" in text
    assert site.run("diff", "demo.eth", "@0").stdout == "nothing differs\n"
    later = site.run("status").stdout
    assert "publish would: store on local; move demo.eth" in later
    assert site.record() == f"ipfs://{published['root']}"
    kubo.stop()
    try:
        down = site.run("status")
        assert down.returncode == 0
        assert "held by 0 of 1" in down.stdout
    finally:
        kubo.start()
    assert OWNER.key not in text + later
    (site.folder / ".publish/journal.jsonl").unlink()
    alone = json.loads(site.run("status", "--no-build", "--json").stdout)
    assert datetime.fromisoformat(alone["names"][0]["since"])


@pytest.mark.parametrize("notes", [(), ("it ends soon", "another note")])
def test_what_a_name_notes_is_a_warning(
    folder: Path, notes: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "publish.toml").write_text(TOML + NAME)
    session = FakeSession(site=folder, services=(FakeName(notes=notes),))
    command.main(["--no-build"], obj=session, standalone_mode=False)
    session.close()
    warned = [line for line in capsys.readouterr().err.splitlines() if "example.eth: " in line]
    assert len(warned) == len(notes)
    assert all(note in line for note, line in zip(notes, warned, strict=True))
