"""Limits that the HTTP libraries below us do not have: for a whole answer, in seconds and in bytes.

Their time-outs are for each piece that arrives, so a byte a second would never be too slow for them.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from publisher.errors import ConfigError

SLOWEST = 4
"""An answer may take this many times the limit of silence in all: a byte now and then is no answer."""

PIECE = 64 << 10
"""Bytes that are taken at a time."""

SCHEMES = ("http", "https")
WORKS = "urllib3>=2.5,<3"
"""The versions that can work, as pyproject.toml has them; a test compares."""


class ResponseTooLong(Exception):
    """An answer that is too long; or, `ResponseTooLate`, too slow."""


class ResponseTooLate(ResponseTooLong):
    """An answer that came too slowly."""


def pieces(response: Any, limit: int, late: Callable[[], bool]) -> Iterator[bytes]:
    """The body of an answer of urllib3.

    ResponseTooLong when it has more than `limit` bytes; ResponseTooLate when `late()` is true while it comes.
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
    """From now on, connections of a pool of urllib3 end when the head of an answer has not come in so many seconds.

    ConfigError when this urllib3 does not let its connections be limited.
    """
    _replace(pool, lambda kind: _with_head_limit(kind, seconds))


def _replace(pool: Any, make: Callable[[Any], Any]) -> None:
    """Give a pool of urllib3 other kinds of connections, and see that it takes them: else a limit would be lost."""
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
        raise ConfigError("urllib3", what, hint=f"install another: pip install '{WORKS}'")


def _with_head_limit(pool_class: Any, seconds: float) -> Any:
    """The same kind of pool, whose connections have that limit."""

    class LimitedConnection(pool_class.ConnectionCls):  # type: ignore[misc]
        def getresponse(self) -> Any:
            with _ended_after(seconds, self.sock):
                return super().getresponse()

    class LimitedPool(pool_class):  # type: ignore[misc]
        ConnectionCls = LimitedConnection

    return LimitedPool


def watch_peers(pool: Any, on_peer: Callable[[str], None]) -> None:
    """From now on, `on_peer` is called with the address that a connection of a pool of urllib3 was made to, before
    anything is asked there. What it raises ends the connection, and is raised by the request. ConfigError as
    limit_heads."""
    _replace(pool, lambda kind: _with_peer_callback(kind, on_peer))


def _with_peer_callback(pool_class: Any, on_peer: Callable[[str], None]) -> Any:
    """The same kind of pool, whose connections tell."""

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
            socket.socket.shutdown(connection, socket.SHUT_RDWR)  # below TLS, which would want to say goodbye

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if ended.is_set():  # what ends in the middle of its headers passes for an answer with nothing in it
        raise TimeoutError
