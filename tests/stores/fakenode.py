"""A server that answers as a Kubo node was seen to, or as no real one can be made to: lying, cut, silent."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.services.listening import listening

Query = Mapping[str, list[str]]
Reply = bytes | Callable[[Query], bytes]


def reply(body: str, status: str = "200 OK", kind: str = "application/json", more: str = "") -> bytes:
    """A whole HTTP answer."""
    data = body.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\nConnection: close\r\n{more}\r\n"
    )
    return head.encode() + data


def refusal(message: str) -> bytes:
    """How Kubo refuses: 500, and its reason as JSON."""
    return reply(f'{{"Message":"{message}","Code":0,"Type":"error"}}', "500 Internal Server Error")


VERSION = reply('{"Version":"0.43.0","Commit":"","Repo":"18"}')
NOT_PINNED = refusal("path 'x' is not pinned")
HANG = b""
"""No answer until the server ends."""
DRIP, DRIP_HEAD, FLOOD = b"drip", b"drip head", b"flood"
"""A body, or a head, that comes for ever, a little now and then; answers without end."""
DROP = b"drop"
"""The connection is closed without an answer."""


class FakeNode:
    """Replies by endpoint; a list of replies is used up to its last, which stays."""

    def __init__(self, replies: Mapping[str, Reply | list[Reply]]) -> None:
        self.replies: dict[str, list[Reply]] = {"version": [VERSION], "pin/ls": [NOT_PINNED]}
        self.replies |= {name: one if isinstance(one, list) else [one] for name, one in replies.items()}
        self.calls: list[str] = []
        self.credentials: set[str | None] = set()
        self.ended = threading.Event()
        self.api = ""
        self.pause = 0.0
        """Seconds before it takes what is sent to it."""

    def answer(self, endpoint: str, query: Query) -> bytes:
        self.calls.append(endpoint)
        waiting = self.replies.get(endpoint, [reply("404 page not found", "404 Not Found", "text/plain")])
        one = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return one if isinstance(one, bytes) else one(query)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def for_ever(file: Any, ended: threading.Event, begin: bytes, piece: bytes, pause: float) -> None:
    """Write, and go on with the same piece."""
    with contextlib.suppress(OSError):
        file.write(begin)
        while not ended.wait(pause):
            file.write(piece)


ENDLESS: Mapping[bytes, Callable[[Any, threading.Event], None]] = {
    DRIP: lambda file, ended: for_ever(file, ended, HEAD + b"\r\n", b" ", 0.05),
    DRIP_HEAD: lambda file, ended: for_ever(file, ended, HEAD, b"X-A: b\r\n", 0.05),
    FLOOD: lambda file, ended: for_ever(file, ended, HEAD + b"\r\n", b'{"Version":"0.43.0"}\n' * 5000, 0),
}


@contextmanager
def fake_node(**replies: Reply | list[Reply]) -> Iterator[FakeNode]:
    """A fake on a free loopback port: `fake_node(dag_import=..., pin_ls=...)`."""
    node = FakeNode({name.replace("_", "/"): one for name, one in replies.items()})

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._read()
            node.credentials.add(self.headers.get("Authorization"))
            url = urlsplit(self.path)
            data = node.answer(url.path.removeprefix("/api/v0/"), parse_qs(url.query))
            self.close_connection = True
            if data == HANG:
                node.ended.wait(10)
            elif data in ENDLESS:
                ENDLESS[data](self.wfile, node.ended)
            elif data != DROP:
                self.wfile.write(data)

        def _read(self) -> None:
            node.ended.wait(node.pause)
            if self.headers.get("Transfer-Encoding") == "chunked":
                while size := int(self.rfile.readline(), 16):
                    self.rfile.read(size + 2)
                self.rfile.readline()
            else:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def log_message(self, *args: Any) -> None:
            """Nothing is printed."""

    with listening(Handler) as server:
        node.api = f"/ip4/127.0.0.1/tcp/{server.server_port}"
        try:
            yield node
        finally:
            node.ended.set()
