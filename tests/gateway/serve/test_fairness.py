"""Reading threads, shared out by address: who asks for much waits for himself alone."""

import asyncio
import contextlib
import http.client
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from publisher.gateway.message import Request, Response, plain
from publisher.gateway.serve.fairness import FairQueue
from publisher.gateway.serve.limits import VisitorLimits
from publisher.gateway.serve.reader_pool import ReaderPool
from publisher.gateway.serve.server import Server, ServerOptions


@contextlib.contextmanager
def held() -> Iterator[tuple[ReaderPool, threading.Event]]:
    """Four threads, and what the calls in them wait for."""
    reader, go_on = ReaderPool(4, "turns"), threading.Event()
    try:
        yield reader, go_on
    finally:
        go_on.set()
        reader.shutdown()


def test_so_many_at_a_time_for_each_address_and_no_more() -> None:
    async def run(reader: ReaderPool, go_on: threading.Event) -> None:
        turns, begun = FairQueue(reader, 2), list[str]()

        def call(peer: str) -> str:
            begun.append(peer)
            go_on.wait(5)
            return peer

        asked = [asyncio.ensure_future(turns.run(peer, call, peer)) for peer in ("a", "a", "a", "b")]
        await asyncio.sleep(0.2)
        assert sorted(begun) == ["a", "a", "b"]
        go_on.set()
        assert await asyncio.gather(*asked) == ["a", "a", "a", "b"]
        await asyncio.sleep(0)
        assert turns._queues == {}

    with held() as (reader, go_on):
        asyncio.run(run(reader, go_on))


def test_a_turn_lasts_as_long_as_the_thread_works_though_nobody_waits_for_it() -> None:
    async def run(reader: ReaderPool, go_on: threading.Event) -> None:
        turns, begun = FairQueue(reader, 2), list[int]()

        def call(number: int) -> None:
            begun.append(number)
            go_on.wait(5)

        for first in (0, 4):  # some at work, some in the line
            asked = [asyncio.ensure_future(turns.run("a", call, first + number)) for number in range(4)]
            await asyncio.sleep(0.1)
            for each in asked:
                each.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        assert len(begun) == 2
        go_on.set()
        await turns.run("a", call, 9)
        assert begun == [0, 1, 9]
        await asyncio.sleep(0.05)
        assert turns._queues == {}

    with held() as (reader, go_on):
        asyncio.run(run(reader, go_on))


def test_the_visitors_of_a_proxy_are_not_told_apart() -> None:
    async def run(reader: ReaderPool, go_on: threading.Event) -> None:
        turns, begun = FairQueue(reader, 1, frozenset({"proxy"})), list[int]()

        def call(number: int) -> None:
            begun.append(number)
            go_on.wait(5)

        asked = [asyncio.ensure_future(turns.run("proxy", call, number)) for number in range(3)]
        await asyncio.sleep(0.2)
        assert len(begun) == 3
        go_on.set()
        await asyncio.gather(*asked)

    with held() as (reader, go_on):
        asyncio.run(run(reader, go_on))


def test_one_who_asks_for_what_takes_long_does_not_keep_others_waiting() -> None:
    go_on = threading.Event()

    def respond(request: Request) -> Response:
        if request.path == "/slow":
            go_on.wait(10)
        return plain(200, "here")

    def ask(path: str, address: str) -> int:
        with contextlib.closing(
            http.client.HTTPConnection("127.0.0.1", server.port, timeout=9, source_address=(address, 0))
        ) as line:
            line.request("GET", path)
            return line.getresponse().status

    server = Server(
        lambda: contextlib.nullcontext(respond), options=ServerOptions(VisitorLimits(reading_each=3), readers=4)
    )
    server.start()
    try:
        with ThreadPoolExecutor(20) as pool:
            waiting = [pool.submit(ask, "/slow", "127.0.0.1") for _ in range(20)]
            time.sleep(0.3)
            begun = time.monotonic()
            assert ask("/quick", "127.0.0.2") == 200
            assert time.monotonic() - begun < 2
            go_on.set()
            assert {each.result() for each in waiting} == {200}
    finally:
        go_on.set()
        server.stop()
