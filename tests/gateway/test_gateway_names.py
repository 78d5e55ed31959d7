"""`publish gateway` with names: of ENS on a real chain, and of DNS from a real name server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.dag.cid import Cid
from publisher.names import contenthash
from tests.gateway.running import gateway, node, root
from tests.services.chain import Anvil
from tests.services.kubo import Node
from tests.services.names import SERVFAIL, SILENT, NameServer, name_server

__all__ = ["node", "root"]


@pytest.fixture
def names(chain: Anvil, root: Cid) -> Anvil:
    for name, record in (
        ("site.eth", contenthash.encode(f"ipfs://{root}")),
        ("swarm.eth", contenthash.encode("bzz://" + "ab" * 32)),
        ("key.eth", bytes.fromhex("e5010172002408011220") + bytes(32)),
        ("empty.eth", b""),
    ):
        chain.register(name)
        if record:
            chain.set_record(name, record)
    return chain


def test_any_eth_site_is_shown_and_what_is_none_says_what_it_is(
    tmp_path: Path, node: Node, root: Cid, names: Anvil
) -> None:
    words = ("--rpc", names.url, "--chain-id", str(int(names.rpc("eth_chainId"), 16)))
    with gateway(tmp_path / "empty", "SITE.eth", "--upstream", node.gateway, *words) as running:
        assert running.url == f"http://site.eth.localhost:{running.port}/"
        status, body, headers = running.get("/docs/", "site.eth.localhost")
        assert (status, body, headers["X-Ipfs-Path"]) == (200, b"<h1>docs</h1>", "/ipns/site.eth/docs/")
        assert headers["Cache-Control"] == "public, max-age=60"
        assert running.get("/ipns/site.eth/docs/")[1] == b"<h1>docs</h1>"
        for name, said in (
            ("swarm.eth", "the name shows bzz://abab"),
            ("key.eth", "the name shows ipns://k"),
            ("empty.eth", "nothing is known here of the name empty.eth"),
            ("nobody.eth", "nothing is known here of the name nobody.eth"),
        ):
            status, body, _ = running.get("/", f"{name}.localhost")
            assert (status, said in body.decode()) == (404, True), body


def test_a_name_without_an_end_point_says_what_is_missing(tmp_path: Path) -> None:
    with gateway(tmp_path / "empty") as running:
        assert b"--rpc URL" in running.get("/", "site.eth.localhost")[1]
    with gateway(tmp_path / "empty", "--offline") as running:
        assert b"without --offline" in running.get("/", "site.eth.localhost")[1]


def test_an_end_point_that_is_down_is_502_and_its_key_is_not_shown(tmp_path: Path) -> None:
    with gateway(tmp_path / "empty", "--rpc", "http://127.0.0.1:1/secret-key") as running:
        status, body, _ = running.get("/", "site.eth.localhost")
        assert (status, b"secret" in body) == (502, False)


def test_a_name_in_another_script_is_found_as_a_browser_sends_it(
    tmp_path: Path, node: Node, root: Cid, chain: Anvil
) -> None:
    chain.register("文章.eth")
    chain.set_record("文章.eth", contenthash.encode(f"ipfs://{root}"))
    words = ("--rpc", chain.url, "--chain-id", str(int(chain.rpc("eth_chainId"), 16)))
    with gateway(tmp_path / "empty", "文章.eth", "--upstream", node.gateway, *words) as running:
        assert running.url == f"http://xn--7dv288b.eth.localhost:{running.port}/"
        assert running.get("/")[2]["Location"] == running.url
        assert running.get("/docs/", "xn--7dv288b.eth.localhost")[1] == b"<h1>docs</h1>"
        assert running.get("/ipns/%E6%96%87%E7%AB%A0.eth/docs/")[1] == b"<h1>docs</h1>"
        way = running.get("/ipns/%E6%96%87%E7%AB%A0.eth/docs/", "localhost")[2]["Location"]
        assert way == f"http://xn--7dv288b.eth.ipns.localhost:{running.port}/docs/"
        host = way.split("/")[2].rpartition(":")[0]
        assert running.get("/docs/", host)[1] == b"<h1>docs</h1>"
        assert running.get("/", "xn--a!.eth.localhost")[0] in (400, 404)


# DNSLink


@pytest.fixture
def dns(root: Cid) -> Iterator[NameServer]:
    with name_server(
        site__example=[f"dnslink=/ipfs/{root}"],
        docs__example=["dnslink=/ipns/site.example/docs"],
        chained__example=["dnslink=/ipns/site.eth"],
        lost__example=[f"dnslink=/ipfs/{root}/nowhere"],
        bad__example=int(SERVFAIL),
        circle__example=["dnslink=/ipns/circle.example"],
        server__lan=SILENT,
    ) as served:
        yield served


def test_a_host_of_dns_shows_what_its_dnslink_says(tmp_path: Path, node: Node, root: Cid, dns: NameServer) -> None:
    words = ("--upstream", node.gateway, "--dns", dns.address, "--allow-host", "site.example")
    with gateway(tmp_path / "empty", "Site.example", *words) as running:
        assert running.url == f"http://site.example.localhost:{running.port}/"
        for host in ("site.example", "site.example.localhost", "site-example.ipns.localhost"):
            status, body, headers = running.get("/docs/", host)
            assert (status, body, headers["X-Ipfs-Path"]) == (200, b"<h1>docs</h1>", "/ipns/site.example/docs/")
        assert dns.asked == ["_dnslink.site.example"]
        assert running.get("/ipns/docs.example/")[1] == b"<h1>docs</h1>"
        for name, status, said in (
            ("bad.example", 502, "refuse to answer for _dnslink.bad.example"),
            ("circle.example", 400, "leads back to circle.example"),
            ("lost.example", 404, "which does not exist"),
            ("nobody.example", 404, "nothing is known here of the name nobody.example"),
            ("chained.example", 404, "--rpc URL"),
        ):
            answer = running.get(f"/ipns/{name}/")
            assert (answer[0], said in answer[1].decode()) == (status, True), answer


def test_a_host_that_nobody_allowed_is_refused_whatever_its_dnslink_says(
    tmp_path: Path, node: Node, root: Cid, dns: NameServer
) -> None:
    with gateway(tmp_path / "empty", "--upstream", node.gateway, "--dns", dns.address) as running:
        assert running.get("/docs/", "site.example")[0] == 403
        assert dns.asked == []


def test_an_allowed_host_without_a_dnslink_shows_paths_and_that_of_a_private_network_is_not_looked_up(
    tmp_path: Path, node: Node, root: Cid, dns: NameServer
) -> None:
    words = ("--allow-host", "plain.example", "--allow-host", "server.lan", "--dns", dns.address)
    with gateway(tmp_path / "empty", "--upstream", node.gateway, *words) as running:
        assert running.get(f"/ipfs/{root}/", "plain.example")[0] == 200
        assert running.get(f"/ipfs/{root}/", "server.lan")[0] == 200
        assert dns.asked == ["_dnslink.plain.example"]


def test_a_dnslink_may_lead_to_a_name_of_ens_and_eth_is_never_asked_of_dns(
    tmp_path: Path, node: Node, root: Cid, names: Anvil, dns: NameServer
) -> None:
    words = ("--rpc", names.url, "--chain-id", str(int(names.rpc("eth_chainId"), 16)), "--dns", dns.address)
    with gateway(tmp_path / "empty", "--upstream", node.gateway, *words) as running:
        assert running.get("/docs/", "chained.example.localhost")[1] == b"<h1>docs</h1>"
        assert running.get("/docs/", "site.eth.localhost")[1] == b"<h1>docs</h1>"
        assert dns.asked == ["_dnslink.chained.example"]


@pytest.mark.parametrize("word", [("--dns", "none"), ("--offline",)])
def test_nobody_is_asked_where_nobody_is_to_be_asked(tmp_path: Path, word: tuple[str, ...]) -> None:
    with gateway(tmp_path / "empty", *word) as running:
        status, body, _ = running.get("/", "site.example.localhost")
        assert (status, b"this gateway does not look names up" in body) == (404, True)
