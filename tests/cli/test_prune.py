"""`publish prune` by hand: what goes from which store, what never does, and what a fault leaves."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from publisher.app.context import Session
from publisher.app.prune import PruneReport, unchanged
from publisher.app.trim import FLOOR, KEPT, tidy
from publisher.cache.gc import GarbageCollector, Weight
from publisher.dag import walk
from publisher.dag.cid import Cid, Codec, sha256
from publisher.deploy.retention import PinRemoval, RetentionPlan
from publisher.devnet import Devnet, devnet
from publisher.errors import RecordMoved, RpcError
from publisher.journal.events import Named, Pinned, Unpinned
from publisher.journal.log import Journal
from publisher.stores.embedded import Embedded
from publisher.stores.kubo.errors import RIGHTS
from publisher.stores.pin_references import MARK
from tests.cli.test_cli import call
from tests.services.kubo import Node, prepare

pytest_plugins = ["tests.services.kubo"]

Captured = pytest.CaptureFixture[str]
HERE = "[stores.here]\nkind = 'embedded'\n"
AWAY = "[stores.away]\nkind = 'kubo'\napi = '/ip4/127.0.0.1/tcp/1'\n[deploy]\ncopies = 1\n"


class Site:
    """A site that was published several times: each root differs from the one before."""

    def __init__(self, folder: Path, config: str, capsys: Captured, title: str = "Example", keep: str = "") -> None:
        self.folder, self._capsys = folder, capsys
        assert call("init", str(folder)) == 0
        keep = keep or "[keep]\nroots = 2\ndays = 0\n"
        (folder / "publish.toml").write_text(f"[site]\ntitle = '{title}'\n{keep}{config}")

    def run(self, *words: str, code: int = 0) -> dict[str, Any]:
        """The JSON of a command."""
        self._capsys.readouterr()
        assert call("--json", "-C", str(self.folder), *words) == code
        found: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return found

    def publish(self, text: str, *words: str) -> str:
        page = f"---\ntitle: {self.folder.name}\n---\n{text}\n"
        (self.folder / "content/more.md").write_text(page)
        root: str = self.run("--yes", *words)["root"]
        return root

    def journal(self) -> Journal:
        return Journal(self.folder / ".publish")

    def blocks(self) -> set[Cid]:
        db = sqlite3.connect(self.folder / ".publish/cache/cache.sqlite")
        found = {Cid(raw) for (raw,) in db.execute("SELECT cid FROM block")}
        db.close()
        return found


@pytest.fixture
def site(tmp_path: Path, capsys: Captured) -> Site:
    return Site(tmp_path / "site", HERE, capsys)


def test_old_roots_go_and_what_they_alone_used_is_freed(site: Site) -> None:
    roots = [site.publish(f"text {number}") for number in range(4)]
    before = site.blocks()
    told = site.run("prune", "--yes")
    assert told["unpinned"] == [{"store": "here", "root": root} for root in sorted(roots[:2])]
    assert {row["root"] for row in told["kept"]} == set(roots[2:])
    assert told["freed"]["here"] > 0
    assert told["cache"]["bytes"] == told["freed"]["here"]
    assert len(before - site.blocks()) == told["cache"]["blocks"] > 0
    assert [e.root for e in site.journal().events() if isinstance(e, Unpinned)] == sorted(roots[:2])
    assert [row["stores"] for row in site.run("history")["history"]] == [["here"], ["here"], [], []]
    again = site.run("prune", "--yes")
    assert (again["going"], again["cache"]["blocks"]) == ([], 0)


@pytest.mark.parametrize("clock", ["1970-01-02", "2099-01-01"])
def test_a_machine_whose_clock_runs_wrong_lets_no_young_root_go(
    clock: str, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(tmp_path / "site", HERE, capsys, keep="[keep]\nroots = 1\ndays = 30\n")
    for number in range(3):
        site.publish(f"text {number}")
    monkeypatch.setattr("publisher.journal.log.now", lambda: datetime.fromisoformat(clock).replace(tzinfo=UTC))
    told = site.run("prune", "--yes")
    assert told["going"] == []
    assert len(told["kept"]) == 3


def test_what_was_let_go_of_can_be_published_again(site: Site) -> None:
    first = site.publish("text 0")
    for number in range(1, 4):
        site.publish(f"text {number}")
    site.run("prune", "--yes")
    assert site.publish("text 0") == first
    assert first in {row["root"] for row in site.run("prune", "--yes")["kept"]}


def test_a_dry_run_tells_the_same_and_does_nothing(site: Site) -> None:
    for number in range(4):
        site.publish(f"text {number}")
    blocks, events = site.blocks(), site.journal().events()
    dry = site.run("prune", "--dry-run")
    assert (site.blocks(), site.journal().events()) == (blocks, events)
    done = site.run("prune", "--yes")
    assert (dry["going"], dry["kept"], dry["freed"]) == (done["going"], done["kept"], done["freed"])


def test_nobody_to_ask_is_the_callers_to_correct_and_nothing_goes(site: Site) -> None:
    for number in range(4):
        site.publish(f"text {number}")
    blocks = site.blocks()
    assert "--yes" in site.run("prune", code=2)["error"]["hint"]
    assert site.blocks() == blocks


def test_where_no_root_goes_nobody_is_asked_and_the_cache_is_made_small_all_the_same(site: Site) -> None:
    site.publish("text")
    (site.folder / "other").mkdir()
    (site.folder / "other/index.html").write_text("<title>Other</title>")
    added = Cid.parse(site.run("add", str(site.folder / "other"))["root"])
    assert added in site.blocks()
    assert site.run("prune")["cache"]["blocks"] == 2
    assert added not in site.blocks()


def test_while_another_run_publishes_nothing_is_let_go_of(site: Site) -> None:
    site.publish("text")
    with site.journal().locked():
        assert site.run("prune", "--yes", code=75)["error"]["kind"] == "Unfinished"
        assert site.run("prune", "--dry-run")["going"] == []


def test_a_store_that_cannot_be_asked_stops_no_other_and_is_told_at_the_end(tmp_path: Path, capsys: Captured) -> None:
    site = Site(tmp_path / "site", HERE, capsys)
    for number in range(4):
        site.publish(f"text {number}")
    with (site.folder / "publish.toml").open("a") as config:
        config.write(AWAY)
    told = site.run("prune", "--yes", code=4)
    assert len(told["unpinned"]) == 2
    assert told["error"]["who"] == "away"
    assert len(site.run("prune", "--dry-run", code=4)["kept"]) == 2


# Names


@pytest.fixture(scope="module")
def net() -> Iterator[Devnet]:
    with devnet() as running:
        yield running


@pytest.fixture
def named(net: Devnet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Site:
    monkeypatch.setenv("PUBLISH_KEY", net.key)
    name = f"[names.main]\nkind = 'ens'\nname = 'demo.eth'\nrpc = ['{net.url}']\nchain-id = {net.chain_id}\n"
    return Site(tmp_path / "site", HERE + name + "signer = 'env:PUBLISH_KEY'\n", capsys)


def test_what_the_name_shows_stays_however_old_it_is(named: Site) -> None:
    shown = named.publish("text 0")
    others = [named.publish(f"text {number}", "--skip-name") for number in range(1, 5)]
    told = named.run("prune", "--yes")
    assert [row["root"] for row in told["unpinned"]] == sorted(others[:2])
    assert {row["root"]: row["why"] for row in told["kept"]}[shown] == ["demo.eth shows it"]


def test_a_root_that_was_proposed_stays(named: Site) -> None:
    proposed = named.publish("text 0", "--skip-name")
    named.journal().append(Named("demo.eth", "", f"ipfs://{proposed}", "proposed"))
    for number in range(1, 5):
        named.publish(f"text {number}", "--skip-name")
    assert proposed not in {row["root"] for row in named.run("prune", "--yes")["unpinned"]}


def test_when_the_chain_cannot_be_read_nothing_goes(named: Site) -> None:
    for number in range(4):
        named.publish(f"text {number}")
    blocks = named.blocks()
    config = (named.folder / "publish.toml").read_text()
    (named.folder / "publish.toml").write_text(config.replace("rpc = ['", "rpc = ['http://127.0.0.1:1'] # ['"))
    told = named.run("prune", "--yes", code=5)
    assert told["error"]["kind"] == "RpcError"
    assert "nothing was unpinned" in told["error"]["message"]
    assert named.blocks() == blocks


def without_journal(site: Site) -> None:
    (site.folder / ".publish/journal.jsonl").unlink()


def test_a_runner_without_a_journal_lets_go_of_what_the_name_showed_and_keeps_what_it_cannot_know(
    kubo: Node, net: Devnet, named: Site
) -> None:
    config = named.folder / "publish.toml"
    config.write_text(config.read_text().replace(HERE, f"[stores.node]\nkind = 'kubo'\napi = '{kubo.api}'\n"))
    roots = []
    for number in range(5):
        roots.append(named.publish(f"text {number}"))
        without_journal(named)  # as each run of a hosted runner begins
    preview = named.publish("not named", "--skip-name")
    without_journal(named)
    assert set(kubo.pins()) == {*roots, preview}
    told = named.run("prune", "--yes")
    assert {row["root"] for row in told["unpinned"]} == set(roots[:3])
    assert set(kubo.pins()) == {*roots[3:], preview}
    why = {row["root"]: row["why"] for row in told["kept"]}
    assert why[preview] == ["neither the journal of this folder nor the chain has it"]
    assert "one of the last 2 that demo.eth showed" in why[roots[3]]
    assert named.run("prune", "--yes")["going"] == []


def test_a_chain_whose_history_cannot_be_read_lets_nothing_go_that_the_journal_does_not_have(
    named: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        named.publish(f"text {number}")
    without_journal(named)

    def silent(self: Any) -> Iterator[Any]:
        raise RpcError("rpc", "no answer", hint="run again")

    monkeypatch.setattr("publisher.names.ens.service.EnsName.history", silent)
    told = named.run("prune", "--yes")
    assert told["going"] == []
    assert any("the roots that the journal does not have stay" in line for line in told["warnings"])


class Shown:
    """A name of which only this is asked."""

    name, kind = "demo.eth", "ens"

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def shows(self) -> str:
        return self.uri


@pytest.mark.parametrize(("now", "moved"), [("ipfs://bafyold", False), ("ipfs://bafynew", True)])
def test_a_name_that_moved_while_the_question_stood_stops_it(now: str, moved: bool) -> None:
    going = RetentionPlan((), (PinRemoval("here", Cid(b"")),))
    look = PruneReport({"demo.eth": "ipfs://bafyold"}, going, (), {}, {}, Weight())
    names: Any = [Shown(now)]
    if moved:
        with pytest.raises(RecordMoved, match="nothing was unpinned"):
            unchanged(names, look)
    else:
        unchanged(names, look)


# A node that two sites share


def test_of_two_sites_on_one_node_one_is_pruned_and_the_others_pins_stay(
    kubo: Node, tmp_path: Path, capsys: Captured
) -> None:
    node = f"[stores.node]\nkind = 'kubo'\napi = '{kubo.api}'\n"
    mine, theirs = (Site(tmp_path / name, node, capsys, title=name) for name in ("mine", "他们的"))
    roots = [mine.publish(f"text {number}") for number in range(4)]
    others = [theirs.publish(f"text {number}") for number in range(4)]
    told = mine.run("prune", "--yes")
    assert {row["root"] for row in told["unpinned"]} == set(roots[:2])
    assert set(kubo.pins()) == {*roots[2:], *others}
    assert {kubo.pins()[root] for root in others} == {"他们的"}
    kubo.call("pin/add", others[3], name="mine")  # a root that this journal does not know, under our name
    assert mine.run("prune", "--yes")["going"] == []
    assert set(kubo.pins()) == {*roots[2:], *others}


def test_a_root_that_another_site_pins_too_is_not_let_go_of(kubo: Node, tmp_path: Path, capsys: Captured) -> None:
    site = Site(tmp_path / "mine", f"[stores.node]\nkind = 'kubo'\napi = '{kubo.api}'\n", capsys, title="mine")
    first = site.publish("text 0")
    kubo.call("pin/rm", first)
    kubo.call("pin/add", first, name="theirs")
    roots = [site.publish(f"text {number}") for number in range(1, 4)]
    told = site.run("prune", "--yes")
    assert [row["root"] for row in told["unpinned"]] == [roots[0]]
    assert kubo.pins()[first] == "theirs"
    assert site.run("prune", "--yes")["going"] == []  # it is asked about once


def test_two_sites_of_one_title_on_one_node_let_go_of_nothing_of_each_other(
    kubo: Node, tmp_path: Path, capsys: Captured
) -> None:
    node = f"[stores.node]\nkind = 'kubo'\napi = '{kubo.api}'\n"
    mine, theirs = (Site(tmp_path / name / "blog", node, capsys, title="Blog") for name in ("mine", "theirs"))
    both = mine.publish("the same")
    assert theirs.publish("the same") == both
    others = [theirs.publish(f"text {number}") for number in range(3)]
    assert both not in {row["root"] for row in theirs.run("prune", "--yes")["unpinned"]}
    assert both in {row["root"] for row in theirs.run("prune", "--yes")["kept"]}
    assert set(kubo.pins()) >= {both, *others[1:]}
    assert mine.run("prune", "--yes")["going"] == []
    assert set(kubo.pins()) >= {both, *others[1:]}


SHARED = "<!doctype html><title>One for both</title><p>the same bytes"


def both(folder: Path, store: str, capsys: Captured, titles: tuple[str, str]) -> tuple[Site, Site, str]:
    """Two sites that have published one root to one store, made by another tool, so that no title is in it."""
    one, two = (Site(folder / name, store, capsys, title=title) for name, title in zip("ab", titles, strict=True))
    (folder / "made").mkdir()
    (folder / "made/index.html").write_text(SHARED)
    roots = [site.run("deploy", "--yes", str(folder / "made"))["root"] for site in (one, two)]
    assert roots[0] == roots[1]
    return one, two, roots[0]


TITLES = pytest.mark.parametrize("titles", [("mine", "theirs"), ("Blog", "Blog")])


@TITLES
def test_what_a_second_site_shows_too_stays_until_both_have_let_go(
    kubo: Node, tmp_path: Path, capsys: Captured, titles: tuple[str, str]
) -> None:
    one, two, root = both(tmp_path, f"[stores.node]\nkind = 'kubo'\napi = '{kubo.api}'\n", capsys, titles)
    for number in range(3):
        one.publish(f"text {number}")
    told = one.run("prune", "--yes")
    assert root not in {row["root"] for row in told["unpinned"]}
    assert "another site uses it on node" in next(row["why"] for row in told["kept"] if row["root"] == root)
    assert two.run("status")["stores"][0]["held"] is True
    for number in range(3, 6):
        two.publish(f"text {number}")
    assert root not in {row["root"] for row in two.run("prune", "--yes")["unpinned"]}  # the pin is the first one's
    assert root in kubo.pins()
    assert root in {row["root"] for row in one.run("prune", "--yes")["unpinned"]}
    assert root not in kubo.pins()
    assert not [name for name in kubo.pins().values() if name.startswith(MARK)]


@TITLES
def test_the_second_of_two_sites_never_lets_go_of_what_the_first_shows(
    kubo: Node, tmp_path: Path, capsys: Captured, titles: tuple[str, str]
) -> None:
    one, two, root = both(tmp_path, f"[stores.node]\nkind = 'kubo'\napi = '{kubo.api}'\n", capsys, titles)
    for number in range(3):
        two.publish(f"text {number}")
    two.run("prune", "--yes")
    assert root in kubo.pins()
    again = one.run("deploy", "--yes", str(tmp_path / "made"))
    assert [row["status"] for row in again["stores"]] == ["pinned"]
    assert "plan" in again
    assert again["plan"] == []


def test_a_mark_that_these_credentials_may_not_take_back_is_taken_back_by_the_next_that_may(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = {
        "publisher": {"AuthSecret": "bearer:few", "AllowedPaths": [f"/api/v0/{right}" for right in RIGHTS]},
        "owner": {"AuthSecret": "bearer:all", "AllowedPaths": ["/api/v0"]},
    }
    node = prepare(tmp_path / "repo", API={"Authorizations": people})
    node.credentials = "Bearer all"
    try:
        node.start()
        monkeypatch.setenv("PUBLISH_TOKEN", "few")
        store = f"[stores.node]\nkind = 'kubo'\napi = '{node.api}'\ntoken-env = 'PUBLISH_TOKEN'\n"
        _, two, root = both(tmp_path, store, capsys, ("mine", "theirs"))
        for number in range(3):
            two.publish(f"text {number}")
        assert "pin/rm" in two.run("prune", "--yes", code=4)["error"]["message"]
        monkeypatch.setenv("PUBLISH_TOKEN", "all")
        assert root in {row["root"] for row in two.run("prune", "--yes")["going"]}
        marks = [name for name in node.pins().values() if name.startswith(MARK) and root in name]
        assert [name.rpartition(" ")[2] for name in marks] == ["mine"]
    finally:
        node.stop()


def test_a_site_that_got_another_name_lets_go_of_what_it_pinned_under_the_old_one(
    kubo: Node, tmp_path: Path, capsys: Captured
) -> None:
    node = f"[stores.node]\nkind = 'kubo'\napi = '{kubo.api}'\n"
    site = Site(tmp_path / "site", node, capsys, title="Before")
    old = [site.publish(f"text {number}") for number in range(2)]
    config = site.folder / "publish.toml"
    config.write_text(config.read_text().replace("Before", "以后"))
    new = [site.publish(f"text {number}") for number in range(2)]
    assert {row["root"] for row in site.run("prune", "--yes")["unpinned"]} == set(old)
    assert not {*old} & set(kubo.pins())
    assert {*new} <= set(kubo.pins())


def test_blocks_that_are_not_here_to_be_counted_are_said_not_to_be_known(
    kubo: Node, tmp_path: Path, capsys: Captured
) -> None:
    site = Site(tmp_path / "mine", f"[stores.node]\nkind = 'kubo'\napi = '{kubo.api}'\n", capsys, title="mine")
    roots = [site.publish(f"text {number}") for number in range(3)]
    for path in (site.folder / ".publish/cache").glob("cache.sqlite*"):
        path.unlink()
    told = site.run("prune", "--yes")
    assert told["freed"] == {"node": None}
    assert set(kubo.pins()) == set(roots[1:])


# After a publish


def session_of(site: Site) -> Session:
    return Session(site=site.folder)


def test_a_cache_that_has_grown_is_made_small_after_a_publish_and_no_pin_is_touched(site: Site) -> None:
    filler = "".join(f"{number} words of a long text that nobody reads. " for number in range(3000))
    for number in range(6):
        site.publish(f"{number} {filler}")
    session = session_of(site)
    held = session.cache().pins()
    for kept in held:
        session.cache().unpin(kept, "Example")
    session.cache().commit()
    before = (site.folder / ".publish/cache/cache.sqlite").stat().st_size
    tidy(session, session.settings())
    assert (site.folder / ".publish/cache/cache.sqlite").stat().st_size == before  # below the floor
    tidy(session, session.settings(), floor=0)
    after = (site.folder / ".publish/cache/cache.sqlite").stat().st_size
    blocks = site.blocks()
    tidy(session, session.settings(), floor=0)
    session.close()
    assert after < before / 2
    assert site.blocks() == blocks
    assert not [event for event in site.journal().events() if isinstance(event, Unpinned)]
    newest = [event.root for event in site.journal().events() if isinstance(event, Pinned)][-2:]
    session = session_of(site)
    for root in newest:
        assert all(walk.reachable(session.cache().get, Cid.parse(root)))
    session.close()


def test_who_only_builds_has_a_small_cache_too(site: Site) -> None:
    site.run("build")
    lost = [Cid.make(Codec.RAW, sha256(b"%d: of long ago" % number)) for number in range(64)]
    db = sqlite3.connect(site.folder / ".publish/cache/cache.sqlite")
    with db:
        db.executemany("INSERT INTO block VALUES (?, zeroblob(?))", [(cid.raw, FLOOR // 64) for cid in lost])
    db.close()
    built = Cid.parse(site.run("build")["root"])
    assert not site.blocks() & {*lost}
    assert built in site.blocks()
    assert (site.folder / ".publish/cache/cache.sqlite").stat().st_size < 1 << 20


def test_the_run_that_made_the_cache_counts_no_blocks(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GarbageCollector, "mark", None)  # a call raises TypeError
    session = session_of(site)
    session.cache().remember("filler", b"", bytes(1 << 20))
    tidy(session, session.settings(), floor=0)
    size = (site.folder / ".publish/cache/cache.sqlite").stat().st_size
    assert int(session.cache().recall(KEPT, b"") or b"0") <= size
    session.close()
    session = session_of(site)
    session.cache().forget(KEPT, [b""])
    with pytest.raises(TypeError):  # an earlier run made this cache, so its blocks are counted
        tidy(session, session.settings(), floor=0)
    session.close()


def test_a_cache_folder_that_was_deleted_meanwhile_is_no_fault(site: Site) -> None:
    site.publish("text")
    session = session_of(site)
    session.cache()
    shutil.rmtree(site.folder / ".publish/cache")
    tidy(session, session.settings())
    session.close()


def test_while_another_run_builds_the_cache_is_left_alone(site: Site) -> None:
    site.publish("text")
    blocks = site.blocks()
    session = session_of(site)
    with session.cache().steady():
        tidy(session, session.settings(), floor=0)
    session.close()
    assert site.blocks() == blocks


def test_the_embedded_store_lets_go_only_of_what_has_the_sites_name(site: Site) -> None:
    root = Cid.parse(site.publish("text"))
    session = session_of(site)
    here = Embedded("here", session.cache_pool())
    assert not here.unpin(root, "another", frozenset())
    assert here.pins("Example") == {root}
    session.close()
