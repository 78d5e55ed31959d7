"""The gateway on a socket: what only shows when bytes travel."""

import contextlib
import http.client
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial

import pytest

from publisher.dag import walk
from publisher.errors import ConfigError, StateError
from publisher.gateway.context import Gateway, PlainReader
from publisher.gateway.message import Respond
from publisher.gateway.respond import respond
from publisher.gateway.serve.limits import LIMITS
from publisher.gateway.serve.server import Server
from tests.gateway.sites import SITE, Blocks

MANY = 24 << 20


class Stage:
    """A running gateway over blocks in memory, and what it said."""

    def __init__(self) -> None:
        self.blocks = Blocks()
        self.root = self.blocks.add({**SITE, "big.bin": b"".join(bytes([n]) * (1 << 20) for n in range(MANY >> 20))})
        self.said: list[str] = []
        self.threads: list[str] = []
        self.server = Server(self.opening, log=self.said.append)

    @contextlib.contextmanager
    def opening(self) -> Iterator[Respond]:
        self.threads.append(threading.current_thread().name)
        yield partial(respond, gateway=Gateway(PlainReader(self.get)))
        self.threads.append(threading.current_thread().name)

    def get(self, cid: object) -> bytes:
        self.threads.append(threading.current_thread().name)
        return self.blocks.get(cid)  # type: ignore[arg-type]

    def connect(self) -> contextlib.closing[http.client.HTTPConnection]:
        return contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10))


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    made.server.start()
    yield made
    made.server.stop()


def test_the_address_is_known_before_anything_is_served() -> None:
    made = Stage()
    assert made.server.address == f"http://127.0.0.1:{made.server.port}/"
    assert made.server.named("demo.eth") == f"http://demo.eth.localhost:{made.server.port}/"
    with made.connect() as early:
        early.request("GET", f"/ipfs/{made.root}/")  # waits in the queue of the socket
        made.server.start()
        assert early.getresponse().read() == b"<h1>home</h1>"
    made.server.stop()


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        ("http://127.0.0.1/ipfs/{root}/?x", "evil.example", 200),
        ("HTTP://{root}.ipfs.localhost", "127.0.0.1", 200),
        ("http://evil.example/ipfs/{root}/", "127.0.0.1", 403),
        ("http://evil.example", "127.0.0.1", 403),
    ],
)
def test_the_host_of_a_whole_address_counts_and_not_the_one_beside_it(
    stage: Stage, target: str, host: str, status: int
) -> None:
    for ends in ("", "Connection: close\r\n"):  # the second is never answered at once
        with socket.create_connection(("127.0.0.1", stage.server.port), timeout=10) as line:
            asked = f"GET {target.format(root=stage.root)} HTTP/1.1\r\nHost: {host}\r\n{ends}\r\n"
            line.sendall(asked.encode())
            assert line.recv(1 << 16).startswith(f"HTTP/1.1 {status} ".encode())


def test_it_can_be_stopped_before_it_runs_and_twice() -> None:
    made = Stage()
    made.server.stop()
    made.server.stop()
    with pytest.raises(ConnectionRefusedError), made.connect() as line:
        line.connect()


def test_a_port_in_use_and_a_host_of_others_are_told(stage: Stage) -> None:
    with pytest.raises(ConfigError, match=f"port {stage.server.port}"):
        Server(stage.opening, "127.0.0.1", stage.server.port)
    with pytest.raises(ConfigError, match="no-such-host"):
        Server(stage.opening, "no-such-host.invalid")
    with pytest.raises(ConfigError, match="70000"):
        Server(stage.opening, "127.0.0.1", 70000)


def test_one_connection_serves_many_requests(stage: Stage) -> None:
    with stage.connect() as line:
        for method in ("GET", "HEAD", "GET"):
            line.request(method, f"/ipfs/{stage.root}/")
            answer = line.getresponse()
            data = answer.read()
            assert (answer.status, answer.headers["Content-Length"], len(data)) == (
                200,
                "13",
                0 if method == "HEAD" else 13,
            )
        line.request("HEAD", f"/ipfs/{stage.root}/plain/")
        assert line.getresponse().read() == b""
        line.request("GET", f"/ipfs/{stage.root}/plain/")
        assert b"digits.txt" in line.getresponse().read()
        line.request("GET", "/ipfs/%E4")
        assert line.getresponse().read().startswith(b"%E4: ")


def test_a_large_file_arrives_whole(stage: Stage) -> None:
    with stage.connect() as line:
        line.request("GET", f"/ipfs/{stage.root}/big.bin")
        data = line.getresponse().read()
    assert len(data) == MANY
    assert data[-1] == (MANY >> 20) - 1


