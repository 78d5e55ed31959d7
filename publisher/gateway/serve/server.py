"""`respond` on a local port, through uvicorn.

Two kinds of thread: one runs the event loop and reads no disk; the others, the reading threads, call `respond` and read
the bodies, one step at a time. There is one reading thread unless more are asked for: so what is opened in it (SQLite)
needs not be thread safe. More are for a gateway whose blocks come over a network, where reading is mostly waiting.
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
"""Entered and left in a reading thread; where there is one, in that one."""

BACKLOG = 512
"""Connections that wait to be accepted."""

DISK_READERS, NAME_READERS = 4, 16
"""Threads that read what is on this machine's disk, and that look up names, where others may wait for blocks."""

GRACE = 3
"""Seconds that a running download gets when the server is stopped."""

MOMENT = 0.5
"""Seconds that reading threads get after that."""


def ignore(message: str) -> None:
    """A `log` that drops every line."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How a server treats its visitors."""

    limits: VisitorLimits = LIMITS
    readers: int = 1
    """Reading threads. With more than one, what the opening gives is called by several at a time, and they are not
    waited for long when the server is stopped."""
    from_memory: Respond | None = None
    """Answers from memory alone, in the event loop, or raises CacheMiss."""
    from_disk: Respond | None = None
    """Answers from memory and disk, in threads of its own, or raises CacheMiss."""
    look_up: Callable[[Request], None] | None = None
    """Brings what a request's name shows into memory, in threads of its own; raises nothing."""
    behind: frozenset[str] = frozenset()
    """Addresses of proxies: all visitors come through them, so that connections from there are not counted."""
    log_request: Callable[[Request, int], None] | None = None
    """Told each request and the status of its answer, in the event loop."""
    refuse: Refuse = dressed
    """How a refusal of the server itself goes out."""


class Server:
    """Bound when it is made, so that its address is known; serves in run() or start()."""

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
        """Whether nobody but this machine can reach it."""
        return ipaddress.ip_address(self.host.partition("%")[0]).is_loopback

    def named(self, name: str) -> str:
        """`http://NAME.localhost:PORT/`, an origin of its own."""
        return f"http://{name}.localhost:{self.port}/"

    def run(self) -> signal.Signals | None:
        """Serve until stop(), SIGINT or SIGTERM; which signal it was. Handles signals only in the main thread."""
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
                if options.readers == 1:  # left in the thread in which it was entered
                    reader.submit(opened.close).result()
                # Several may be waiting for a network, with a patience that is longer than ours.
                reader.shutdown(seconds=None if options.readers == 1 else MOMENT)
                for each in (disk, asking):
                    each.shutdown(seconds=MOMENT)
                self._socket.close()

    def start(self) -> None:
        """Serve in a thread of its own until stop(). No signal is handled. Raises what the opening raises."""
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
        """From any thread: end run(), and wait for the thread of start()."""
        self._stopped.set()
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
        if self._server is None:
            self._socket.close()  # it never ran; else run() closes it, after the event loop has let go of it

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
        """Leaves signals to us. A library that asks for this no more hands each of them on when everything is over."""

        def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
            return contextlib.nullcontext()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            on_stop()  # those who wait for something to happen would be waited for
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
    """Listening at once, so that who reads the address can connect before the loop runs."""
    if not 0 <= port <= 65535:
        raise ConfigError("gateway", f"{port} is no port", hint="choose one from 1 to 65535, or 0 for any free one")
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, proto)
    except OSError as error:
        raise ConfigError("gateway", f"{host} is not an address of this machine: {error.strerror}") from error
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
    """SIGINT and SIGTERM, handled here for a while; outside the main thread, where nobody can, nothing is changed."""
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
    """What the server library logs of a fault of ours goes to `log`; all else that it logs is left out."""

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
