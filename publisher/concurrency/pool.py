"""Do the same work on many articles in several forked processes, which have the data of the parent."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from publisher.concurrency.forking import cores, may_fork
from publisher.errors import PublishError, one_line
from publisher.fast_dataclass import dataclass

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from types import TracebackType

Item = TypeVar("Item")
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


def chunks(items: list[Item], workers: int) -> Iterator[list[Item]]:
    """Yield the items in order: a list of one item, and then lists of 16 to 32. The last list may be shorter.

    The lists are short enough to keep all workers busy, and to take little memory.
    """
    size = max(CHUNK, min(2 * CHUNK, len(items) // (8 * workers)))
    starts = [*range(min(len(items), 1)), *range(1, len(items), size)]
    yield from (items[start:stop] for start, stop in pairwise([*starts, len(items)]))


def spread(
    work: Callable[[list[Item]], Done], parts: Iterable[list[Item]], workers: int, *, taking_part: bool = False
) -> Generator[Done, None, None]:
    """Yield the results of `work` for all parts, in the order in which they are finished.

    With one worker, this process does the work in order, without a fork. With `taking_part`, this process is one of the
    workers. It does the first part before it forks, so the others share the modules and the templates that this part
    has loaded. For later parts, it calls `work` with one item at a time, so each item has a result of its own.

    Parts and results must be values that can be pickled. If the system allows fewer processes, fewer do the work.
    Raises PublishError if a child process fails or dies.
    """
    waiting = iter(parts)
    if taking_part:
        yield from map(work, islice(waiting, 1))
    if workers == 1 or (taking_part and not may_fork()):  # the first part may have started a thread
        yield from map(work, waiting)
        return
    children = _Children(work, waiting)
    try:
        with suppress(OSError):  # the system allows no further process, so fewer do the work
            for _ in range(workers - 1 if taking_part else workers):
                children.start()
        if taking_part:
            yield from children.results_beside(work)
        yield from children.results()
        yield from map(work, waiting)  # only if no child could be started
    finally:
        children.end()


class _Children(Generic[Item, Done]):
    """The child processes of `spread`. Each of them gets the next part in `waiting` when it has finished one."""

    def __init__(self, work: Callable[[list[Item]], Done], waiting: Iterator[list[Item]]) -> None:
        self._work, self._waiting = work, waiting
        self._connections: list[Connection] = []
        self._processes: list[Any] = []
        self._busy: list[Connection] = []

    def start(self) -> None:
        """Start a child. `results` and `results_beside` give it parts.

        Raises OSError if the system allows no further process.
        """
        from multiprocessing import get_context

        context = get_context("fork")
        here, there = context.Pipe()
        # The child closes the parent's ends of the pipes. Otherwise it would not notice the end of the parent.
        child = context.Process(target=_serve, args=(self._work, there, [*self._connections, here]), daemon=True)
        try:
            child.start()
        except OSError:
            here.close()
            raise
        finally:
            there.close()
        self._connections.append(here)
        self._processes.append(child)

    def results(self) -> Iterator[Done]:
        """Yield all results of the children. Raises PublishError as `spread` does."""
        self._feed_all()
        while self._busy:
            yield from self._finished(None)

    def results_beside(self, work: Callable[[list[Item]], Done]) -> Iterator[Done]:
        """Do each part that no child has taken, one item at a time. Yield these results and those of the children.

        After each item, give the next part to each child that has finished its part. So a child waits for at most one
        item. The last results of the children come from `results`. Raises PublishError as `spread` does.
        """
        self._feed_all()
        for part in self._waiting:
            for item in part:
                yield work([item])
                yield from self._finished(0)

    def end(self) -> None:
        """End all children, also those that are still working."""
        for connection in self._connections:
            connection.close()
        for child in self._processes:
            child.join(1)
            if child.is_alive():
                child.terminate()
                child.join()

    def _feed_all(self) -> None:
        with _reporting_a_death():
            for connection in self._connections:
                if connection not in self._busy:
                    self._feed(connection)

    def _feed(self, connection: Connection) -> None:
        # A child gets only one part at a time. If parent and child both sent, they could wait for each other for ever.
        for part in self._waiting:
            connection.send(part)
            self._busy.append(connection)
            return

    def _finished(self, seconds: float | None) -> list[Done]:
        """Return the results that have arrived. Give a further part to each child that sent one.

        Wait at most `seconds` for the first result. With None, wait without a limit.
        """
        from multiprocessing.connection import wait

        found: list[Done] = []
        ready = wait(self._busy, seconds)
        with _reporting_a_death():
            for connection in [line for line in self._busy if line in ready]:
                done = connection.recv()
                if isinstance(done, _Fault):
                    raise done.error()
                self._busy.remove(connection)
                self._feed(connection)
                found.append(done)
        return found


@contextmanager
def _reporting_a_death() -> Iterator[None]:
    """Raise PublishError if the other end of a pipe is gone."""
    try:
        yield
    except (EOFError, BrokenPipeError, ConnectionResetError) as error:
        raise PublishError(
            "build",
            "a worker process ended before its work was done",
            hint="make sure that there is enough memory, then run again",
        ) from error


def _serve(work: Callable[[list[Item]], Done], connection: Connection, others: list[Connection]) -> None:
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
