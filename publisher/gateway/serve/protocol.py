"""A connection: uvicorn's, with a limit to everything a visitor may take, and with kept answers given at once.

The library reads requests and writes answers. What it lacks is time: it waits for ever for the end of a request's head,
and for a visitor to take his answer. So each connection has a deadline, and one task looks at all of them.
"""

from __future__ import annotations

import asyncio
import math
import re
import socket
import struct
from collections import Counter
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from publisher.gateway.caches.response_cache import Written
from publisher.gateway.message import Request
from publisher.gateway.serve.asgi import request_of
from publisher.gateway.serve.limits import VisitorLimits

LOOK = 0.5
"""Seconds between two looks at the deadlines."""

SEND_BUFFER = 256 << 10
"""Bytes that the system is asked to hold for a connection: by itself it takes megabytes for each that is slow."""

AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: what was not sent when the connection ends is thrown away, and not kept for who does not take it."""

WHOLE = re.compile(rb"https?://([^/?#]*)", re.IGNORECASE)

REASONS = {
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


class ConnectionLimiter:
    """What all connections of a server have in common. For the event loop's thread."""

    def __init__(
        self,
        limits: VisitorLimits,
        at_once: Callable[[Request], Written | None],
        behind: frozenset[str] = frozenset(),
        log_request: Callable[[Request, int], None] | None = None,
    ) -> None:
        self.limits = limits
        self.at_once = at_once
        self.behind = behind
        self.log = log_request
        self.peers: Counter[str] = Counter()
        self.open: set[Connection] = set()
        self._looking: asyncio.Task[None] | None = None

    def enter(self, connection: Connection) -> bool:
        """A new connection: whether it may stay."""
        limits = self.limits
        self.open.add(connection)
        self.peers[connection.peer] += 1
        if self._looking is None or self._looking.done():
            self._looking = connection.loop.create_task(self._check_all())
        each = math.inf if connection.peer in self.behind else limits.connections_each
        return len(self.open) <= limits.connections and self.peers[connection.peer] <= each

    def leave(self, connection: Connection) -> None:
        """A connection has ended."""
        self.open.discard(connection)
        self.peers[connection.peer] -= 1
        if not self.peers[connection.peer]:
            del self.peers[connection.peer]

    async def _check_all(self) -> None:
        """Until no connection is left."""
        while self.open:
            await asyncio.sleep(LOOK)
            now = asyncio.get_running_loop().time()
            for connection in tuple(self.open):
                connection.check_deadlines(now)


