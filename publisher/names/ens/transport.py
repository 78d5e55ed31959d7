"""Send JSON-RPC requests over HTTP to one end point.

The protocol: https://www.jsonrpc.org/specification, https://ethereum.github.io/execution-apis.

Reads use plain HTTP, because importing web3 takes longer than all reads of a run. Transactions are sent with the HTTP
provider of web3. Reads and sends share one session, so they raise the same exceptions. Only `why` turns these
exceptions into words. URLs may hold keys, and a library's message may hold a URL. So messages show only the scheme and
host, and never the text of a library.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from publisher.fast_dataclass import dataclass
from publisher.names.ens.responses import EndPointError
from publisher.names.libraries import no_deeper

if TYPE_CHECKING:
    import requests

LOGGERS = ("urllib3.connection", "urllib3.connectionpool", "web3.providers.HTTPProvider")
"""Loggers that write whole URLs, in debug lines and in a warning about malformed headers."""

RpcRequest = tuple[str, tuple[Any, ...]]
"""A JSON-RPC method and its parameters."""

CONNECT, READ, TOTAL = 5.0, 20.0, 40.0
"""The longest times in seconds: to connect, to wait for the next piece of an answer, and for the whole answer."""
LONGEST = 8 << 20
"""The largest allowed answer in bytes. Our answers have a few kilobytes, so a larger one is a mistake or an attack."""
STATUS = {
    401: "the end point needs an API key in its URL, or refuses the one there",
    403: "the end point needs an API key in its URL, or refuses the one there",
    404: "nothing answers at this path",
    429: "too many requests",
}


class JsonRpc(Protocol):
    """An end point. Its methods raise EndPointError if it gives no JSON-RPC reply."""

    @property
    def url(self) -> str:
        """The whole URL. It may hold a key and is never shown."""
        ...

    @property
    def host(self) -> str:
        """The scheme and host of the URL."""
        ...

    @property
    def date(self) -> str:
        """The Date header in the newest answer, or "" if it had none."""
        ...

    def ask(self, questions: Sequence[RpcRequest]) -> list[dict[str, Any]]:
        """Return the reply to each query, in the order of `questions`."""
        ...

    def send(self, raw: bytes) -> dict[str, Any]:
        """Send a signed transaction, and return the reply."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


@dataclass(slots=True)
class EndPoint:
    """One end point of a chain.

    The methods raise EndPointError if the end point gives no JSON-RPC reply. `judge` looks for errors in the replies.
    """

    url: str
    session: requests.Session
    clock: Callable[[], float] = time.monotonic
    batches: bool = True
    """Whether to send batches. It becomes False when the end point refuses a batch."""
    date: str = ""
    """The Date header in the newest answer of this end point, or ""."""

    def __repr__(self) -> str:
        return f"EndPoint({self.host})"

    @property
    def host(self) -> str:
        """The scheme and host of the URL. The other parts may hold a key and are never shown."""
        return shown(self.url)

    def ask(self, questions: Sequence[RpcRequest]) -> list[dict[str, Any]]:
        """Return the reply to each query, in the order of `questions`. Each reply has a `result` or an `error`.

        It takes one round trip if the end point accepts batches.
        """
        if self.batches and len(questions) > 1:
            replies = _in_order(self._post([_request(n, q) for n, q in enumerate(questions)]), len(questions))
            if replies is not None:
                return replies
            self.batches = False  # this end point does not accept batches, so send it single requests from now on
        return [_one(self._post(_request(n, q))) for n, q in enumerate(questions)]

    def send(self, raw: bytes) -> dict[str, Any]:
        """Send a signed transaction through web3, and return the reply.

        Sending the same bytes twice is harmless, because they are the same transaction.
        """
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

    def close(self) -> None:
        """Close the connections."""
        self.session.close()

    def _post(self, body: Any) -> Any:
        until = self.clock() + TOTAL
        try:
            # Redirects are refused, because the user did not choose their target, and the target would get the key.
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
            # `from None` hides the library's message. It has the whole URL, which may hold a key.
            raise EndPointError(why(error)) from None
        return _read(answer.status_code, data)


def open_end_point(url: str) -> EndPoint:
    """Return an end point with connections of its own, so that several end points can be asked at the same time."""
    return EndPoint(url, open_session())


def open_session() -> requests.Session:
    """Open the HTTP session for an end point.

    Turn off the logs of its libraries, because the logs have URLs, and URLs may hold keys.
    """
    import requests

    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    return requests.Session()


def shown(url: str) -> str:
    """Return the scheme, host and port of a URL. Leave out the user, path and query, which may hold keys."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "?", parts.port
    except ValueError:
        return "(not a URL)"
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}"


def foreign() -> tuple[type[BaseException], ...]:
    """Return the exceptions of requests and of its sockets, and the exceptions of web3 if web3 is imported."""
    import requests
    import urllib3

    loaded = sys.modules.get("web3.exceptions")
    web3 = (loaded.Web3Exception,) if loaded else ()
    return (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError, RecursionError, *web3)


def why(error: BaseException) -> str:
    """Return our text for an exception of a library. The library's text is never used, because it may hold the URL."""
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
    except (ValueError, RecursionError):  # brackets that are nested too deeply raise RecursionError
        parsed = None
    if isinstance(parsed, list) or (isinstance(parsed, dict) and ("result" in parsed or "error" in parsed)):
        return parsed  # some nodes send a revert with status 400 or 500, so the body is more reliable than the status
    if status != 200:
        reason = STATUS.get(status, "the end point redirects" if 300 <= status < 400 else "the end point fails")
        raise EndPointError(f"{reason} (HTTP {status})")
    raise EndPointError("the answer is not JSON-RPC")


def _one(reply: Any) -> dict[str, Any]:
    if not isinstance(reply, dict):
        raise EndPointError("the answer is not JSON-RPC")
    return reply


def _in_order(replies: Any, count: int) -> list[dict[str, Any]] | None:
    """Return the replies in the order of their queries, or None if the end point does not accept batches."""
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
