"""A map on several threads gives what the built-in one gives."""

import threading

import pytest

from publisher.concurrency.threads import thread_map


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
