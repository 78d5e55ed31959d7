"""Two ways to an answer: what is on this machine does not wait for what comes over a network, nor holds much."""

import contextlib
import http.client
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pytest

from publisher.dag.cid import Cid
from publisher.errors import BlockMissing, PublishError
from publisher.gateway.caches import block_cache
from publisher.gateway.caches.name_cache import NameCache, Resolution
from publisher.gateway.context import Gateway, ResolveName, no_name
from publisher.gateway.locate import locate
from publisher.gateway.message import Request, Response, ResponseReady
from publisher.gateway.respond import respond
from publisher.gateway.serve.server import Server, ServerOptions
from tests.gateway.sites import Blocks

MIB = 1 << 20
BIG = b"".join(bytes([number]) * MIB for number in range(6))


@dataclass(slots=True)
class Far:
    """Blocks that come over a network, when they come."""

    held: Blocks
    here: Callable[[Cid], bool]
    go_on: threading.Event = field(default_factory=threading.Event)
    said: list[str] = field(default_factory=list)

    def get(self, cid: Cid) -> bytes:
        if not self.here(cid):
            self.go_on.wait(9)
        return self.held.get(cid)

    def disk(self, cid: Cid) -> bytes:
        if not self.here(cid):
            raise BlockMissing("disk", "not here")
        return self.held.get(cid)


@contextlib.contextmanager
def serving(far: Far, resolve: ResolveName = no_name, names: NameCache | None = None) -> Iterator[int]:
    """The port of a gateway with some blocks here, and others there."""
    blocks = block_cache.BlockCache(far.get, 1, disk=far.disk)
    base = Gateway(blocks, names or resolve)
    at_hand = names.at_hand if names else resolve

    def here(request: Request) -> Response:
        return respond(request, replace(base, get=blocks.here(), resolve_name=at_hand))

    def look_up(request: Request) -> None:
        with contextlib.suppress(ResponseReady, PublishError):
            locate(request, base)

    manner = ServerOptions(readers=2, from_disk=here, look_up=look_up)
    server = Server(
        lambda: contextlib.nullcontext(lambda request: respond(request, base)), options=manner, log=far.said.append
    )
    server.start()
    try:
        yield server.port
    finally:
        far.go_on.set()
        server.stop()


def ask(port: int, path: str, address: str = "127.0.0.1", host: str = "127.0.0.1", **headers: str) -> bytes:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20, source_address=(address, 0))
    with contextlib.closing(line):
        line.request("GET", path, headers={"Host": host, **headers})
        return line.getresponse().read()


def test_what_is_here_does_not_wait_for_those_who_wait_for_a_network() -> None:
    held = Blocks()
    own, foreign = held.add({"big.bin": BIG}), held.add({"index.html": b"<p>far"})
    far = Far(held, lambda cid: cid != foreign)
    with serving(far) as port, ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(ask, port, f"/ipfs/{foreign}/", f"127.0.0.{number % 4 + 1}") for number in range(20)]
        time.sleep(0.5)
        begun = time.monotonic()
        for address in ("127.0.0.1", "127.0.0.9"):  # of them who wait, too
            assert ask(port, f"/ipfs/{own}/big.bin", address) == BIG
        assert time.monotonic() - begun < 3
        far.go_on.set()
        assert {each.result() for each in waiting} == {b"<p>far"}


@pytest.mark.parametrize("headers", [{}, {"Range": f"bytes={MIB // 2}-"}, {"Accept": "application/vnd.ipld.car"}])
def test_a_block_in_the_middle_that_is_not_here_is_fetched_and_the_answer_goes_on(headers: dict[str, str]) -> None:
    held = Blocks()
    root = held.add({"big.bin": BIG})
    absent = next(cid for cid, data in held.held.items() if data == BIG[4 * MIB : 5 * MIB])
    far = Far(held, lambda _: True)
    with serving(far) as port:
        whole = ask(port, f"/ipfs/{root}/big.bin", **headers)
        far.here = lambda cid: cid != absent
        far.go_on.set()
        assert ask(port, f"/ipfs/{root}/big.bin", **headers) == whole
        assert len(whole) > 5 * MIB
        assert not far.said


@pytest.mark.parametrize("known", [True, False])
def test_a_name_is_looked_up_though_all_who_read_wait_for_a_network(known: bool) -> None:
    held = Blocks()
    own, foreign = held.add({"index.html": b"<p>here"}), held.add({"index.html": b"<p>far"})
    far = Far(held, lambda cid: cid != foreign)
    names = NameCache(lambda name: Resolution(own if known else None))
    with serving(far, names=names) as port, ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(ask, port, f"/ipfs/{foreign}/", f"127.0.0.{number % 4 + 1}") for number in range(20)]
        time.sleep(0.5)
        begun = time.monotonic()
        said = ask(port, "/", host="site.eth.localhost")
        assert (b"<p>here" in said, b"nothing is known" in said) == (known, not known)
        assert time.monotonic() - begun < 2
        far.go_on.set()
        assert {each.result() for each in waiting} == {b"<p>far"}


def test_no_answer_goes_on_with_another_ones_bytes() -> None:
    held = Blocks()
    first, second = (held.add({"big.bin": data * 6}) for data in (b"a" * MIB + b"b" * MIB, b"c" * 2 * MIB))
    absent = next(cid for cid, data in held.held.items() if data == b"b" * MIB)
    far = Far(held, lambda cid: cid != absent)
    far.go_on.set()
    shown = iter((first, second))
    with serving(far, lambda _: next(shown)) as port, pytest.raises(http.client.IncompleteRead):
        ask(port, "/big.bin", host="blog.localhost")
    assert any("changed while it was read" in said for said in far.said)


def test_who_takes_nothing_holds_one_block_and_little_more() -> None:
    def fresh(request: Request) -> Response:
        def body() -> Iterator[bytes]:
            for number in range(50):
                yield number.to_bytes(2, "big") * (MIB // 2)

        return Response(200, {"Content-Length": str(50 * MIB), "Content-Type": "text/plain"}, body())

    count = 20
    server = Server(lambda: contextlib.nullcontext(fresh))
    server.start()
    tracemalloc.start(1)
    try:
        with contextlib.ExitStack() as lines:
            before = tracemalloc.get_traced_memory()[0]
            for _ in range(count):
                line = lines.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=5))
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 10)
                line.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                assert line.recv(10)
            time.sleep(1)
            assert tracemalloc.get_traced_memory()[0] - before < count * 1.3 * MIB
    finally:
        tracemalloc.stop()
        server.stop()
