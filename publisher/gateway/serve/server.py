"""Serve responses on a local port with uvicorn.

One thread runs the event loop. It reads only from memory and from a cache that answers in far less than a millisecond.
The reading threads call `respond` and read the bodies step by step. By default there is only one reading thread,
because an SQLite connection must stay in one thread. A gateway that gets its blocks over a network uses more reading
threads, because they mostly wait.
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
from types import FrameType
from typing import TYPE_CHECKING

from publisher.errors import ConfigError, PublishError
from publisher.fast_dataclass import dataclass
from publisher.gateway.caches.response_cache import ResponseCache
from publisher.gateway.error_page import dressed
from publisher.gateway.message import Request, Respond
from publisher.gateway.serve.asgi import Application, NameLookup, QueuedResponder, Refuse
from publisher.gateway.serve.fairness import FairQueue
from publisher.gateway.serve.limits import LIMITS, VisitorLimits
from publisher.gateway.serve.reader_pool import ReaderPool

if TYPE_CHECKING:
    import uvicorn

Opening = Callable[[], AbstractContextManager[Respond]]
"""A function that opens the responder. The context is entered in a reading thread.

If there is only one reading thread, the context is left in the same thread.
"""

BACKLOG = 512
"""The number of connections that may wait to be accepted."""

DISK_READERS, NAME_READERS = 4, 16
"""The number of threads that read the disk, and of threads that look up names. Neither wait for remote blocks."""

GRACE = 3
"""The number of seconds that running downloads get when the server stops."""

MOMENT = 0.5
"""The number of seconds that reading threads get after GRACE."""


def ignore(message: str) -> None:
    """Drop a line of the log. It is the default log function."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """The options of a server."""

    limits: VisitorLimits = LIMITS
    readers: int = 1
    """The number of reading threads.

    If there are several, they call the responder at the same time, and stopping the server waits for them only for
    MOMENT seconds.
    """
    from_memory: Respond | None = None
    """Responds in the event loop, from memory and other very fast sources. Raises CacheMiss if these are not enough."""
    from_disk: Respond | None = None
    """Responds in separate threads, from memory and disk. Raises CacheMiss if a block is in neither."""
    look_up: Callable[[Request], None] | None = None
    """Looks up the name of a request in separate threads, and caches its root. Raises nothing."""
    behind: frozenset[str] = frozenset()
    """Addresses of proxies. Their connections are not limited, because many visitors share the address of a proxy."""
    log_request: Callable[[Request, int], None] | None = None
    """Called in the event loop with each request and the status of its response."""
    refuse: Refuse = dressed
    """Turns an error response of the server into its final form."""


DEFAULTS = ServerOptions()


class Server:
    """A server. The constructor binds the port, so the address is known. run() or start() serves.

    The constructor raises ConfigError if the server cannot listen at the address.
    """

    def __init__(
        self,
        opening: Opening,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        log: Callable[[str], None] = ignore,
        on_stop: Callable[[], None] = lambda: None,
        options: ServerOptions = DEFAULTS,
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
        """The URL `http://HOST:PORT/` at which a browser on this machine reaches the server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host and '[' not in host else host}:{self.port}/"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return ipaddress.ip_address(self.host.partition("%")[0]).is_loopback

    def named(self, name: str) -> str:
        """Return the URL `http://NAME.localhost:PORT/`, which gives a name a separate origin."""
        return f"http://{name}.localhost:{self.port}/"

    def run(self) -> signal.Signals | None:
        """Serve until stop(), SIGINT or SIGTERM. Return the signal, or None if stop() ended the server.

        Signals are handled only in the main thread. Raises ConfigError if a limit does not hold with the installed
        uvicorn. Exceptions of `opening` pass through.
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
                if options.readers == 1:  # leave the context in the thread that entered it, as SQLite requires
                    reader.submit(opened.close).result()
                # Several reading threads may wait for a network, so do not wait long for their end.
                reader.shutdown(seconds=None if options.readers == 1 else MOMENT)
                for each in (disk, asking):
                    each.shutdown(seconds=MOMENT)
                self._socket.close()

    def start(self) -> None:
        """Serve in a separate thread until stop(), without handling signals. Return once the responder is open.

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
        """End run(), and wait for the thread of start(). Any thread may call this."""
        self._stopped.set()
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
        if self._server is None:
            self._socket.close()  # run() has never run, so it does not close the socket

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
        """A uvicorn server that does not handle signals. uvicorn would send each caught signal again at its end."""

        def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
            return contextlib.nullcontext()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            on_stop()  # ends the event streams, because the shutdown would wait for them
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
    """Return a listening socket. A client can connect to it before the event loop runs.

    Raises ConfigError if the port or host is wrong, or if the port is in use.
    """
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
    """Call `on_signal` for SIGINT and SIGTERM during the body.

    Do nothing outside the main thread, as Python requires.
    """
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
    """Send exceptions in uvicorn's log to `log`, and drop all its other lines."""

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
