"""Share the reading threads fairly: a visitor with many requests waits for these, and other visitors do not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class _PeerQueue:
    """The calls of one address: a limited number run, the others wait."""

    free: asyncio.Semaphore
    length: int = 0


@dataclass(slots=True)
class FairQueue:
    """Runs calls in reading threads, a limited number at a time for each address. For the event loop's thread.

    A call may wait for a network, within its own time limit, and cannot be cancelled. So its place is free only when
    the thread is done, not when the visitor has left.
    """

    reader: Executor
    per_peer: int
    behind: frozenset[str] = frozenset()
    """Addresses of proxies. All visitors share them, so they are not limited."""
    _queues: dict[str, _PeerQueue] = field(default_factory=dict)

    async def run(self, peer: str, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `call` when it is this address's turn, and return its result. Raises what `call` raises."""
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
            with contextlib.suppress(RuntimeError):  # the loop has ended before the thread
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
