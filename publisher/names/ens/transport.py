"""JSON-RPC over HTTP to one end point.

The protocol: https://www.jsonrpc.org/specification, https://ethereum.github.io/execution-apis.

Reads use plain HTTP, because importing web3 costs more than all reads of a run. Sends use web3's HTTP provider. Both
share one session, so both raise the same exceptions, which `why` alone puts into words. URLs hold keys: only scheme and
host are shown, and no text of another library.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from publisher.names.ens.responses import EndPointError
from publisher.names.libraries import no_deeper

if TYPE_CHECKING:
    import requests

LOGGERS = ("urllib3.connection", "urllib3.connectionpool", "web3.providers.HTTPProvider")
"""Loggers that write whole URLs: in debug lines, and in a warning about headers that do not parse."""

RpcRequest = tuple[str, tuple[Any, ...]]
"""(method, parameters)."""

CONNECT, READ, TOTAL = 5.0, 20.0, 40.0
"""Seconds for a connection, for each piece of an answer, and for a whole answer that comes slowly."""
LONGEST = 8 << 20
"""Bytes of the largest answer. Ours are a few kilobytes, so more is a mistake or an attack."""
STATUS = {
    401: "the end point needs an API key in its URL, or refuses the one there",
    403: "the end point needs an API key in its URL, or refuses the one there",
    404: "nothing answers at this path",
    429: "too many requests",
}


@dataclass(slots=True)
class EndPoint:
    """One URL. Its methods raise EndPointError. Reverts and refusals are found later, by `judge`."""

    url: str
    session: requests.Session
    clock: Callable[[], float] = time.monotonic
    batches: bool = True
    date: str = ""
    """The Date header of its newest answer."""

    def __repr__(self) -> str:
        return f"EndPoint({self.host})"

    @property
    def host(self) -> str:
        """Scheme and host. No other part of a URL may be shown."""
        return shown(self.url)

    def ask(self, questions: Sequence[RpcRequest]) -> list[dict[str, Any]]:
        """Return a reply for each query, in their order, each with `result` or `error`.

        It takes one round trip if the end point accepts batches.
        """
        if self.batches and len(questions) > 1:
            replies = _in_order(self._post([_request(n, q) for n, q in enumerate(questions)]), len(questions))
            if replies is not None:
                return replies
            self.batches = False  # it answers single requests or none: never send it a batch again
        return [_one(self._post(_request(n, q))) for n, q in enumerate(questions)]

    def send(self, raw: bytes) -> dict[str, Any]:
        """Send a signed transaction through web3. It may be repeated: the same bytes are the same transaction."""
        import requests

        with no_deeper():
            from web3 import HTTPProvider
            from web3.types import RPCEndpoint

        options = {"timeout": (CONNECT, READ), "allow_redirects": False}
        provider = HTTPProvider(self.url, options, self.session, exception_retry_configuration=None)
        try:
            return _one(provider.make_request(RPCEndpoint("eth_sendRawTransaction"), ["0x" + raw.hex()]))
        except requests.HTTPError as error:
            if error.response is None:
                raise EndPointError(why(error)) from None
            return _one(_read(error.response.status_code, error.response.content))
        except foreign() as error:
            raise EndPointError(why(error)) from None

    def _post(self, body: Any) -> Any:
        until = self.clock() + TOTAL
        try:
            # Redirects are refused: no one chose their target, and it would get the key.
            answer = self.session.post(self.url, json=body, timeout=(CONNECT, READ), allow_redirects=False, stream=True)
            self.date = answer.headers.get("Date", "")
            with closing(answer):
                data = b""
                for piece in answer.iter_content(1 << 16):
                    data += piece
                    if len(data) > LONGEST:
                        raise EndPointError(f"the answer is longer than {LONGEST >> 20} MiB")
                    if self.clock() > until:
                        raise EndPointError(f"the answer was not complete after {TOTAL:.0f} s")
        except foreign() as error:
            # `from None`: the library's message holds the whole URL and so the key.
            raise EndPointError(why(error)) from None
        return _read(answer.status_code, data)


def open_session() -> requests.Session:
    """Open the session for all end points. Logs of its libraries are off, because they hold the keys in URLs."""
    import requests

    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    return requests.Session()


def shown(url: str) -> str:
    """Return scheme, host and port of a URL, without user, path and query, which may hold keys."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "?", parts.port
    except ValueError:
        return "(not a URL)"
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}"


def foreign() -> tuple[type[BaseException], ...]:
    """Return the exceptions of requests, of the sockets below it, and of web3 if it is loaded."""
    import requests
    import urllib3

    loaded = sys.modules.get("web3.exceptions")
    web3 = (loaded.Web3Exception,) if loaded else ()
    return (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError, RecursionError, *web3)


def why(error: BaseException) -> str:
    """Return our words for another library's exception. Its own text may hold the URL and is never used."""
    import requests

    words: tuple[tuple[type[BaseException], str], ...] = (
        (requests.exceptions.ProxyError, "the proxy refuses or cannot reach this end point"),
        (requests.exceptions.SSLError, "the TLS certificate is not trusted"),
        (requests.exceptions.ConnectTimeout, f"no connection within {CONNECT:.0f} s"),
        (requests.exceptions.Timeout, f"no answer within {READ:.0f} s"),
        (requests.exceptions.ConnectionError, _socket_words(error)),
        (requests.exceptions.ChunkedEncodingError, "the connection broke in the middle of the answer"),
        (requests.exceptions.ContentDecodingError, "the answer has a compression that does not decode"),
        (requests.exceptions.TooManyRedirects, "the end point redirects"),
        (requests.exceptions.JSONDecodeError, "the answer is not JSON"),
        (requests.exceptions.RequestException, "the URL is not one for HTTP"),
        (TimeoutError, f"no answer within {READ:.0f} s"),
        (ConnectionError, _socket_words(error)),
        (json.JSONDecodeError, "the answer is not JSON"),
        (RecursionError, "the answer is not JSON-RPC"),
        (UnicodeError, "the answer is not text"),
        (OSError, _socket_words(error)),
    )
    return next((text for kind, text in words if isinstance(error, kind)), "the answer cannot be understood")


def _request(number: int, question: RpcRequest) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": question[0], "params": list(question[1])}


def _read(status: int, data: bytes) -> Any:
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError):  # endless brackets are no JSON-RPC either
        parsed = None
    if isinstance(parsed, list) or (isinstance(parsed, dict) and ("result" in parsed or "error" in parsed)):
        return parsed  # some nodes send a revert with a 400 or 500: the body counts
    if status != 200:
        reason = STATUS.get(status, "the end point redirects" if 300 <= status < 400 else "the end point fails")
        raise EndPointError(f"{reason} (HTTP {status})")
    raise EndPointError("the answer is not JSON-RPC")


def _one(reply: Any) -> dict[str, Any]:
    if not isinstance(reply, dict):
        raise EndPointError("the answer is not JSON-RPC")
    return reply


def _in_order(replies: Any, count: int) -> list[dict[str, Any]] | None:
    """Return replies by the number of their query; None if the end point does not know batches."""
    if not isinstance(replies, list):
        return None
    by_number = {r.get("id"): r for r in replies if isinstance(r, dict)}
    if set(by_number) != set(range(count)):
        return None
    return [by_number[n] for n in range(count)]


def _socket_words(error: BaseException) -> str:
    text = str(error).lower()
    if "refused" in text:
        return "connection refused"
    if "resolve" in text or "getaddrinfo" in text or "name or service" in text:
        return "there is no such host"
    return "the connection failed"
