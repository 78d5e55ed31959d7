"""Whole small responses, kept by what they depend on, so that an immutable one is not made again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus

from publisher.gateway.caches.block_cache import OVERHEAD, LruCache
from publisher.gateway.message import Request, Response

LIMIT = 32 << 20
"""Bytes of all responses together."""

LARGEST = 64 << 10
"""Bytes of one. A longer one takes so long to send that making it hardly counts."""

MOMENT = 1.0
"""Seconds that a response is kept which is not immutable, because the root of a name changes."""

_STATUSES = frozenset({200, 301, 304})
_NO_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_MAX_AGE = re.compile(r"(?:^|[ ,])max-age=([0-9]{1,9})")

Key = tuple[str | None, ...]

Written = tuple[bytes, bytes]
"""The status line, and everything else except the Date header."""


class RecordedHeaders(Mapping[str, str]):
    """Headers that record which of them were read, including those that were not sent."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self.asked: set[str] = set()
        self.all = False
        """Whether all of them were read."""

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._headers[name]

    def __iter__(self) -> Iterator[str]:
        self.all = True
        return iter(self._headers)

    def __len__(self) -> int:
        self.all = True
        return len(self._headers)


class ResponseCache:
    """A response cache for one thread. The key is method, host, path, query, peer, and the headers that were read.

    Which headers matter is not listed anywhere: it is recorded. When a new header is read for the first time, all kept
    responses are dropped, because their keys lack it.
    """

    def __init__(
        self,
        behind: frozenset[str] = frozenset(),
        limit: int = LIMIT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Create an empty cache of `limit` bytes.

        Requests from the proxies in `behind` are kept apart by their address.
        """
        self._kept: LruCache[Key, tuple[Written, float]] = LruCache(limit, LARGEST)
        self._behind = behind
        self._names: tuple[str, ...] = ()
        self._clock = clock

    def get(self, request: Request) -> Written | None:
        """Return the response in the form in which it is sent, or None."""
        key = self._key(request)
        found = self._kept.get(key)
        if found is None:
            return None
        if found[1] and self._clock() > found[1]:
            self._kept.drop(key)
            return None
        return found[0]

    def put(self, request: Request, headers_read: RecordedHeaders, response: Response, body: bytes) -> Written | None:
        """Keep a whole response and return it in the form in which it is sent; None if it may not be reused."""
        seconds = lasting(response)
        if headers_read.all or not seconds or response.status not in _STATUSES:
            return None
        if not headers_read.asked <= set(self._names):
            self._names = tuple(sorted({*self._names, *headers_read.asked}))
            self._kept.clear()
        answer = written(request, response, body)
        if answer is None:
            return None
        until = 0.0 if seconds < 0 else self._clock() + min(seconds, MOMENT)
        self._kept.put(self._key(request), (answer, until), len(answer[1]) + OVERHEAD + len(request.path))
        return answer

    def _key(self, request: Request) -> Key:
        headers = request.headers
        peer = request.peer if request.peer in self._behind else ""
        return request.method, request.host, request.path, request.query, peer, *[headers.get(n) for n in self._names]


def lasting(response: Response) -> float:
    """Return for how many seconds a response may be reused: -1 for ever, 0 not at all."""
    said = response.headers.get("Cache-Control", "")
    if "public" not in said:
        return 0
    if "immutable" in said:
        return -1
    found = _MAX_AGE.search(said)
    return float(found[1]) if found else 0


def written(request: Request, response: Response, body: bytes) -> Written | None:
    """Return a response with its whole body as bytes of HTTP/1.1; None if a header's value is not valid."""
    if any(_NO_VALUE.search(value) for value in response.headers.values()):
        return None
    lines = [f"{name.lower()}: {value}\r\n" for name, value in response.headers.items()]
    if request.method != "HEAD" and response.status != 304 and "Content-Length" not in response.headers:
        lines.append(f"content-length: {len(body)}\r\n")
    status = f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
    return status.encode(), "".join([*lines, "\r\n"]).encode("latin-1") + body
