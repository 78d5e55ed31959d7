"""Work on several threads gives what the same work gives one after the other; what is late can be left out."""

import threading
import time
from collections.abc import Iterator

import pytest

from publisher.concurrency.threads import in_threads, run_in_threads, thread_map, within


@pytest.mark.parametrize("count", [0, 1, 2, 3, 1000])
def test_results_are_in_the_order_of_the_values(count: int) -> None:
    assert thread_map(lambda value: value * 2, range(count)) == [value * 2 for value in range(count)]


def test_an_error_in_any_thread_is_raised_and_no_thread_is_left() -> None:
    def work(value: int) -> int:
        return 1 // (value - 7)

    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        thread_map(work, range(20))
    assert threading.active_count() == before


@pytest.mark.parametrize("count", [0, 1, 3])
def test_what_comes_in_time_stands_in_order_and_what_is_late_is_none(count: int) -> None:
    never = threading.Event()

    def work(value: int) -> int:
        if value == 1:
            never.wait(30)
        return value * 2

    begun = time.monotonic()
    assert within(work, range(count), begun + 0.3) == [None if value == 1 else value * 2 for value in range(count)]
    assert time.monotonic() - begun < 10
    never.set()


def test_an_error_that_came_in_time_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        within(lambda value: 1 // value, [1, 0], time.monotonic() + 30)


@pytest.mark.parametrize("count", [2, 5])
def test_several_items_are_worked_on_at_once(count: int) -> None:
    together = threading.Barrier(count, timeout=30)

    def work(value: int) -> int:
        together.wait()
        return value * 2

    assert run_in_threads(work, range(count)) == tuple(value * 2 for value in range(count))


def test_one_item_needs_no_thread() -> None:
    assert run_in_threads(lambda value: threading.current_thread(), [1]) == (threading.current_thread(),)
    assert run_in_threads(lambda value: threading.current_thread(), []) == ()


def test_threads_end_with_the_process_and_do_not_hold_it_up() -> None:
    assert run_in_threads(lambda value: threading.current_thread().daemon, range(2)) == (True, True)
    assert within(lambda value: threading.current_thread().daemon, range(1), time.monotonic() + 30) == [True]


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 7, 1000])
def test_items_are_taken_here_and_worked_on_elsewhere(threads: int, count: int) -> None:
    takers, workers = set[threading.Thread](), set[threading.Thread]()

    def items() -> Iterator[int]:
        for number in range(count):
            takers.add(threading.current_thread())
            yield number

    def work(value: int) -> int:
        workers.add(threading.current_thread())
        return value * 2

    assert sorted(in_threads(work, items(), threads)) == [value * 2 for value in range(count)]
    here = threading.current_thread()
    assert takers <= {here}
    assert (here in workers) == (threads == 1 and count > 0)


def test_only_two_items_for_each_thread_are_in_memory() -> None:
    taken, go = [0], threading.Semaphore(0)

    def items() -> Iterator[int]:
        for number in range(100):
            taken[0] += 1
            if taken[0] >= 7:  # more than two items for each of three threads
                go.release()
            yield number

    def work(value: int) -> int:
        go.acquire(timeout=30)
        return value

    most = 0
    for finished, _ in enumerate(in_threads(work, items(), 3)):
        most = max(most, taken[0] - finished)
        go.release()
    assert most <= 7


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_of_an_item_is_raised_and_no_thread_is_left(threads: int) -> None:
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        list(in_threads(lambda value: 1 // (value - 7), range(100), threads))
    with pytest.raises(ZeroDivisionError):
        list(in_threads(lambda value: value, (1 // (value - 7) for value in range(100)), threads))
    assert threading.active_count() == before


def test_after_an_error_nothing_more_is_begun() -> None:
    begun: list[int] = []

    def work(value: int) -> int:
        begun.append(value)
        time.sleep(0.01)
        return 1 // (value - 3)

    with pytest.raises(ZeroDivisionError):
        list(in_threads(work, range(1000), 2))
    assert len(begun) < 12


@pytest.mark.parametrize("allowed", [0, 2])
def test_if_the_system_allows_fewer_threads_fewer_do_the_work(allowed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def limited(thread: threading.Thread) -> None:
        if len(started) == allowed:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    before = threading.active_count()
    assert sorted(in_threads(lambda value: value * 2, range(50), 4)) == [value * 2 for value in range(50)]
    assert threading.active_count() == before
    assert len(started) == allowed
