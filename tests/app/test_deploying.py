"""What the command line adds to a deploy: what is compared, how places are called, what is read from the cache."""

import io
import json
import sqlite3
from hashlib import sha512
from pathlib import Path

import pytest

from publisher.app.deploying import compare, site_of
from publisher.app.sources import gateways
from publisher.cli.text.deploy import plan_line
from publisher.config import parse
from publisher.dag.cid import Cid, Codec
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import MODERN, Link
from publisher.deploy.apply import Move
from publisher.deploy.observe import DeployState, DesiredState
from publisher.deploy.verify import check, sample
from publisher.journal.events import Pinned
from publisher.names.base import NameState
from publisher.report import Report
from publisher.retrieval.trustless import checked
from tests.cli.test_cli import call
from tests.stores.sites import Blocks, pages

IDENTITY = Cid.from_bytes(b"\x01\x55\x00\x05hello")
SITE = b"[site]\ntitle = 'x'\n[stores.here]\nkind = 'embedded'\n"


def test_gateways_are_called_by_their_host_alone_and_apart() -> None:
    text = b"[deploy]\ngateways = ['https://a.example/key1', 'https://a.example/key2', 'http://b.example:81/']\n"
    settings = parse(SITE + text, Path(), Path("publish.toml"))
    assert list(gateways(settings.deploy.gateways, lambda url: "")) == [
        "gateway https://a.example",
        "gateway https://a.example (2)",
        "gateway http://b.example:81",
    ]


@pytest.mark.parametrize("shows", [IDENTITY, Cid.parse("bafyreihltcnuuyqp2jm24aqydpnlj7b6w3ogwrplomrjtg5rifv44mmjey")])
def test_a_name_that_shows_no_site_stops_nothing(shows: Cid) -> None:
    blocks, report = Blocks(), Report(io.StringIO(), io.StringIO())
    blocks.data[shows] = b"\xa1\x61a\x01"
    root = blocks.site(pages(3))
    name = NameState("example.eth", "ens", f"ipfs://{shows}", "", None)
    compare(report, DesiredState(root, "x", blocks.get, 1, 1), DeployState((), (name,), (shows,)))
    assert report.data["changed"] is None
    assert root in sample(blocks.get, root, shows)


def test_what_is_read_back_may_be_hashed_in_any_way_we_can_compute() -> None:
    blocks = Blocks()
    long = Cid.from_bytes(bytes([1, Codec.RAW, 0x13, 64]) + sha512(b"hello").digest())
    blocks.data[long] = b"hello"
    root = add_tree({"a.txt": Link(IDENTITY, 5), "b.txt": Link(long, 5)}, MODERN, blocks.put).cid
    cids = sample(blocks.get, root, None)
    assert {IDENTITY, long} <= set(cids)
    assert check("store", checked(blocks.get, "store"), cids).ok
    assert not check("store", lambda cid: b"other", cids).ok


def test_what_a_cache_lies_about_is_built_once_more_before_a_store_is_sent_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("init") == 0
    Path("publish.toml").write_bytes(SITE)
    assert call("build") == 0
    with sqlite3.connect(".publish/cache/cache.sqlite") as db:
        damage = "UPDATE block SET data = CAST(data || '!' AS BLOB) WHERE instr(data, 'Who writes')"
        assert db.execute(damage).rowcount == 1
    db.close()
    capsys.readouterr()
    assert call("--yes", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert "built once more" in " ".join(told["warnings"])
    with sqlite3.connect(".publish/cache/cache.sqlite") as db:
        assert db.execute("SELECT count(*) FROM block WHERE instr(data, 'Who writes' || '!')").fetchone() == (0,)
    db.close()


def test_an_older_root_that_is_damaged_here_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("init") == 0
    Path("publish.toml").write_bytes(SITE)
    assert call("--yes", "--json") == 0
    old = Cid.parse(json.loads(capsys.readouterr().out.splitlines()[-1])["root"])
    Path("content/about.md").write_text("---\ntitle: Other\n---\n")
    with sqlite3.connect(".publish/cache/cache.sqlite") as db:
        db.execute("UPDATE block SET data = CAST(data || '!' AS BLOB) WHERE cid = ?", (old.raw,))
    db.close()
    assert call("--yes") == 0


def test_a_name_that_shows_the_root_already_is_not_said_to_move() -> None:
    assert plan_line(Move("a.eth", "ipfs://a", "ipfs://a", None)).startswith("name    a.eth: shows this root already")
    assert plan_line(Move("a.eth", "", "ipfs://a", None)) == "name    a.eth: (nothing) -> ipfs://a"


def test_who_may_hold_a_root_and_gives_no_blocks_is_told_where_blocks_are_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    service = "[stores.service]\nkind = 'pinning'\napi = 'http://127.0.0.1:1'\n"
    Path("publish.toml").write_bytes(SITE + service.encode())
    root = Blocks().site(pages(3))
    assert call("rollback", str(root), "--yes") == 4
    assert "asked: the cache, here, service (gives no blocks back: set its `gateway`)" in capsys.readouterr().err
    assert call("verify", str(root)) == 4
    assert "service: not asked, it gives no blocks back: set its `gateway`" in capsys.readouterr().err


def test_who_holds_it_and_who_does_not_answer_is_told_when_nothing_can_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("init") == 0
    Path("publish.toml").write_bytes(SITE)
    assert call("--yes") == 0
    down = "[stores.down]\nkind = 'kubo'\napi = '/ip4/127.0.0.1/tcp/1'\n"
    Path("publish.toml").write_bytes(SITE + down.encode())
    capsys.readouterr()
    assert call("--yes", "--json") == 4
    rows = json.loads(capsys.readouterr().out)["stores"]
    assert {row["name"]: row["status"] for row in rows} == {"here": "pinned", "down": "failed"}


def name(label: str, name: str) -> bytes:
    return f"[names.{label}]\nkind = 'ens'\nname = '{name}'\nrpc = 'http://127.0.0.1:1'\n".encode()


def test_the_id_of_a_site_is_made_from_its_names_in_any_order() -> None:
    one, other = name("a", "alpha.eth"), name("b", "beta.eth")
    ids = [site_of(parse(SITE + names, Path(), Path("publish.toml")), ()) for names in (one + other, other + one, one)]
    assert ids[0] == ids[1] != ids[2]


def test_the_id_of_a_site_without_a_name_is_the_one_in_its_journal() -> None:
    settings = parse(SITE, Path(), Path("publish.toml"))
    assert site_of(settings, ()) != site_of(settings, ())
    events = (Pinned("here", "r", 0, "x", "0123"), Pinned("here", "r", 0, "x", "4567"), Pinned("here", "r", 0))
    assert site_of(settings, events) == "4567"
