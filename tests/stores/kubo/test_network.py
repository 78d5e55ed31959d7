"""What the doctor finds of the services through which a node finds others: each is tried, on real nodes and fakes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from publisher.findings import Finding
from publisher.stores.kubo.network import network
from publisher.stores.kubo.node import Kubo
from tests.services.kubo import Node, prepare
from tests.stores.fakenode import Query, fake_node, refusal, reply
from tests.stores.fakeweb import FakeWeb, said
from tests.stores.kubo.test_kubo import open_store

DEAD = "/ip4/127.0.0.1/tcp/1/p2p/12D3KooWGRUVh9nyKRJUMEbaHhdNv1ZfyZ4hKnpqmjqeYpVQyWgM"


def found(node: Any) -> list[Finding]:
    store = open_store(node)
    assert isinstance(store, Kubo)
    return list(network(store.rpc, lambda url: ""))


@pytest.mark.parametrize(
    ("alive", "level", "words"),
    [
        (False, "warning", "no bootstrap peer of the node answers"),
        (True, "note", "1 of the node's 2 bootstrap peers gave no answer"),
    ],
)
def test_bootstrap_peers_are_dialled_by_a_real_node_and_the_dead_are_named(
    kubo: Node, tmp_path: Path, alive: bool, level: str, words: str
) -> None:
    known = json.loads(kubo.call("id"))["Addresses"][:1] if alive else []
    node = prepare(tmp_path / "node")
    node.command("config", "--json", "Bootstrap", json.dumps([*known, DEAD]))
    try:
        node.start()
        before = node.command("config", "show")
        (finding,) = found(node)
        assert (finding.level, words in finding.what) == (level, True)
        assert "127.0.0.1 (…VQyWgM)" in finding.what
        assert "Peering.Peers" in finding.fix
        assert node.command("config", "show") == before
    finally:
        node.stop()


def test_a_node_whose_peers_all_answer_is_in_order(kubo: Node, tmp_path: Path) -> None:
    node = prepare(tmp_path / "node")
    node.command("config", "--json", "Bootstrap", json.dumps(json.loads(kubo.call("id"))["Addresses"]))
    try:
        node.start()
        assert [(one.level, one.what) for one in found(node)] == [
            ("ok", "every bootstrap peer of the node answers (1)")
        ]
    finally:
        node.stop()


def configured(values: Mapping[str, Any]) -> Any:
    """The answer of a node to a question for one setting."""

    def answer(query: Query) -> bytes:
        key = query["arg"][0] + (" expanded" if query.get("expand-auto") else "")
        if key not in values:
            return refusal(f"key {key} not found")
        return reply(json.dumps({"Key": key, "Value": values[key]}))

    return answer


@pytest.mark.parametrize(
    ("body", "level", "words"),
    [
        (said({"AutoConfVersion": 1}), "ok", "answers"),
        (said({}, "503 Unavailable"), "warning", "gives no configuration (HTTP 503)"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", "warning", "gives no configuration"),
        (b"drop", "warning", "does not answer"),
    ],
)
def test_the_service_of_autoconf_is_asked_if_the_node_uses_it(
    web: FakeWeb, body: bytes, level: str, words: str
) -> None:
    web.on("GET /autoconf.json", body)
    values = {"Bootstrap": ["auto"], "AutoConf.URL": f"{web.url}/autoconf.json", "Bootstrap expanded": [DEAD]}
    with fake_node(config=configured(values), swarm_connect=reply('{"Strings":["connect x success"]}')) as node:
        first, second = found(node)
    assert (first.level, first.what) == ("ok", "every bootstrap peer of the node answers (1)")
    assert (second.level, words in second.what) == (level, True)
    with fake_node(config=configured(values | {"AutoConf.Enabled": False}), swarm_connect=reply("{}")) as node:
        assert len(found(node)) == 1
    with fake_node(config=configured(values | {"Bootstrap": [DEAD]}), swarm_connect=reply("{}")) as node:
        assert len(found(node)) == 1


@pytest.mark.parametrize(
    ("status", "level"), [("200 OK", "ok"), ("404 Not Found", "ok"), ("410 Gone", "warning"), ("500 Oops", "warning")]
)
def test_each_delegated_router_is_asked_for_a_block_that_every_node_has(web: FakeWeb, status: str, level: str) -> None:
    web.on("GET /routing/v1/providers/bafybeiczss", said({"Providers": []}, status))
    gone = "http://127.0.0.1:1"
    for routers in ([web.url], [f"{web.url}/routing/v1/"]):
        values = {"Routing.DelegatedRouters": [*routers, gone]}
        with fake_node(config=configured(values)) as node:
            first, second = found(node)
        assert first.level == level
        assert (second.level, "Routing.DelegatedRouters" in second.fix) == ("warning", True)


def test_what_the_credentials_may_not_do_is_no_fault() -> None:
    forbidden = reply("403 - Forbidden", "403 Forbidden", "text/plain")
    with fake_node(config=forbidden) as node:
        assert found(node) == []
    with fake_node(config=configured({"Bootstrap": [DEAD]}), swarm_connect=forbidden) as node:
        assert [(one.level, "not checked" in one.what) for one in found(node)] == [("note", True)]
