"""A tunnel to a service, which records every byte that is sent to the service."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Tunnel:
    """What came through, and where it is entered."""

    port: int = 0
    sent: bytearray = field(default_factory=bytearray)
    """All bytes that clients sent, of all connections."""


def _pump(source: socket.socket, target: socket.socket, record: bytearray | None) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            if record is not None:
                record += data
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def tunnel(port: int) -> Iterator[Tunnel]:
    """A tunnel to a port of this machine, on a free port."""
    made = Tunnel()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as behind:
                back = threading.Thread(target=_pump, args=(behind, self.request, None), daemon=True)
                back.start()
                _pump(self.request, behind, made.sent)
                back.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        made.port = server.server_address[1]
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
            server.daemon_threads = True
            server.block_on_close = False
