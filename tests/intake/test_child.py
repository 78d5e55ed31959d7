"""Blocks that a child makes: as if they had been made here, whatever becomes of the child."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.dag.cid import Block, Cid, Codec, Emit, sha256
from publisher.intake.batch_writer import COUNT
from publisher.intake.child import SLOT, run_in_child
from tests.cli.test_cli import call

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

HERE = os.getpid()

PARENT = """
import contextlib, os, time
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.intake.child import run_in_child

def make(emit):
    print(os.getpid(), flush=True)
    while True:
        with contextlib.suppress(OSError):
            emit(Block(Cid.make(Codec.RAW, sha256(b"x")), b"x"))

run_in_child(make, lambda blocks: time.sleep(60), fork=True)
"""
"""A child that would go on for ever, and take a broken pipe for a file that cannot be read."""


def block(data: bytes) -> Block:
    return Block(Cid.make(Codec.RAW, sha256(data)), data)


def emit_all(blocks: Iterable[Block], emit: Emit) -> None:
    for one in blocks:
        emit(one)


class Taken:
    """Takes blocks, and knows which process handed them on."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []

    def __call__(self, blocks: Sequence[Block]) -> None:
        assert os.getpid() == HERE
        self.blocks += blocks


def children() -> set[str]:
    """The processes that this one has started, those that ended and were not waited for too."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {number for task in tasks for number in task.read_text().split()}


@pytest.fixture(autouse=True)
def _no_child_is_left() -> Iterator[None]:
    before = children()
    yield
    assert children() <= before


def test_blocks_come_in_their_order_and_the_result_after_them() -> None:
    made = [block(b"%d" % number * 50) for number in range(2 * COUNT + 1)]
    taken = Taken()

    def make(emit: Emit) -> tuple[int, list[str], bytes]:
        for one in made:
            emit(one)
        return os.getpid(), ["说"], b"\0"

    number, said, raw = run_in_child(make, taken, fork=True)
    assert (taken.blocks, said, raw) == (made, ["说"], b"\0")
    assert number != HERE


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, SLOT), max_size=8))
def test_blocks_of_any_length_survive_the_shared_memory(lengths: list[int]) -> None:
    made = [block(bytes([number + 1]) * length) for number, length in enumerate(lengths)]
    taken = Taken()
    run_in_child(partial(emit_all, made), taken, fork=True)
    assert taken.blocks == made


@pytest.mark.parametrize("lengths", [(SLOT,) * 8, (SLOT - 1, 2) * 6, (SLOT // 2 + 1,) * 8])
def test_nothing_is_written_over_what_was_not_taken_yet(lengths: tuple[int, ...]) -> None:
    made = [block(bytes([number + 1]) * length) for number, length in enumerate(lengths)]
    taken = Taken()

    def slow(blocks: Sequence[Block]) -> None:
        if not taken.blocks:
            time.sleep(0.3)  # a child that did not wait would be at its end by now
        taken(blocks)

    run_in_child(partial(emit_all, made), slow, fork=True)
    assert taken.blocks == made


def test_what_the_work_raises_is_raised_here() -> None:
    def make(emit: Emit) -> None:
        emit(block(b"one"))
        raise KeyError("no")

    with pytest.raises(KeyError, match="no"):
        run_in_child(make, Taken(), fork=True)


def test_what_the_taker_raises_ends_the_child() -> None:
    def full(blocks: Sequence[Block]) -> None:
        raise OSError("full")

    def make(emit: Emit) -> None:
        for number in range(100_000):
            emit(block(b"%d" % number * 1000))

    with pytest.raises(OSError, match="full"):
        run_in_child(make, full, fork=True)


@pytest.mark.parametrize("when", [0, 1, 40_000])
def test_the_work_of_a_child_that_is_killed_is_done_here(when: int) -> None:
    made = [block(b"%d" % number * 100) for number in range(50_000)]
    taken = Taken()

    def make(emit: Emit) -> int:
        for number, one in enumerate(made):
            if number == when and os.getpid() != HERE:
                os.kill(os.getpid(), signal.SIGKILL)
            emit(one)
        return len(made)

    assert run_in_child(make, taken, fork=True) == len(made)
    assert taken.blocks[-len(made) :] == made


def test_a_child_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
        until = time.monotonic() + 20
        while (alive := Path(f"/proc/{child}").exists()) and time.monotonic() < until:
            time.sleep(0.02)
    assert not alive


def test_if_the_system_allows_no_process_the_work_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError("too many processes")

    monkeypatch.setattr(os, "fork", refused)
    taken = Taken()

    def emit_one(emit: Emit) -> int:
        emit(block(b"one"))
        return os.getpid()

    assert run_in_child(emit_one, taken, fork=True) == HERE
    assert taken.blocks == [block(b"one")]


def test_nothing_is_forked_beside_another_thread() -> None:
    until = threading.Event()
    other = threading.Thread(target=until.wait)
    other.start()
    taken = Taken()

    def emit_one(emit: Emit) -> int:
        emit(block(b"one"))
        return os.getpid()

    try:
        assert run_in_child(emit_one, taken) == HERE
    finally:
        until.set()
        other.join()
    assert taken.blocks == [block(b"one")]


def test_a_folder_has_the_same_root_and_warnings_in_a_child_and_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out" / ".well-known").mkdir(parents=True)
    for number in range(50):
        (tmp_path / f"out/第{number}.html").write_text(f"<a href=/nowhere>{number}</a>" * 100)
    until = threading.Event()
    other = threading.Thread(target=until.wait)
    seen = []
    for alone in (True, False):
        if not alone:
            other.start()
        (tmp_path / str(alone)).mkdir()
        assert call("add", str(tmp_path / "out"), "-C", str(tmp_path / str(alone))) == 0
        seen.append(capsys.readouterr())
    until.set()
    other.join()
    assert seen[0] == seen[1]
    assert ".well-known" in seen[0].err
