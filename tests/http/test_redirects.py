"""Redirections of gateways: followed on the same host and below it, and never from the web into a private network."""

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import urllib3
from urllib3.connection import HTTPConnection

from publisher.dag.cid import Cid, Codec, sha256
from publisher.errors import BlockMissing, StoreRefused, StoreUnreachable
from publisher.http.addresses import is_public
from publisher.http.redirects import MAX_REDIRECTS, GatewayConnections, RedirectRefused, TooManyRedirects
from publisher.retrieval.trustless import alive, trustless
from tests.services.kubo import Node
from tests.services.listening import listening

TEXT = b"a block"
CID = Cid.make(Codec.RAW, sha256(TEXT))


@contextmanager
def leading(*locations: str, body: bytes = b"") -> Iterator[tuple[str, list[str]]]:
    """A gateway that leads on by these ways in turn, then gives the block; and the hosts that it was asked by."""
    asked: list[str] = []
    left = list(locations)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.headers["Host"])
            self.send_response(302 if left else 200)
            if left:
                assert isinstance(self.server, HTTPServer)
                self.send_header("Location", left.pop(0).replace("PORT", str(self.server.server_port)))
            data = body if len(asked) <= len(locations) else TEXT
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            """Nothing is printed."""

    with listening(Handler) as server:
        yield f"http://127.0.0.1:{server.server_port}", asked


def pools(peers: Mapping[str, str | list[str]], port: int) -> Any:
    """What makes pools for Lines: every host is the server at this port, at the address that is said of it, or at each
    of several in turn."""

    class Socket(socket.socket):
        said = ""

        def getpeername(self) -> Any:
            return (self.said, port)

    class Line(HTTPConnection):
        def connect(self) -> None:
            made = Socket()
            made.connect(("127.0.0.1", port))
            peer = peers[self.host]
            made.said = peer if isinstance(peer, str) else peer.pop(0)
            self.sock = made

    class Pool(urllib3.HTTPConnectionPool):
        ConnectionCls = Line

    def make() -> urllib3.PoolManager:
        pool = urllib3.PoolManager(retries=False, timeout=5)
        pool.pool_classes_by_scheme = {"http": Pool, "https": Pool}
        return pool

    return make


def ask(url: str, peers: Mapping[str, str | list[str]], port: int) -> int:
    answer = GatewayConnections(url, pools(peers, port)).get(f"{url}/ipfs/{CID}", {}, time.monotonic() + 10)
    with answer:
        return int(answer.status)


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


@pytest.mark.parametrize("location", ["/again", "again?x", "http://127.0.0.1:PORT/x", "//127.0.0.1:PORT/x"])
def test_the_same_host_is_followed(location: str) -> None:
    with leading(location) as (url, asked):
        assert trustless(url)(CID) == TEXT
        assert alive(url)()
    assert len(asked) == 3


@pytest.mark.parametrize(
    "location",
    [
        *("http://localhost:PORT/", "http://localhost.:PORT/", "http://[::1]:PORT/", "http://127.0.0.2:PORT/"),
        *("http://2130706433:PORT/", "http://0x7f.1:PORT/", "http://x.127.0.0.1:PORT/", "http://0.0.0.0:PORT/"),
        *(
            "http://evil.example/",
            "//evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://127.0.0.1@localhost:PORT/",
        ),
        *("ftp://127.0.0.1/", "file:///etc/passwd", "javascript:x", "http://[", "http://a b/"),
        *(
            "http://127.0.0.1:PORT\\@localhost:PORT/",
            "http://me:pass-word@127.0.0.1:PORT/",
            "http://[::ffff:127.0.0.1]/",
        ),
        *("\\\\localhost:PORT\\x", "http:\\\\localhost:PORT", "http://127.0.0.1:PORTx/", "//\tlocalhost:PORT/"),
    ],
)
def test_any_other_host_is_not(location: str) -> None:
    with leading(location) as (url, asked):
        with pytest.raises(StoreRefused, match="does not give") as caught:
            trustless(url)(CID)
        assert "another gateway" in caught.value.hint
        assert "pass-word" not in str(caught.value)
    assert len(asked) == 1


def test_a_host_below_the_own_one_is_followed() -> None:
    peers = {"gate.example": "192.0.32.10", f"{CID}.ipfs.gate.example": "192.0.33.10"}
    with leading(f"http://{CID}.ipfs.GATE.example:PORT/", "http://gate.example.:PORT/y") as (url, asked):
        assert ask("http://gate.example", peers | {"gate.example.": "192.0.32.10"}, port_of(url)) == 200
    assert len(asked) == 3


