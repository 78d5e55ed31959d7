"""Make blocks in a forked child process and write them in the parent, so that the child does not wait for the disk.

Threads would be slower, because they would wait for Python's global lock at every file. The blocks are in shared
memory, which has several parts that are used one after the other. Through one pipe, the child lists the blocks of each
part. Through another pipe, the parent says that one more part is free.
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
from publisher.intake.batch_writer import COUNT, BatchWriter

Plain = TypeVar("Plain")

SLOT = 2 << 20
"""The number of bytes of one part of the memory. Nodes exchange no larger blocks."""

SLOTS = 3
"""The number of parts: one part is filled, one waits, and one is written."""

_LENGTH = 8
_Sizes = list[tuple[bytes, int]]
"""The CID and the length of each block of a part, in their order."""


def run_in_child(
    make: Callable[[Emit], Plain], put_many: Callable[[Sequence[Block]], None], *, fork: bool | None = None
) -> Plain:
    """Return the result of `make`, after `put_many` has taken every block that `make` emitted.

    `make` must return plain values (numbers, texts, bytes, tuples, lists) and have no other effect. If `fork` is True,
    `make` runs in a child process. If `fork` is None, it does so if this process has several cores and may fork. If the
    child cannot be started, fails or is killed, `make` runs in this process. Exceptions of `make` and `put_many` pass
    through.
    """
    if fork if fork is not None else cores() > 1 and may_fork():
        with suppress(_NoProcess):
            child = _Child(make)
            try:
                for blocks in child.batches():
                    put_many(blocks)
            finally:
                child.end()
            if child.results:
                return child.results[0]
    with BatchWriter(put_many) as emit:
        return make(emit)


class _NoProcess(Exception):
    """The system allows no further process."""


class _Child(Generic[Plain]):
    """The parent's side of the child process that makes blocks."""

    def __init__(self, make: Callable[[Emit], Plain]) -> None:
        self.results: list[Plain] = []
        """The result of `make` as the only item, or nothing until `make` has returned."""
        self._memory = mmap.mmap(-1, SLOT * SLOTS)
        self._told, telling = os.pipe()
        waiting, self._free = os.pipe()
        try:
            self._number = os.fork()
        except OSError as error:
            for number in (self._told, telling, waiting, self._free):
                os.close(number)
            self._memory.close()
            raise _NoProcess from error
        if not self._number:
            _live(make, _ChildWriter(self._memory, telling, waiting), (self._told, self._free))
        os.close(telling)
        os.close(waiting)

    def batches(self) -> Iterator[list[Block]]:
        """Yield the blocks of one part of the memory after the other, until the child ends."""
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
        """End the child, even if it is still working, and free its pipes and memory."""
        os.close(self._told)
        os.close(self._free)
        os.kill(self._number, signal.SIGKILL)
        os.waitpid(self._number, 0)
        self._memory.close()

    def _message(self) -> tuple[_Sizes, list[Plain]] | None:
        """Return the next message of the child. Return None if the child has ended, even in the middle of a message."""
        head = self._exactly(_LENGTH)
        body = self._exactly(int.from_bytes(head)) if head else b""
        if not body:
            return None
        message: tuple[_Sizes, list[Plain]] = marshal.loads(body)  # noqa: S302 (our own child wrote it)
        return message

    def _exactly(self, size: int) -> bytes:
        """Return exactly `size` bytes from the pipe, or b"" if the child ends before."""
        whole = b""
        while len(whole) < size:
            part = os.read(self._told, size - len(whole))
            if not part:
                return b""
            whole += part
        return whole


def _live(make: Callable[[Emit], Plain], making: _ChildWriter, others: tuple[int, int]) -> None:
    """Run the child. It never returns, because Python's clean-up at the end of a process must not run in the child."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C also reaches the parent, and the parent ends this child
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # If the child kept these ends of the pipes open, it would not notice the end of the parent.
        for number in others:
            os.close(number)
        making.send([make(making.emit)])
    finally:
        os._exit(0)


class _ChildWriter:
    """Writes blocks into the shared memory, one part after the other. It waits if no part is free."""

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
        """Send the list of the blocks of this part to the parent, and continue with the next part.

        `results` is empty except in the last message, where it has the result of `make`.
        """
        body = marshal.dumps((self._sizes, results))
        message = memoryview(len(body).to_bytes(_LENGTH) + body)
        try:
            while message:
                message = message[os.write(self._telling, message) :]
        except BrokenPipeError:
            # The parent has ended. Raising this OSError would look like the error of a file to the caller.
            os._exit(0)
        self._sizes = []
        self._slot, self._used = (self._slot + 1) % SLOTS, 0
        if self._free:
            self._free -= 1
        elif not os.read(self._waiting, 1):
            os._exit(0)
