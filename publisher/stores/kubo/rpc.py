"""Send calls to the RPC interface of a Kubo node, and turn its answers into values.

The interface is described at https://docs.ipfs.tech/reference/kubo/rpc/. A call has succeeded if its answer ends with
an object. The status 200 does not prove this, because Kubo sends it first and may fail later.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Self, TypeVar

from ipfshttpclient import exceptions as ipfs
from ipfshttpclient import multipart

from publisher.errors import StoreError, StoreRefused, StoreUnreachable
from publisher.fast_dataclass import dataclass, replace
from publisher.http.retry import LATER, PAUSES, later, too_late
from publisher.stores.kubo.address import KuboAddress
from publisher.stores.kubo.errors import FOREIGN, KuboCall, broke, busy, refused, status_of, translate, unfinished
from publisher.stores.kubo.http_session import Authorize, open_session

T = TypeVar("T")

CHUNK = 256 * 1024
"""This many bytes of an upload are written to the socket at once. The client's own 8 KiB make a large site slow."""

SOON = 30.0
"""The time limit in seconds for a call that the node can answer at once, such as its version or a block.

If a quarter of the setting `timeout` is longer, this longer limit is used.
"""

PATIENCE = 10.0
"""The time limit in seconds for making a connection, if `timeout` is longer. A request with a body uses `timeout`."""


_BOUNDARY = "between-files-that-we-made-up"
_PART = (
    b"--" + _BOUNDARY.encode() + b'\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n%b\r\n"
)


