"""A service that answers as no real one can be made to: lying, cut, silent, busy, full."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from publisher.http.auth import Clock
from tests.services.listening import listening
from tests.stores.fakenode import DROP, ENDLESS, HANG, reply


@dataclass(slots=True)
class Asked:
    """A request that came."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: bytes
    authorization: str | None


Reply = bytes | Callable[[Asked], bytes]


@dataclass(slots=True)
class FakeWeb:
    """Replies by method and the beginning of the path; a list of replies is used up to its last, which stays."""

    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    url: str = ""
    pause: float = 0.0
    """Seconds before it takes what is sent to it."""

    def on(self, what: str, *replies: Reply) -> None:
        """`on("GET /pins", first, second)`; the longest beginning that fits is taken."""
        self.replies[what] = list(replies)

    def calls(self, what: str) -> list[Asked]:
        """What was asked of it: `calls("POST /pins")`."""
        method, _, path = what.partition(" ")
        return [one for one in self.asked if one.method == method and one.path.startswith(path)]

    def answer(self, asked: Asked) -> bytes:
        self.asked.append(asked)
        fits = [what for what in self.replies if f"{asked.method} {asked.path}".startswith(what)]
        if not fits:
            return reply('{"code":404,"message":"no such page"}', "404 Not Found")
        waiting = self.replies[max(fits, key=len)]
        one = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return one if isinstance(one, bytes) else one(asked)


@dataclass(slots=True)
class Time:
    """A clock that a sleep moves, so that nobody waits."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(self.sleep, lambda: self.seconds)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


def said(value: object, status: str = "200 OK", more: str = "") -> bytes:
    """A JSON answer."""
    return reply(json.dumps(value), status, more=more)


@contextmanager
def fake_web() -> Iterator[FakeWeb]:
    """A fake on a free loopback port."""
    web = FakeWeb()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            url = urlsplit(self.path)
            web.ended.wait(web.pause)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, url.path, parse_qs(url.query), body, self.headers.get("Authorization"))
            data = web.answer(asked)
            self.close_connection = True
            if data == HANG:
                web.ended.wait(10)
            elif data in ENDLESS:
                ENDLESS[data](self.wfile, web.ended)
            elif data != DROP:
                self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

        def log_message(self, *args: Any) -> None:
            """Nothing is printed."""

    with listening(Handler) as server:
        web.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield web
        finally:
            web.ended.set()
