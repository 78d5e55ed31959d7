"""ASGI, of which it speaks HTTP alone: an event loop that touches no block, and the thread that reads them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from publisher.dag.pb import Malformed
from publisher.errors import PublishError
from publisher.gateway.message import Request, Respond, Response, plain

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

STEP = 256 << 10
"""Bytes that are read in one step at least, so that a small page is one visit to the reading thread."""


@dataclass(frozen=True, slots=True)
class Application:
    """Answers through `respond`, which only the reader's thread calls."""

    respond: Respond
    reader: ThreadPoolExecutor
    """One thread: bodies are read step by step, now of one answer, now of another."""
    say: Callable[[str], None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as the server library hands it over."""
        if scope["type"] != "http":
            return
        request = _request(scope)
        loop = asyncio.get_running_loop()
        response, data, rest = await loop.run_in_executor(self.reader, self._begin, request)
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if rest is None and not isinstance(response.body, AsyncIterable):
            await send({"type": "http.response.body", "body": data})
            return
        streaming = asyncio.ensure_future(self._stream(response, data, rest, send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({streaming, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (streaming, leaving):
                task.cancel()
            await asyncio.gather(streaming, leaving, return_exceptions=True)
        if not streaming.cancelled():
            streaming.result()

    def _begin(self, request: Request) -> tuple[Response, bytes, Iterator[bytes] | None]:
        """In the reading thread: the answer and the first part of its body; no rest where that is all."""
        response = self.respond(request)
        if isinstance(response.body, AsyncIterable):
            return response, b"", None
        rest: Iterator[bytes] = iter(response.body)
        try:
            data, more = _step(rest)
        except (PublishError, Malformed) as error:
            return plain(502, str(error)), f"{error}\n".encode(), None
        return response, data, rest if more else None

    async def _stream(self, response: Response, data: bytes, rest: Iterator[bytes] | None, send: Send) -> None:
        """The body part by part; cut off without an end where a block is missing, so that nobody takes it for whole."""
        if isinstance(response.body, AsyncIterable):
            async for chunk in response.body:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
            return
        loop = asyncio.get_running_loop()
        more = rest is not None
        while more and rest is not None:
            await send({"type": "http.response.body", "body": data, "more_body": True})
            try:
                data, more = await loop.run_in_executor(self.reader, _step, rest)
            except (PublishError, Malformed) as error:
                self.say(f"an answer was cut short: {error}")
                return
        await send({"type": "http.response.body", "body": data})


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


def _request(scope: Scope) -> Request:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    path = scope["raw_path"].decode("latin-1")
    return Request(scope["method"], headers.get("host", ""), path, scope["query_string"].decode("latin-1"), headers)


async def _left(receive: Receive) -> None:
    """Returns when the visitor has gone. What he sends meanwhile is thrown away."""
    while (await receive())["type"] != "http.disconnect":
        pass
