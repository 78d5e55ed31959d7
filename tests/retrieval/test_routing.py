"""Delegated routers: how many peers provide a root, whatever they answer."""

import json

import pytest

from publisher.doctor.run import EMPTY, examine, routers
from publisher.errors import ConfigError, StoreRefused, StoreUnreachable
from publisher.retrieval.routing import providers
from tests.retrieval.test_trustless import CID
from tests.stores.fakenode import reply
from tests.stores.fakeweb import FakeWeb, fake_web

PEERS = [{"Schema": "peer", "ID": each} for each in ("12D3KooWA", "12D3KooWB", "12D3KooWA")]


@pytest.mark.parametrize(
    ("body", "status", "count"),
    [
        ({"Providers": PEERS}, "200 OK", 2),
        ({"Providers": []}, "200 OK", 0),
        ({"Providers": None}, "200 OK", 0),
        ({"Providers": [{"Schema": "unknown"}]}, "200 OK", 0),
        ({"message": "none"}, "404 Not Found", 0),
    ],
)
def test_each_peer_counts_once(body: object, status: str, count: int) -> None:
    with fake_web() as web:
        web.on(f"GET /routing/v1/providers/{CID}", reply(json.dumps(body), status))
        for url in (web.url, f"{web.url}/routing/v1/"):
            assert providers(url, "router")(CID) == count


@pytest.mark.parametrize("body", ["<html>", "[]", '{"Providers": 3}', '{"Providers": [3]}', "{}", "[" * 100_000])
def test_what_is_not_an_answer_of_a_router_is_refused(body: str) -> None:
    with fake_web() as web:
        web.on("GET /routing", reply(body))
        with pytest.raises(StoreRefused, match="does not answer as a delegated router does"):
            providers(web.url, "router")(CID)


def test_a_router_that_is_gone_or_fails_is_named_and_so_is_a_wrong_address() -> None:
    with pytest.raises(StoreUnreachable, match=r"^router"):
        providers("http://127.0.0.1:1", "router")(CID)
    with pytest.raises(ConfigError, match=r"^router"):
        providers("router.example", "router")


def findings(web: FakeWeb, known: object, root: object) -> list[tuple[str, str]]:
    web.on(f"GET /routing/v1/providers/{EMPTY}", reply(json.dumps(known)))
    web.on(f"GET /routing/v1/providers/{CID}", reply(json.dumps(root)))
    done = examine(list(routers({"router": lambda: providers(web.url, "router")}, CID)))
    return [(finding.level, finding.what) for finding in done.findings]


def test_the_doctor_asks_a_router_for_what_every_node_has_and_for_the_root() -> None:
    with fake_web() as web:
        for peers, words in ((PEERS, "2 providers"), (PEERS[:1], "1 provider")):
            told = findings(web, {"Providers": []}, {"Providers": peers})
            assert told == [("ok", f"the router knows {words} of {CID}")]
        ((level, what),) = findings(web, {"Providers": []}, {"Providers": []})
        assert (level, what) == ("warning", f"the router knows no provider of {CID}")
        ((level, what),) = findings(web, "x", {"Providers": PEERS})
        assert (level, "does not answer as" in what) == ("warning", True)
        done = examine(list(routers({"router": lambda: providers(web.url, "router")}, None)))
        assert [finding.level for finding in done.findings] == ["warning"]
