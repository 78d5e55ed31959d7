"""Reading threads, shared out fairly: who asks for much waits for himself, and not before everybody else."""

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
    """Those of one address: so many at a time, the others behind them."""

    free: asyncio.Semaphore
    length: int = 0


@dataclass(slots=True)
class FairQueue:
    """Calls in reading threads, so many at a time for each address. For the event loop's thread.

    A thread may wait for a network, with a patience of its own. What it does cannot be broken off, so that a turn ends
    with the thread's work, and not when the visitor has gone.
    """

    reader: Executor
    per_peer: int
    behind: frozenset[str] = frozenset()
    """Addresses of proxies: all visitors come through them, so that nothing is counted."""
    _queues: dict[str, _PeerQueue] = field(default_factory=dict)

    async def run(self, peer: str, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `call` gives, when it is this address's turn."""
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
