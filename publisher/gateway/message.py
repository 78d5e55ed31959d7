"""Define requests and responses as values that need no socket."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping

from publisher.fast_dataclass import dataclass, field, replace

Body = Iterable[bytes] | AsyncIterable[bytes]
"""The body of a response, in pieces. A body can be read only once. It is asynchronous if the response waits for events.
"""

NOSNIFF = {"X-Content-Type-Options": "nosniff"}
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Range, User-Agent, X-Requested-With",
    "Access-Control-Expose-Headers": "Content-Length, Content-Range, X-Chunked-Output, X-Ipfs-Path, X-Ipfs-Roots, "
    "X-Stream-Output",
}
"""Headers that let pages of other origins read every response, because content addresses are not secret."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request. `path` and `query` are percent-encoded, as the client sent them. Header names are in lower case."""

    method: str
    host: str
    """The Host header with its port, or "" if there was none."""
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    peer: str = ""
    """The address from which the request came. It shows whether the request came from a trusted proxy."""

    def header(self, name: str) -> str:
        """Return the value of a header, or "" if it was not sent. `name` is in lower case."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Response:
    """A response. Reading its body may raise StoreError if a block cannot be read."""

    status: int
    headers: Mapping[str, str]
    body: Body = ()

    def adding(self, headers: Mapping[str, str]) -> Response:
        """Return the same response with these headers added. They replace headers with the same names."""
        return replace(self, headers={**self.headers, **headers})


Respond = Callable[[Request], Response]


class ResponseReady(Exception):
    """Raised to end the work on a request with this response: a refusal, an error or a redirect."""

    def __init__(self, response: Response) -> None:
        self.response = response


def plain(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response whose body is one sentence of plain text."""
    data = (text + "\n").encode()
    kind = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(data)), **NOSNIFF, **CORS}
    return Response(status, {**kind, **(headers or {})}, (data,))


def to(status: int, location: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a redirect to `location`, which must be percent-encoded already."""
    return plain(status, location, {"Location": location, **(headers or {})})


class CacheMiss(Exception):
    """Raised by a fast reader or resolver that lacks the block or name. The caller then uses a slower one."""


class NameCacheMiss(CacheMiss):
    """The root of a name is not in memory."""
