"""Whole small answers, kept by what they depend on: an immutable one is given again without being made again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus

from publisher.gateway.caches.block_cache import OVERHEAD, LruCache
from publisher.gateway.message import Request, Response

LIMIT = 32 << 20
"""Bytes of all answers together."""

LARGEST = 64 << 10
"""Bytes of one. What is longer takes so much longer to send that making it counts for little."""

MOMENT = 1.0
"""Seconds that an answer is kept which may be kept a while, but not for ever: what a name shows does change."""

_STATUSES = frozenset({200, 301, 304})
_NO_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_MAX_AGE = re.compile(r"(?:^|[ ,])max-age=([0-9]{1,9})")

Key = tuple[str | None, ...]

Written = tuple[bytes, bytes]
"""The status line, and all that follows it but the date."""


class RecordedHeaders(Mapping[str, str]):
    """Headers that know which of them were asked for, those that were not sent too."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self.asked: set[str] = set()
        self.all = False
        """Whether somebody looked at all of them."""

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
    """For one thread. An answer depends on method, host, path, query, peer and the headers that were read for it.

    Which headers those are is not written down anywhere: it is seen. When a new one is read for the first time, all
    that was kept before is forgotten, since its key did not hold that header.
    """

    def __init__(
        self,
        behind: frozenset[str] = frozenset(),
        limit: int = LIMIT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`behind`: the addresses of proxies, from which a request means something else than from elsewhere."""
        self._kept: LruCache[Key, tuple[Written, float]] = LruCache(limit, LARGEST)
        self._behind = behind
        self._names: tuple[str, ...] = ()
        self._clock = clock

    def get(self, request: Request) -> Written | None:
        """The answer as it goes out, or None."""
        key = self._key(request)
        found = self._kept.get(key)
        if found is None:
            return None
        if found[1] and self._clock() > found[1]:
            self._kept.drop(key)
            return None
        return found[0]

    def put(self, request: Request, headers_read: RecordedHeaders, response: Response, body: bytes) -> Written | None:
        """Take note of a whole answer, and give it as it goes out; None for one that may not be given again."""
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
    """Seconds for which an answer may be given again without asking: -1 for ever, 0 not at all."""
    said = response.headers.get("Cache-Control", "")
    if "public" not in said:
        return 0
    if "immutable" in said:
        return -1
    found = _MAX_AGE.search(said)
    return float(found[1]) if found else 0


def written(request: Request, response: Response, body: bytes) -> Written | None:
    """An answer with its whole body in the bytes of HTTP/1.1; None where a header's value is none."""
    if any(_NO_VALUE.search(value) for value in response.headers.values()):
        return None
    lines = [f"{name.lower()}: {value}\r\n" for name, value in response.headers.items()]
    if request.method != "HEAD" and response.status != 304 and "Content-Length" not in response.headers:
        lines.append(f"content-length: {len(body)}\r\n")
    status = f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
    return status.encode(), "".join([*lines, "\r\n"]).encode("latin-1") + body
