"""What a doctor finds at a Kubo node, on real ones; it changes nothing."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from publisher.dag.unixfs import LEGACY, MODERN
from publisher.findings import Finding
from publisher.stores.base import Store, Upload
from publisher.stores.kubo.errors import MORE, RIGHTS
from publisher.stores.kubo.health import examine
from publisher.stores.kubo.profile import SAMPLES, own_profile
from publisher.stores.kubo.rights import authorizations
from tests.services.kubo import LEGACY as LEGACY_NODE
from tests.services.kubo import Node, prepare, running
from tests.stores.fakenode import fake_node, refusal, reply
from tests.stores.kubo.test_kubo import SECRETS, open_store, silent
from tests.stores.sites import Blocks, pages

TOKENS: dict[str, list[str]] = {
    "least": [*RIGHTS],
    "pinner": [*RIGHTS, *MORE],
    "few": ["pin/ls", "dag/stat"],
    "keeper": [*RIGHTS, *MORE, "pin/rm"],
    "wide": [*RIGHTS, *MORE, "config", "key", "repo/gc", "shutdown"],
    "everything": [""],
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    people = {
        name: {"AuthSecret": f"bearer:{name}", "AllowedPaths": [f"/api/v0/{path}".rstrip("/") for path in paths]}
        for name, paths in TOKENS.items()
    }
    node = prepare(tmp_path_factory.mktemp("guarded") / "repo", API={"Authorizations": people})
    node.credentials = "Bearer everything"
    try:
        node.start()
        yield node
    finally:
        node.stop()


@pytest.fixture
def with_token(guarded: Node, monkeypatch: pytest.MonkeyPatch) -> Any:
    def open_with(name: str) -> Store:
        monkeypatch.setitem(SECRETS, "PUBLISH_TOKEN", name)
        return open_store(guarded, token_env="PUBLISH_TOKEN")

    return open_with


def one(store: Store, words: str) -> Finding:
    """The first finding that says so."""
    findings = list(store.examine())
    for finding in findings:
        if words in finding.what:
            return finding
    raise AssertionError("\n".join(f"{f.level} {f.what}" for f in findings))


def said(store: Store) -> str:
    return "\n".join(f"{f.level} {f.what} {f.fix}" for f in store.examine())


# Rights


def test_the_least_rights_are_enough_and_not_too_much(with_token: Any) -> None:
    findings = list(with_token("pinner").examine())
    assert [f.level for f in findings] == ["ok", "ok", "note"]
    assert "and nothing else" in findings[1].what
    assert "storage, disk, peers, announcements" in findings[2].what


def test_what_only_pinning_services_need_is_a_note(with_token: Any) -> None:
    finding = one(with_token("least"), "pinning services")
    assert (finding.level, all(right in finding.what for right in MORE)) == ("note", True)


def test_a_token_that_may_let_go_of_roots_is_told(with_token: Any) -> None:
    assert one(with_token("keeper"), "remove pins").level == "note"


def test_each_right_that_is_missing_is_named_and_so_is_its_path(with_token: Any) -> None:
    finding = one(with_token("few"), "may not call dag/import")
    assert finding.level == "fault"
    lacking = set(RIGHTS) - {"pin/ls", "dag/stat"}
    assert set(finding.fix.partition(": ")[2].split(", ")) == {f"/api/v0/{right}" for right in lacking}


def test_rights_that_no_deploy_needs_are_named_by_what_they_allow(with_token: Any) -> None:
    finding = one(with_token("wide"), "more than a deploy needs")
    assert finding.level == "warning"
    told = finding.what.partition(": ")[2].split("; ")
    assert len(told) == 4
    for words in ("change its configuration", "its keys", "collect its garbage", "stop it"):
        assert any(words in one for one in told)


def test_a_token_for_everything_is_told_as_that(with_token: Any) -> None:
    assert one(with_token("everything"), "the whole interface").level == "warning"


def test_a_node_that_lets_in_whoever_comes_is_told_where_a_token_is_sent(kubo: Node, monkeypatch: Any) -> None:
    monkeypatch.setitem(SECRETS, "PUBLISH_TOKEN", "any")
    finding = one(open_store(kubo, token_env="PUBLISH_TOKEN"), "also serves requests without credentials")
    assert finding.level == "warning"
    assert "start the node" in finding.fix


def test_a_token_that_the_node_does_not_know_is_the_one_fault_that_is_told(with_token: Any) -> None:
    (finding,) = with_token("a-secret-nobody-knows").examine()
    assert finding.level == "fault"
    assert "does not accept the credentials" in finding.what
    assert "nobody-knows" not in repr(finding)


def test_a_proxy_that_answers_404_to_all_it_does_not_let_through_is_no_token_for_everything() -> None:
    replies: dict[str, Any] = {right.replace("/", "_"): reply("x", "400 Bad Request", "text/plain") for right in RIGHTS}
    with fake_node(**(replies | {"pin_ls": refusal("invalid path")})) as node:
        assert "more than a deploy needs" not in said(open_store(node, token_env="PUBLISH_TOKEN"))


def test_looking_at_rights_stops_nothing_and_changes_nothing(guarded: Node, with_token: Any) -> None:
    blocks = Blocks()
    root = blocks.site(pages(3))
    with_token("everything").put(Upload(root, "site", blocks.get), silent)
    before = state(guarded)
    for name in TOKENS:
        list(with_token(name).examine())
    assert state(guarded) == before
    assert guarded.process is not None
    assert guarded.process.poll() is None


def state(node: Node) -> tuple[object, ...]:
    """All that could be changed on a node."""
    config = json.loads(node.call("config/show"))
    return node.pins(), node.call("refs/local"), config, node.call("key/list"), node.call("files/ls")


def test_a_node_on_this_machine_may_be_open_and_elsewhere_not(kubo: Node) -> None:
    assert one(open_store(kubo), "asks for no credentials").level == "note"


@pytest.mark.parametrize("credentials", [False, True])
def test_an_interface_that_others_reach_needs_credentials_and_tls(credentials: bool) -> None:
    with fake_node() as node:
        token = "PUBLISH_TOKEN" if credentials else ""
        rpc = open_store(node, token_env=token).rpc  # type: ignore[attr-defined]
        away = replace(rpc, call_info=replace(rpc.call_info, where="http://node.example.org:5001"))
        findings = list(examine(away, ""))
    words = "unencrypted" if credentials else "anyone who can connect to it can stop the node"
    assert next(f for f in findings if words in f.what).level == "warning"


@pytest.mark.parametrize("basic", [False, True])
def test_the_least_rights_as_they_are_printed_are_taken_by_a_node(tmp_path: Path, basic: bool) -> None:
    printed = json.dumps(authorizations(RIGHTS, basic))
    filled = json.loads(printed.replace("TOKEN", "token-of-the-publisher").replace("USER:PASSWORD", "anna:pass"))
    node = prepare(tmp_path / "repo", API={"Authorizations": filled})
    node.credentials = "Basic YW5uYTpwYXNz" if basic else "Bearer token-of-the-publisher"
    try:
        node.start()
        assert b"Keys" in node.call("pin/ls", type="recursive")
    finally:
        node.stop()


# Profile


@pytest.mark.parametrize(("node_profile", "name"), [("test,unixfs-v1-2025", MODERN.name), (LEGACY_NODE, LEGACY.name)])
def test_a_nodes_own_profile_is_found_out(tmp_path: Path, node_profile: str, name: str) -> None:
    with running(tmp_path / "repo", node_profile, offline=True) as node:
        store = open_store(node)
        assert own_profile(store.rpc) == name  # type: ignore[attr-defined]
        level = "ok" if name == MODERN.name else "note"
        assert one(store, f"`ipfs add` on the node uses the profile {name}").level == level


@pytest.mark.parametrize("more", [{"UnixFSRawLeaves": False}, {"UnixFSChunker": "size-262144"}])
def test_a_profile_that_differs_in_one_thing_is_one_of_its_own(tmp_path: Path, more: dict[str, object]) -> None:
    with running(tmp_path / "repo", offline=True, Import=more) as node:
        assert "uses settings of its own" in one(open_store(node), "`ipfs add`").what


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"UnixFSFileMaxLinks": 174}, ""),
        ({"UnixFSHAMTDirectorySizeThreshold": "1MiB"}, ""),
        ({"UnixFSHAMTDirectorySizeEstimation": "links"}, ""),
        ({"UnixFSHAMTDirectorySizeEstimation": None}, ""),  # then it is `links`
        ({"UnixFSHAMTDirectoryMaxFanout": 1024}, ""),
        ({"UnixFSDirectoryMaxLinks": 100}, ""),
        ({"UnixFSHAMTDirectorySizeThreshold": "262144", "UnixFSDirectoryMaxLinks": None}, MODERN.name),
        ({"UnixFSHAMTDirectorySizeThreshold": None, "UnixFSHAMTDirectoryMaxFanout": None}, MODERN.name),
    ],
)
def test_what_no_sample_shows_is_read_where_that_is_allowed(tmp_path: Path, more: dict[str, object], name: str) -> None:
    with running(tmp_path / "repo", offline=True, Import=more) as node:
        assert own_profile(open_store(node).rpc) == name  # type: ignore[attr-defined]


def test_the_first_publish_says_that_the_node_would_give_another_root_and_an_edit_does_not_ask(tmp_path: Path) -> None:
    blocks = Blocks()
    old, new = blocks.site(pages(5)), blocks.site(pages(5, edited=[1]))
    with running(tmp_path / "repo", LEGACY_NODE) as node:
        store = open_store(node)
        note = store.put(Upload(old, "site", blocks.get), silent).note
        assert LEGACY.name in note
        assert "another root" in note
        assert store.put(Upload(old, "site", blocks.get), silent).note == ""
        assert store.put(Upload(new, "site", blocks.get, (old,)), silent).note == ""
        assert own_profile(store.rpc) == LEGACY.name  # type: ignore[attr-defined]


def test_nothing_is_said_of_a_profile_that_is_ours_or_may_not_be_asked_for(kubo: Node, with_token: Any) -> None:
    blocks = Blocks()
    shipment = Upload(blocks.site(pages(2)), "site", blocks.get)
    assert open_store(kubo).put(shipment, silent).note == ""
    assert with_token("least").put(shipment, silent).note == ""


def test_asking_for_the_profile_stores_nothing(kubo: Node) -> None:
    own_profile(open_store(kubo).rpc)  # type: ignore[attr-defined]
    held = kubo.call("refs/local")
    own_profile(open_store(kubo).rpc)  # type: ignore[attr-defined]
    assert kubo.call("refs/local") == held
    assert max(map(len, SAMPLES.values())) > 256 << 10


# Its state


def test_a_node_without_peers_that_announces_nothing_is_told(kubo: Node) -> None:
    assert one(open_store(kubo), "the node has no peers").level == "warning"
    assert one(open_store(kubo), "the node announces nothing").level == "warning"


def test_an_offline_node_is_told(tmp_path: Path) -> None:
    with running(tmp_path / "repo", offline=True) as node:
        store = open_store(node)
        assert one(store, "the node is offline").level == "warning"
        assert "announces nothing" not in said(store)


@pytest.mark.parametrize(("strategy", "level"), [("roots", "note"), ("mfs", "warning"), ("pinned", "")])
def test_a_strategy_that_announces_too_little_is_told(tmp_path: Path, strategy: str, level: str) -> None:
    provide = {"Enabled": True, "Strategy": strategy}
    with running(tmp_path / "repo", Provide=provide, Routing={"Type": "dht"}) as node:
        findings = [f for f in open_store(node).examine() if "announces" in f.what]
    assert [f.level for f in findings] == ([level] if level else [])


def test_a_node_that_has_nobody_to_announce_to_is_told(tmp_path: Path) -> None:
    with running(tmp_path / "repo", Provide={"Enabled": True}, Routing={"Type": "none"}) as node:
        store = open_store(node)
        assert store.rpc.call("provide/stat")  # type: ignore[attr-defined]  # it counts all the same
        assert one(store, "the node announces nothing").level == "warning"


def test_what_is_announced_only_once_is_told(tmp_path: Path) -> None:
    with running(
        tmp_path / "repo", Provide={"Enabled": True, "DHT": {"Interval": "0"}}, Routing={"Type": "dht"}
    ) as node:
        assert one(open_store(node), "never again").level == "warning"


@pytest.mark.parametrize(
    ("most", "watermark", "level"),
    [("20KB", 90, "warning"), ("10GB", 90, "ok"), ("100KB", 90, "ok"), ("100KB", 10, "warning")],
)
def test_a_repository_that_is_nearly_full_is_told(tmp_path: Path, most: str, watermark: int, level: str) -> None:
    datastore = {"StorageMax": most, "StorageGCWatermark": watermark}
    with running(tmp_path / "repo", offline=True, Datastore=datastore) as node:
        assert one(open_store(node), "the node's repository holds").level == level


@pytest.mark.parametrize(("used", "level"), [(899, "ok"), (900, "warning"), (2000, "warning")])
def test_the_repository_counts_as_full_where_garbage_is_collected(used: int, level: str) -> None:
    with fake_node(repo_stat=reply(json.dumps({"RepoSize": used, "StorageMax": 1000}))) as node:
        assert one(open_store(node), "the node's repository").level == level


@pytest.mark.parametrize(
    ("free", "level"),
    [(99_999_999, "fault"), (100_000_000, "warning"), (1_999_999_999, "warning"), (2_000_000_000, "")],
)
def test_a_disk_that_is_nearly_full_is_told(free: int, level: str) -> None:
    body = json.dumps({"diskinfo": {"free_space": free, "total_space": 10**12}})
    with fake_node(diag_sys=reply(body)) as node:
        assert [f.level for f in open_store(node).examine() if "the node's disk" in f.what] == (
            [level] if level else []
        )


@pytest.mark.parametrize(("count", "level"), [(1, "warning"), (3, "warning"), (4, "ok")])
def test_few_peers_are_told(count: int, level: str) -> None:
    with fake_node(swarm_peers=reply(json.dumps({"Peers": [{"Peer": "x"}] * count}))) as node:
        assert one(open_store(node), "peer").level in (level, "note")
        assert next(f for f in open_store(node).examine() if "the node has" in f.what).level == level


@pytest.mark.parametrize(
    ("gateway", "level", "words"),
    [("its own", "ok", "gives blocks"), ("http://127.0.0.1:1", "fault", "no answer")],
)
def test_its_gateway_is_tried(kubo: Node, gateway: str, level: str, words: str) -> None:
    store = open_store(kubo, gateway=kubo.gateway if gateway == "its own" else gateway)
    finding = one(store, "the node's gateway")
    assert (finding.level, words in finding.what) == (level, True)


def test_a_node_that_does_not_answer_or_is_too_old_is_the_one_fault_that_is_told() -> None:
    with fake_node(version=reply('{"Version":"0.39.0"}')) as node:
        assert [(f.level, "too old" in f.what) for f in open_store(node).examine()] == [("fault", True)]
    (finding,) = open_store(node).examine()  # it has ended
    assert (finding.level, "ipfs daemon" in finding.fix) == ("fault", True)


@pytest.mark.parametrize(("wrong", "told"), [(3 * 3600, True), (-3 * 3600, True), (30, False)])
def test_a_clock_that_differs_from_the_nodes_is_told(kubo: Node, wrong: float, told: bool) -> None:
    rpc = open_store(kubo).rpc  # type: ignore[attr-defined]
    findings = [f for f in examine(rpc, "", now=lambda: time.time() + wrong) if "clock" in f.what]
    assert [("3 hours" in f.what, f.level) for f in findings] == ([(True, "warning")] if told else [])
