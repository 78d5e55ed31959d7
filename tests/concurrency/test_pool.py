"""Facts of the worker processes: all results come, however large; a dead child is told; small work starts none."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Generator

import pytest

from publisher.concurrency import pool
from publisher.errors import PublishError


def big(part: list[int]) -> list[bytes]:
    return [bytes([n % 256]) * 300_000 for n in part]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_parts_and_results_larger_than_a_pipe_come_through(workers: int) -> None:
    parts = [[n] * 3 + [0] * 200_000 for n in range(7)]
    done = list(pool.spread(lambda part: big(part[:3]), parts, workers))
    assert sorted(result[0][:1] for result in done) == [bytes([n]) for n in range(7)]


def test_a_process_that_takes_part_does_the_first_part_before_it_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[int] = []

    def work(part: list[int]) -> list[tuple[int, int, int]]:
        loaded.append(part[0])
        return [(number, loaded[0], os.getpid()) for number in part]

    monkeypatch.setattr(pool, "may_fork", lambda: True)  # threads of other tests may still be there
    first, *others = pool.spread(work, [[n, n + 100] for n in range(9)], 2, taking_part=True)
    assert first == [(0, 0, os.getpid()), (100, 0, os.getpid())]
    assert sorted(row[:2] for part in others for row in part) == [(n + m, 0) for m in (0, 100) for n in range(1, 9)]


def test_a_process_that_takes_part_works_beside_its_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "may_fork", lambda: True)
    pipe = os.pipe()

    def work(part: list[int]) -> tuple[int, int]:
        if part == [1, 1]:
            assert os.read(pipe[0], 1) == b"x"  # the child waits until this process has done an item of its own
        if part == [2]:
            os.write(pipe[1], b"x")
        return len(part), os.getpid()

    done = list(pool.spread(work, [[0], [1, 1], [2, 2]], 2, taking_part=True))
    mine = [size for size, process in done if process == os.getpid()]
    assert mine == [1, 1, 1]  # the first part, and then each item of the third
    assert [size for size, process in done if process != os.getpid()] == [2]


def test_a_child_gets_the_next_part_while_this_process_is_at_a_long_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "may_fork", lambda: True)
    parent, pipe = os.getpid(), os.pipe()
    answered: list[int] = []

    def work(part: list[int]) -> tuple[int, list[int]]:
        if part == [3, 3]:
            os.write(pipe[1], b"x")
        if os.getpid() == parent and part[0] == 10 and not answered:
            time.sleep(0.01)
            answered.extend(select.select(pipe[:1], [], [], 0)[0])
        return os.getpid(), part

    done = list(pool.spread(work, [[0], [1, 1], [10] * 1000, [2, 2], [3, 3]], 2, taking_part=True))
    assert [part for process, part in done if process != parent] == [[1, 1], [2, 2], [3, 3]]


def test_if_the_first_part_starts_a_thread_nothing_is_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "may_fork", lambda: False)
    done = list(pool.spread(lambda part: (part, os.getpid()), [[1], [2], [3]], 2, taking_part=True))
    assert done == [([n], os.getpid()) for n in (1, 2, 3)]


def test_a_child_that_dies_is_told() -> None:
    with pytest.raises(PublishError, match="worker process ended"):
        list(pool.spread(lambda part: os._exit(9), [[1], [2], [3]], 2))


def fails(part: list[int]) -> int:
    if part == [7]:
        raise LookupError("第 7 篇\n没有")
    return part[0]


def test_what_a_child_fails_with_is_told_in_its_own_words(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PublishError, match=r"test_pool\.py:\d+: LookupError: 第 7 篇 没有") as caught:
        list(pool.spread(fails, [[n] for n in range(20)], 2))
    assert "report this fault" in caught.value.hint
    assert capfd.readouterr() == ("", "")


def test_a_result_that_cannot_be_sent_is_told_and_not_waited_for() -> None:
    with pytest.raises(PublishError, match="a worker process failed"):
        list(pool.spread(lambda part: lambda: part, [[1], [2]], 2))


def test_children_end_when_nobody_wants_the_rest() -> None:
    results = pool.spread(lambda part: os.getpid(), [[n] for n in range(50)], 2)
    pids = {next(results), next(results)}
    assert isinstance(results, Generator)
    results.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.parametrize(("count", "wanted", "workers"), [(19, 2, 1), (20, 2, 2), (20, 1, 1), (33, 9, 3), (5000, 2, 2)])
def test_few_articles_start_no_process(count: int, wanted: int, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "may_fork", lambda: True)  # threads of other tests may still be there
    assert pool.workers_for(count, wanted) == workers


THREADS = """
import threading, time
from publisher.concurrency.forking import may_fork
print(may_fork())
thread = threading.Thread(target=time.sleep, args=(0.3,))
thread.start()
print(may_fork())
thread.join()
until = time.monotonic() + 5
while not may_fork() and time.monotonic() < until:  # the system takes a thread away a moment after it ended
    time.sleep(0.01)
print(may_fork())
"""


def test_a_process_with_threads_does_not_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "True"]
    monkeypatch.setattr(pool, "may_fork", lambda: False)
    assert pool.workers_for(1000, 4) == 1


@pytest.mark.parametrize("count", [0, 1, 2, 16, 17, 18, 1000, 5000])
def test_chunks_hold_every_item_once_first_one_and_then_at_least_16(count: int) -> None:
    parts = list(pool.chunks(list(range(count)), 2))
    assert [item for part in parts for item in part] == list(range(count))
    assert all(len(part) >= 16 for part in parts[1:-1])
    assert [len(part) for part in parts[:1]] == [1] * min(count, 1)


@pytest.mark.parametrize("allowed", [0, 1])
def test_if_the_system_allows_fewer_processes_fewer_do_the_work(allowed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    fork = os.fork

    def limited() -> int:
        if len(started) == allowed:
            raise BlockingIOError("too many processes")
        number = fork()
        started.append(number)
        return number

    monkeypatch.setattr(os, "fork", limited)
    done = list(pool.spread(lambda part: (part[0], os.getpid()), [[n] for n in range(9)], 3))
    assert sorted(number for number, _ in done) == list(range(9))
    assert {process for _, process in done} == (set(started) or {os.getpid()})
