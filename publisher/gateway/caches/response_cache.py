"""Cache whole small responses under all values that they depend on. So an immutable response is made only once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus

from publisher.gateway.caches.block_cache import OVERHEAD, LruCache
from publisher.gateway.message import Request, Response

LIMIT = 32 << 20
"""The largest number of bytes of all cached responses."""

LARGEST = 64 << 10
"""The largest number of bytes of a cached response. A longer response takes much longer to send than to make again."""

MOMENT = 1.0
"""The number of seconds for which a response is cached if it is not immutable.

For example, a response below a name is not immutable, because the root of the name may change.
"""

_STATUSES = frozenset({200, 301, 304})
_NO_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_MAX_AGE = re.compile(r"(?:^|[ ,])max-age=([0-9]{1,9})")

Key = tuple[str | None, ...]

Written = tuple[bytes, bytes]
"""The bytes of a response: the status line, and everything after it except the Date header."""


class RecordedHeaders(Mapping[str, str]):
    """Headers that record which names were read, even if the request does not have them."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self.asked: set[str] = set()
        self.all = False
        """Whether all headers were read."""

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
    """A response cache for one thread. A key has the method, host, path, query, peer and all headers that matter.

    A header matters if it was ever read while a response was made. When a header is read for the first time, all cached
    responses are dropped, because their keys lack this header.
    """

    def __init__(
        self,
        behind: frozenset[str] = frozenset(),
        limit: int = LIMIT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Create an empty cache of at most `limit` bytes.

        `behind` are the addresses of trusted proxies. The key of a request from a proxy has the address of the proxy,
        because only such a request may set the forwarded host.
        """
        self._kept: LruCache[Key, tuple[Written, float]] = LruCache(limit, LARGEST)
        self._behind = behind
        self._names: tuple[str, ...] = ()
        self._clock = clock

    def get(self, request: Request) -> Written | None:
        """Return the bytes of the cached response to a request, or None if there is none."""
        key = self._key(request)
        found = self._kept.get(key)
        if found is None:
            return None
        if found[1] and self._clock() > found[1]:
            self._kept.drop(key)
            return None
        return found[0]

    def put(self, request: Request, headers_read: RecordedHeaders, response: Response, body: bytes) -> Written | None:
        """Cache a whole response and return its bytes. Return None if the response may not be reused."""
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
    """Return the number of seconds for which a response may be reused. -1 means for ever, 0 means not at all."""
    said = response.headers.get("Cache-Control", "")
    if "public" not in said:
        return 0
    if "immutable" in said:
        return -1
    found = _MAX_AGE.search(said)
    return float(found[1]) if found else 0


def written(request: Request, response: Response, body: bytes) -> Written | None:
    """Return the bytes of a response with its whole body (HTTP/1.1), or None if the value of a header is not valid."""
    if any(_NO_VALUE.search(value) for value in response.headers.values()):
        return None
    lines = [f"{name.lower()}: {value}\r\n" for name, value in response.headers.items()]
    if request.method != "HEAD" and response.status != 304 and "Content-Length" not in response.headers:
        lines.append(f"content-length: {len(body)}\r\n")
    status = f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
    return status.encode(), "".join([*lines, "\r\n"]).encode("latin-1") + body
