"""The proxy of the environment: every kind of store goes through it alike, and none sends it a token in a tunnel."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from publisher.dag.cid import Cid, Codec, sha256
from publisher.errors import ConfigError, StoreError
from publisher.http.proxies import pool, proxy_for
from publisher.retrieval.trustless import trustless
from publisher.stores import cluster, kubo, pinning
from publisher.stores.base import PinBackend
from tests.stores.opening import store_context
from tests.stores.sites import Blocks

ROOT = Cid.make(Codec.DAG_PB, sha256(b"root"))
TOKEN = "token-that-no-proxy-sees"


@dataclass
class Seen:
    """A proxy that answers everything with 502."""

    url: str = ""
    heads: list[str] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Seen]:
    server = socket.create_server(("127.0.0.1", 0))
    seen = Seen(f"http://127.0.0.1:{server.getsockname()[1]}")

    def serve() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            with line:
                line.settimeout(5)
                head = b""
                while b"\r\n\r\n" not in head:
                    head += line.recv(65536)
                seen.heads.append(head.decode())
                line.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


@pytest.fixture
def proxy() -> Iterator[Seen]:
    with listening() as seen:
        yield seen


def keeper(kind: str, api: str, env: dict[str, str]) -> PinBackend:
    handed = store_context({"PUBLISH_TOKEN": TOKEN}, Blocks(), lambda url: proxy_for(env, url))
    how = {"api": api, "token_env": "PUBLISH_TOKEN", "timeout": 5.0}
    if kind == "kubo":
        return kubo.connect("it", kubo.KuboSettings(**how), handed, lambda seconds: None)  # type: ignore[arg-type]
    if kind == "cluster":
        return cluster.connect("it", cluster.ClusterSettings(**how), handed)  # type: ignore[arg-type]
    return pinning.connect("it", pinning.PinningSettings(**how), handed)  # type: ignore[arg-type]


KINDS = pytest.mark.parametrize("kind", ["kubo", "cluster", "pinning"])


@pytest.fixture
def set_env(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], dict[str, str]]:
    """Also for the process: the client of a Kubo node reads it there."""

    def to(env: dict[str, str]) -> dict[str, str]:
        for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUEST_METHOD"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        return env

    return to


@KINDS
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_secure_service_is_reached_through_a_tunnel_that_carries_no_token(
    proxy: Seen, kind: str, variable: str, set_env: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    env = set_env({variable: proxy.url.replace("http://", "http://anna:p%C3%A4ss@")})
    with pytest.raises(StoreError) as error:
        keeper(kind, "https://store.invalid:8443", env).held(ROOT)
    assert proxy.heads
    assert all(head.startswith("CONNECT store.invalid:8443 ") for head in proxy.heads)
    assert "proxy-authorization: basic " in proxy.heads[0].lower()
    told = "".join(proxy.heads) + str(error.value) + error.value.hint
    assert "the proxy before https://store.invalid:8443 refuses the connection (502 Bad Gateway)" in told
    assert TOKEN not in told
    assert "p%C3%A4ss" not in told


@KINDS
@pytest.mark.parametrize("proxy", ["http://127.0.0.1:1", "http://proxy.invalid:3128"])
def test_a_proxy_that_does_not_answer_is_told_apart_from_the_service(
    kind: str, proxy: str, set_env: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    with pytest.raises(StoreError, match="the proxy before https") as error:
        keeper(kind, "https://store.invalid:8443", set_env({"HTTPS_PROXY": proxy})).held(ROOT)
    assert "HTTPS_PROXY" in error.value.hint


@KINDS
@pytest.mark.parametrize(
    ("api", "env"),
    [
        ("https://store.invalid:8443", {"NO_PROXY": "other.example, .invalid"}),
        ("https://store.invalid:8443", {"no_proxy": "store.invalid"}),
        ("https://192.0.2.7:8443", {"no_proxy": "192.0.2.0/24"}),
        ("http://127.0.0.1:1", {}),
    ],
)
def test_whoever_no_proxy_names_and_this_machine_are_asked_straight(
    proxy: Seen, kind: str, api: str, env: dict[str, str], set_env: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    env = set_env({"HTTPS_PROXY": proxy.url, "HTTP_PROXY": proxy.url, **env})
    if "192.0.2" in api:
        assert proxy_for(env, api) == ""  # an address that nobody has: nothing would answer for ten seconds
        return
    with pytest.raises(StoreError):
        keeper(kind, api, env).held(ROOT)
    assert proxy.heads == []


def test_the_gateway_that_is_a_witness_is_asked_through_the_proxy_too(proxy: Seen) -> None:
    with pytest.raises(StoreError):
        trustless("https://gateway.invalid", proxy=proxy_for({"https_proxy": proxy.url}, "https://gateway.invalid"))(
            ROOT
        )
    assert proxy.heads[0].startswith("CONNECT gateway.invalid:443 ")


@pytest.mark.parametrize(
    "url", ["socks5://127.0.0.1:1080", "ftp://x", "http://", "http://[", "http://p:99999", "http://p:0"]
)
def test_a_proxy_that_we_cannot_speak_to_is_said_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ConfigError, match="proxy") as error:
        pool("it", url)
    assert "NO_PROXY" in error.value.hint


@pytest.mark.parametrize(
    ("env", "url", "expected"),
    [
        ({"HTTP_PROXY": "http://p"}, "http://a.example", "http://p"),
        ({"HTTP_PROXY": "http://p", "REQUEST_METHOD": "GET"}, "http://a.example", ""),
        ({"https_proxy": "p:3128"}, "https://a.example", "http://p:3128"),
        ({"https_proxy": "http://p"}, "http://a.example", ""),
        ({"all_proxy": "http://p", "no_proxy": "*"}, "http://a.example", ""),
        ({"all_proxy": "http://p", "no_proxy": "example"}, "http://a.example", ""),
        ({"all_proxy": "http://p", "no_proxy": "ample"}, "http://a.example", "http://p"),
        ({"all_proxy": "http://p", "no_proxy": "a.example:81"}, "http://a.example:80", "http://p"),
        ({"all_proxy": "http://p", "no_proxy": "a.example:81"}, "http://a.example:81", ""),
        ({"all_proxy": "http://p"}, "http://127.1.2.3", ""),
        ({"all_proxy": "http://p"}, "http://[::1]:5001", ""),
        ({"all_proxy": "http://p"}, "http://localhost:5001", ""),
        ({}, "https://a.example", ""),
        ({"all_proxy": "http://p", "no_proxy": "b.example"}, "http://[", ""),
        ({"all_proxy": "http://p", "no_proxy": "b.example"}, "http://a.example:99999", ""),
    ],
)
def test_which_proxy_the_environment_means(env: dict[str, str], url: str, expected: str) -> None:
    assert proxy_for(env, url) == expected


def test_a_session_hands_its_environment_to_its_stores(tmp_path: Path, proxy: Seen) -> None:
    from publisher.app.context import Session

    (tmp_path / "publish.toml").write_text(
        '[site]\ntitle = "A"\n[stores.it]\nkind = "cluster"\napi = "https://store.invalid"\n[deploy]\n'
        'gateways = ["https://gateway.invalid"]\n'
    )
    session = Session(env={"HTTPS_PROXY": proxy.url}, site=tmp_path)
    try:
        with pytest.raises(StoreError):
            session.stores(session.settings())[0].held(ROOT)
    finally:
        session.close()
    assert proxy.heads[0].startswith("CONNECT store.invalid:443 ")
