"""A handler of HTTP on a free loopback port, for as long as a test needs it."""

import socket
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Server(ThreadingHTTPServer):
    """A server whose threads end with it, though a client keeps its connection for a next request."""

    daemon_threads = True

    def __init__(self, handler: Callable[..., BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self._accepted: weakref.WeakSet[socket.socket] = weakref.WeakSet()

    def get_request(self) -> tuple[socket.socket, Any]:
        accepted, address = super().get_request()
        self._accepted.add(accepted)
        return accepted, address

    def hang_up(self) -> None:
        """Let each thread that waits for a next request read the end of its connection."""
        for accepted in list(self._accepted):
            with suppress(OSError):
                accepted.shutdown(socket.SHUT_RD)


@contextmanager
def listening(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[ThreadingHTTPServer]:
    """The server, which answers from now on; requests that are still answered at the end are not waited for."""
    server = _Server(handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.hang_up()
        server.server_close()
