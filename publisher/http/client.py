"""Send requests to HTTP services that answer in JSON, such as a cluster or a pinning service.

Every call ends. It has a time limit, and an answer has a largest size. If the service asks us to wait too long, an
error is raised. A redirect is never followed, because it would send the token to another host.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from publisher.errors import StoreError, StoreUnreachable
from publisher.fast_dataclass import dataclass, field, replace
from publisher.http.auth import Clock
from publisher.http.errors import FOREIGN, ServiceCall, broken, refused, strange, translate, unclear
from publisher.http.limits import SLOWEST, ResponseTooLate, ResponseTooLong, limit_heads, pieces
from publisher.http.proxies import pool
from publisher.http.redact import host_of
from publisher.http.retry import BUSY, LATER, PAUSES, later, too_late

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

PATIENCE = 10.0
"""The time limit in seconds for making a connection, if `timeout` is longer. A request with a body uses `timeout`."""

LARGEST = 64 * 1024 * 1024
"""The largest answer in bytes that is read. The list of all pins of a large cluster can be that long."""

CHUNK = 256 * 1024
"""This many bytes of an upload are written to the socket at once."""


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """The answer of a service."""

    status: int
    body: bytes
    headers: Mapping[str, str]


BOUNDARY = "gazeth-file-follows"
"""The text that separates the fields of a form."""


def form_name(name: str) -> str:
    """Return the name of a file as a form has it. Browsers escape the same characters.

    The rule is at https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data.
    """
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


@dataclass(frozen=True, slots=True)
class CarForm:
    """A form (`multipart/form-data`) whose last field, `file`, is a CAR."""

    file: str
    """The name of the file."""
    size: int
    """The number of bytes of the CAR."""
    chunks: Callable[[], Iterable[bytes]]
    """Each call yields the bytes of the CAR."""
    fields: tuple[tuple[str, str], ...] = ()
    """The names and the values of the fields before the CAR."""

    def frame(self) -> tuple[bytes, bytes]:
        """Return the bytes of the form before the CAR, and the bytes after it."""
        part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="'
        before = "".join(f'{part}{name}"\r\n\r\n{value}\r\n' for name, value in self.fields)
        head = (
            f'{before}{part}file"; filename="{form_name(self.file)}"\r\nContent-Type: application/vnd.ipld.car\r\n\r\n'
        )
        return head.encode(), f"\r\n--{BOUNDARY}--\r\n".encode()


@dataclass(frozen=True, slots=True)
class Service:
    """One service. Its methods raise StoreUnreachable if it does not answer, and StoreRefused if it refuses."""

    call_info: ServiceCall
    base: str = field(repr=False)
    pool: PoolManager
    credentials: Callable[[], str] | None
    """Returns the value of the Authorization header. This is a function, so that no `repr` shows the secret."""
    clock: Clock

    def get(self, path: str, **query: str) -> Any:
        """Send a GET request and return the JSON value of the answer. If a connection breaks, repeat the request."""
        return self._value(self.call("GET", path, query=query), f"GET {path}")

    def post(self, path: str, value: Any = None, *, repeatable: bool = False, **query: str) -> Any:
        """Send a POST request with the JSON value `value`, and return the JSON value of the answer.

        With `repeatable`, the request is repeated if a connection breaks.
        """
        body = None if value is None else json.dumps(value, ensure_ascii=False).encode()
        return self._value(self.call("POST", path, query=query, body=body, repeatable=repeatable), f"POST {path}")

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        repeatable: bool = True,
        ok_statuses: tuple[int, ...] = (),
        headers: Callable[[], Mapping[str, str]] | None = None,
    ) -> ServiceAnswer:
        """Send a request and return the answer if its status is from 200 to 299 or in `ok_statuses`.

        With `repeatable`, the request is repeated if a connection breaks. `headers` returns the headers of the request,
        and is called again for each try. Without it, the request has the usual headers and a body of JSON. Raises
        StoreUnreachable or StoreRefused for any other status.
        """
        url = self._url(path, query or {})
        usual = self._headers() | ({"Content-Type": "application/json"} if body is not None else {})
        asked = replace(self.call_info, what=f"{method} {path.split('?')[0]}")

        def once() -> ServiceAnswer:
            return self._once(method, url, usual if headers is None else headers(), body, asked)

        answer = self._with_retries(once, asked, repeatable)
        if 200 <= answer.status < 300 or answer.status in ok_statuses:
            return answer
        raise self._refusal(answer, asked)

    def upload(
        self, path: str, file: str, size: int, chunks: Callable[[], Iterable[bytes]], /, **query: str
    ) -> ServiceAnswer:
        """Send a CAR of `size` bytes with the name `file` as a form by POST, and return the answer.

        Each call of `chunks` yields the bytes of the CAR. `chunks` is called again if the service asks us to retry
        later. If a connection breaks, the upload is not repeated.
        """
        return self.send_form(path, CarForm(file, size, chunks), query=query)

    def send_form(
        self, path: str, form: CarForm, *, query: Mapping[str, str] | None = None, repeatable: bool = False
    ) -> ServiceAnswer:
        """Send a form by POST and return the answer. With `repeatable`, send all of it again if a connection breaks."""
        asked = replace(self.call_info, what=f"POST {path}")
        head, tail = form.frame()
        headers = self._headers() | {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "Content-Length": str(len(head) + form.size + len(tail)),
        }

        def once() -> ServiceAnswer:
            body = rechunked(_framed(head, form.chunks(), tail))
            return self._once("POST", self._url(path, query or {}), headers, body, asked)

        answer = self._with_retries(once, asked, repeatable)
        if 200 <= answer.status < 300:
            return answer
        raise self._refusal(answer, asked)

    def values(self, answer: ServiceAnswer, what: str) -> tuple[Any, ...]:
        """Return the values of an answer that is a JSON list, or has one JSON value in each line.

        `what` names the call in the error. Raises StoreRefused if the answer is not JSON.
        """
        try:
            text = answer.body.decode()
            whole = text.lstrip().startswith("[")
            found = json.loads(text) if whole else [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError) as error:
            raise strange(
                replace(self.call_info, what=what), f"answers {what} with something that is not JSON"
            ) from error
        return tuple(found)

    def _value(self, answer: ServiceAnswer, what: str) -> Any:
        found = self.values(replace(answer, body=b"[" + answer.body + b"]"), what)
        if len(found) != 1:
            raise unclear(replace(self.call_info, what=what), "says nothing")
        return found[0]

    def _url(self, path: str, query: Mapping[str, str]) -> str:
        asking = urlencode({name.replace("_", "-"): value for name, value in query.items()}, quote_via=quote)
        return f"{self.base}{path}" + (f"?{asking}" if asking else "")

    def _headers(self) -> dict[str, str]:
        common = {"Accept": "application/json", "User-Agent": "gazeth"}
        return common | ({"Authorization": self.credentials()} if self.credentials else {})

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: Any, call_info: ServiceCall
    ) -> ServiceAnswer:
        until = self.clock.now() + SLOWEST * self.call_info.timeout
        how: dict[str, Any] = {"redirect": False, "retries": False, "preload_content": False}
        if body is not None:  # While a body is sent, the library uses the connect timeout as the limit for a write.
            how["timeout"] = self.call_info.timeout
        response = self.pool.request(method, url, headers=headers, body=body, **how)
        with response:
            if body is not None and not isinstance(body, bytes):
                # An upload may take any time. The time limit is for the answer after it.
                until = self.clock.now() + SLOWEST * self.call_info.timeout
            data = _bounded(response, call_info, lambda: self.clock.now() > until)
            return ServiceAnswer(response.status, data, response.headers)

    def _with_retries(
        self, once: Callable[[], ServiceAnswer], call_info: ServiceCall, repeatable: bool
    ) -> ServiceAnswer:
        """Call `once` until it returns an answer, and return the answer.

        After a broken connection, `once` is called again only if `repeatable` is true. If the service asks us to retry
        later, `once` is called again in any case. The number of calls is limited by PAUSES.
        """
        for pause in (*PAUSES, None):
            try:
                answer = once()
            except FOREIGN as error:
                if pause is None or not repeatable or not broken(error):
                    raise translate(error, call_info) from error
                self.clock.sleep(pause)
                continue
            wait = pause if pause is None else later(answer.headers, pause)
            if answer.status not in BUSY or wait is None:
                return answer
            if wait > LATER:
                what, hint = too_late(call_info.where, wait)
                raise StoreUnreachable(call_info.label, what, hint=hint)
            self.clock.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _refusal(self, answer: ServiceAnswer, call_info: ServiceCall) -> StoreError:
        to = answer.headers.get("Location", "")
        return refused(answer.status, answer.body, call_info, host_of(to) if "://" in to else "")


def open_service(
    call_info: ServiceCall,
    base: str,
    credentials: Callable[[], str] | None,
    clock: Clock,
    proxy: str = "",
    patience: float = PATIENCE,
    connections: int = 1,
) -> Service:
    """Return a client for a service. Nothing is sent yet. Raises ConfigError for a proxy that cannot be used.

    `base` is the URL without a slash at its end. `credentials` returns the value of the Authorization header, or is
    None. `patience` is the time limit in seconds for a connection. At most `connections` connections are kept open
    for the next request.
    """
    import urllib3

    timeout = urllib3.Timeout(connect=min(patience, call_info.timeout), read=call_info.timeout)
    lines = pool(call_info.label, proxy, timeout=timeout, retries=False, maxsize=connections)
    limit_heads(lines, SLOWEST * call_info.timeout)
    return Service(call_info, base, lines, credentials, clock)


def rechunked(chunks: Iterable[bytes], size: int = CHUNK) -> Iterator[bytes]:
    """Yield the bytes of `chunks` in pieces of about `size` bytes, because many small pieces make an upload slow."""
    waiting: list[bytes] = []
    length = 0
    for chunk in chunks:
        waiting.append(chunk)
        length += len(chunk)
        if length >= size:
            yield b"".join(waiting)
            waiting, length = [], 0
    if waiting:
        yield b"".join(waiting)


def _framed(head: bytes, chunks: Iterable[bytes], tail: bytes) -> Iterator[bytes]:
    yield head
    yield from chunks
    yield tail


def _bounded(response: BaseHTTPResponse, call_info: ServiceCall, late: Callable[[], bool]) -> bytes:
    try:
        return b"".join(pieces(response, LARGEST, late))
    except ResponseTooLong as error:
        if not isinstance(error, ResponseTooLate):
            raise strange(call_info, f"answers {call_info.what} with more than {LARGEST} bytes") from error
        what = f"{call_info.where} did not finish its answer to {call_info.what} in {SLOWEST * call_info.timeout:g} s"
        raise StoreUnreachable(
            call_info.label, what, hint="run again; if the service is only slow, raise `timeout`"
        ) from error
