"""Facts of work in a child: its result comes, its questions are answered, and a child that dies loses nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from publisher.concurrency import aside
from publisher.concurrency.aside import Aside, Parent, is_useful

Done = TypeVar("Done")


def nothing(key: bytes) -> bytes | None:
    return None


@contextmanager
def begun(work: Callable[[Parent], Done], order: object = None) -> Iterator[Aside[Done]]:
    child = Aside(work)
    try:
        child.order(order)
        yield child
    finally:
        child.end()


def test_the_work_runs_in_another_process_and_its_result_comes() -> None:
    with begun(lambda parent: (os.getpid(), parent.order()), "字" * 10_000) as child:
        number, text = child.result(nothing)
    assert number == child.number
    assert text == "字" * 10_000


def test_the_child_asks_and_gets_values_larger_than_a_pipe() -> None:
    known = {b"one": b"1" * 200_000, b"two": b"2"}

    def work(parent: Parent) -> list[bytes | None]:
        return [parent.ask(key) for key in parent.order()]

    with begun(work, (b"one", b"two", b"three")) as child:
        assert child.result(known.get) == [b"1" * 200_000, b"2", None]


def test_the_child_prepares_itself_before_its_order() -> None:
    def work(parent: Parent) -> tuple[float, float]:
        ready = time.monotonic()
        parent.order()
        return ready, time.monotonic()

    child = Aside(work)
    try:
        time.sleep(0.3)
        child.order(None)
        ready, ordered = child.result(nothing)
    finally:
        child.end()
    assert ordered - ready > 0.1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_that_is_killed_loses_nothing(how: signal.Signals) -> None:
    here = os.getpid()

    def work(parent: Parent) -> tuple[int, object, object]:
        if os.getpid() != here:
            os.kill(os.getpid(), how)
        return os.getpid(), parent.order(), parent.ask(b"key")

    with begun(work, [7]) as child:
        assert child.result(lambda key: key * 2) == (here, [7], b"keykey")


def test_a_child_that_ended_before_its_order_loses_nothing() -> None:
    here = os.getpid()
    child = Aside(lambda parent: parent.order() if os.getpid() == here else os._exit(1))
    try:
        time.sleep(0.2)
        child.order("字" * 100_000)
        assert child.result(nothing) == "字" * 100_000
    finally:
        child.end()


def test_an_error_of_the_work_is_raised_in_its_own_words(capfd: pytest.CaptureFixture[str]) -> None:
    def work(parent: Parent) -> int:
        raise LookupError("第 7 篇没有")

    with begun(work) as child, pytest.raises(LookupError, match="第 7 篇没有"):
        child.result(nothing)
    assert capfd.readouterr() == ("", "")


def test_a_result_that_cannot_be_sent_is_made_here() -> None:
    with begun(lambda parent: lambda: 7) as child:
        assert child.result(nothing)() == 7


def test_an_error_of_the_answer_passes_through() -> None:
    def broken(key: bytes) -> bytes | None:
        raise RuntimeError("the cache")

    with begun(lambda parent: parent.ask(b"x")) as child, pytest.raises(RuntimeError, match="the cache"):
        child.result(broken)


def test_the_child_ends_even_if_nobody_wants_the_result() -> None:
    with begun(lambda parent: time.sleep(60)) as child:
        pass
    with pytest.raises(ProcessLookupError):
        os.kill(child.number, 0)


def test_the_child_ends_with_its_parent() -> None:
    script = (
        "import os, signal\n"
        "from publisher.concurrency.aside import Aside\n"
        "child = Aside(lambda parent: parent.order())\n"
        "print(child.number, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    number = int(done.stdout)
    for _ in range(100):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.kill(number, signal.SIGKILL)
    pytest.fail("the child is still there after ten seconds")


def test_nothing_is_forked_with_one_worker_or_one_core_or_a_second_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "may_fork", lambda: True)
    monkeypatch.setattr(aside, "cores", lambda: 2)
    assert is_useful(None)
    assert not is_useful(1)
    monkeypatch.setattr(aside, "cores", lambda: 1)
    assert not is_useful(None)
    monkeypatch.setattr(aside, "cores", lambda: 2)
    monkeypatch.setattr(aside, "may_fork", lambda: False)
    assert not is_useful(None)
