"""JSON-RPC over HTTP to one end point: https://www.jsonrpc.org/specification, https://ethereum.github.io/execution-apis.

Reading takes plain HTTP, because importing web3 costs more than all the reads of a run together. Sending goes through
web3's HTTP provider. Both stand on the same session, so the same exceptions come out of both, and `why` is the one
place that puts them into words. URLs carry keys: only scheme and host are shown, and no foreign message.
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
"""Loggers that write whole URLs: in their debug lines, and about headers that do not parse, in a warning."""

RpcRequest = tuple[str, tuple[Any, ...]]
"""Method and parameters."""

CONNECT, READ, TOTAL = 5.0, 20.0, 40.0
"""Seconds: for the connection, for each piece of an answer, for a whole answer that drips."""
LONGEST = 8 << 20
"""Bytes of an answer: ours are a few kilobytes, so more is a mistake or an attack."""
STATUS = {
    401: "it wants an API key in its address, or refuses the one that is there",
    403: "it wants an API key in its address, or refuses the one that is there",
    404: "there is nothing at this path",
    429: "too many requests",
}


@dataclass(slots=True)
class EndPoint:
    """One URL. Errors: EndPointError, always; the other two come from `judge`."""

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
        """Scheme and host, all that may be shown of a URL."""
        return shown(self.url)

    def ask(self, questions: Sequence[RpcRequest]) -> list[dict[str, Any]]:
        """One reply a question, in their order, each with `result` or `error`. One round trip when it takes batches."""
        if self.batches and len(questions) > 1:
            replies = _in_order(self._post([_request(n, q) for n, q in enumerate(questions)]), len(questions))
            if replies is not None:
                return replies
            self.batches = False  # it answers singly or not at all: never offer it a batch again
        return [_one(self._post(_request(n, q))) for n, q in enumerate(questions)]

    def send(self, raw: bytes) -> dict[str, Any]:
        """Hand in a signed transaction, through web3. Harmless when repeated: the bytes are the same transaction."""
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
            # Redirects are refused: the place they lead to is nobody's choice, and would be handed the key.
            answer = self.session.post(self.url, json=body, timeout=(CONNECT, READ), allow_redirects=False, stream=True)
            self.date = answer.headers.get("Date", "")
            with closing(answer):
                data = b""
                for piece in answer.iter_content(1 << 16):
                    data += piece
                    if len(data) > LONGEST:
                        raise EndPointError(f"its answer is longer than {LONGEST >> 20} MiB")
                    if self.clock() > until:
                        raise EndPointError(f"its answer was not complete after {TOTAL:.0f} s")
        except foreign() as error:
            # `from None`: the library's message holds the whole URL, and with it the key.
            raise EndPointError(why(error)) from None
        return _read(answer.status_code, data)


def open_session() -> requests.Session:
    """The session for all end points. What its libraries would log holds the keys of URLs, so it is not logged."""
    import requests

    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    return requests.Session()


def shown(url: str) -> str:
    """Scheme, host and port of a URL, without user, path and query, where keys stand."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "?", parts.port
    except ValueError:
        return "(not a URL)"
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}"


def foreign() -> tuple[type[BaseException], ...]:
    """What requests and the sockets below it can raise at us; web3, once it is there, too."""
    import requests
    import urllib3

    loaded = sys.modules.get("web3.exceptions")
    web3 = (loaded.Web3Exception,) if loaded else ()
    return (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError, RecursionError, *web3)


def why(error: BaseException) -> str:
    """A foreign exception in our words; its own text is never used, for it may hold the URL."""
    import requests

    words: tuple[tuple[type[BaseException], str], ...] = (
        (requests.exceptions.ProxyError, "the proxy refuses or cannot reach it"),
        (requests.exceptions.SSLError, "its TLS certificate cannot be trusted"),
        (requests.exceptions.ConnectTimeout, f"no connection within {CONNECT:.0f} s"),
        (requests.exceptions.Timeout, f"no answer within {READ:.0f} s"),
        (requests.exceptions.ConnectionError, _socket_words(error)),
        (requests.exceptions.ChunkedEncodingError, "the connection broke in the middle of the answer"),
        (requests.exceptions.ContentDecodingError, "its answer is compressed in a way that does not decode"),
        (requests.exceptions.TooManyRedirects, "it redirects"),
        (requests.exceptions.JSONDecodeError, "its answer is not JSON"),
        (requests.exceptions.RequestException, "this is no URL that HTTP could ask"),
        (TimeoutError, f"no answer within {READ:.0f} s"),
        (ConnectionError, _socket_words(error)),
        (json.JSONDecodeError, "its answer is not JSON"),
        (RecursionError, "its answer is not JSON-RPC"),
        (UnicodeError, "its answer is not text"),
        (OSError, _socket_words(error)),
    )
    return next((text for kind, text in words if isinstance(error, kind)), "its answer makes no sense")


def _request(number: int, question: RpcRequest) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": question[0], "params": list(question[1])}


def _read(status: int, data: bytes) -> Any:
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError):  # brackets without end are no JSON-RPC either
        parsed = None
    if isinstance(parsed, list) or (isinstance(parsed, dict) and ("result" in parsed or "error" in parsed)):
        return parsed  # some nodes put a revert into a 400 or 500: what counts is the body
    if status != 200:
        reason = STATUS.get(status, "it redirects" if 300 <= status < 400 else "it fails")
        raise EndPointError(f"{reason} (HTTP {status})")
    raise EndPointError("its answer is not JSON-RPC")


def _one(reply: Any) -> dict[str, Any]:
    if not isinstance(reply, dict):
        raise EndPointError("its answer is not JSON-RPC")
    return reply


def _in_order(replies: Any, count: int) -> list[dict[str, Any]] | None:
    """Replies by the number of their question; None when it does not know batches."""
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
