"""Request pages from a server over persistent connections, as fast as it answers. Print the requests a second.

    load.py URL HOST PATHS [--connections 8] [--seconds S]

PATHS is a file with one path in each line. Without --seconds, each path is requested once. With --seconds, the program
requests the paths in turn for that time, and begins again at the first one. It runs in a process of its own, so it
shares only the processors with the server.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from functools import partial
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

WARM = 0.5
"""With --seconds, requests in the first WARM seconds are not counted."""


class Visitor(asyncio.Protocol):
    """One connection. It sends the next request when the last answer is complete."""

    answered = 0

    def __init__(self, requests: Iterator[bytes], done: asyncio.Future[None]) -> None:
        self.requests, self.done = requests, done
        self.waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        request = next(self.requests, None)
        if request is not None:
            self.transport.write(request)
        elif not self.done.done():
            self.done.set_result(None)

    def data_received(self, data: bytes) -> None:
        data = self.waiting + data if self.waiting else data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self.waiting = data
            return
        head = data[:end].lower()
        at = head.find(b"content-length:")
        if not head.startswith(b"http/1.1 200") or at < 0:
            sys.exit(f"not a page: {data[:300]!r}")
        size = int(head[at + 15 :].split(b"\r\n", 1)[0])
        if len(data) < end + 4 + size:
            self.waiting = data
            return
        self.waiting = b""
        Visitor.answered += 1
        self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            sys.exit(f"the connection ended: {error}")


async def run(url: str, host: str, paths: list[str], connections: int, seconds: float) -> float:
    place, loop = urlsplit(url), asyncio.get_running_loop()
    asks = [
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n".encode() for path in paths
    ]
    requests = cycle(asks) if seconds else iter(asks)
    ends = [loop.create_future() for _ in range(connections)]
    begun = time.perf_counter()
    for end in ends:
        await loop.create_connection(partial(Visitor, requests, end), place.hostname or "", place.port or 80)
    if not seconds:
        await asyncio.gather(*ends)
        return Visitor.answered / (time.perf_counter() - begun)
    await asyncio.sleep(WARM)
    before, begun = Visitor.answered, time.perf_counter()
    await asyncio.sleep(seconds)
    rate = (Visitor.answered - before) / (time.perf_counter() - begun)
    for end in ends:
        end.set_result(None)
    return rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("host")
    parser.add_argument("paths", type=Path)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0)
    options = parser.parse_args()
    paths = options.paths.read_text().split()
    print(asyncio.run(run(options.url, options.host, paths, options.connections, options.seconds)))


if __name__ == "__main__":
    main()
