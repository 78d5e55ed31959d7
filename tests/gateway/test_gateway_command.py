"""`publish gateway` as its user runs it: with a real Kubo behind it, names on a real chain, and neighbours that lie."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from publisher.cli import main
from publisher.dag import car, walk
from publisher.dag.cid import Cid
from publisher.names import contenthash
from tests.gateway.sites import SITE, Blocks
from tests.services.chain import Anvil
from tests.services.kubo import Node

IMAGES = {f"image-{number:02}.png": bytes([number]) * 3000 for number in range(20)}
PROGRAM = "from publisher.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway in a process of its own."""

    process: subprocess.Popen[str]
    url: str

    @property
    def port(self) -> int:
        return int(re.findall(r":(\d+)/", self.url)[-1])

    def get(self, path: str, host: str = "127.0.0.1", **headers: str) -> tuple[int, bytes, http.client.HTTPMessage]:
        """Status, body and headers of an answer."""
        sent = {"Host": f"{host}:{self.port}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            line.request("GET", path, headers=sent)
            answer = line.getresponse()
            return answer.status, answer.read(), answer.headers

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Its exit code, and what it said after its first line."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=15)
        return self.process.returncode, out, err


@contextmanager
def gateway(folder: Path, *words: str, **env: str) -> Iterator[Running]:
    """Started in a folder; its own caches are below it too."""
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    folder.mkdir(exist_ok=True)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "gateway", *words],
        cwd=folder,
        env={**clean, "XDG_CACHE_HOME": str(folder.parent / "caches"), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline().strip()
            if not first:
                raise AssertionError(process.communicate(timeout=15)[1])
            yield Running(process, first)
        finally:
            process.kill()


@contextmanager
def neighbour(node: Node, change: Callable[[str, bytes], bytes]) -> Iterator[tuple[str, list[str]]]:
    """A trustless gateway that has what a node has, changed; and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.path)
            path = self.path.partition("?")[0]
            request = urllib.request.Request(f"{node.gateway}{path}?format=raw")
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
                data = change(path, answer.read())
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            """Nothing is printed."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True
        block_on_close = False

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def root(shared_kubo: Node, tmp_path_factory: pytest.TempPathFactory) -> Cid:
    """A site whose blocks are on the node and nowhere else."""
    blocks = Blocks()
    made = blocks.add({**SITE, **IMAGES, "big.bin": os.urandom(3 << 20)})
    file = tmp_path_factory.mktemp("car") / "site.car"
    file.write_bytes(b"".join(car.write([made], walk.reachable(blocks.get, made))))
    shared_kubo.command("dag", "import", str(file))
    return made


@pytest.fixture
def node(shared_kubo: Node) -> Node:
    return shared_kubo


# A page


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_site_on_a_node_is_shown_at_its_own_origin(
    tmp_path: Path, node: Node, root: Cid, number: signal.Signals
) -> None:
    with gateway(tmp_path / "empty", str(root), "--upstream", node.gateway) as running:
        assert running.url == f"http://{root}.ipfs.localhost:{running.port}/"
        host = f"{root}.ipfs.localhost"
        status, body, headers = running.get("/", host)
        assert (status, body) == (200, b"<h1>home</h1>")
        assert "immutable" in headers["Cache-Control"]
        assert running.get("/%E6%96%87%E7%AB%A0/%E4%BD%A0%E5%A5%BD%20%E4%B8%96%E7%95%8C.html", host)[0] == 200
        assert len(running.get("/big.bin", host)[1]) == 3 << 20
        assert running.get("/", "127.0.0.1")[2]["Location"] == running.url
        assert running.get(f"/ipfs/{root}/plain/digits.txt")[1] == b"0123456789"
        assert running.end(number) == (0, "", "Ctrl-C ends it\n")
    assert list((tmp_path / "empty").iterdir()) == []


def test_what_was_fetched_is_there_after_a_restart_without_a_network(tmp_path: Path, node: Node, root: Cid) -> None:
    for keep, kept in (("0", 404), ("30MB", 200)):
        with gateway(tmp_path / "empty", "--upstream", node.gateway, "--keep", keep) as running:
            assert running.get(f"/ipfs/{root}/")[0] == 200
            running.end()
        with gateway(tmp_path / "empty", "--offline", "--keep", keep) as running:
            assert running.get(f"/ipfs/{root}/")[0] == kept


def test_only_what_is_here_is_given_to_who_wants_no_more(tmp_path: Path, node: Node, root: Cid) -> None:
    with gateway(tmp_path / "empty", "--upstream", node.gateway) as running:
        path = f"/ipfs/{root}/plain/digits.txt"
        assert running.get(path, Cache_Control="only-if-cached")[0] == 412
        assert running.get(path)[0] == 200
        assert running.get(path, Cache_Control="only-if-cached")[0] == 200


def test_the_images_of_a_page_are_fetched_side_by_side(tmp_path: Path, node: Node, root: Cid) -> None:
    def slowly(path: str, data: bytes) -> bytes:
        time.sleep(0.4)
        return data

    with (
        neighbour(node, slowly) as (url, asked),
        gateway(tmp_path / "empty", "--upstream", url) as running,
        ThreadPoolExecutor(20) as pool,
    ):
        assert running.get(f"/ipfs/{root}/index.html")[0] == 200
        begun = time.monotonic()
        found = list(pool.map(lambda name: running.get(f"/ipfs/{root}/{name}"), IMAGES))
        assert [(status, body) for status, body, _ in found] == [(200, data) for data in IMAGES.values()]
        assert time.monotonic() - begun < 20 * 0.4 / 3
        assert len(asked) == len(set(asked))  # each block once


def test_what_is_at_hand_does_not_wait_for_a_neighbour_who_is_slow(tmp_path: Path, node: Node, root: Cid) -> None:
    slow = threading.Event()

    def sometimes(path: str, data: bytes) -> bytes:
        if slow.is_set():
            time.sleep(3)
        return data

    with (
        neighbour(node, sometimes) as (url, _),
        gateway(tmp_path / "empty", "--upstream", url) as running,
        ThreadPoolExecutor(60) as pool,
    ):
        for path in ("/", "/plain/digits.txt"):
            assert running.get(f"/ipfs/{root}{path}")[0] == 200
        slow.set()
        waiting = [pool.submit(running.get, f"/ipfs/{root}/{name}") for name in list(IMAGES) * 3]
        time.sleep(0.5)
        begun = time.monotonic()
        assert running.get(f"/ipfs/{root}/plain/digits.txt", range="bytes=2-3")[1] == b"23"
        assert running.get(f"/ipfs/{root}/", accept="text/html")[0] == 200
        assert time.monotonic() - begun < 1.5
        for each in waiting:
            each.cancel()


# Neighbours that lie


def flipped(path: str, data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


def test_a_neighbour_who_changes_a_byte_is_left_out_and_the_next_one_asked(
    tmp_path: Path, node: Node, root: Cid
) -> None:
    with (
        neighbour(node, flipped) as (evil, asked),
        gateway(tmp_path / "empty", "--upstream", evil, "--upstream", node.gateway) as running,
    ):
        for name in ("index.html", "plain/digits.txt"):
            assert running.get(f"/ipfs/{root}/{name}")[0] == 200
        assert len(asked) == 1
        _, _, said = running.end()
        assert said.count("hash to something else") == 1


def test_bytes_that_are_wrong_are_shown_to_nobody(tmp_path: Path, node: Node, root: Cid) -> None:
    with neighbour(node, flipped) as (evil, _), gateway(tmp_path / "empty", "--upstream", evil) as running:
        status, body, _ = running.get(f"/ipfs/{root}/")
        assert status == 502
        assert b"hash to something else" in body


def test_a_block_that_is_wrong_in_the_middle_of_a_file_ends_the_answer_before_it(
    tmp_path: Path, node: Node, root: Cid
) -> None:
    large: list[str] = []

    def third(path: str, data: bytes) -> bytes:
        if len(data) == 1 << 20:
            large.append(path)
        return flipped(path, data) if len(large) == 3 else data

    with neighbour(node, third) as (evil, _), gateway(tmp_path / "empty", "--upstream", evil) as running:
        with pytest.raises(http.client.IncompleteRead) as caught:
            running.get(f"/ipfs/{root}/big.bin")
        assert len(caught.value.partial) == 2 << 20


# Names


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
            ("swarm.eth", "it shows bzz://abab"),
            ("key.eth", "it shows ipns://k"),
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


# Hosts


def test_only_hosts_that_were_named_are_served(tmp_path: Path, node: Node, root: Cid) -> None:
    words = ("--upstream", node.gateway, "--allow-host", "Gateway.Example.org", "--subdomains", "sites.example.org")
    with gateway(tmp_path / "empty", *words) as running:
        path = f"/ipfs/{root}/"
        assert running.get(path, "rebound.example.com")[0] == 403
        assert running.get(path, "gateway.example.org")[0] == 200
        assert running.get("/", f"{root}.ipfs.sites.example.org")[0] == 200
        assert running.get(path, "sites.example.org")[0] == 301
        assert running.get("/", "gateway.example.org")[0] == 404


def test_only_a_proxy_that_was_named_says_which_host_was_asked(tmp_path: Path, node: Node, root: Cid) -> None:
    path = f"/ipfs/{root}/"
    for words, status in (((), 200), (("--behind", "127.0.0.1"), 301)):
        with gateway(tmp_path / "empty", "--upstream", node.gateway, *words) as running:
            for _ in range(2):
                assert running.get(path, X_Forwarded_Host="localhost")[0] == status
                assert running.get(path)[0] == 200


def test_a_gateway_for_others_warns_and_prints_an_address_that_works(tmp_path: Path) -> None:
    with gateway(tmp_path / "empty", "site.eth", "--host", "0.0.0.0", "--offline") as running:
        assert running.url == f"http://127.0.0.1:{running.port}/"
        _, _, said = running.end()
        assert "warning: everybody who can reach this machine" in said
        assert "--allow-host" in said


# What is told


def test_a_line_for_each_request_when_it_is_asked_for(tmp_path: Path, node: Node, root: Cid) -> None:
    with gateway(tmp_path / "empty", "-v", "--upstream", node.gateway) as running:
        for _ in range(2):  # one that was read, one that was kept
            running.get(f"/ipfs/{root}/?q=1")
        running.get("/ipfs/nothing")
        _, _, said = running.end()
        line = f"127.0.0.1 GET 127.0.0.1:{running.port}/ipfs/{root}/?q=1 200\n"
        assert said.count(line) == 2
        assert "/ipfs/nothing 400\n" in said


def test_a_program_gets_one_json_object(tmp_path: Path) -> None:
    with gateway(tmp_path / "empty", "--json", "--offline") as running:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", json.loads(running.url)["url"])


def test_the_site_here_is_served_from_its_cache_and_its_gateways_are_asked(
    tmp_path: Path, node: Node, root: Cid
) -> None:
    folder = tmp_path / "site"
    (folder / "content").mkdir(parents=True)
    (folder / "content" / "about.md").write_text("---\ntitle: 关于\n---\n\n你好\n", encoding="utf-8")
    (folder / "publish.toml").write_text(
        f'[site]\ntitle = "T"\n[deploy]\ngateways = ["{node.gateway}"]\n[stores.here]\nkind = "embedded"\n'
    )
    command = [sys.executable, "-c", PROGRAM, "build"]
    built = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
    with gateway(folder, built) as running:
        status, body, _ = running.get("/about/", f"{built}.ipfs.localhost")
        assert (status, "你好" in body.decode()) == (200, True)
        assert running.get(f"/ipfs/{root}/")[0] == 200
    with gateway(folder, "--offline", "--keep", "0") as running:
        assert running.get(f"/ipfs/{built}/")[0] == 200
        assert running.get(f"/ipfs/{root}/")[0] == 404


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nonsense",), "nonsense"),
        (("--upstream", "127.0.0.1:8080"), "not an http:// or https:// URL"),
        (("--upstream", "ftp://host", "--offline"), "not an http:// or https:// URL"),
        (("--rpc", "ws://host"), "http:// or https://"),
        (("--keep", "much"), "write it as 500MB"),
        (("--keep", "1MB"), "at least 20MB"),
        (("--behind", "proxy"), "write it as 127.0.0.1"),
        (("--allow-host", "http://x/"), "is no host name"),
        (("--host", "no-such-host.invalid"), "no-such-host.invalid"),
        (("x..eth",), "not a name"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_served(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    with pytest.raises(SystemExit) as left:
        main(["gateway", *words])
    told = capsys.readouterr()
    assert (left.value.code in (2, 5), told.out) == (True, "")
    assert said in told.err


def test_a_port_that_is_taken_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit):
        main(["gateway", "--offline", "--keep", "0", "-C", str(tmp_path), "--port", str(taken.getsockname()[1])])
    assert "--port" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_soon_though_blocks_are_waited_for(
    tmp_path: Path, node: Node, root: Cid, number: signal.Signals
) -> None:
    def never(path: str, data: bytes) -> bytes:
        time.sleep(9)
        return data

    with (
        neighbour(node, never) as (url, asked),
        gateway(tmp_path / "empty", "--upstream", url) as running,
        ThreadPoolExecutor(3) as pool,
    ):
        waiting = [pool.submit(running.get, f"/ipfs/{root}/{name}") for name in ("", "docs/", "plain/")]
        while not asked:
            time.sleep(0.05)
        begun = time.monotonic()
        assert running.end(number)[0] == 0
        assert time.monotonic() - begun < 8
        for each in waiting:
            with contextlib.suppress(OSError, http.client.HTTPException):
                each.result()
