"""How a node's address may be written."""

import pytest

from publisher.errors import ConfigError
from publisher.http.redact import host_of
from publisher.stores.kubo.address import address


@pytest.mark.parametrize(
    ("written", "multiaddr", "shown", "loopback"),
    [
        ("/ip4/127.0.0.1/tcp/5001", "/ip4/127.0.0.1/tcp/5001/http", "http://127.0.0.1:5001", True),
        ("/ip4/10.0.0.7/tcp/5001/http", "/ip4/10.0.0.7/tcp/5001/http", "http://10.0.0.7:5001", False),
        ("/ip6/::1/tcp/5001", "/ip6/::1/tcp/5001/http", "http://[::1]:5001", True),
        ("/dns/h.org/tcp/443/https", "/dns/h.org/tcp/443/https", "https://h.org:443", False),
        ("/dns4/h/tcp/443/tls/http", "/dns4/h/tcp/443/https", "https://h:443", False),
        ("http://localhost:5001/", "/dns/localhost/tcp/5001/http", "http://localhost:5001", True),
        (" https://node.example.org ", "/dns/node.example.org/tcp/443/https", "https://node.example.org:443", False),
        ("http://[::1]:5001", "/ip6/::1/tcp/5001/http", "http://[::1]:5001", True),
        ("/unix/run/ipfs.sock", "/unix/run/ipfs.sock", "unix socket", True),
    ],
)  # fmt: skip
def test_a_multiaddress_and_a_url_mean_the_same_place(written: str, multiaddr: str, shown: str, loopback: bool) -> None:
    found = address("local", written)
    assert (found.multiaddr, found.base, found.shown, found.loopback) == (multiaddr, "api/v0", shown, loopback)


@pytest.mark.parametrize("path", ["/kubo", "/kubo/", "/kubo/api/v0", "/kubo/api/v0/"])
def test_a_node_may_live_below_a_path_that_messages_do_not_show(path: str) -> None:
    found = address("local", f"https://host.example{path}")
    assert (found.base, found.shown) == ("kubo/api/v0", "https://host.example:443")


@pytest.mark.parametrize(
    "written",
    [
        "", "127.0.0.1:5001", "localhost", "ftp://host", "http://", "http://host:0", "http://host:65536", "http://host:x",
        "/ip4/127.0.0.1", "/ip4/127.0.0.1/udp/5001", "/ip4/127.0.0.1/tcp/5001/ws", "/ip4/host/tcp/5001",
        "/ip4/::1/tcp/5001", "/ip4/127.0.0.1/tcp/0", "/unix/", "https://host/?token=geheim", "https://host/#x",
    ],
)  # fmt: skip
def test_what_is_no_address_is_told_with_an_example(written: str) -> None:
    with pytest.raises(ConfigError, match=r"^local: api: ") as caught:
        address("local", written)
    assert "/ip4/127.0.0.1/tcp/5001" in caught.value.hint


def test_credentials_in_an_address_are_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError, match="user-env") as caught:
        address("local", "https://anna:geheim@host.example")
    assert "geheim" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("port", [1, 65535])
def test_the_first_and_the_last_port_are_ports(port: int) -> None:
    assert address("local", f"http://host:{port}").multiaddr == f"/dns/host/tcp/{port}/http"


@pytest.mark.parametrize("url", ["https://a.org:8/x?key=k", "https://user:k@a.org:8/k", "https://u@v:k@a.org:8"])
def test_of_an_address_only_scheme_host_and_port_are_shown(url: str) -> None:
    assert host_of(url) == "https://a.org:8"
