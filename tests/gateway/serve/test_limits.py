"""What one visitor may take, at both sides of each limit, on a real socket; the others are served on."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest
import uvicorn
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.server import ServerState

from publisher.gateway.context import Gateway, PlainReader
from publisher.gateway.message import Request, Response, plain
from publisher.gateway.respond import respond
from publisher.gateway.serve.limits import LIMITS, VisitorLimits
from publisher.gateway.serve.protocol import Connection, ConnectionLimiter
from publisher.gateway.serve.server import Server, ServerOptions
from tests.gateway.sites import SITE, Blocks

SHORT = VisitorLimits(head_seconds=1.0, body_seconds=1.0, idle_seconds=1.5, patience=1.0, slowest=100 << 10)
MANY = 24 << 20
LATE = 5.0
"""Seconds after which a test gives up: the deadlines are looked at twice a second."""


@contextlib.contextmanager
def serving(
    limits: VisitorLimits, more: Callable[[Request], Response | None] = lambda _: None
) -> Iterator[tuple[int, str]]:
    """A gateway with limits; its port and a root. `more` answers first, where it has an answer."""
    blocks = Blocks()
    root = blocks.add({**SITE, "big.bin": bytes(MANY)})

    @contextlib.contextmanager
    def opening() -> Iterator[Callable[[Request], Response]]:
        base = Gateway(PlainReader(blocks.get))
        yield lambda request: more(request) or respond(request, base)

    server = Server(opening, options=ServerOptions(limits))
    server.start()
    try:
        yield server.port, str(root)
    finally:
        server.stop()


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=LATE)


def all_of(line: socket.socket) -> bytes:
    """What comes until the other side ends the connection, which must be soon."""
    data, until = b"", time.monotonic() + 2 * LATE
    with contextlib.suppress(ConnectionResetError):
        while more := line.recv(1 << 16):
            data += more
            assert time.monotonic() < until, "the connection is not ended"
    return data


def status(port: int, path: str, **headers: str) -> int:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=LATE)) as line:
        line.request("GET", path, headers=headers)
        answer = line.getresponse()
        answer.read()
        return answer.status


def test_a_head_that_does_not_end_is_ended() -> None:
    with serving(SHORT) as (port, root), connect(port) as slow:
        begun = time.monotonic()
        slow.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
        stop = threading.Event()
        drip = threading.Thread(target=dripping, args=(slow, b"X: y\r\n", stop))
        drip.start()
        assert status(port, f"/ipfs/{root}/") == 200  # the others do not wait for him
        said = all_of(slow)
        stop.set()
        drip.join()
        assert said.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in said
        assert 0.9 < time.monotonic() - begun < LATE


def dripping(line: socket.socket, piece: bytes, stop: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while not stop.wait(0.1):
            line.sendall(piece)


def test_a_head_that_is_slow_but_in_time_is_served() -> None:
    with serving(replace(SHORT, head_seconds=3.0)) as (port, root), connect(port) as slow:
        for piece in (
            b"GET /ip",
            b"fs/" + root.encode(),
            b"/ HTTP/1.1\r\nHo",
            b"st: 127.0.0.1\r\nConnection: close\r\n\r\n",
        ):
            slow.sendall(piece)
            time.sleep(0.3)
        assert all_of(slow).endswith(b"<h1>home</h1>")


def test_one_who_connects_and_says_nothing_is_let_go_without_a_word() -> None:
    with serving(SHORT) as (port, _), connect(port) as silent:
        assert all_of(silent) == b""


def test_an_idle_connection_is_let_go_and_one_in_use_is_not() -> None:
    with serving(SHORT) as (port, root), connect(port) as line:
        ask = f"GET /ipfs/{root}/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        for _ in range(4):
            line.sendall(ask)
            while not line.recv(1 << 16).endswith(b"<h1>home</h1>"):
                pass
            time.sleep(0.7)
        begun = time.monotonic()
        assert all_of(line) == b""
        assert 0.3 < time.monotonic() - begun < LATE


@pytest.mark.parametrize(("size", "expected"), [(8 << 10, 200), (9 << 10, 431)])
def test_a_head_is_as_long_as_it_may_be(size: int, expected: int) -> None:
    with serving(replace(SHORT, head_bytes=8 << 10)) as (port, root):
        path = f"/ipfs/{root}/"
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX: ".encode()
        for cut in (size, 100):  # in one piece, and in many
            with connect(port) as line:
                whole = head + b"x" * (size - len(head) - 4) + b"\r\n\r\n"
                with contextlib.suppress(OSError):
                    for at in range(0, len(whole), cut):
                        line.sendall(whole[at : at + cut])
                assert all_of(line)[:12] == f"HTTP/1.1 {expected}".encode()


def test_a_body_that_does_not_end_is_not_waited_for() -> None:
    with serving(replace(SHORT, head_seconds=60, idle_seconds=60)) as (port, root), connect(port) as slow:
        slow.sendall(f"GET /ipfs/{root}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n".encode())
        assert all_of(slow).endswith(b"<h1>home</h1>")


def test_a_long_body_ends_the_connection_and_a_short_one_does_not() -> None:
    with serving(replace(SHORT, body_bytes=100)) as (port, root):
        for length, ends in ((100, False), (101, True)):
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=LATE)) as line:
                line.request("GET", f"/ipfs/{root}/", body=bytes(length))
                answer = line.getresponse()
                assert (answer.status, answer.read()) == (200, b"<h1>home</h1>")
                assert (answer.headers["Connection"] == "close") is ends
                if not ends:
                    line.request("GET", f"/ipfs/{root}/")
                    assert line.getresponse().status == 200


def test_one_who_takes_nothing_is_let_go_and_nothing_more_is_read_for_him() -> None:
    with serving(SHORT) as (port, root), connect(port) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(f"GET /ipfs/{root}/big.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        time.sleep(3)
        assert status(port, f"/ipfs/{root}/") == 200
        assert len(all_of(slow)) < MANY


def test_one_who_takes_a_little_at_a_time_is_let_go() -> None:
    with serving(SHORT) as (port, root), connect(port) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(f"GET /ipfs/{root}/big.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        taken, begun = 0, time.monotonic()
        with contextlib.suppress(ConnectionResetError):
            while data := slow.recv(1000):
                taken += len(data)
                time.sleep(0.05)
                assert time.monotonic() - begun < 4 * LATE
        assert taken < MANY


def test_one_who_is_slow_enough_gets_everything() -> None:
    with serving(SHORT) as (port, root), connect(port) as line:
        line.sendall(f"GET /ipfs/{root}/big.bin HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        taken = 0
        while data := line.recv(1 << 18):
            taken += len(data)
            time.sleep(0.03)
        assert taken > MANY


def test_a_slow_answer_is_waited_for_as_long_as_it_takes() -> None:
    def slow(request: Request) -> Response | None:
        if request.path != "/slow":
            return None
        time.sleep(2.5)  # longer than a head may take, and than an idle connection is kept
        return plain(200, "at last")

    with serving(SHORT, slow) as (port, _):
        assert status(port, "/slow") == 200


def test_so_many_connections_and_no_more() -> None:
    limits = replace(SHORT, connections=4, head_seconds=10, idle_seconds=10)
    with serving(limits) as (port, root), contextlib.ExitStack() as open_:
        held = [open_.enter_context(connect(port)) for _ in range(3)]
        time.sleep(0.1)
        assert status(port, f"/ipfs/{root}/") == 200
        held.append(open_.enter_context(connect(port)))
        time.sleep(0.1)
        with connect(port) as refused:
            refused.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            said = all_of(refused)
        assert said.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 2\r\n" in said
        held.pop().close()
        time.sleep(0.2)
        assert status(port, f"/ipfs/{root}/") == 200


def test_one_address_cannot_take_all_connections_but_a_proxy_can() -> None:
    limits = replace(SHORT, connections_each=2, head_seconds=10)
    blocks = Blocks()
    root = blocks.add(SITE)
    for behind, expected in ((frozenset[str](), 503), (frozenset(["127.0.0.1"]), 200)):
        server = Server(
            lambda: contextlib.nullcontext(partial(respond, gateway=Gateway(PlainReader(blocks.get)))),
            options=ServerOptions(limits, behind=behind),
        )
        server.start()
        try:
            with connect(server.port), connect(server.port):
                time.sleep(0.1)
                assert status(server.port, f"/ipfs/{root}/") == expected
        finally:
            server.stop()


def test_only_so_many_wait_for_a_block() -> None:
    go_on = threading.Event()

    def slow(request: Request) -> Response | None:
        if request.path == "/slow":
            go_on.wait(LATE)
            return plain(200, "slow")
        return None

    with serving(replace(SHORT, waiting=2), slow) as (port, root):
        found: list[int] = []
        waiting = [threading.Thread(target=lambda: found.append(status(port, "/slow"))) for _ in range(2)]
        for each in waiting:
            each.start()
        time.sleep(0.3)
        assert status(port, f"/ipfs/{root}/") == 503
        go_on.set()
        for each in waiting:
            each.join()
        assert found == [200, 200]
        assert status(port, f"/ipfs/{root}/") == 200


def test_requests_sent_ahead_are_answered_in_order() -> None:
    with serving(SHORT) as (port, root), connect(port) as line:
        for name in ("digits.txt", "style.css", "LICENSE"):
            line.sendall(f"GET /ipfs/{root}/plain/{name} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        line.sendall(b"GET /ipfs HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        said = all_of(line)
        assert said.index(b"0123456789") < said.index(b"b{}") < said.index(b"Free.") < said.rindex(b"HTTP/1.1 4")


@pytest.mark.parametrize(("ahead", "ends"), [(8, False), (9, True)])
def test_only_so_many_requests_may_be_sent_ahead(ahead: int, ends: bool) -> None:
    go_on = threading.Event()

    def slow(request: Request) -> Response | None:
        go_on.wait(LATE)
        return plain(200, "slow")

    with serving(replace(SHORT, pipelined=8), slow) as (port, _), connect(port) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.2)
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * ahead)
        time.sleep(0.2)
        go_on.set()
        assert all_of(line).count(b"HTTP/1.1 200") == (0 if ends else 9)


def test_a_visitor_who_leaves_makes_room() -> None:
    with serving(replace(SHORT, connections_each=2)) as (port, root):
        for _ in range(20):
            assert status(port, f"/ipfs/{root}/") == 200


class Loop:
    """A clock that a test turns."""

    now = 0.0

    def time(self) -> float:
        return self.now


class Wire:
    """A connection to nobody, with so many bytes that have not gone out."""

    left = 0
    ended = False

    def get_write_buffer_size(self) -> int:
        return self.left

    def get_extra_info(self, name: str) -> None:
        return None

    def is_closing(self) -> bool:
        return self.ended

    def abort(self) -> None:
        self.ended = True


async def nobody(scope: object, receive: object, send: object) -> None:
    """No application."""


def watched() -> tuple[Loop, Wire, Connection]:
    """A connection of whom at least 100 bytes a second are to be taken, counted over ten seconds."""
    loop, wire = Loop(), Wire()
    made = Connection(uvicorn.Config(nobody, log_config=None), ServerState(), {}, loop)
    made.limiter = ConnectionLimiter(replace(LIMITS, slowest=100, patience=10.0), lambda _: None)
    made.transport = wire  # type: ignore[assignment]
    made.flow = FlowControl(wire)  # type: ignore[arg-type]
    return loop, wire, made


@pytest.mark.parametrize(
    ("taken", "written", "ended"),
    [
        (0, False, True),  # nothing goes out
        (99, False, True),  # too little does
        (101, False, False),
        (0, True, False),  # all went out each time, and as much was written again
    ],
)
def test_it_is_what_goes_out_that_counts(taken: int, written: bool, ended: bool) -> None:
    loop, wire, made = watched()
    wire.left = 100_000
    for second in range(60):
        loop.now = float(second)
        if written:
            made.pause_writing()
            made.resume_writing()
        made.check_deadlines(loop.now)
        wire.left -= taken
    assert wire.ended is ended


def test_one_who_takes_nothing_is_let_go_when_patience_is_over_and_not_before() -> None:
    loop, wire, made = watched()
    wire.left, loop.now = 100_000, 5000.0
    made.check_deadlines(loop.now)
    made.check_deadlines(loop.now + 10.0)
    assert not wire.ended
    made.check_deadlines(loop.now + 10.1)
    assert wire.ended
