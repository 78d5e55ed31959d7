"""Limit a whole answer in seconds and in bytes, which the HTTP libraries cannot do.

Their time limits are for each piece of an answer. So an answer of one byte a second would never exceed them.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from publisher.errors import ConfigError

SLOWEST = 4
"""A whole answer may take this many times the time limit for a piece."""

PIECE = 64 << 10
"""At most this many bytes are read at once."""

SCHEMES = ("http", "https")
WORKS = "urllib3>=2.5,<3"
"""The versions of urllib3 that can work. A test compares this text with pyproject.toml."""


class ResponseTooLong(Exception):
    """An answer has too many bytes. The subclass ResponseTooLate is for an answer that takes too long."""


class ResponseTooLate(ResponseTooLong):
    """An answer takes too long."""


def pieces(response: Any, limit: int, late: Callable[[], bool]) -> Iterator[bytes]:
    """Yield the body of `response`, an answer of urllib3, in pieces.

    Raises ResponseTooLong if it has more than `limit` bytes, and ResponseTooLate when `late()` returns True.
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
    """Change a urllib3 pool so that it closes a connection if the head of an answer takes more than `seconds`.

    The request then raises TimeoutError. Raises ConfigError if this version of urllib3 cannot be changed in this way.
    """
    _replace(pool, lambda kind: _with_head_limit(kind, seconds))


def _replace(pool: Any, make: Callable[[Any], Any]) -> None:
    """Replace the classes of pools in `pool`. `make` returns the new class for an old one.

    Raises ConfigError if urllib3 does not use the new classes.
    """
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
    """Return a subclass of `pool_class`. Its connections are closed if a head takes more than `seconds`."""

    class LimitedConnection(pool_class.ConnectionCls):  # type: ignore[misc]
        def getresponse(self) -> Any:
            with _ended_after(seconds, self.sock):
                return super().getresponse()

    class LimitedPool(pool_class):  # type: ignore[misc]
        ConnectionCls = LimitedConnection

    return LimitedPool


def watch_peers(pool: Any, on_peer: Callable[[str], None]) -> None:
    """Change a urllib3 pool so that it calls `on_peer` with the IP address of each new connection.

    The call comes before anything is sent. If `on_peer` raises an exception, the connection is closed and the request
    raises this exception. Raises ConfigError if this version of urllib3 cannot be changed in this way.
    """
    _replace(pool, lambda kind: _with_peer_callback(kind, on_peer))


def _with_peer_callback(pool_class: Any, on_peer: Callable[[str], None]) -> Any:
    """Return a subclass of `pool_class`. Its connections call `on_peer`."""

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
            # This method of `socket.socket` closes the connection below TLS. The method of a TLS socket would send a
            # message first.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if ended.is_set():  # Otherwise a head that was cut off half way would look like an empty answer.
        raise TimeoutError
