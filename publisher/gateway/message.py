"""Requests and responses as values, without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

Body = Iterable[bytes] | AsyncIterable[bytes]
"""The body, read once from its beginning. It is asynchronous only if the answer waits for events."""

NOSNIFF = {"X-Content-Type-Options": "nosniff"}
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Range, User-Agent, X-Requested-With",
    "Access-Control-Expose-Headers": "Content-Length, Content-Range, X-Chunked-Output, X-Ipfs-Path, X-Ipfs-Roots, "
    "X-Stream-Output",
}
"""Pages of other origins may read everything, because content addresses are not secret."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request. `path` and `query` are percent-encoded as they were sent; header names are in lower case."""

    method: str
    host: str
    """The Host header with its port; empty if there was none."""
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    peer: str = ""
    """The address that the request came from. A proxy's headers are believed only from a trusted one."""

    def header(self, name: str) -> str:
        """Return a header by its name in lower case; empty if it was not sent."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Response:
    """A response. Reading its body may raise StoreError for a block that is not available."""

    status: int
    headers: Mapping[str, str]
    body: Body = ()

    def adding(self, headers: Mapping[str, str]) -> Response:
        """Return the same response with more headers, which replace those of the same name."""
        return replace(self, headers={**self.headers, **headers})


Respond = Callable[[Request], Response]


class ResponseReady(Exception):
    """The response is known before any content is read: a refusal or a redirect."""

    def __init__(self, response: Response) -> None:
        self.response = response


def plain(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response with one sentence as text."""
    data = (text + "\n").encode()
    kind = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(data)), **NOSNIFF, **CORS}
    return Response(status, {**kind, **(headers or {})}, (data,))


def to(status: int, location: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a redirect. `location` is percent-encoded already."""
    return plain(status, location, {"Location": location, **(headers or {})})


class CacheMiss(Exception):
    """Raised by a `get` or a resolver that uses memory alone: the caller asks again where it may take longer."""


class NameCacheMiss(CacheMiss):
    """The root of a name is not in memory."""
