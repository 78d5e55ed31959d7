"""Write blocks in batches in a second thread, so that the thread that makes them does not wait for the disk."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from types import TracebackType

from publisher.dag.cid import Block

BYTES = 2 << 20
"""The number of bytes of a full batch.

At most three batches are in memory: one batch is filled, one waits, and one is written.
"""

COUNT = 4096
"""The largest number of blocks of a batch."""


class BatchWriter:
    """An Emit that passes batches of blocks to `put_many`. It is a context manager.

    One other thread calls `put_many`, with one batch after the other. At the end of the context, the last batch is
    passed on, or the first error of `put_many` is raised. After an exception in the context, the remaining blocks are
    dropped.
    """

    def __init__(self, put_many: Callable[[Sequence[Block]], None]) -> None:
        self._put_many = put_many
        self._batch: list[Block] = []
        self._size = 0
        self._waiting: queue.Queue[list[Block] | None] = queue.Queue(1)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> BatchWriter:
        return self

    def __call__(self, block: Block) -> None:
        """Take a block. Raises the error of an earlier `put_many`, if there was one."""
        self._batch.append(block)
        self._size += len(block.data)
        if self._size >= BYTES or len(self._batch) >= COUNT:
            self._hand_on()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None and self._error is None:
            self._hand_on()
        if self._thread.ident is not None:
            self._waiting.put(None)
            self._thread.join()
        if kind is None and self._error is not None:
            raise self._error

    def _hand_on(self) -> None:
        if self._error is not None:
            raise self._error
        if self._thread.ident is None:
            self._thread.start()
        self._waiting.put(self._batch)
        self._batch, self._size = [], 0

    def _work(self) -> None:
        while (batch := self._waiting.get()) is not None:
            if self._error is not None:
                continue  # keep taking batches, or the thread that fills them would wait for ever
            try:
                self._put_many(batch)
            except BaseException as error:
                self._error = error
