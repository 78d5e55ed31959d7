"""Half of a large folder is read by a forked process: hashing and looking keep two cores busy where there are two.

The child sends what it made through a pipe, in messages of about a megabyte. Whatever it did not send, because it died
or was never started, the parent reads itself: nobody has to know that there was a child.
"""

from __future__ import annotations

import contextlib
import gc
import marshal
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import IO

from publisher.dag.cid import Block, Cid, Emit
from publisher.dag.unixfs import Link
from publisher.errors import Problem

WORTH = 2000
"""With fewer files a second process takes longer to start than it saves."""

MESSAGE = 1 << 20
OFTEN = 8
"""After so many files of its own the parent looks whether the child has sent something."""

File = tuple[str, str]
Read = Callable[[File, Emit], Link | None]
"""Makes the blocks of one file; None when it may not be published, which is noted elsewhere."""


def read_all(
    mine: Sequence[File], others: Sequence[File], read: Read, emit: Emit, problems: list[Problem]
) -> dict[str, Link]:
    """The link of every file that has one. `others` are read by a child, where one can help."""
    links: dict[str, Link] = {}
    if len(others) < WORTH // 2 or not may_fork():
        _read(mine, read, emit, links)
        _read(others, read, emit, links)
        return links
    faults: set[str] = set()

    def take(
        message: tuple[list[tuple[bytes, bytes]], list[tuple[str, bytes, int]], list[tuple[str, str, str]]],
    ) -> None:
        blocks, made, wrong = message
        for raw, data in blocks:
            emit(Block(Cid(raw), data))
        links.update((path, Link(Cid(raw), size)) for path, raw, size in made)
        faults.update(path for path, _, _ in wrong)
        problems.extend(Problem(path, 0, 0, what, hint) for path, what, hint in wrong)

    with _child(others, read, problems) as pipe:
        ready = select.poll()
        ready.register(pipe, select.POLLIN)
        for start in range(0, len(mine), OFTEN):
            _read(mine[start : start + OFTEN], read, emit, links)
            while ready.poll(0) and (message := _receive(pipe)) is not None:
                take(message)
        while (message := _receive(pipe)) is not None:
            take(message)
    _read([file for file in others if file[0] not in links and file[0] not in faults], read, emit, links)
    return links


def may_fork() -> bool:
    """Whether there is a second core, and no other thread: it could hold a lock that nobody in the child ever frees."""
    if not sys.platform.startswith("linux") or len(os.sched_getaffinity(0)) < 2:
        return False
    return len(os.listdir("/proc/self/task")) == 1


def _read(files: Sequence[File], read: Read, emit: Emit, links: dict[str, Link]) -> None:
    for file in files:
        if (made := read(file, emit)) is not None:
            links[file[0]] = made


@contextlib.contextmanager
def _child(files: Sequence[File], read: Read, problems: list[Problem]) -> Iterator[IO[bytes]]:
    out, into = os.pipe()
    number = os.fork()
    if not number:
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends when the parent hangs up
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.close(out)
            with open(into, "wb", buffering=0) as pipe:
                _serve(files, read, problems, pipe)
        finally:
            os._exit(0)  # nothing that is to be done at an end is for a child to do
    os.close(into)
    try:
        with open(out, "rb", buffering=0) as pipe:
            yield pipe
    finally:
        os.waitpid(number, 0)


def _serve(files: Sequence[File], read: Read, problems: list[Problem], pipe: IO[bytes]) -> None:
    gc.disable()
    blocks: list[tuple[bytes, bytes]] = []
    made: list[tuple[str, bytes, int]] = []
    size = 0

    def collect(block: Block) -> None:
        nonlocal size
        blocks.append((block.cid.raw, block.data))
        size += len(block.data) + 100
        if size >= MESSAGE:
            send()

    def send() -> None:
        nonlocal size
        wrong = [(problem.path, problem.what, problem.hint) for problem in problems]
        data = marshal.dumps((blocks, made, wrong))
        view = memoryview(len(data).to_bytes(8) + data)
        while view:
            view = view[pipe.write(view) :]
        blocks.clear()
        made.clear()
        problems.clear()
        size = 0

    problems.clear()
    for file in files:
        link = read(file, collect)
        if link is not None:
            made += [(file[0], link.cid.raw, link.size)]
    send()


def _receive(
    pipe: IO[bytes],
) -> tuple[list[tuple[bytes, bytes]], list[tuple[str, bytes, int]], list[tuple[str, str, str]]] | None:
    """The next message, None at the end. One that is cut is no message: its files are read again."""
    head = _exactly(pipe, 8)
    data = _exactly(pipe, int.from_bytes(head)) if head is not None else None
    return marshal.loads(data) if data is not None else None  # noqa: S302 (from a child of ours)


def _exactly(pipe: IO[bytes], size: int) -> bytearray | None:
    whole = bytearray(size)
    view = memoryview(whole)
    while view:
        count = pipe.readinto(view)  # type: ignore[attr-defined]
        if not count:
            return None
        view = view[count:]
    return whole
