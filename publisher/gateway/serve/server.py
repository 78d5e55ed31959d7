"""Serve `respond` on a local port, through uvicorn.

It uses two kinds of threads. One runs the event loop and reads no disk. The others, the reading threads, call `respond`
and read the bodies step by step. By default there is one reading thread, so that what is opened in it (SQLite) need not
be safe for threads. A gateway whose blocks come over a network uses more, because reading is mostly waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import math
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

from publisher.errors import ConfigError, PublishError
from publisher.gateway.caches.response_cache import ResponseCache
from publisher.gateway.error_page import dressed
from publisher.gateway.message import Request, Respond
from publisher.gateway.serve.asgi import Application, NameLookup, QueuedResponder, Refuse
from publisher.gateway.serve.fairness import FairQueue
from publisher.gateway.serve.limits import LIMITS, VisitorLimits
from publisher.gateway.serve.readers import ReaderPool

if TYPE_CHECKING:
    import uvicorn

Opening = Callable[[], AbstractContextManager[Respond]]
"""Opens the responder. It is entered and left in a reading thread; if there is only one, in that one."""

BACKLOG = 512
"""How many connections may wait to be accepted."""

DISK_READERS, NAME_READERS = 4, 16
"""How many threads read this machine's disk, and how many look up names. They do not wait for blocks from a network."""

GRACE = 3
"""Seconds that a running download gets when the server is stopped."""

MOMENT = 0.5
"""Seconds that reading threads get after that."""


def ignore(message: str) -> None:
    """Drop a line of the log."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """The options of a server."""

    limits: VisitorLimits = LIMITS
    readers: int = 1
    """The number of reading threads.

    With more than one, the responder is called by several threads at once, and stopping the server does not wait long
    for them.
    """
    from_memory: Respond | None = None
    """Answers from memory alone, in the event loop, or raises CacheMiss."""
    from_disk: Respond | None = None
    """Answers from memory and disk, in threads of its own, or raises CacheMiss."""
    look_up: Callable[[Request], None] | None = None
    """Brings the root of a request's name into memory, in threads of its own. Raises nothing."""
    behind: frozenset[str] = frozenset()
    """Addresses of proxies. All visitors share them, so their connections are not counted."""
    log_request: Callable[[Request, int], None] | None = None
    """Called with each request and the status of its response, in the event loop."""
    refuse: Refuse = dressed
    """Turns a refusal of the server into a response."""