def test_blocks_are_read_in_one_thread_which_opens_and_closes_them(stage: Stage) -> None:
    with stage.connect() as line:
        line.request("GET", f"/ipfs/{stage.root}/big.bin")
        line.getresponse().read()
    stage.server.stop()
    assert len(stage.threads) > MANY >> 20
    assert len(set(stage.threads)) == 1


def test_a_small_request_does_not_wait_for_a_large_answer(stage: Stage) -> None:
    with stage.connect() as slow, stage.connect() as quick:
        slow.request("GET", f"/ipfs/{stage.root}/big.bin")
        first = slow.getresponse()
        quick.request("GET", f"/ipfs/{stage.root}/")
        assert quick.getresponse().read() == b"<h1>home</h1>"
        assert len(first.read()) == MANY


def test_nothing_more_is_read_for_a_visitor_who_has_left(stage: Stage) -> None:
    with stage.connect() as line:
        line.request("GET", f"/ipfs/{stage.root}/big.bin")
        line.getresponse().read(10)
    time.sleep(0.3)
    before = len(stage.blocks.asked)
    time.sleep(0.2)
    assert len(stage.blocks.asked) == before < MANY >> 20


def test_a_block_that_is_missing_half_way_cuts_the_answer(stage: Stage) -> None:
    node = walk.node(stage.blocks.get, walk.resolve(stage.blocks.get, stage.root, "big.bin"))
    del stage.blocks.held[node.links[12][1].cid]
    with stage.connect() as line:
        line.request("GET", f"/ipfs/{stage.root}/big.bin")
        with pytest.raises(http.client.IncompleteRead):
            line.getresponse().read()
    assert any("cut short" in line for line in stage.said)
    with stage.connect() as line:
        line.request("GET", f"/ipfs/{stage.root}/")
        assert line.getresponse().status == 200


def test_a_request_with_a_body_is_refused_and_the_next_visitor_served(stage: Stage) -> None:
    with stage.connect() as line, contextlib.suppress(ConnectionError, BrokenPipeError):
        line.request("POST", f"/ipfs/{stage.root}/", body=bytes(20 << 20))
        assert line.getresponse().status == 405
    with stage.connect() as line:
        line.request("GET", f"/ipfs/{stage.root}/")
        assert line.getresponse().status == 200


def test_a_request_that_is_too_long_or_no_http_is_refused(stage: Stage) -> None:
    for start, status in (
        (b"GET /" + b"x" * (2 * LIMITS.head_bytes), b"431"),
        (b"\x16\x03\x01 hello\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", b"400"),
    ):
        with socket.create_connection(("127.0.0.1", stage.server.port), timeout=5) as line:
            line.sendall(start)
            assert line.recv(100).startswith(b"HTTP/1.1 " + status)


def test_a_host_that_a_proxy_might_have_forwarded_is_not_believed(stage: Stage) -> None:
    with stage.connect() as line:
        line.request(
            "GET", f"/ipfs/{stage.root}/", headers={"X-Forwarded-Host": "localhost", "Forwarded": "host=localhost"}
        )
        assert line.getresponse().status == 200


def test_what_the_opening_raises_is_raised_by_start() -> None:
    def broken() -> AbstractContextManager[Respond]:
        raise StateError("cache", "no")

    server = Server(broken)
    with pytest.raises(StateError):
        server.start()
    server.stop()


def test_a_fault_of_ours_is_500_and_told() -> None:
    said: list[str] = []

    @contextlib.contextmanager
    def opening() -> Iterator[Respond]:
        def faulty(request: object) -> object:
            raise ZeroDivisionError("a fault")

        yield faulty  # type: ignore[misc]

    server = Server(opening, log=said.append)
    server.start()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as line:
        line.request("GET", "/")
        assert line.getresponse().status == 500
    server.stop()
    assert any("ZeroDivisionError" in line for line in said)


SCRIPT = """
import contextlib
from publisher.gateway.message import plain
from publisher.gateway.serve.server import Server
server = Server(lambda: contextlib.nullcontext(lambda request: plain(200, "hello")))
print(server.address, flush=True)
print("ended by", server.run().name, flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_quietly(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        port = int(run.stdout.readline().strip().rstrip("/").rpartition(":")[2])
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as line:
            line.request("GET", "/")
            assert line.getresponse().read() == b"hello\n"
            run.send_signal(number)
            out, err = run.communicate(timeout=10)
    assert (run.returncode, out, err) == (0, f"ended by {number.name}\n", "")
