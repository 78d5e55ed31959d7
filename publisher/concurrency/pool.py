"""Do the same work on many articles in several forked processes, which have the data of the parent."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from publisher.concurrency.forking import cores, may_fork
from publisher.errors import PublishError, one_line

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from types import TracebackType

Chunk = TypeVar("Chunk")
Done = TypeVar("Done")

WORTH = 20
"""With fewer changed articles than this, starting processes takes longer than they save."""

CHUNK = 16
"""The smallest number of articles that is worth sending to another process."""


def workers_for(count: int, wanted: int | None) -> int:
    """Return the number of processes for `count` articles. `wanted` is the largest number, or None for all cores.

    The number 1 means that this process does the work alone.
    """
    if count < WORTH or wanted == 1 or not may_fork():
        return 1
    return max(1, min(wanted or cores(), -(-count // CHUNK)))


def chunks(items: list[Chunk], workers: int) -> Iterator[list[Chunk]]:
    """Yield the items in order: a list of one item, and then lists of 16 to 64. The last list may be shorter.

    The lists are short enough to keep all workers busy.
    """
    size = max(CHUNK, min(4 * CHUNK, len(items) // (8 * workers)))
    starts = [*range(min(len(items), 1)), *range(1, len(items), size)]
    yield from (items[start:stop] for start, stop in pairwise([*starts, len(items)]))


def spread(
    work: Callable[[Chunk], Done], parts: Iterable[Chunk], workers: int, *, first_here: bool = False
) -> Iterator[Done]:
    """Yield the result of `work` for each part, in the order in which they are finished.

    With one worker, this process does the work in order, without a fork. With `first_here`, it does the first part
    before it forks. So the workers share the modules and the templates that this part has loaded. Parts and results
    must be values that can be pickled. If the system allows fewer processes, fewer do the work. Raises PublishError if
    a child process fails or dies.
    """
    waiting = iter(parts)
    if first_here:
        yield from map(work, islice(waiting, 1))
    if workers == 1 or (first_here and not may_fork()):  # the first part may have started a thread
        yield from map(work, waiting)
        return
    connections: list[Connection] = []
    children: list[Any] = []
    try:
        with suppress(OSError):  # the system allows no further process, so fewer do the work
            for _ in range(workers):
                _start(work, connections, children)
        yield from _exchange(waiting, connections) if connections else map(work, waiting)
    finally:
        for connection in connections:
            connection.close()
        for child in children:
            child.join(1)
            if child.is_alive():
                child.terminate()
                child.join()


def _start(work: Callable[[Chunk], Done], connections: list[Connection], children: list[Any]) -> None:
    from multiprocessing import get_context

    context = get_context("fork")
    here, there = context.Pipe()
    # The child closes the parent's ends of the pipes. Otherwise it would not notice the end of the parent.
    child = context.Process(target=_serve, args=(work, there, [*connections, here]), daemon=True)
    try:
        child.start()
    except OSError:
        here.close()
        raise
    finally:
        there.close()
    connections.append(here)
    children.append(child)


def _exchange(waiting: Iterator[Chunk], connections: list[Connection]) -> Iterator[Any]:
    from multiprocessing.connection import wait

    busy: list[Connection] = []

    def feed(connection: Connection) -> None:
        # A child gets only one part at a time. If parent and child both sent, they could wait for each other for ever.
        for part in waiting:
            connection.send(part)
            busy.append(connection)
            return

    try:
        for connection in connections:
            feed(connection)
        while busy:
            ready = wait(busy)
            for connection in [line for line in busy if line in ready]:
                done = connection.recv()
                if isinstance(done, _Fault):
                    raise done.error()
                busy.remove(connection)
                feed(connection)
                yield done
    except (EOFError, BrokenPipeError, ConnectionResetError) as error:
        raise PublishError(
            "build",
            "a worker process ended before its work was done",
            hint="make sure that there is enough memory, then run again",
        ) from error


def _serve(work: Callable[[Chunk], Done], connection: Connection, others: list[Connection]) -> None:
    """Do the work of a child process until the parent closes the pipe.

    The child ignores Ctrl-C, because the parent then closes the pipe.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # The parent's handler would clean up, which is not the child's work.
    for other in others:
        other.close()
    while True:
        try:
            part = connection.recv()
        except (EOFError, ConnectionResetError):
            return
        try:
            with _ReportingErrors(connection):
                connection.send(work(part))
        except BrokenPipeError:
            return


@dataclass(frozen=True, slots=True)
class _Fault:
    """The error of a child as text, because some exceptions cannot be pickled."""

    what: str

    def error(self) -> PublishError:
        hint = "report this fault of the program, with the article if you can"
        return PublishError("build", f"a worker process failed at {self.what}", hint=hint)


class _ReportingErrors:
    """Sends the error of a child's work to the parent, and then ends the child silently."""

    def __init__(self, connection: Connection) -> None:
        self._line = connection

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None or isinstance(error, BrokenPipeError):
            return
        self._line.send(_Fault(one_line(error)))
        os._exit(1)