class Server:
    """A server. It is bound when it is created, so that its address is known; run() or start() serves.

    Raises ConfigError if it cannot listen there.
    """

    def __init__(
        self,
        opening: Opening,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        log: Callable[[str], None] = ignore,
        on_stop: Callable[[], None] = lambda: None,
        options: ServerOptions = ServerOptions(),
    ) -> None:
        self._opening = opening
        self._options = options
        self._log = log
        self._on_stop = on_stop
        self._socket = _bound(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        self._server: uvicorn.Server | None = None
        self._stopped = threading.Event()
        self._opened = threading.Event()
        self._failed: PublishError | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """`http://HOST:PORT/`, as a browser on this machine reaches it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host and '[' not in host else host}:{self.port}/"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return ipaddress.ip_address(self.host.partition("%")[0]).is_loopback

    def named(self, name: str) -> str:
        """Return `http://NAME.localhost:PORT/`, an origin of its own."""
        return f"http://{name}.localhost:{self.port}/"

    def run(self) -> signal.Signals | None:
        """Serve until stop(), SIGINT or SIGTERM, and return the signal or None. Only the main thread handles signals.

        Raises ConfigError if a limit does not hold with the installed uvicorn, and what the opening raises.
        """
        options = self._options
        reader, disk = ReaderPool(options.readers, "gateway"), ReaderPool(DISK_READERS, "gateway disk")
        asking = ReaderPool(NAME_READERS, "gateway names")
        with _logging_to(self._log), contextlib.ExitStack() as opened:
            try:
                _check_limits()
                respond = reader.submit(lambda: opened.enter_context(self._opening())).result()
                self._opened.set()
                from_network = QueuedResponder(respond, FairQueue(reader, options.limits.reading_each, options.behind))
                from_disk = (
                    QueuedResponder(options.from_disk, FairQueue(disk, options.limits.disk_each, options.behind))
                    if options.from_disk
                    else None
                )
                queue = FairQueue(asking, options.limits.names_each, options.behind)
                names = NameLookup(options.look_up, queue) if options.look_up else None
                answers, limits = ResponseCache(options.behind), options.limits
                application = Application(
                    from_network,
                    self._log,
                    from_disk,
                    names,
                    options.from_memory,
                    answers,
                    limits,
                    options.log_request,
                    options.refuse,
                )
                return self._serve(application)
            finally:
                if options.readers == 1:  # leave it in the thread that entered it
                    reader.submit(opened.close).result()
                # Several threads may wait for a network for longer than we are willing to wait.
                reader.shutdown(seconds=None if options.readers == 1 else MOMENT)
                for each in (disk, asking):
                    each.shutdown(seconds=MOMENT)
                self._socket.close()

    def start(self) -> None:
        """Serve in a thread of its own until stop(), without handling signals.

        Raises the PublishError of a failed start.
        """
        self._thread = threading.Thread(target=self._run_apart, name="gateway server", daemon=True)
        self._thread.start()
        self._opened.wait()
        if self._failed is not None:
            raise self._failed

    def _run_apart(self) -> None:
        try:
            self.run()
        except PublishError as error:
            self._failed = error
        finally:
            self._opened.set()

    def stop(self) -> None:
        """End run(), and wait for the thread of start(). It may be called from any thread."""
        self._stopped.set()
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
        if self._server is None:
            self._socket.close()  # run() never ran; otherwise it closes the socket

    @property
    def running(self) -> bool:
        """Whether the thread of start() is alive."""
        return self._thread is not None and self._thread.is_alive()

    def _serve(self, application: Application) -> signal.Signals | None:
        caught: list[signal.Signals] = []
        server = self._server = _uvicorn(application, self._options, self._on_stop)

        def on_signal(number: int, frame: FrameType | None) -> None:
            caught.append(signal.Signals(number))
            server.force_exit = server.should_exit
            server.should_exit = True

        if not self._stopped.is_set():
            with signals(on_signal):
                asyncio.run(server.serve([self._socket]))
        return caught[0] if caught else None


def _check_limits() -> None:
    from publisher.gateway.serve import trial

    trial.check()


def _uvicorn(application: Application, options: ServerOptions, on_stop: Callable[[], None]) -> uvicorn.Server:
    import uvicorn

    from publisher.gateway.serve.protocol import Connection, ConnectionLimiter

    class LimitedConnection(Connection):
        """A connection to this server."""

        limiter = ConnectionLimiter(options.limits, application.at_once, options.behind, options.log_request)

    class Stopping(uvicorn.Server):
        """A uvicorn server that leaves signals to us. Otherwise it repeats each of them at its end."""

        def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
            return contextlib.nullcontext()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            on_stop()  # ends event streams, for which the shutdown would wait
            await super().shutdown(sockets)

    config = uvicorn.Config(
        application,
        loop="asyncio",
        http=LimitedConnection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=math.ceil(options.limits.idle_seconds),
        timeout_graceful_shutdown=GRACE,
    )
    return Stopping(config)


def _bound(host: str, port: int) -> socket.socket:
    """Return a listening socket, so that a client can connect before the loop runs. Raises ConfigError."""
    if not 0 <= port <= 65535:
        raise ConfigError("gateway", f"{port} is not a port", hint="choose one from 1 to 65535, or 0 for any free one")
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, proto)
    except OSError as error:
        raise ConfigError(
            "gateway",
            f"{host} is not an address of this machine: {error.strerror}",
            hint="name an address of this machine",
        ) from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        hint = "choose another port with --port, or 0 for any free one"
        raise ConfigError("gateway", f"cannot listen at {host}, port {port}: {error.strerror}", hint=hint) from error
    bound.setblocking(False)
    return bound


@contextlib.contextmanager
def signals(on_signal: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle SIGINT and SIGTERM here for a while. Outside the main thread, where this is impossible, do nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _logging_to(log: Callable[[str], None]) -> Iterator[None]:
    """Send the server library's log of our exceptions to `log`, and drop its other lines."""

    class Telling(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info:
                log(self.format(record))

    logger, handler = logging.getLogger("uvicorn.error"), Telling()
    before = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = before
