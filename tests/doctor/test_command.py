"""`publish doctor` on real services: what it finds, how it ends, and that it leaves all as it was."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from publisher.cache.store import Cache
from publisher.dag.cid import Cid, Codec, sha256
from publisher.journal.events import Wanted
from publisher.journal.log import Journal
from publisher.stores.kubo.errors import MORE, RIGHTS
from tests.cli.test_cli import call
from tests.services.chain import OWNER, Anvil
from tests.services.kubo import Node, prepare
from tests.services.publish_toml import publish_toml

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for key in list(os.environ):
        if key.startswith(("PUBLISH_", "GITHUB_")):
            monkeypatch.delenv(key)
    monkeypatch.setenv("PUBLISH_KEY", OWNER.key)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def site(here: Path, kubo: Node, chain: Anvil, capsys: Captured) -> Path:
    """A site that was published."""
    assert call("init", ".") == 0
    (here / "publish.toml").write_text(publish_toml(chain.url, api=kubo.api), encoding="utf-8")
    assert call("--yes", "--json") == 0
    capsys.readouterr()
    return here


def doctor(capsys: Captured, code: int = 0) -> dict[str, Any]:
    assert call("doctor", "--json") == code
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def snapshot(folder: Path, kubo: Node, chain: Anvil) -> tuple[object, ...]:
    files = {
        str(path): (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }
    config = json.loads(kubo.call("config/show"))
    on_chain = chain.record("demo.eth"), chain.height(), chain.nonce(OWNER.address), chain.pool()
    return files, config, kubo.pins(), kubo.call("refs/local"), kubo.call("key/list"), on_chain


def test_a_site_that_can_be_published_has_no_fault_and_nothing_was_changed(
    site: Path, kubo: Node, chain: Anvil, capsys: Captured
) -> None:
    doctor(capsys)
    before = snapshot(site, kubo, chain)
    answer = doctor(capsys)
    assert snapshot(site, kubo, chain) == before
    assert {row["who"] for row in answer["findings"]} >= {"python", "publish.toml", ".publish", "journal", "local"}
    assert "demo.eth" in {row["who"] for row in answer["findings"]}
    assert all(set(row) == {"who", "level", "what", "fix"} for row in answer["findings"])
    assert "fault" not in {row["level"] for row in answer["findings"]}
    assert "error" not in answer


def test_a_folder_without_a_site_is_looked_at_and_stays_empty(here: Path, capsys: Captured) -> None:
    answer = doctor(capsys, 2)
    assert any("no publish.toml" in row["what"] and row["level"] == "fault" for row in answer["findings"])
    assert answer["error"]["kind"] == "ConfigError"
    assert list(here.iterdir()) == []


def test_every_fault_of_the_configuration_is_a_finding_and_the_machine_is_looked_at(
    here: Path, capsys: Captured
) -> None:
    (here / "publish.toml").write_text("[site]\ntitel = 'x'\n[stores.a]\nkind = 'kub'\n", encoding="utf-8")
    answer = doctor(capsys, 2)
    faults = [row for row in answer["findings"] if row["level"] == "fault"]
    assert {row["who"] for row in faults} >= {"publish.toml:2", "publish.toml:4"}
    assert any("did you mean title" in row["fix"] for row in faults)
    assert {"python", ".publish", "journal"} <= {row["who"] for row in answer["findings"]}


@pytest.mark.parametrize(
    ("broken_part", "code", "kind"),
    [
        ("api", 4, "StoreError"),
        ("rpc", 5, "NamingError"),
        ("variable", 5, "NamingError"),
        ("token", 2, "ConfigError"),
        ("journal", 7, "StateError"),
    ],
)
def test_the_exit_code_is_that_of_the_first_fault(
    here: Path,
    kubo: Node,
    chain: Anvil,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
    broken_part: str,
    code: int,
    kind: str,
) -> None:
    nobody = "http://127.0.0.1:1"
    api, rpc = (nobody if broken_part == part else right for part, right in (("api", kubo.api), ("rpc", chain.url)))
    text = publish_toml(rpc, api=api)
    if broken_part == "token":
        text = text.replace('kind = "kubo"\n', 'kind = "kubo"\ntoken-env = "PUBLISH_ABSENT"\n')
    if broken_part == "variable":
        monkeypatch.delenv("PUBLISH_KEY")
    if broken_part == "journal":
        (here / ".publish").mkdir(mode=0o700)
        (here / ".publish/journal.jsonl").write_text("no event\n", encoding="utf-8")
    (here / "publish.toml").write_text(text, encoding="utf-8")
    answer = doctor(capsys, code)
    assert answer["error"]["kind"] == kind
    (fault,) = [row for row in answer["findings"] if row["level"] == "fault"]
    assert fault["fix"]


def test_a_broken_store_and_a_broken_name_are_both_told(here: Path, capsys: Captured) -> None:
    (here / "publish.toml").write_text(publish_toml("http://127.0.0.1:2", api="http://127.0.0.1:1"), "utf-8")
    answer = doctor(capsys, 4)
    assert [row["who"] for row in answer["findings"] if row["level"] == "fault"] == ["local", "demo.eth"]


GATEWAYS = """[site]
title = "Demo"
[deploy]
gateways = ["{url}", "http://127.0.0.1:1"]
[stores.local]
kind = "kubo"
api = "http://127.0.0.1:2"
"""


@pytest.mark.parametrize(
    ("url", "proxy", "said"),
    [
        ("https://gateway.example", "socks5://127.0.0.1:1", "the proxy"),
        ("https://gateway.example", "http://[", "the proxy"),
        ("https://gateway.example", "http://proxy.example:99999", "the proxy"),
    ],
)
def test_a_gateway_that_cannot_be_opened_is_one_finding_and_the_others_are_told(
    here: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, url: str, proxy: str, said: str
) -> None:
    for name in ("https_proxy", "http_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", "elsewhere.example")
    (here / "publish.toml").write_text(GATEWAYS.format(url=url), "utf-8")
    faults = [row for row in doctor(capsys, 4)["findings"] if row["level"] == "fault"]
    assert [row["who"].partition(" ")[0] for row in faults] == ["local", "gateway", "gateway"]
    assert said in faults[1]["what"]
    assert not faults[1]["what"].startswith("gateway")
    assert faults[1]["fix"]
    assert faults[2]["who"] == "gateway http://127.0.0.1:1"


EMBEDDED = """[site]
title = "Demo"
[stores.here]
kind = "embedded"
[stores.local]
kind = "kubo"
api = "http://127.0.0.1:2"
"""


def test_a_cache_that_cannot_be_opened_is_one_finding_and_the_others_are_told(here: Path, capsys: Captured) -> None:
    (here / "publish.toml").write_text(EMBEDDED, "utf-8")
    (here / ".publish/cache/cache.sqlite").mkdir(mode=0o700, parents=True)
    (here / ".publish").chmod(0o700)
    faults = [row for row in doctor(capsys, 7)["findings"] if row["level"] == "fault"]
    assert [row["who"] for row in faults] == ["here", "local"]
    assert "unable to open database file" in faults[0]["what"]
    assert faults[0]["fix"]


@pytest.mark.parametrize("damage", ["file", "page"])
def test_a_damaged_cache_is_told_and_stays_as_it_was(here: Path, capsys: Captured, damage: str) -> None:
    (here / "publish.toml").write_text(EMBEDDED, "utf-8")
    file = here / ".publish/cache/cache.sqlite"
    with Cache(file.parent) as cache:
        cache.pin(Cid.make(Codec.RAW, sha256(b"x")), "x")
    whole = file.read_bytes()
    file.write_bytes(
        b"no data base" * 2000 if damage == "file" else whole[: 1 << 14] + bytes([255]) * (len(whole) - (1 << 14))
    )
    before = file.read_bytes()
    answer = doctor(capsys, 4)
    assert file.read_bytes() == before
    (finding,) = [row for row in answer["findings"] if row["who"] == "here"]
    assert finding["level"] == "warning"
    assert "damaged" in finding["what"]
    assert finding["fix"]


@pytest.mark.parametrize("pinner", [False, True])
def test_the_least_rights_are_printed_ready_to_paste(
    here: Path, capsys: Captured, pinner: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISH_FAR", "token-of-the-service")
    more = '[stores.far]\nkind = "pinning"\napi = "http://127.0.0.1:1"\ntoken-env = "PUBLISH_FAR"\n' if pinner else ""
    (here / "publish.toml").write_text(publish_toml("http://127.0.0.1:2", api="http://127.0.0.1:1") + more, "utf-8")
    answer = doctor(capsys, 4)
    paths = answer["rights"]["local"]["publisher"]["AllowedPaths"]
    assert paths == [f"/api/v0/{right}" for right in (*RIGHTS, *(MORE if pinner else ()))]
    assert call("doctor") == 4
    shown = capsys.readouterr().out
    assert json.loads(shown[shown.index("\n{\n") :]) == answer["rights"]["local"]


def test_no_secret_is_in_any_line(here: Path, kubo: Node, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLISH_TOKEN", "hunter2-token")
    monkeypatch.setenv("PUBLISH_RPC", "http://user:hunter2@127.0.0.1:1/hunter2?k=hunter2")
    text = publish_toml("env:PUBLISH_RPC", api=kubo.api).replace(
        'kind = "kubo"\n', 'kind = "kubo"\ntoken-env = "PUBLISH_TOKEN"\ngateway = "http://127.0.0.1:1/hunter2"\n'
    )
    more = '[deploy]\ngateways = ["http://127.0.0.1:1/hunter2"]\n'
    (here / "publish.toml").write_text(more + text, encoding="utf-8")
    assert call("doctor", "-v") == 4
    said = capsys.readouterr()
    assert "hunter2" not in said.out + said.err
    assert OWNER.key.removeprefix("0x") not in said.out + said.err


def test_quiet_tells_only_what_has_to_be_looked_at(site: Path, capsys: Captured) -> None:
    assert call("doctor", "-q") == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "✓" not in said.out
    assert "least rights" not in said.out
    assert "! local" in said.out


def test_a_run_that_stopped_half_way_is_told(site: Path, capsys: Captured) -> None:
    journal = Journal(site / ".publish")
    with journal.locked():
        journal.append(Wanted(9, "bafyhalf"))
    assert any("bafyhalf" in row["what"] for row in doctor(capsys)["findings"])


def test_a_node_with_dead_bootstrap_peers_and_a_dead_gateway_are_told_with_what_to_put_in_their_place(
    here: Path, capsys: Captured
) -> None:
    dead = "/ip4/127.0.0.1/tcp/1/p2p/12D3KooWGRUVh9nyKRJUMEbaHhdNv1ZfyZ4hKnpqmjqeYpVQyWgM"
    node = prepare(here / "node")
    node.command("config", "--json", "Bootstrap", json.dumps([dead]))
    try:
        node.start()
        assert call("init", "site") == 0
        gateway = '[deploy]\ngateways = ["http://127.0.0.1:1"]\nrouters = ["http://127.0.0.1:1"]\noutside = "never"\n'
        config = f'[site]\ntitle = "x"\n{gateway}[stores.local]\nkind = "kubo"\napi = "{node.api}"\n'
        (here / "site/publish.toml").write_text(config)
        assert call("-C", "site", "--yes", "-q") == 0
        capsys.readouterr()
        assert call("-C", "site", "doctor", "--json") == 4
        rows = json.loads(capsys.readouterr().out)["findings"]
    finally:
        node.stop()
    told = {row["what"]: row for row in rows if row["level"] in ("warning", "fault")}
    (peers,) = [row for what, row in told.items() if "no bootstrap peer of the node answers" in what]
    assert (peers["who"], "Peering.Peers" in peers["fix"]) == ("local", True)
    (gone,) = [row for row in told.values() if row["who"] == "gateway http://127.0.0.1:1"]
    assert "of people you know" in gone["fix"]
    assert any(row["who"] == "outside" and "no gateway finds" in what for what, row in told.items())
    (router,) = [row for row in told.values() if row["who"] == "router http://127.0.0.1:1"]
    assert (router["level"], "[deploy] routers" in router["fix"]) == ("warning", True)
