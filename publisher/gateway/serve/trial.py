"""Check, before the first visitor, that the limits hold with the installed uvicorn.

`protocol.py` uses private parts of uvicorn. If such a part changes, a limit may no longer hold, and nobody would notice
the change. So each limit is exceeded once, on a connection without a network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cache
from typing import Any

from publisher.errors import ConfigError
from publisher.gateway.caches.response_cache import Written
from publisher.gateway.message import Request
from publisher.gateway.serve.limits import LIMITS, VisitorLimits

GET = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"
KEPT: Written = (b"HTTP/1.1 200 OK\r\n", b"content-length: 0\r\n\r\n")
TICKS = 10
"""If a response waits for nothing, it is sent within this number of iterations of the event loop."""


class Line(asyncio.Transport):
    """A connection without a network. It keeps the bytes that are written to it, and whether it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False
        self.waiting = 0
        """The number of bytes that the visitor has not received yet."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append the bytes to `written`."""
        self.written += bytes(data)

    def close(self) -> None:
        """Mark the connection as closed."""
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        """Return whether the connection is closed."""
        return self.closed

    def get_write_buffer_size(self) -> int:
        """Return the number of bytes that the visitor has not received yet."""
        return self.waiting

    def pause_reading(self) -> None:
        """Do nothing, because only `Visitor.says` sends bytes."""

    def resume_reading(self) -> None:
        """Do nothing, because only `Visitor.says` sends bytes."""


