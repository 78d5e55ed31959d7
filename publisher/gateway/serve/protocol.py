"""A connection of uvicorn that also limits each visitor and sends cached responses at once.

uvicorn reads requests and writes responses, but it has no time limits. uvicorn waits for ever for the end of a request
head, and for a visitor to receive a response. So this module gives each connection a deadline, and one task checks all
deadlines.
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
"""The number of seconds between two checks of the deadlines."""

SEND_BUFFER = 256 << 10
"""The number of bytes that the system buffers for a connection. By default, it buffers megabytes per slow visitor."""

AT_ONCE = struct.pack("ii", 1, 0)
"""A value for SO_LINGER. With it, the system drops the unsent bytes when the connection of a slow visitor ends."""

WHOLE = re.compile(rb"https?://([^/?#]*)", re.IGNORECASE)

REASONS = {
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


class ConnectionLimiter:
    """The shared state of all connections of a server. Only the event loop's thread uses it."""

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
        """Count a new connection, and return whether the limits allow it."""
        limits = self.limits
        self.open.add(connection)
        self.peers[connection.peer] += 1
        if self._looking is None or self._looking.done():
            self._looking = connection.loop.create_task(self._check_all())
        each = math.inf if connection.peer in self.behind else limits.connections_each
        return len(self.open) <= limits.connections and self.peers[connection.peer] <= each

    def leave(self, connection: Connection) -> None:
        """Remove a connection that has ended."""
        self.open.discard(connection)
        self.peers[connection.peer] -= 1
        if not self.peers[connection.peer]:
            del self.peers[connection.peer]

    async def _check_all(self) -> None:
        """Check the deadlines of all connections every LOOK seconds, until no connection is left."""
        while self.open:
            await asyncio.sleep(LOOK)
            now = asyncio.get_running_loop().time()
            for connection in tuple(self.open):
                connection.check_deadlines(now)


class Connection(HttpToolsProtocol):
    """The connection of one visitor.

    `deadline` is the time at which the visitor must have sent the next part. It is infinite while the server works.
    """

    limiter: ConnectionLimiter
    """The limiter of the server. Each server makes a subclass that has this attribute."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.peer = ""
        self.deadline = math.inf
        self._in_head = False
        """Whether a request head has begun and not ended yet."""
        self._head = 0
        """The number of bytes of the head so far."""
        self._welcome = True
        """Whether the limits allow this connection."""
        self._given = False
        """Whether this connection, and not the application, has answered the request that is being read."""
        self._mark = (math.inf, 0)
        """The time at which bytes were last sent, and the number of bytes that were left to send then."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection. If it exceeds a limit, its first request gets 503 once the head is read."""
        super().connection_made(transport)
        self._set(socket.SO_SNDBUF, SEND_BUFFER)
        self.peer = self.client[0] if self.client else ""
        self._welcome = self.limiter.enter(self)
        self._await_head(self.loop.time())
        if len(self.limiter.open) > 2 * self.limiter.limits.connections:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection from the count."""
        self.limiter.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read bytes of a request. Answer 431 if its head is too long."""
        if self.transport.is_closing():
            return  # the request was refused, so the rest of it is ignored
        super().data_received(data)
        if self._in_head:
            self._head += len(data)
            if self._head > self.limiter.limits.head_bytes:
                self.refuse(431)

    def on_message_begin(self) -> None:
        """Start the time limit of the head, because the first byte of a request has arrived."""
        super().on_message_begin()
        self._given = False
        self._in_head, self._head = True, 0
        self._await_head(self.loop.time())

    def on_headers_complete(self) -> None:
        """Answer a request whose head is complete, or pass the request to the application."""
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
        """Pass a part of the body to the application. Drop it if the request is already answered."""
        if not self._given:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop the time limit of the body, because the whole request has arrived."""
        self.deadline = math.inf
        if not self._given:
            super().on_message_complete()
        if self._given or self.cycle.response_complete:
            self._await_next()

    def on_response_complete(self) -> None:
        """Start the time limit of an idle connection, because a response is complete."""
        super().on_response_complete()
        if self.deadline == math.inf and self.cycle.response_complete:
            self._await_next()

    def resume_writing(self) -> None:
        """Remember that the visitor has received bytes, and let the application write more."""
        self._mark = (self.loop.time(), 0)
        super().resume_writing()

    def refuse(self, status: int) -> None:
        """Send an error status and end the connection. `status` is a key of REASONS."""
        text = REASONS[status]
        retry = f"retry-after: {self.limiter.limits.retry_seconds}\r\n" if status == 503 else ""
        head = f"HTTP/1.1 {status} {text}\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n{retry}"
        # In the middle of another response, this text would become a part of the body of that response.
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(f"{head}content-length: {len(text) + 1}\r\n\r\n{text}\n".encode())
        self.transport.close()

    def check_deadlines(self, now: float) -> None:
        """End the connection if a deadline has passed, or if the visitor receives too slowly.

        `now` is a time of the event loop's clock.
        """
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
        """Send a cached response if there is one for this request. Return whether it was sent."""
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
        """Replace an absolute URL by its path, and put its host into the Host header.

        A client that uses this server as its proxy sends absolute URLs (RFC 9112, section 3.2.2).
        """
        match = WHOLE.match(self.url)
        if match is not None:
            self.url = b"/" + self.url[match.end() :].removeprefix(b"/")
            self.headers[:] = [(b"host", match[1]), *(each for each in self.headers if each[0] != b"host")]

    def _body(self) -> float:
        """Return the number of bytes of the body, or infinity if the head does not state the number."""
        for name, value in self.headers:
            if name == b"content-length":
                return int(value)
            if name == b"transfer-encoding":
                return math.inf
        return 0

    def _await_head(self, now: float) -> None:
        self.deadline = now + self.limiter.limits.head_seconds

    def _await_next(self) -> None:
        """Start the time limit of an idle connection, in which the visitor may send another request."""
        self.deadline = self.loop.time() + self.limiter.limits.idle_seconds