@pytest.mark.parametrize("location", ["http://xgate.example/", "http://example/", "http://gate.example.evil.example/"])
def test_a_name_that_only_looks_alike_is_not(location: str) -> None:
    with leading(location) as (url, _), pytest.raises(RedirectRefused, match="another host"):
        ask("http://gate.example", {"gate.example": "192.0.32.10"}, port_of(url))


PRIVATE = ["127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1"]
PRIVATE += [
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::808:808",
    "2002:7f00:1::",
    "::",
]
PRIVATE += ["fec0::1", "::127.0.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1", "2001:db8::1", "192.0.2.1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_from_the_public_network_nothing_leads_into_a_private_one_whatever_its_name(address: str) -> None:
    assert not is_public(address)
    for onward in ("a.gate.example", "gate.example"):  # the same name may be at another address a moment later
        with leading(f"http://{onward}:PORT/") as (url, asked):
            peers = {"gate.example": ["192.0.32.10", address], "a.gate.example": [address]}
            with pytest.raises(RedirectRefused, match="public network"):
                ask("http://gate.example", peers, port_of(url))
        assert asked == ["gate.example"]  # nothing was asked there


def test_a_gateway_in_a_private_network_may_lead_to_its_own_hosts_there() -> None:
    peers = {"nas.home": "192.168.1.5", "a.nas.home": "192.168.1.5"}
    with leading("http://a.nas.home:PORT/") as (url, asked):
        assert ask("http://nas.home", peers, port_of(url)) == 200
    assert asked == ["nas.home", f"a.nas.home:{port_of(url)}"]


def test_nothing_leads_from_tls_to_the_open() -> None:
    peers = {"gate.example": "192.0.32.10"}
    with leading("http://gate.example/") as (url, _), pytest.raises(RedirectRefused, match="from https:// to http://"):
        ask("https://gate.example", peers, port_of(url))
    with (
        leading("https://gate.example/", "http://gate.example/") as (url, _),
        pytest.raises(RedirectRefused, match="https://"),
    ):
        ask("http://gate.example", peers, port_of(url))
    with leading("https://gate.example/") as (url, _):
        assert ask("http://gate.example", peers, port_of(url)) == 200


def test_so_many_and_no_more() -> None:
    with leading(*["/again"] * MAX_REDIRECTS) as (url, asked):
        assert trustless(url)(CID) == TEXT
    assert len(asked) == MAX_REDIRECTS + 1
    with leading(*["/again"] * (MAX_REDIRECTS + 1)) as (url, asked):
        with pytest.raises(StoreUnreachable, match="too many redirections"):
            trustless(url)(CID)
        assert not alive(url)() or len(asked) > MAX_REDIRECTS + 1
    with leading(*["/x"] * 9) as (url, _), pytest.raises(TooManyRedirects):
        ask("http://gate.example", {"gate.example": "192.0.32.10"}, port_of(url))


def test_a_redirection_with_a_long_text_costs_no_more_than_its_beginning() -> None:
    with leading("/again", body=b"x" * (8 << 20)) as (url, asked):
        assert trustless(url)(CID) == TEXT
    assert len(asked) == 2


def test_a_redirection_to_nowhere_is_an_answer_that_is_no_block() -> None:
    with leading("") as (url, _), pytest.raises(StoreRefused, match="302"):
        trustless(url)(CID)


def test_a_name_below_localhost_is_this_machine_whatever_its_resolver_says() -> None:
    with leading(f"http://{CID}.ipfs.localhost:PORT/x") as (url, asked):
        assert trustless(f"http://localhost:{port_of(url)}")(CID) == TEXT
    assert asked == [f"localhost:{port_of(url)}", f"{CID}.ipfs.localhost:{port_of(url)}"]


def test_a_real_node_leads_to_an_origin_of_its_own_at_localhost(kubo: Node) -> None:
    cid = Cid.parse(kubo.command("block", "put", "--cid-codec=raw", __file__))
    port = port_of(kubo.gateway)
    assert sha256(trustless(f"http://localhost:{port}")(cid)) == cid.digest
    with pytest.raises(BlockMissing):
        trustless(f"http://localhost:{port}", local=True)(CID)
