"""The preview server. It builds the site at every save and serves the result.

The thread that calls run() watches the files and builds. So Ctrl-C ends a build at once, and the open cache stays in
one thread. The gateway serves from other threads, where it opens the cache a second time. A rebuild must not fork,
because a fork is not safe in a process with several threads. So it runs in this process alone.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType

from publisher.dag.cid import Cid, Get
from publisher.errors import PublishError
from publisher.fast_dataclass import dataclass, field
from publisher.gateway.caches.block_cache import BlockCache
from publisher.gateway.content import Gateway
from publisher.gateway.message import Request, Respond, Response
from publisher.gateway.preview import live
from publisher.gateway.preview.live import PageFault
from publisher.gateway.preview.privacy import refuse
from publisher.gateway.preview.watch import changes
from publisher.gateway.serve.server import Server, ServerOptions, ignore, signals


@dataclass(frozen=True, slots=True)
class PreviewActions:
    """The functions and paths of a preview."""

    rebuild: Callable[[], tuple[Cid, Sequence[PageFault]]]
    """Builds the site, commits its blocks, and returns the root and the problems.

    If it raises a PublishError, the preview shows the error and continues.
    """
    opening: Callable[[], AbstractContextManager[Get]]
    """Opens the source of blocks. The gateway enters and leaves the context in its reading thread."""
    watched: Sequence[Path]
    """Folders and files whose changes start a build. They may be missing."""
    log: Callable[[str], None] = field(default=ignore)
    """Called with each line of the log."""


class Preview:
    """A preview. The constructor binds the port, and run() builds and serves.

    The constructor raises ConfigError if the preview cannot listen at the port.
    """

    def __init__(self, actions: PreviewActions, name: str, host: str = "127.0.0.1", port: int = 0) -> None:
        self._actions = actions
        self._name = name.lower()
        self._live = live.LiveReload()
        self._stop = threading.Event()
        manner = ServerOptions(refuse=refuse)
        self._server = Server(self._answers, host, port, log=actions.log, on_stop=self._live.close, options=manner)

    @property
    def address(self) -> str:
        """The URL of the preview, `http://NAME.localhost:PORT/`."""
        return self._server.named(self._name)

    @property
    def root(self) -> Cid | None:
        """The newest root, or None if no build has succeeded yet."""
        return self._live.state.root

    def run(self) -> signal.Signals | None:
        """Build and serve, and build again at every save, until stop(), SIGINT or SIGTERM ends it.

        Return the signal that ended run(), or None if stop() ended it. Raises ConfigError if a folder cannot be
        watched, or if the server cannot start.
        """
        caught: list[signal.Signals] = []

        def on_signal(number: int, frame: FrameType | None) -> None:
            caught.append(signal.Signals(number))
            raise KeyboardInterrupt  # ends the build or the watch at once

        with signals(on_signal):
            try:
                self._server.start()
                self._work_on()
            except KeyboardInterrupt:
                if not caught:
                    raise
            finally:
                self._server.stop()
        return caught[0] if caught else None

    def stop(self) -> None:
        """End run() after its present build. Any thread may call this."""
        self._stop.set()

    def _work_on(self) -> None:
        for number, changed in enumerate(changes(self._actions.watched, self._stop)):
            if not self._server.running:
                break
            if changed or not number:
                self._build()

    def _build(self) -> None:
        before = self._live.state
        try:
            root, faults = self._actions.rebuild()
        except PublishError as error:
            problems = live.problems_of(error)
            self._live.broken(problems)
            for problem in problems:
                self._actions.log(problem)
            return
        self._live.built(root, faults)
        if root != before.root or before.broken:
            self._actions.log(f"built {root}")

    @contextlib.contextmanager
    def _answers(self) -> Iterator[Respond]:
        with self._actions.opening() as get:
            base = Gateway(BlockCache(get), self._resolve, home=self._name, name_seconds=0)

            def respond(request: Request) -> Response:
                return live.respond(request, base, self._live, self._name)

            yield respond

    def _resolve(self, name: str) -> Cid | None:
        return self._live.state.root if name == self._name else None