class Connection(HttpToolsProtocol):
    """One visitor's. `deadline` is when what is awaited of him must have come; none while he awaits us."""

    limiter: ConnectionLimiter
    """Of the class that a server makes for itself."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.peer = ""
        self.deadline = math.inf
        self._in_head = False
        """Whether a head has begun and not ended."""
        self._head = 0
        """Bytes of it so far."""
        self._welcome = True
        self._given = False
        """Whether the request that is being read was answered at once."""
        self._mark = (math.inf, 0)
        """When bytes last went out, and how many were left then."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count it; what is too many is told so as soon as it has asked."""
        super().connection_made(transport)
        self._set(socket.SO_SNDBUF, SEND_BUFFER)
        self.peer = self.client[0] if self.client else ""
        self._welcome = self.limiter.enter(self)
        self._await_head(self.loop.time())
        if len(self.limiter.open) > 2 * self.limiter.limits.connections:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self.limiter.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request."""
        if self.transport.is_closing():
            return  # the rest of a request that was refused
        super().data_received(data)
        if self._in_head:
            self._head += len(data)
            if self._head > self.limiter.limits.head_bytes:
                self.refuse(431)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._given = False
        self._in_head, self._head = True, 0
        self._await_head(self.loop.time())

    def on_headers_complete(self) -> None:
        """A request's head is here: answered at once, or given to the application."""
        limits = self.limiter.limits
        self._in_head = False
        self._take_apart()
        self.deadline = self.loop.time() + limits.body_seconds
        if self.transport.is_closing():
            self._given = True
        elif not self._welcome or len(self.pipeline) >= limits.pipelined:
            self._given = True
            self.refuse(503)
        elif len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > limits.head_bytes:
            self._given = True
            self.refuse(431)
        elif not self._answered():
            super().on_headers_complete()
            if self._body() > limits.body_bytes:
                self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Bytes that nobody here reads."""
        if not self._given:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is here with all its bytes: from now on it is our turn."""
        self.deadline = math.inf
        if not self._given:
            super().on_message_complete()
        if self._given or self.cycle.response_complete:
            self._await_next()

    def on_response_complete(self) -> None:
        """An answer is on its way."""
        super().on_response_complete()
        if self.deadline == math.inf and self.cycle.response_complete:
            self._await_next()

    def resume_writing(self) -> None:
        """Enough has gone out for more to be written: the visitor takes what he is given."""
        self._mark = (self.loop.time(), 0)
        super().resume_writing()

    def refuse(self, status: int) -> None:
        """Say why, and end the connection."""
        text = REASONS[status]
        retry = f"retry-after: {self.limiter.limits.retry_seconds}\r\n" if status == 503 else ""
        head = f"HTTP/1.1 {status} {text}\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n{retry}"
        # Behind an answer that is on its way, this one would stand in the middle of its body.
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(f"{head}content-length: {len(text) + 1}\r\n\r\n{text}\n".encode())
        self.transport.close()

    def check_deadlines(self, now: float) -> None:
        """Ends a connection whose time is over."""
        left = self.transport.get_write_buffer_size()
        since, before = self._mark
        if not left or left > before:
            self._mark = (now, left)
        elif now - since > self.limiter.limits.patience:
            if before - left < self.limiter.limits.slowest * (now - since):
                self._set(socket.SO_LINGER, AT_ONCE)
                self.transport.abort()
                return
            self._mark = (now, left)
        if now > self.deadline and not self.transport.is_closing():
            if self._in_head:
                self.refuse(408)
            else:
                self.transport.close()

    def _set(self, option: int, value: int | bytes) -> None:
        line = self.transport.get_extra_info("socket")
        if line is not None:
            line.setsockopt(socket.SOL_SOCKET, option, value)

    def _answered(self) -> bool:
        """Give an answer that is kept, where this request needs nothing else."""
        busy = self.cycle is not None and not self.cycle.response_complete
        if busy or not self.parser.should_keep_alive() or self.parser.get_http_version() != "1.1":
            return False
        if self._body() or self.transport.get_write_buffer_size():
            return False
        path, _, query = self.url.partition(b"?")
        if not path.startswith(b"/") or b"#" in self.url:
            return False
        request = request_of(self.parser.get_method().decode("ascii"), path, query, self.headers, self.peer)
        written = self.limiter.at_once(request)
        if written is None:
            return False
        dates = [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
        self.transport.write(b"".join([written[0], *dates, written[1]]))
        self.server_state.total_requests += 1
        self._given = True
        if self.limiter.log is not None:
            self.limiter.log(request, int(written[0][9:12]))
        return True

    def _take_apart(self) -> None:
        """Whoever takes this gateway for a proxy sends the whole address, whose host counts: RFC 9112, 3.2.2."""
        match = WHOLE.match(self.url)
        if match is not None:
            self.url = b"/" + self.url[match.end() :].removeprefix(b"/")
            self.headers[:] = [(b"host", match[1]), *(each for each in self.headers if each[0] != b"host")]

    def _body(self) -> float:
        """Bytes that the head announces; no end of them where it does not say how many."""
        for name, value in self.headers:
            if name == b"content-length":
                return int(value)
            if name == b"transfer-encoding":
                return math.inf
        return 0

    def _await_head(self, now: float) -> None:
        self.deadline = now + self.limiter.limits.head_seconds

    def _await_next(self) -> None:
        """The visitor may ask again, or not."""
        self.deadline = self.loop.time() + self.limiter.limits.idle_seconds
