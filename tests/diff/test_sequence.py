"""Equal runs of two sequences, found within a bounded effort."""

import time
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.diff.sequence import Effort, runs


def _few_letters(count: int) -> tuple[list[str], list[str]]:
    random = Random(1)
    return [random.choice("abcd") for _ in range(count)], [random.choice("abcd") for _ in range(count)]


def _backwards(count: int) -> tuple[list[str], list[str]]:
    numbers = [str(number) for number in range(count)]
    return numbers, numbers[::-1]


@pytest.mark.parametrize("sides", [_few_letters, _backwards])
def test_sequences_that_have_little_in_common_end_in_time(sides: Callable[[int], tuple[list[str], list[str]]]) -> None:
    start = time.perf_counter()
    runs(*sides(100_000), Effort())
    assert time.perf_counter() - start < 15


def test_without_effort_left_only_the_equal_ends_are_found() -> None:
    old, new = list("a1x2c"), list("a3x4c")
    assert [(run.old, run.length) for run in runs(old, new, Effort())] == [(0, 1), (2, 1), (4, 1)]
    assert [(run.old, run.length) for run in runs(old, new, Effort(0))] == [(0, 1), (4, 1)]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from("abcde"), max_size=30), st.lists(st.sampled_from("abcdef"), max_size=30))
def test_runs_are_equal_and_in_order_on_both_sides(old: list[str], new: list[str]) -> None:
    one = two = 0
    for run in runs(old, new, Effort()):
        assert run.length > 0
        assert run.old >= one
        assert run.new >= two
        assert old[run.old : run.old + run.length] == new[run.new : run.new + run.length]
        one, two = run.old + run.length, run.new + run.length
