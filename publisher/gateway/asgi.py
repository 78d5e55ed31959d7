"""ASGI, of which it speaks HTTP alone: an event loop that reads no disk, and the threads that do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Any

from publisher.dag.pb import Malformed
from publisher.errors import PublishError
from publisher.gateway.answers import Answers, Watched, Written, written
from publisher.gateway.excuse import dressed
from publisher.gateway.limits import LIMITS, Limits
from publisher.gateway.message import Lacking, Request, Respond, Response, plain
from publisher.gateway.turns import Turns

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Log = Callable[[Request, int], None]
"""Told each request and the status of its answer."""

STEP = 256 << 10
"""Bytes that are read in one step at least, so that a small page is one visit to a reading thread."""


@dataclass(frozen=True, slots=True)
class Started:
    """An answer whose body has been read as far as one step goes."""

    response: Response
    data: bytes
    rest: Iterator[bytes] | None = None
    """What is to be read still; None where that is all."""


@dataclass(slots=True)
class Application:
    """Answers from what is kept, else through `near` in the event loop, else through `respond` in a reading thread."""

    respond: Respond
    reader: Executor
    """Bodies are read step by step, now of one answer, now of another."""
    say: Callable[[str], None]
    near: Respond | None = None
    """Answers from memory, in no time, or raises Lacking."""
    answers: Answers = field(default_factory=Answers)
    limits: Limits = LIMITS
    log: Log | None = None
    behind: frozenset[str] = frozenset()
    """Addresses of proxies, whose visitors are not told apart."""
    _waiting: int = 0
    _turns: Turns = field(init=False)

    def __post_init__(self) -> None:
        self._turns = Turns(self.reader, self.limits.reading_each, self.behind)

    def at_once(self, request: Request) -> Written | None:
        """An answer that is kept, or that takes nothing but memory."""
        kept = self.answers.take(request)
        if kept is not None or self.near is None:
            return kept
        watched = Watched(request.headers)
        try:
            started = begin(self.near, replace(request, headers=watched))
        except Lacking:
            return None
        if started.rest is not None or isinstance(started.response.body, AsyncIterable):
            return None
        kept = self.answers.keep(request, watched, started.response, started.data)
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
        watched = Watched(request.headers)
        started = await self._started(replace(request, headers=watched))
        response = started.response
        if self.log is not None:
            self.log(request, response.status)
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if started.rest is None and not isinstance(response.body, AsyncIterable):
            self.answers.keep(request, watched, response, started.data)
            await send({"type": "http.response.body", "body": started.data})
            return
        await self._whole(started, peer, receive, send)

    async def _started(self, request: Request) -> Started:
        if self._waiting >= self.limits.waiting:
            retry = {"Retry-After": str(self.limits.retry_seconds)}
            return begin(lambda asked: dressed(asked, plain(503, "come back soon", retry)), request)
        self._waiting += 1
        try:
            return await self._turns.take(request.peer, begin, self.respond, request)
        finally:
            self._waiting -= 1

    async def _whole(self, started: Started, peer: str, receive: Receive, send: Send) -> None:
        """The body as far as the visitor stays."""
        streaming = asyncio.ensure_future(self._stream(started, peer, send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({streaming, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (streaming, leaving):
                task.cancel()
            await asyncio.gather(streaming, leaving, return_exceptions=True)
        if not streaming.cancelled():
            streaming.result()

    async def _stream(self, started: Started, peer: str, send: Send) -> None:
        """The body part by part; cut off without an end where a block is missing, so that nobody takes it for whole."""
        body = started.response.body
        if isinstance(body, AsyncIterable):
            async for chunk in body:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
            return
        data, rest = started.data, started.rest
        more = rest is not None
        while more and rest is not None:
            await send({"type": "http.response.body", "body": data, "more_body": True})
            try:
                data, more = await self._turns.take(peer, _step, rest)
            except (PublishError, Malformed) as error:
                self.say(f"an answer was cut short: {error}")
                return
        await send({"type": "http.response.body", "body": data})


def begin(respond: Respond, request: Request) -> Started:
    """The answer and the first part of its body."""
    response = respond(request)
    if isinstance(response.body, AsyncIterable):
        return Started(response, b"")
    rest: Iterator[bytes] = iter(response.body)
    try:
        data, more = _step(rest)
    except (PublishError, Malformed) as error:
        told = plain(502, str(error))
        return begin(lambda asked: dressed(asked, told), request)
    return Started(response, data, rest if more else None)


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


async def _left(receive: Receive) -> None:
    """Returns when the visitor has gone. What he sends meanwhile is thrown away."""
    while (await receive())["type"] != "http.disconnect":
        pass
