"""The ASGI application (HTTP only): an event loop that reads no disk, and the threads that do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from publisher.dag.dag_pb import Malformed
from publisher.errors import BlockMissing, PublishError
from publisher.gateway.caches.response_cache import RecordedHeaders, ResponseCache, Written, written
from publisher.gateway.error_page import dressed
from publisher.gateway.message import CacheMiss, NameCacheMiss, Request, Respond, Response, plain
from publisher.gateway.serve.fairness import FairQueue
from publisher.gateway.serve.limits import LIMITS, VisitorLimits

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Refuse = Callable[[Request, Response], Response]
"""Turns an error into the response for a request."""

LogRequest = Callable[[Request, int], None]
"""Called with each request and the status of its response."""

STEP = 256 << 10
"""Bytes that one step reads at least, so that a small page takes one call in a reading thread."""

PIECE = 64 << 10
"""Bytes that are written to a connection at a time.

The connection copies what it cannot send, and the next block is read only after the last piece of this one was taken.
So a slow visitor holds one block in memory, not two and a half.
"""


@dataclass(slots=True)
class StartedResponse:
    """A response whose body has been read as far as one step goes."""

    response: Response
    data: bytes
    rest: Iterator[bytes] | None = None
    """The rest of the body; None if there is none."""

    def take_data(self) -> bytes:
        """Return the bytes that were read, and drop them: otherwise they would stay in memory until all is sent."""
        data, self.data = self.data, b""
        return data


@dataclass(frozen=True, slots=True)
class QueuedResponder:
    """A responder whose reading is queued, step by step, for several visitors in turn."""

    respond: Respond
    queue: FairQueue


@dataclass(frozen=True, slots=True)
class NameLookup:
    """Brings the root of a name into memory. A look-up does not wait for reads of blocks."""

    call: Callable[[Request], None]
    queue: FairQueue


@dataclass(slots=True)
class Application:
    """The application. It answers from kept responses, then `from_memory`, `from_disk` and `from_network`."""

    from_network: QueuedResponder
    log: Callable[[str], None]
    from_disk: QueuedResponder | None = None
    """Reads only this machine's disk, or raises CacheMiss: no request here waits behind the network."""
    names: NameLookup | None = None
    from_memory: Respond | None = None
    """Answers from memory without delay, or raises CacheMiss."""
    answers: ResponseCache = field(default_factory=ResponseCache)
    limits: VisitorLimits = LIMITS
    log_request: LogRequest | None = None
    refuse: Refuse = dressed
    """Turns a refusal of the server into a response."""
    _waiting: int = 0

    def at_once(self, request: Request) -> Written | None:
        """Return the bytes of a kept response, or of one that needs only memory; None for any other."""
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
        """Answer one request of the server library."""
        if scope["type"] != "http":
            return
        with contextlib.suppress(asyncio.CancelledError):  # the server ends; this is no error to report
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
        """Return the beginning of a response, and the responder that continues it."""
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
        """Send the body while the visitor stays."""
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

        If a block is missing, it is cut off without an end, so that it does not seem complete.
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
        """Return the rest of a body after `sent` bytes, when a block was not on this machine after all."""
        again = await self.from_network.queue.run(request.peer, begin, self.from_network.respond, request, self.refuse)
        if again.response.headers != response.headers:
            raise BlockMissing(
                "gateway", f"the content of {request.path} changed while it was read", hint="load the page again"
            )
        return _after(again, sent)


def begin(respond: Respond, request: Request, refuse: Refuse = dressed) -> StartedResponse:
    """Return the response and the first part of its body. Raises CacheMiss if `respond` does."""
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
    """Return a request from its parts as they were sent. Header names are in lower case already."""
    headers: dict[str, str] = {}
    for name, value in sent:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    host = headers.get("host", "")
    return Request(method, host, path.decode("latin-1"), query.decode("latin-1"), headers, peer)


def _step(chunks: Iterator[bytes]) -> tuple[bytes, bool]:
    """Return at least STEP bytes if there are that many, and whether more may come."""
    parts: list[bytes] = []
    count = 0
    for chunk in chunks:
        parts.append(chunk)
        count += len(chunk)
        if count >= STEP:
            return b"".join(parts), True
    return b"".join(parts), False


def _after(started: StartedResponse, count: int) -> Iterator[bytes]:
    """Yield a body without its first bytes."""
    for chunk in chain((started.take_data(),), started.rest or ()):
        if count < len(chunk):
            yield chunk[count:]
        count = max(0, count - len(chunk))


async def _left(receive: Receive) -> None:
    """Return when the visitor has left. What the visitor sends meanwhile is dropped."""
    while (await receive())["type"] != "http.disconnect":
        pass