class Visitor:
    """A connection to a small application.

    The application answers at once, or never if `slow` is set. If `kept` is set, every request gets a cached response.
    If `beside` is given, this visitor connects to the same server as the visitor `beside`.
    """

    def __init__(
        self, limits: VisitorLimits, *, slow: bool = False, kept: bool = False, beside: Visitor | None = None
    ) -> None:
        import uvicorn
        from uvicorn.server import ServerState

        from publisher.gateway.serve.protocol import Connection, ConnectionLimiter

        def at_once(request: Request) -> Written | None:
            return KEPT if kept else None

        self._ended = asyncio.Event()
        self._slow = slow
        self.limiter: ConnectionLimiter = beside.limiter if beside else ConnectionLimiter(limits, at_once)
        kind = type("Tried", (Connection,), {"limiter": self.limiter})
        config = uvicorn.Config(self._answer, http=kind, ws="none", lifespan="off", interface="asgi3", log_config=None)
        config.load()
        self.line = Line()
        self.asked = 0
        """The number of requests that reached the application."""
        self.connection: Any = kind(config=config, server_state=ServerState(), app_state={}, _loop=None)
        self.connection.connection_made(self.line)

    async def _answer(self, scope: Any, receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self.asked += 1
        if self._slow:
            await self._ended.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def says(self, data: bytes) -> None:
        """Send bytes, and wait until the application has sent each response that needs no waiting."""
        self.connection.data_received(data)
        for _ in range(TICKS):
            await asyncio.sleep(0)

    def later(self, seconds: float) -> None:
        """Check the deadlines as if `seconds` + 1 seconds had passed."""
        self.connection.check_deadlines(self.connection.loop.time() + seconds + 1)

    async def leaves(self) -> None:
        """End the connection and its request."""
        self.connection.connection_lost(None)
        self._ended.set()
        for _ in range(TICKS):
            await asyncio.sleep(0)


Trial = Callable[[VisitorLimits], Awaitable[bool]]
"""A function that exceeds one limit, and returns whether the limit held."""


async def _long_head(limits: VisitorLimits) -> bool:
    open_, whole = Visitor(limits), Visitor(limits)
    head = GET[:-2] + b"x: " + b"a" * limits.head_bytes
    await open_.says(head)
    await whole.says(head + b"\r\n\r\n")
    held = all(one.line.closed and b" 431 " in one.line.written and not one.asked for one in (open_, whole))
    await open_.leaves()
    await whole.leaves()
    return held


async def _slow_head(limits: VisitorLimits) -> bool:
    silent, begun = Visitor(limits), Visitor(limits)
    await begun.says(GET[:-2])
    for one in (silent, begun):
        one.later(limits.head_seconds)
    held = silent.line.closed and begun.line.closed and b" 408 " in begun.line.written
    await silent.leaves()
    await begun.leaves()
    return held


async def _long_body(limits: VisitorLimits) -> bool:
    one = Visitor(limits)
    await one.says(GET[:-2] + b"content-length: %d\r\n\r\n" % (limits.body_bytes + 1))
    held = one.line.closed and b" 200 " in one.line.written
    await one.leaves()
    return held


async def _slow_body(limits: VisitorLimits) -> bool:
    one = Visitor(limits, slow=True)
    await one.says(GET[:-2] + b"content-length: 5\r\n\r\n")
    open_ = not one.line.closed
    one.later(limits.body_seconds)
    held = open_ and one.line.closed
    await one.leaves()
    return held


async def _idle(limits: VisitorLimits) -> bool:
    one, kept = Visitor(limits), Visitor(limits, kept=True)
    held = True
    for visitor in (one, kept):
        await visitor.says(GET)
        held = held and b" 200 " in visitor.line.written and not visitor.line.closed
        visitor.later(limits.idle_seconds)
        held = held and visitor.line.closed
        await visitor.leaves()
    return held and bool(one.asked) and not kept.asked


async def _connections(limits: VisitorLimits) -> bool:
    first = Visitor(replace(limits, connections=1))
    held = await _second_is_refused(first)
    others = [Visitor(limits, beside=first) for _ in range(2)]
    held = held and others[1].line.closed  # above twice the limit, a connection is closed before its request is read
    for one in (first, *others):
        await one.leaves()
    return held and not first.limiter.open and not first.limiter.peers


async def _connections_each(limits: VisitorLimits) -> bool:
    first = Visitor(replace(limits, connections_each=1))
    held = await _second_is_refused(first)
    await first.leaves()
    return held


async def _second_is_refused(first: Visitor) -> bool:
    second = Visitor(first.limiter.limits, beside=first)
    await first.says(GET)
    await second.says(GET)
    await second.leaves()
    refused = second.line.closed and b" 503 " in second.line.written and not second.asked
    return refused and not first.line.closed and bool(first.asked)


async def _pipelined(limits: VisitorLimits) -> bool:
    one = Visitor(limits, slow=True)
    await one.says(GET * (limits.pipelined + 1))
    open_ = not one.line.closed
    await one.says(GET)
    held = open_ and one.line.closed
    await one.leaves()
    return held


async def _slow_reader(limits: VisitorLimits) -> bool:
    one = Visitor(limits, slow=True)
    await one.says(GET)
    one.line.waiting = 1
    one.later(0)
    open_ = not one.line.closed
    one.later(limits.patience * 2)
    held = open_ and one.line.closed
    await one.leaves()
    return held


TRIALS: dict[str, Trial] = {
    "head_bytes": _long_head,
    "head_seconds": _slow_head,
    "body_bytes": _long_body,
    "body_seconds": _slow_body,
    "idle_seconds": _idle,
    "connections": _connections,
    "connections_each": _connections_each,
    "pipelined": _pipelined,
    "slowest": _slow_reader,
}
"""The limits that a connection enforces, with their names in VisitorLimits. The other limits do not need uvicorn."""


@cache
def lost() -> tuple[str, ...]:
    """Return the names of the limits that do not hold with the installed uvicorn. Normally there are none."""
    return tuple(asyncio.run(_lost()))


async def _lost() -> list[str]:
    found = []
    for name, trial in TRIALS.items():
        try:
            held = await trial(LIMITS)
        except Exception:  # any error shows that uvicorn has changed, so the limit does not hold
            held = False
        found += [] if held else [name]
    return found


def check() -> None:
    """Raise ConfigError if a limit does not hold with the installed uvicorn."""
    names = lost()
    if names:
        from importlib.metadata import version

        what = f"with uvicorn {version('uvicorn')} these limits for visitors do not hold: {', '.join(names)}"
        raise ConfigError("gateway", what, hint=f"run `pip install '{WORKS}'`")


WORKS = "uvicorn>=0.53,<0.55"
"""The tested versions of uvicorn. A test compares this text with pyproject.toml."""
