"""Calls to a Kubo node's RPC interface, as values. The interface: https://docs.ipfs.tech/reference/kubo/rpc/.

Success is the object that a call ends with, never the status: Kubo answers 200 first and may fail after it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

from ipfshttpclient import exceptions as ipfs
from ipfshttpclient import multipart

from publisher.errors import StoreError, StoreRefused, StoreUnreachable
from publisher.http.retry import LATER, PAUSES, later, too_late
from publisher.stores.kubo.address import Address
from publisher.stores.kubo.errors import FOREIGN, KuboCall, broke, busy, refused, status_of, translate, unfinished
from publisher.stores.kubo.session import Authorize, open_session

T = TypeVar("T")

CHUNK = 256 * 1024
"""Bytes of an upload that are handed to the socket at a time: the client's own 8 KiB makes a large site slow."""

SOON = 30.0
"""Seconds of silence after which a node is given up that is asked for what it has at hand: its version, a block. A
quarter of `timeout` where that is more, so that who raises it waits longer for everything."""

PATIENCE = 10.0
"""Seconds that a connection may take to be made, whatever the time-out for answers."""


_BOUNDARY = "between-files-that-we-made-up"
_PART = (
    b"--" + _BOUNDARY.encode() + b'\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n%b\r\n"
)


@dataclass(frozen=True, slots=True)
class RpcAnswer:
    """What a node said: objects, or the reason why it would not."""

    objects: tuple[Mapping[str, Any], ...] = ()
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Rpc:
    """One node. Raises StoreUnreachable and StoreRefused; `pauses` are the seconds before each new try."""

    call_info: KuboCall
    client: Any
    session: Any
    sleep: Callable[[float], None]
    pauses: tuple[float, ...] = ()

    @property
    def short_timeout(self) -> float:
        """Seconds that the node may be silent before it answers what takes it no time."""
        return min(self.call_info.timeout, max(SOON, self.call_info.timeout / 4))

    def with_pauses(self, pauses: tuple[float, ...]) -> Self:
        """The same node, asked again when a connection breaks. Every call we make can be made twice."""
        return replace(self, pauses=pauses)

    def ask(self, endpoint: str, *args: str, timeout: float = 0.0, **options: str) -> RpcAnswer:
        """Call, and take a refusal of the node for an answer. `timeout`: seconds of silence, 0 for the usual."""
        return self._with_retries(endpoint, lambda: self._request(endpoint, args, options, timeout), timeout)

    def call(self, endpoint: str, *args: str, timeout: float = 0.0, **options: str) -> tuple[Mapping[str, Any], ...]:
        """Call; a refusal is an error."""
        return self._granted(endpoint, self.ask(endpoint, *args, timeout=timeout, **options))

    def upload(self, chunks: Callable[[], Iterator[bytes]], **options: str) -> tuple[Mapping[str, Any], ...]:
        """`dag/import` of a CAR whose bytes `chunks` makes, anew for each try; never the whole of it in memory."""

        def once() -> RpcAnswer:
            car: Any = _Outgoing(chunks())
            body, headers = multipart.stream_files(car, chunk_size=CHUNK)
            return self._request("dag/import", (), options, 0.0, data=body, headers=headers)

        try:
            return self._granted("dag/import", self._with_retries("dag/import", once, 0.0))
        except StoreUnreachable as error:
            # A node that refuses an upload closes the connection before it has read all of it, and its answer is
            # lost. Asked without a body it has time to say why.
            if error.__cause__ is not None and broke(error.__cause__):
                self._refused_unread()
            raise

    def hashed(self, files: Mapping[str, bytes], timeout: float) -> Mapping[str, str]:
        """The CIDs that the node's own `add` would give to small files, by their names. Nothing is stored."""
        parts = [_PART % (name.encode(), data) for name, data in files.items()]
        kind = {"Content-Type": "multipart/form-data; boundary=" + _BOUNDARY}
        body = b"".join(parts) + b"--" + _BOUNDARY.encode() + b"--\r\n"
        answer = self._with_retries(
            "add", lambda: self._request("add", (), {"only_hash": "true"}, timeout, data=body, headers=kind), timeout
        )
        return {str(one.get("Name")): str(one.get("Hash")) for one in self._granted("add", answer)}

    def status(self, endpoint: str, *args: str, timeout: float = PATIENCE, unsigned: bool = False) -> int:
        """The HTTP status of a call, whatever it is: 403 where the credentials, or who sends none, may not make it."""
        stranger = {"auth": lambda request: request} if unsigned else {}
        try:
            answer = self._request(endpoint, args, {}, timeout, **stranger)
        except FOREIGN as error:
            if found := status_of(error):
                return found
            raise translate(error, replace(self.call_info, endpoint=endpoint, timeout=timeout)) from error
        return 500 if answer.refusal else 200

    def date(self) -> str:
        """What time the node has: the Date header of an answer, empty when it sends none."""
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
        """A block that the node has, None when it has not. At most `limit` bytes are taken from the node."""
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
        if more:  # while a body goes out, the library counts a pause by the first of the two
            silence = (timeout or self.call_info.timeout,) * 2
        try:
            answer = self.client.request(f"/{path}", args, opts=opts, decoder="json", timeout=silence, **more)
        except ipfs.ErrorResponse as error:
            return RpcAnswer(refusal=str(error) or "no reason given")
        if not all(isinstance(one, dict) for one in answer):
            raise unfinished(replace(self.call_info, endpoint=path), "not with objects")
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
        """Seconds until the same is asked again; None when it is not."""
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
    address: Address,
    authorize: Authorize | None,
    timeout: float,
    sleep: Callable[[float], None],
    patience: float = PATIENCE,
) -> Rpc:
    """A client for that address. Nothing is sent yet. ConfigError as open_session."""
    client, session = open_session(label, address, authorize, timeout, patience)
    call_info = KuboCall(label, address.shown, "", timeout, credentials=authorize is not None)
    return Rpc(call_info, client, session, sleep)


class _Outgoing:
    """The bytes of an iterator as the file that the client wants to read."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._waiting = bytearray()

    def read(self, size: int) -> bytes:
        """`size` bytes, fewer only at the end."""
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
                call_info.label, f"{call_info.where} sends a block of more than {limit} bytes", hint="is it a Kubo?"
            )
    return bytes(taken)
