"""ASGI, of which it speaks HTTP alone: an event loop that reads no disk, and the threads that do."""

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
"""Makes an error that is a sentence ready for who asked."""

LogRequest = Callable[[Request, int], None]
"""Told each request and the status of its answer."""

STEP = 256 << 10
"""Bytes that are read in one step at least, so that a small page is one visit to a reading thread."""

PIECE = 64 << 10
"""Bytes that are handed to a connection at a time. What it cannot send it copies, and the next block is not read before
the last piece of this one was taken: so a visitor who is slow has one block in memory, and not two and a half."""


@dataclass(slots=True)
class StartedResponse:
    """An answer whose body has been read as far as one step goes."""

    response: Response
    data: bytes
    rest: Iterator[bytes] | None = None
    """What is to be read still; None where that is all."""

    def take_data(self) -> bytes:
        """What has been read, which is let go of here: else it would stay in memory until all has been sent."""
        data, self.data = self.data, b""
        return data


@dataclass(frozen=True, slots=True)
class QueuedResponder:
    """How to come to an answer that takes reading: step by step, now of one answer, now of another."""

    respond: Respond
    queue: FairQueue


@dataclass(frozen=True, slots=True)
class NameLookup:
    """How a name that a request needs comes into memory: who looks one up does not wait for those who want blocks."""

    call: Callable[[Request], None]
    queue: FairQueue


@dataclass(slots=True)
class Application:
    """Answers from what is kept, else `from_memory` in the event loop, else `from_disk`, else `from_network`."""

    from_network: QueuedResponder
    log: Callable[[str], None]
    from_disk: QueuedResponder | None = None
    """Reads this machine's disk alone, or raises CacheMiss: no request here waits behind one for a network."""
    names: NameLookup | None = None
    from_memory: Respond | None = None
    """Answers from memory, in no time, or raises CacheMiss."""
    answers: ResponseCache = field(default_factory=ResponseCache)
    limits: VisitorLimits = LIMITS
    log_request: LogRequest | None = None
    refuse: Refuse = dressed
    """How a refusal of the server itself goes out."""
    _waiting: int = 0

    def at_once(self, request: Request) -> Written | None:
        """An answer that is kept, or that takes nothing but memory."""
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
        """One request, as the server library hands it over."""
        if scope["type"] != "http":
            return
        with contextlib.suppress(asyncio.CancelledError):  # the server ends: nothing of it is a fault to be told
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
        """The beginning of an answer, and the way by which it goes on."""
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
        """The body as far as the visitor stays."""
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
        """The body part by part; cut off without an end where a block is missing, so that nobody takes it for whole."""
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
        """What is to follow after so many bytes of an answer, of which a block is not here after all."""
        again = await self.from_network.queue.run(request.peer, begin, self.from_network.respond, request, self.refuse)
        if again.response.headers != response.headers:
            raise BlockMissing("gateway", f"what {request.path} shows has changed meanwhile")
        return _after(again, sent)


def begin(respond: Respond, request: Request, refuse: Refuse = dressed) -> StartedResponse:
    """The answer and the first part of its body."""
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
    """A request from its parts as they were sent; names of headers are in lower case already."""
    headers: dict[str, str] = {}
    for name, value in sent:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    host = headers.get("host", "")
    return Request(method, host, path.decode("latin-1"), query.decode("latin-1"), headers, peer)


def _step(chunks: Iterator[bytes]) -> tuple[bytes, bool]:
    """At least STEP bytes where there are as many, and whether more may come."""
    parts: list[bytes] = []
    count = 0
    for chunk in chunks:
        parts.append(chunk)
        count += len(chunk)
        if count >= STEP:
            return b"".join(parts), True
    return b"".join(parts), False


def _after(started: StartedResponse, count: int) -> Iterator[bytes]:
    """A body without its first bytes."""
    for chunk in chain((started.take_data(),), started.rest or ()):
        if count < len(chunk):
            yield chunk[count:]
        count = max(0, count - len(chunk))


async def _left(receive: Receive) -> None:
    """Returns when the visitor has gone. What he sends meanwhile is thrown away."""
    while (await receive())["type"] != "http.disconnect":
        pass
