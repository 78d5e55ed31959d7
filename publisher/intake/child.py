"""Make blocks in a forked child and write them in its parent, so that the child does not wait for the disk.

Two threads would wait for Python's lock at every file. The blocks lie in shared memory, in parts that are used in turn.
One pipe says what the next part holds, another that one more part is free again.
"""

from __future__ import annotations

import marshal
import mmap
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from publisher.concurrency.forking import cores, may_fork
from publisher.dag.cid import Block, Cid, Emit
from publisher.intake.batches import COUNT, Batches

Plain = TypeVar("Plain")

SLOT = 2 << 20
"""Bytes of one part of the memory: the largest block that nodes exchange."""

SLOTS = 3
"""The parts: one is filled, one waits, one is written."""

_LENGTH = 8
_Sizes = list[tuple[bytes, int]]
"""CID and length of each block of a part, in their order."""


def run_in_child(
    make: Callable[[Emit], Plain], put_many: Callable[[Sequence[Block]], None], *, fork: bool | None = None
) -> Plain:
    """Return the result of `make`, after `put_many` got every block that `make` emitted.

    `make` runs in a child process where that helps. It must return plain values (numbers, texts, bytes, tuples, lists)
    and have no other effect. If the child fails or is killed, `make` is called again in this process, and an error in
    it is raised. `fork` says whether there is a child. None means that there is one if this process has several cores
    and may fork.
    """
    if fork if fork is not None else cores() > 1 and may_fork():
        child = _Child(make)
        try:
            for blocks in child.batches():
                put_many(blocks)
        finally:
            child.end()
        if child.results:
            return child.results[0]
    with Batches(put_many) as emit:
        return make(emit)


class _Child(Generic[Plain]):
    """The child process that makes blocks, as its parent handles it."""

    def __init__(self, make: Callable[[Emit], Plain]) -> None:
        self.results: list[Plain] = []
        """The result of `make`; empty until `make` has returned."""
        self._memory = mmap.mmap(-1, SLOT * SLOTS)
        self._told, telling = os.pipe()
        waiting, self._free = os.pipe()
        self._number = os.fork()
        if not self._number:
            _live(make, _ChildWriter(self._memory, telling, waiting), (self._told, self._free))
        os.close(telling)
        os.close(waiting)

    def batches(self) -> Iterator[list[Block]]:
        """Yield the blocks of one part of the memory after another, until the child ends."""
        slot = 0
        while (message := self._message()) is not None:
            sizes, results = message
            at, blocks = SLOT * slot, []
            for raw, length in sizes:
                blocks.append(Block(Cid(raw), self._memory[at : at + length]))
                at += length
            yield blocks
            self.results += results
            slot = (slot + 1) % SLOTS
            with suppress(BrokenPipeError):  # the child has ended
                os.write(self._free, b"\0")

    def end(self) -> None:
        """End the child and free everything it used, whether it is done or not."""
        os.close(self._told)
        os.close(self._free)
        os.kill(self._number, signal.SIGKILL)
        os.waitpid(self._number, 0)
        self._memory.close()

    def _message(self) -> tuple[_Sizes, list[Plain]] | None:
        """Return the next message; None if the child has ended, even within a message."""
        head = self._exactly(_LENGTH)
        body = self._exactly(int.from_bytes(head)) if head else b""
        if not body:
            return None
        message: tuple[_Sizes, list[Plain]] = marshal.loads(body)  # noqa: S302 (our own child wrote it)
        return message

    def _exactly(self, size: int) -> bytes:
        """Return exactly `size` bytes, or none."""
        whole = b""
        while len(whole) < size:
            part = os.read(self._told, size - len(whole))
            if not part:
                return b""
            whole += part
        return whole


def _live(make: Callable[[Emit], Plain], making: _ChildWriter, others: tuple[int, int]) -> None:
    """Run the child. This never returns, since Python's clean-up at the end of a process must not run in the child."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C also reaches the parent, which ends this child
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for number in others:  # otherwise the child would not notice the end of the parent
            os.close(number)
        making.send([make(making.emit)])
    finally:
        os._exit(0)


class _ChildWriter:
    """An Emit that writes blocks into the memory, part after part, and waits for a free part."""

    def __init__(self, memory: mmap.mmap, telling: int, waiting: int) -> None:
        self._memory, self._telling, self._waiting = memory, telling, waiting
        self._sizes: _Sizes = []
        self._slot = self._used = 0
        self._free = SLOTS - 1

    def emit(self, block: Block) -> None:
        length = len(block.data)
        if self._used + length > SLOT or len(self._sizes) == COUNT:
            self.send([])
        at = SLOT * self._slot + self._used
        self._memory[at : at + length] = block.data
        self._sizes.append((block.cid.raw, length))
        self._used += length

    def send(self, results: list[object]) -> None:
        """Report what this part holds, and go on to the next part. The last report has the result."""
        body = marshal.dumps((self._sizes, results))
        message = memoryview(len(body).to_bytes(_LENGTH) + body)
        try:
            while message:
                message = message[os.write(self._telling, message) :]
        except BrokenPipeError:  # the parent is gone; the caller must not take it for an error of a file
            os._exit(0)
        self._sizes = []
        self._slot, self._used = (self._slot + 1) % SLOTS, 0
        if self._free:
            self._free -= 1
        elif not os.read(self._waiting, 1):
            os._exit(0)