@dataclass(frozen=True, slots=True)
class RpcAnswer:
    """The answer of a node: its objects or, if it refuses, the reason in `refusal`."""

    objects: tuple[Mapping[str, Any], ...] = ()
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Rpc:
    """The RPC interface of one node.

    Its methods raise StoreUnreachable if the node does not answer, and StoreRefused if it refuses. If a connection
    breaks, a call is repeated after each number of seconds in `pauses`.
    """

    call_info: KuboCall
    client: Any
    session: Any
    sleep: Callable[[float], None]
    pauses: tuple[float, ...] = ()

    @property
    def short_timeout(self) -> float:
        """Return the time limit in seconds for a call that the node can answer at once."""
        return min(self.call_info.timeout, max(SOON, self.call_info.timeout / 4))

    def with_pauses(self, pauses: tuple[float, ...]) -> Self:
        """Return an Rpc for the same node with other pauses. Repeating a call never does harm."""
        return replace(self, pauses=pauses)

    def ask(self, endpoint: str, *args: str, timeout: float = 0.0, **options: str) -> RpcAnswer:
        """Call an end point and return the answer, even if the node refuses.

        The call fails after `timeout` seconds without a byte. If it is 0, the `timeout` of the settings is used.
        """
        return self._with_retries(endpoint, lambda: self._request(endpoint, args, options, timeout), timeout)

    def call(self, endpoint: str, *args: str, timeout: float = 0.0, **options: str) -> tuple[Mapping[str, Any], ...]:
        """Call an end point and return the objects. Raises StoreRefused if the node refuses."""
        return self._granted(endpoint, self.ask(endpoint, *args, timeout=timeout, **options))

    def upload(self, chunks: Callable[[], Iterator[bytes]], **options: str) -> tuple[Mapping[str, Any], ...]:
        """Call `dag/import` with a CAR, and return the objects of the answer.

        Each call of `chunks` yields the bytes of the CAR. `chunks` is called again for each try, so that a large CAR is
        never in memory as a whole.
        """

        def once() -> RpcAnswer:
            car: Any = _Outgoing(chunks())
            body, headers = multipart.stream_files(car, chunk_size=CHUNK)
            return self._request("dag/import", (), options, 0.0, data=body, headers=headers)

        try:
            return self._granted("dag/import", self._with_retries("dag/import", once, 0.0))
        except StoreUnreachable as error:
            # A node that refuses an upload closes the connection before it has read the whole body. Its answer is then
            # lost. A second call without a body finds out the reason.
            if error.__cause__ is not None and broke(error.__cause__):
                self._refused_unread()
            raise

    def hashed(self, files: Mapping[str, bytes], timeout: float) -> Mapping[str, str]:
        """Return a map from the name of each file to the CID that the node's own `add` would give it.

        `files` maps names to bytes. The node stores nothing.
        """
        parts = [_PART % (name.encode(), data) for name, data in files.items()]
        kind = {"Content-Type": "multipart/form-data; boundary=" + _BOUNDARY}
        body = b"".join(parts) + b"--" + _BOUNDARY.encode() + b"--\r\n"
        answer = self._with_retries(
            "add", lambda: self._request("add", (), {"only_hash": "true"}, timeout, data=body, headers=kind), timeout
        )
        return {str(one.get("Name")): str(one.get("Hash")) for one in self._granted("add", answer)}

    def status(self, endpoint: str, *args: str, timeout: float = PATIENCE, unsigned: bool = False) -> int:
        """Return the HTTP status of a call, such as 403 if the credentials may not call it.

        With `unsigned`, no credentials are sent. Raises StoreError if the node does not answer.
        """
        stranger = {"auth": lambda request: request} if unsigned else {}
        try:
            answer = self._request(endpoint, args, {}, timeout, **stranger)
        except FOREIGN as error:
            if found := status_of(error):
                return found
            raise translate(error, replace(self.call_info, endpoint=endpoint, timeout=timeout)) from error
        return 500 if answer.refusal else 200

    def date(self) -> str:
        """Return the Date header of an answer, which shows the clock of the node, or an empty string without one."""
        seen: list[str] = []
        hooks = self.session.hooks["response"]

        def note(answer: Any, **how: Any) -> None:
            seen.append(answer.headers.get("Date", ""))

        hooks.append(note)
        try:
            self.call("version", timeout=PATIENCE)
        finally:
            hooks.remove(note)
        return seen[-1] if seen else ""

    def block(self, cid: str, limit: int) -> bytes | None:
        """Return the bytes of the block `cid`, or None if the node does not have it.

        Raises StoreRefused for a block of more than `limit` bytes.
        """
        asked = replace(self.call_info, endpoint="block/get")

        def once() -> bytes | None:
            try:
                return _limited_block(self._stream(cid), limit, asked)
            except ipfs.ErrorResponse as error:
                if "not found" in str(error):
                    return None
                raise

        return self._with_retries("block/get", once, self.short_timeout)

    def _stream(self, cid: str) -> Iterator[bytes]:
        stream = self.client.request(
            "/block/get", (cid,), opts={"offline": "true"}, stream=True, timeout=self.short_timeout
        )
        with stream:
            yield from stream

    def _request(
        self, path: str, args: tuple[str, ...], options: Mapping[str, str], timeout: float, **more: Any
    ) -> RpcAnswer:
        opts = {name.replace("_", "-"): value for name, value in options.items()}
        silence = (min(PATIENCE, timeout), timeout) if timeout else None
        if more:  # While a body is sent, the library uses the first value as the limit for a write.
            silence = (timeout or self.call_info.timeout,) * 2
        try:
            answer = self.client.request(f"/{path}", args, opts=opts, decoder="json", timeout=silence, **more)
        except ipfs.ErrorResponse as error:
            return RpcAnswer(refusal=str(error) or "no reason given")
        if not all(isinstance(one, dict) for one in answer):
            raise unfinished(replace(self.call_info, endpoint=path), "holds no objects")
        return RpcAnswer(tuple(answer))

    def _granted(self, endpoint: str, answer: RpcAnswer) -> tuple[Mapping[str, Any], ...]:
        if answer.refusal:
            raise refused(answer.refusal, replace(self.call_info, endpoint=endpoint))
        return answer.objects

    def _with_retries(self, endpoint: str, once: Callable[[], T], timeout: float) -> T:
        asked = replace(self.call_info, endpoint=endpoint, timeout=timeout or self.call_info.timeout)
        for turn in itertools.count():
            try:
                return once()
            except FOREIGN as error:
                ours = translate(error, asked)
                wait = self._wait(error, ours, turn)
                if wait is None:
                    raise ours from error
                if wait > LATER:
                    what, hint = too_late(asked.where, wait)
                    raise StoreUnreachable(asked.label, what, hint=hint) from error
                self.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _wait(self, error: Exception, ours: StoreError, attempt: int) -> float | None:
        """Return the number of seconds until the call is repeated, or None if it is not repeated."""
        if not isinstance(ours, StoreUnreachable) or not broke(error):
            return None
        headers = busy(error)
        pauses = self.pauses if headers is None else PAUSES
        if attempt >= len(pauses):
            return None
        return pauses[attempt] if headers is None else later(headers, pauses[attempt])

    def _refused_unread(self) -> None:
        try:
            self._request("dag/import", (), {}, PATIENCE)
        except FOREIGN as error:
            ours = translate(error, replace(self.call_info, endpoint="dag/import"))
            if isinstance(ours, StoreRefused):
                raise ours from error


def open_rpc(
    label: str,
    address: KuboAddress,
    authorize: Authorize | None,
    timeout: float,
    sleep: Callable[[float], None],
    patience: float = PATIENCE,
) -> Rpc:
    """Return a client for an address. Nothing is sent yet. Raises ConfigError if its session cannot be limited."""
    client, session = open_session(label, address, authorize, timeout, patience)
    call_info = KuboCall(label, address.shown, "", timeout, credentials=authorize is not None)
    return Rpc(call_info, client, session, sleep)


class _Outgoing:
    """A file for the client to read. Its bytes come from an iterator."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._waiting = bytearray()

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, or fewer at the end of the iterator."""
        while len(self._waiting) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._waiting += chunk
        taken = bytes(self._waiting[:size])
        del self._waiting[:size]
        return taken


def _limited_block(chunks: Iterable[bytes], limit: int, call_info: KuboCall) -> bytes:
    taken = bytearray()
    for chunk in chunks:
        taken += chunk
        if len(taken) > limit:
            raise StoreRefused(
                call_info.label,
                f"{call_info.where} sends a block of more than {limit} bytes",
                hint="make sure that `api` is the RPC address of a Kubo node",
            )
    return bytes(taken)
