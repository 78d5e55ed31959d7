"""The reading threads: as many as are needed, no more than are allowed, and nobody waits for them at the end."""

import threading
import time
from concurrent.futures import CancelledError
from functools import partial

import pytest

from publisher.gateway.serve.reader_pool import ReaderPool

LATE = 5.0


def test_what_a_call_gives_or_raises_is_handed_back() -> None:
    readers = ReaderPool(2, "test")
    assert readers.submit(divmod, 7, 3).result(LATE) == (2, 1)
    with pytest.raises(ZeroDivisionError):
        readers.submit(divmod, 1, 0).result(LATE)
    with pytest.raises(SystemExit):
        readers.submit(exit).result(LATE)
    assert readers.submit(len, "abc").result(LATE) == 3
    readers.shutdown()


def test_one_thread_does_everything_in_order() -> None:
    readers, seen = ReaderPool(1, "test"), list[tuple[int, str]]()

    def note(number: int) -> None:
        seen.append((number, threading.current_thread().name))

    for number in range(50):
        readers.submit(partial(note, number))
    readers.shutdown()
    assert seen == [(number, "test_0") for number in range(50)]


def test_as_many_threads_as_are_needed_and_as_are_allowed() -> None:
    readers = ReaderPool(4, "test")
    for _ in range(20):
        readers.submit(len, "").result(LATE)
        time.sleep(0.001)
    assert len(readers._threads) < 4  # one that is idle is taken
    go_on, begun = threading.Event(), threading.Semaphore(0)

    def wait() -> None:
        begun.release()
        go_on.wait(LATE)

    futures = [readers.submit(wait) for _ in range(6)]
    for _ in range(4):
        assert begun.acquire(timeout=LATE)
    assert not begun.acquire(timeout=0.1)
    go_on.set()
    for each in futures:
        each.result(LATE)
    assert len(readers._threads) == 4
    readers.shutdown()


def test_a_burst_that_is_over_leaves_nobody_believing_in_idle_threads() -> None:
    readers, go_on = ReaderPool(8, "test"), threading.Event()
    for _ in range(200):
        readers.submit(len, "")
    readers.submit(len, "").result(LATE)
    time.sleep(0.05)
    slow = [readers.submit(go_on.wait, LATE) for _ in range(7)]
    assert readers.submit(len, "x").result(LATE) == 1  # the eighth thread
    go_on.set()
    for each in slow:
        each.result(LATE)
    readers.shutdown()


def test_what_was_cancelled_before_its_turn_is_not_done() -> None:
    readers, go_on, done = ReaderPool(1, "test"), threading.Event(), list[int]()
    readers.submit(go_on.wait, LATE)
    late = readers.submit(done.append, 1)
    assert late.cancel()
    go_on.set()
    readers.shutdown()
    assert done == []
    with pytest.raises(CancelledError):
        late.result()


def test_the_end_waits_no_longer_than_it_was_told() -> None:
    readers, go_on = ReaderPool(2, "test"), threading.Event()
    readers.submit(go_on.wait, LATE)
    begun = time.monotonic()
    readers.shutdown(seconds=0.2)
    assert 0.1 < time.monotonic() - begun < 2
    with pytest.raises(RuntimeError):
        readers.submit(len, "")
    go_on.set()
