"""Run one function in a forked child process, while this process does other work."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar

from publisher.concurrency.forking import cores, may_fork

Done = TypeVar("Done")

Answer = Callable[[bytes], "bytes | None"]
"""A function that returns the value of a key, or None if there is none."""

_LENGTH = 8
"""The number of bytes before each message, which have the length of the message."""


class Parent(Protocol):
    """The parent process, as the work in the child uses it."""

    def order(self) -> Any:
        """Wait for the order, and return it."""
        ...

    def ask(self, key: bytes) -> bytes | None:
        """Return the parent's value of a key, or None if there is none."""
        ...


def is_useful(workers: int | None) -> bool:
    """Return whether a child process can work at the same time. `workers` is the largest number of processes."""
    return workers != 1 and cores() > 1 and may_fork()


class Aside(Generic[Done]):
    """A call of `work` in a child process, which begins at once.

    `work` can prepare itself, wait for its order, and ask for values. Its result must be a value that can be pickled,
    and it must have no other effect. Call `end` in any case.
    """

    def __init__(self, work: Callable[[Parent], Done]) -> None:
        """Start the child. Raises OSError if the system allows no further process."""
        self._work = work
        self._order: Any = None
        from_child, to_parent = os.pipe()
        from_parent, to_child = os.pipe()
        try:
            self.number = os.fork()
            """The process id of the child."""
        except OSError:
            for number in (from_child, to_parent, from_parent, to_child):
                os.close(number)
            raise
        if not self.number:
            _live(work, _Line(from_parent, to_parent), (from_child, to_child))
        os.close(to_parent)
        os.close(from_parent)
        self._line = _Line(from_child, to_child)

    def order(self, value: Any) -> None:
        """Send the order to the child. It must be a value that can be pickled."""
        self._order = value
        with suppress(BrokenPipeError):  # the child has ended, so `result` does its work
            self._line.send(value)

    def result(self, answer: Answer) -> Done:
        """Return the result of the child. Until then, answer its questions with `answer`. Call `order` before.

        If the child fails or is killed, `work` runs in this process. Exceptions of `work` and `answer` pass through.
        """
        with suppress(EOFError, BrokenPipeError):
            while True:
                is_result, value = self._line.receive()
                if is_result:
                    return value  # type: ignore[no-any-return]
                self._line.send(answer(value))
        return self._work(_Here(self._order, answer))

    def end(self) -> None:
        """End the child, even if it is still working."""
        self._line.close()
        os.kill(self.number, signal.SIGKILL)
        os.waitpid(self.number, 0)


class _Here:
    """Stands for the parent if the work runs in the parent."""

    def __init__(self, order: Any, answer: Answer) -> None:
        self._order, self.ask = order, answer

    def order(self) -> Any:
        return self._order


class _Above:
    """Stands for the parent in the child."""

    def __init__(self, line: _Line) -> None:
        self._line = line

    def order(self) -> Any:
        return self._line.receive()

    def ask(self, key: bytes) -> Any:
        self._line.send((False, key))
        return self._line.receive()


def _live(work: Callable[[Parent], Any], line: _Line, others: tuple[int, int]) -> None:
    """Run the child. It never returns, because Python's clean-up at the end of a process must not run in the child."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C also reaches the parent, and the parent ends this child
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # If the child kept these ends of the pipes open, it would not notice the end of the parent.
        for number in others:
            os.close(number)
        with suppress(BaseException):  # the parent does the work again, and so finds the same error
            line.send((True, work(_Above(line))))
    finally:
        os._exit(0)


class _Line:
    """Sends and receives values through two pipes."""

    def __init__(self, receiving: int, sending: int) -> None:
        self._receiving, self._sending = receiving, sending

    def close(self) -> None:
        os.close(self._receiving)
        os.close(self._sending)

    def send(self, value: Any) -> None:
        """Send a value. Raises BrokenPipeError if the other process has ended."""
        body = pickle.dumps(value)
        message = memoryview(len(body).to_bytes(_LENGTH) + body)
        while message:
            message = message[os.write(self._sending, message) :]

    def receive(self) -> Any:
        """Return the next value. Raises EOFError if the other process has ended."""
        length = int.from_bytes(self._exactly(_LENGTH))
        return pickle.loads(self._exactly(length))  # noqa: S301 (our own process wrote it)

    def _exactly(self, size: int) -> bytes:
        whole = b""
        while len(whole) < size:
            part = os.read(self._receiving, size - len(whole))
            if not part:
                raise EOFError
            whole += part
        return whole
