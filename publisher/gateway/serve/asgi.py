"""The ASGI application (HTTP only). Its event loop reads only from very fast sources. Threads read from all others."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Iterator, MutableMapping
from itertools import chain
from typing import Any

from publisher.dag.dag_pb import Malformed
from publisher.errors import BlockMissing, PublishError
from publisher.fast_dataclass import dataclass, field, replace
from publisher.gateway.caches.response_cache import RecordedHeaders, ResponseCache, Written, written
from publisher.gateway.error_page import dressed
from publisher.gateway.message import CacheMiss, NameCacheMiss, Request, Respond, Response, plain
from publisher.gateway.serve.fairness import FairQueue
from publisher.gateway.serve.limits import LIMITS, VisitorLimits

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Refuse = Callable[[Request, Response], Response]
"""A function that turns an error response into the final response to a request."""

LogRequest = Callable[[Request, int], None]
"""A function that is called with each request and the status of its response."""

STEP = 256 << 10
"""The least number of bytes that one step reads, so that a small page needs only one call in a reading thread."""

PIECE = 64 << 10
"""The number of bytes that are written to a connection at a time.

A block is sent in pieces of this size. The connection copies the bytes that it cannot send at once. The next block is
read only when the last piece of the present block has been passed to the connection. So a slow visitor keeps one block
in memory instead of two and a half.
"""


@dataclass(slots=True)
class StartedResponse:
    """A response, and the first part of its body."""

    response: Response
    data: bytes
    """The first part of the body."""
    rest: Iterator[bytes] | None = None
    """The rest of the body, or None if `data` is the whole body."""

    def take_data(self) -> bytes:
        """Return `data` and drop it, so that its memory is free while the rest is sent."""
        data, self.data = self.data, b""
        return data


@dataclass(frozen=True, slots=True)
class QueuedResponder:
    """A responder, and the queue in which its reading steps wait. The queue shares the threads between visitors."""

    respond: Respond
    queue: FairQueue


@dataclass(frozen=True, slots=True)
class NameLookup:
    """A function that looks up the name of a request and caches its root, and the queue for such look-ups.

    The queue is separate, so look-ups do not wait for blocks.
    """

    call: Callable[[Request], None]
    queue: FairQueue


@dataclass(slots=True)
class Application:
    """The application. It tries the cached responses, `from_memory`, `from_disk` and `from_network`, in this order."""

    from_network: QueuedResponder
    log: Callable[[str], None]
    from_disk: QueuedResponder | None = None
    """A responder that reads only the disk and never waits for a network.

    It raises CacheMiss if a block is not on the disk.
    """
    names: NameLookup | None = None
    from_memory: Respond | None = None
    """A responder that is fast enough for the event loop. It raises CacheMiss if memory is not enough."""
    answers: ResponseCache = field(default_factory=ResponseCache)
    limits: VisitorLimits = LIMITS
    log_request: LogRequest | None = None
    refuse: Refuse = dressed
    """Turns an error response of the server into its final form."""
    _waiting: int = 0
    """The number of requests that wait for the first part of their response from `from_network`."""

    def at_once(self, request: Request) -> Written | None:
        """Return the bytes of a response that is cached or can be made from memory. Return None for all others."""
        kept = self.answers.get(request)
        if kept is not None or self.from_memory is None:
            return kept
        headers_read = RecordedHeaders(request.headers)
        try:
            started = begin(self.from_memory, replace(request, headers=headers_read), self.refuse)
        except CacheMiss:
            return None
        if started.rest is not None or isinstance(started.response.body, AsyncIterable):
            return None
        kept = self.answers.put(request, headers_read, started.response, started.data)
        return kept or written(request, started.response, started.data)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI defines it."""
        if scope["type"] != "http":
            return
        with contextlib.suppress(asyncio.CancelledError):  # the server is stopping, which is not an error to report
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        peer = scope["client"][0] if scope["client"] else ""
        request = request_of(scope["method"], scope["raw_path"], scope["query_string"], scope["headers"], peer)
        watched = RecordedHeaders(request.headers)
        started, responder = await self._started(replace(request, headers=watched))
        response = started.response
        if self.log_request is not None:
            self.log_request(request, response.status)
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if started.rest is None and not isinstance(response.body, AsyncIterable):
            self.answers.put(request, watched, response, started.data)
            await send({"type": "http.response.body", "body": started.data})
            return
        await self._whole(started, responder, request, receive, send)

    async def _started(self, request: Request) -> tuple[StartedResponse, QueuedResponder]:
        """Return the beginning of a response, and the responder that reads the rest of its body."""
        here = self.from_disk
        if here is not None:
            with contextlib.suppress(CacheMiss):
                try:
                    return await here.queue.run(request.peer, begin, here.respond, request, self.refuse), here
                except NameCacheMiss:
                    if self.names is None:
                        raise
                    await self.names.queue.run(request.peer, self.names.call, request)
                    return await here.queue.run(request.peer, begin, here.respond, request, self.refuse), here
        if self._waiting >= self.limits.waiting:
            retry = {"Retry-After": str(self.limits.retry_seconds)}
            busy = plain(503, "come back soon", retry)
            return begin(lambda asked: self.refuse(asked, busy), request, self.refuse), self.from_network
        self._waiting += 1
        try:
            return await self.from_network.queue.run(
                request.peer, begin, self.from_network.respond, request, self.refuse
            ), self.from_network
        finally:
            self._waiting -= 1

    async def _whole(
        self, started: StartedResponse, responder: QueuedResponder, request: Request, receive: Receive, send: Send
    ) -> None:
        """Send the body until it is complete or the visitor has left."""
        streaming = asyncio.ensure_future(self._stream(started, responder, request, send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({streaming, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (streaming, leaving):
                task.cancel()
            await asyncio.gather(streaming, leaving, return_exceptions=True)
        if not streaming.cancelled():
            streaming.result()

    async def _stream(self, started: StartedResponse, responder: QueuedResponder, request: Request, send: Send) -> None:
        """Send the body in parts.

        If a block cannot be read, the body ends without its final chunk. So the visitor sees that it is incomplete.
        """
        body = started.response.body
        if isinstance(body, AsyncIterable):
            async for chunk in body:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
            return
        try:
            await self._parts(started, responder, request, send)
        except (PublishError, Malformed) as error:
            self.log(f"an answer was cut short: {error}")

    async def _parts(self, started: StartedResponse, responder: QueuedResponder, request: Request, send: Send) -> None:
        data, rest = started.take_data(), started.rest
        more, sent = rest is not None, 0
        while more and rest is not None:
            for at in range(0, len(data), PIECE):
                piece = memoryview(data)[at : at + PIECE]
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            sent += len(data)
            try:
                data, more = await responder.queue.run(request.peer, _step, rest)
            except CacheMiss:
                responder, rest = self.from_network, await self._from_far(request, started.response, sent)
                data = b""
        await send({"type": "http.response.body", "body": data})

    async def _from_far(self, request: Request, response: Response, sent: int) -> Iterator[bytes]:
        """Return the rest of a body after `sent` bytes, from the responder that may use a network.

        This method is called if a block in the middle of the body is not on this machine. Raises BlockMissing if the
        content has changed since the response began.
        """
        again = await self.from_network.queue.run(request.peer, begin, self.from_network.respond, request, self.refuse)
        if again.response.headers != response.headers:
            raise BlockMissing(
                "gateway", f"the content of {request.path} changed while it was read", hint="load the page again"
            )
        return _after(again, sent)


def begin(respond: Respond, request: Request, refuse: Refuse = dressed) -> StartedResponse:
    """Return the response to a request and the first part of its body. Raises CacheMiss if `respond` does so.

    If the body cannot be read, the response is an error with status 502.
    """
    response = respond(request)
    if isinstance(response.body, AsyncIterable):
        return StartedResponse(response, b"")
    rest: Iterator[bytes] = iter(response.body)
    try:
        data, more = _step(rest)
    except (PublishError, Malformed) as error:
        refusal = plain(502, str(error))
        return begin(lambda asked: refuse(asked, refusal), request)
    return StartedResponse(response, data, rest if more else None)


def request_of(method: str, path: bytes, query: bytes, sent: Iterable[tuple[bytes, bytes]], peer: str) -> Request:
    """Return the Request for the parts of a request as they were sent. The header names must be in lower case."""
    headers: dict[str, str] = {}
    for name, value in sent:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    host = headers.get("host", "")
    return Request(method, host, path.decode("latin-1"), query.decode("latin-1"), headers, peer)


def _step(chunks: Iterator[bytes]) -> tuple[bytes, bool]:
    """Return at least STEP bytes (or all bytes, if there are fewer), and whether there may be more."""
    parts: list[bytes] = []
    count = 0
    for chunk in chunks:
        parts.append(chunk)
        count += len(chunk)
        if count >= STEP:
            return b"".join(parts), True
    return b"".join(parts), False


def _after(started: StartedResponse, count: int) -> Iterator[bytes]:
    """Yield a body without its first `count` bytes."""
    for chunk in chain((started.take_data(),), started.rest or ()):
        if count < len(chunk):
            yield chunk[count:]
        count = max(0, count - len(chunk))


async def _left(receive: Receive) -> None:
    """Wait until the visitor has left. Drop everything that the visitor sends."""
    while (await receive())["type"] != "http.disconnect":
        pass
