"""Share the reading threads fairly. A visitor with many requests waits, and the other visitors do not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Executor
from typing import ParamSpec, TypeVar

from publisher.fast_dataclass import dataclass, field

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class _PeerQueue:
    """The calls of one address. A limited number of them run, and the others wait."""

    free: asyncio.Semaphore
    length: int = 0
    """The number of calls that run or wait."""


@dataclass(slots=True)
class FairQueue:
    """Runs calls in reading threads, a limited number at a time for each address. Only the event loop's thread uses it.

    A running call cannot be cancelled, even if the visitor has left. So a call counts until its thread is done.
    """

    reader: Executor
    per_peer: int
    behind: frozenset[str] = frozenset()
    """Addresses of proxies. They are not limited, because many visitors share the address of a proxy."""
    _queues: dict[str, _PeerQueue] = field(default_factory=dict)

    async def run(self, peer: str, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `call` as soon as the limit of the address `peer` allows it, and return its result.

        Exceptions of `call` pass through.
        """
        if peer in self.behind:
            return await asyncio.wrap_future(self.reader.submit(call, *args, **kwargs))
        queue = self._queues.setdefault(peer, _PeerQueue(asyncio.Semaphore(self.per_peer)))
        queue.length += 1
        try:
            await queue.free.acquire()
        except asyncio.CancelledError:
            self._leave(peer, queue)
            raise
        loop = asyncio.get_running_loop()

        def done(_: object) -> None:
            with contextlib.suppress(RuntimeError):  # the event loop has already ended
                loop.call_soon_threadsafe(self._end, peer, queue)

        future = self.reader.submit(call, *args, **kwargs)
        future.add_done_callback(done)
        return await asyncio.wrap_future(future)

    def _end(self, peer: str, queue: _PeerQueue) -> None:
        queue.free.release()
        self._leave(peer, queue)

    def _leave(self, peer: str, queue: _PeerQueue) -> None:
        queue.length -= 1
        if not queue.length:
            del self._queues[peer]
