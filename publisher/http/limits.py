"""Limits that the HTTP libraries lack: for a whole answer, in seconds and in bytes.

Their time limits hold for each piece, so a byte a second would never be too slow for them.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from publisher.errors import ConfigError

SLOWEST = 4
"""A whole answer may take this many times the limit of silence."""

PIECE = 64 << 10
"""Bytes that are read at a time."""

SCHEMES = ("http", "https")
WORKS = "urllib3>=2.5,<3"
"""The versions that can work, as in pyproject.toml; a test compares them."""


class ResponseTooLong(Exception):
    """An answer is too long or, as ResponseTooLate, too slow."""


class ResponseTooLate(ResponseTooLong):
    """An answer came too slowly."""


def pieces(response: Any, limit: int, late: Callable[[], bool]) -> Iterator[bytes]:
    """Yield the body of an answer of urllib3.

    Raises ResponseTooLong for more than `limit` bytes, and ResponseTooLate if `late()` is true meanwhile.
    """
    taken = 0
    while piece := response.read1(PIECE, decode_content=True):
        taken += len(piece)
        if taken > limit:
            raise ResponseTooLong(f"more than {limit} bytes")
        if late():
            raise ResponseTooLate("too slow")
        yield piece


def limit_heads(pool: Any, seconds: float) -> None:
    """Make the connections of a urllib3 pool end if the head of an answer takes more than `seconds`.

    Raises ConfigError if this urllib3 does not let its connections be limited.
    """
    _replace(pool, lambda kind: _with_head_limit(kind, seconds))


def _replace(pool: Any, make: Callable[[Any], Any]) -> None:
    """Give a urllib3 pool other classes of connections. Raises ConfigError if it does not use them."""
    try:
        kinds = {scheme: make(kind) for scheme, kind in pool.pool_classes_by_scheme.items()}
        pool.pool_classes_by_scheme = kinds
        taken = all(type(pool.connection_from_host("localhost", scheme=one)) in kinds.values() for one in SCHEMES)
        pool.clear()
    except AttributeError:
        taken = False
    if not taken:
        from importlib.metadata import version

        what = f"version {version('urllib3')} does not let its connections be limited"
        raise ConfigError("urllib3", what, hint=f"run `pip install '{WORKS}'`")


def _with_head_limit(pool_class: Any, seconds: float) -> Any:
    """Return the same class of pool, whose connections have this limit."""

    class LimitedConnection(pool_class.ConnectionCls):  # type: ignore[misc]
        def getresponse(self) -> Any:
            with _ended_after(seconds, self.sock):
                return super().getresponse()

    class LimitedPool(pool_class):  # type: ignore[misc]
        ConnectionCls = LimitedConnection

    return LimitedPool


def watch_peers(pool: Any, on_peer: Callable[[str], None]) -> None:
    """Make a urllib3 pool call `on_peer` with the address of each connection, before anything is sent on it.

    An exception of `on_peer` closes the connection and is raised by the request. Raises ConfigError as `limit_heads`
    does.
    """
    _replace(pool, lambda kind: _with_peer_callback(kind, on_peer))


def _with_peer_callback(pool_class: Any, on_peer: Callable[[str], None]) -> Any:
    """Return the same class of pool, whose connections call `on_peer`."""

    class WatchedConnection(pool_class.ConnectionCls):  # type: ignore[misc]
        def connect(self) -> None:
            super().connect()
            try:
                on_peer(self.sock.getpeername()[0])
            except BaseException:
                self.close()
                raise

    class WatchedPool(pool_class):  # type: ignore[misc]
        ConnectionCls = WatchedConnection

    return WatchedPool


@contextlib.contextmanager
def _ended_after(seconds: float, connection: socket.socket) -> Iterator[None]:
    ended = threading.Event()

    def end() -> None:
        ended.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)  # below TLS, which would send a goodbye first

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if ended.is_set():  # a head that ends half way would pass for an empty answer
        raise TimeoutError
