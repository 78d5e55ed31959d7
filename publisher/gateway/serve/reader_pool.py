"""A pool of threads that read blocks. A thread may wait for a network, so stopping the server must not wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Task = tuple[Future[Any], Callable[[], Any]]


class ReaderPool(Executor):
    """A pool of at most `max_threads` threads that start on demand.

    Python's ThreadPoolExecutor is not used, because it keeps the process from ending before all threads have ended.
    """

    def __init__(self, max_threads: int, name: str) -> None:
        self._max_threads = max_threads
        self._name = name
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._ended = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call `fn` in one of the threads and return a future for its result. Raises RuntimeError after shutdown()."""
        future: Future[T] = Future()
        with self._lock:
            if self._ended:
                raise RuntimeError("the readers have ended")
            self._tasks.put((future, lambda: fn(*args, **kwargs)))
            if not self._idle.acquire(blocking=False) and len(self._threads) < self._max_threads:
                thread = threading.Thread(target=self._work, name=f"{self._name}_{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False, seconds: float | None = None) -> None:
        """End the threads after the calls that were submitted. If `wait` is set, wait for their end.

        Wait at most `seconds`, or without a limit if `seconds` is None. `cancel_futures` is ignored.
        """
        with self._lock:
            self._ended = True
            for _ in self._threads:
                self._tasks.put(None)
        until = None if seconds is None else time.monotonic() + seconds
        for thread in self._threads if wait else ():
            thread.join(None if until is None else max(0.0, until - time.monotonic()))

    def _work(self) -> None:
        while True:
            try:
                task = self._tasks.get_nowait()
            except Empty:
                self._idle.release()
                task = self._tasks.get()
            if task is None:
                return
            future, call = task
            if future.set_running_or_notify_cancel():
                try:
                    result = call()
                except BaseException as error:
                    future.set_exception(error)
                else:
                    future.set_result(result)
            del task, future, call  # they may refer to a block, which would stay in memory until the next task
