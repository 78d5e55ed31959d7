"""What a visitor asks and what he gets: values without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

Body = Iterable[bytes] | AsyncIterable[bytes]
"""Read once, from its beginning. Asynchronous only where an answer waits for something to happen."""

NOSNIFF = {"X-Content-Type-Options": "nosniff"}
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Range, User-Agent, X-Requested-With",
    "Access-Control-Expose-Headers": "Content-Length, Content-Range, X-Chunked-Output, X-Ipfs-Path, X-Ipfs-Roots, "
    "X-Stream-Output",
}
"""What pages of other origins may do: read anything, as content addresses are no secret."""


@dataclass(frozen=True, slots=True)
class Request:
    """`path` and `query` as they were sent, percent-encoded; names of headers in lower case."""

    method: str
    host: str
    """The Host header, with its port; empty when there was none."""
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    peer: str = ""
    """The address the request came from: a proxy's words count only from one that is trusted."""

    def header(self, name: str) -> str:
        """A header's value by its name in lower case; empty when it was not sent."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Response:
    """Reading the body may raise the StoreError of a block that cannot be had."""

    status: int
    headers: Mapping[str, str]
    body: Body = ()

    def adding(self, headers: Mapping[str, str]) -> Response:
        """The same answer with more headers; those given here win."""
        return replace(self, headers={**self.headers, **headers})


Respond = Callable[[Request], Response]


class ResponseReady(Exception):
    """The answer is known before any content is looked at: a refusal or a way elsewhere."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def plain(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """A sentence for people, as text."""
    data = (text + "\n").encode()
    kind = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(data)), **NOSNIFF, **CORS}
    return Response(status, {**kind, **(headers or {})}, (data,))


def to(status: int, location: str, headers: Mapping[str, str] | None = None) -> Response:
    """A way elsewhere; `location` is percent-encoded already."""
    return plain(status, location, {"Location": location, **(headers or {})})


class CacheMiss(Exception):
    """Raised by a `get` or a resolver that answers from memory alone: it is to be asked where it may take longer."""


class NameCacheMiss(CacheMiss):
    """What a name shows is not in memory."""
