"""Measure whole processes in pairs: their time, or the peak memory of a process and all its children."""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """One finished command: its time in seconds, and its peak memory in bytes (the sum of proportional set sizes)."""

    seconds: float
    peak: int


def run(command: Sequence[str], folder: Path, env: dict[str, str] | None = None, watch: bool = False) -> Run:
    """Run a command and wait for its end. Raises SystemExit if it fails, or if its memory cannot be measured.

    The memory is sampled only with `watch`, because sampling takes time. Without `watch`, the peak is 0.
    """
    start = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        watcher = Watcher(process.pid)
        if watch:
            watcher.start()
        error = process.stderr.read() if process.stderr else b""
        code = process.wait()
        seconds = time.perf_counter() - start
        watcher.done.set()
        if watch:
            watcher.join()
    if code:
        raise SystemExit(f"{command[0]} ended with {code}: {error.decode(errors='replace')[-2000:]}")
    if watch and not watcher.peak:
        raise SystemExit(f"the memory of {command[0]} cannot be measured: {watcher.error or 'it ended too early'}")
    return Run(seconds, watcher.peak)


class Watcher(threading.Thread):
    """Adds up the memory of a process and all its descendants, fifty times a second, and keeps the largest sum.

    If the system refuses to tell the memory, `error` says why, and `peak` is 0.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.peak = 0
        self.error: OSError | None = None
        self.done = threading.Event()

    def run(self) -> None:
        try:
            while not self.done.wait(0.02):
                self.peak = max(self.peak, sum(map(memory, family(self.pid))))
        except OSError as error:
            self.peak, self.error = 0, error


def family(pid: int) -> list[int]:
    """Return the ids of a process and all its descendants."""
    parents: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = Path("/proc", entry, "stat").read_text()
            except OSError:
                continue
            parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry))
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += parents.get(found[-1], [])
    return found


def memory(pid: int, processes: Path = Path("/proc")) -> int:
    """Return the proportional set size of a process in bytes. Return 0 if the process has ended.

    A page of memory that several processes share counts in equal parts for each of them. `processes` is the folder in
    which Linux describes the processes. Raises OSError if the process may not be read.
    """
    try:
        text = (processes / str(pid) / "smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:")), 0)


@dataclass(frozen=True, slots=True)
class Pair:
    """The measurements of two programs that did the same work, one after the other."""

    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs


TURNS = "GAZETH_BENCH_TURNS"
"""With this variable, the process measures only our program, once for each line of standard input."""


def in_turns() -> bool:
    """Return whether another process tells this process when to measure, and compares the results."""
    return TURNS in os.environ


def pairs(count: int, ours: Callable[[int], float], theirs: Callable[[int], float]) -> list[Pair]:
    """Measure our program and the other one in turn (A B A B), and return `count` pairs.

    If the machine becomes slower or faster, both programs are affected.
    """
    if in_turns():
        return [Pair(_in_turn(ours, number), 1.0) for number in range(count)]
    return [Pair(ours(number), theirs(number)) for number in range(count)]


def _in_turn(ours: Callable[[int], float], number: int) -> float:
    """Wait for a line on standard input. Then measure our program, print the value, and return it."""
    sys.stdin.readline()
    value = ours(number)
    print(value, flush=True)
    return value


def checkouts(commands: Sequence[Sequence[str]], folders: Sequence[Path], count: int) -> list[Pair]:
    """Measure the same case of two checkouts in turn (A B A B), and return `count` pairs.

    Each of `commands` runs the benchmark of one checkout, and measures once for each line that it reads. `folders` are
    the two checkouts.
    """
    workers = [
        subprocess.Popen(
            command,
            env={**os.environ, TURNS: "1", "PYTHONPATH": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        for command, folder in zip(commands, folders, strict=True)
    ]
    try:
        return [Pair(*(_ask(worker) for worker in workers)) for _ in range(count)]
    finally:
        for worker in workers:
            worker.communicate()


def _ask(worker: subprocess.Popen[str]) -> float:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write("\n")
    return float(worker.stdout.readline())


def line(name: str, found: list[Pair], limit: float, unit: str = "s", *, least: bool = False) -> str:
    """Return a row of the table: both medians, the median ratio with its range, the limit, and whether it holds.

    The ratio may be at most `limit`. With `least`, it has to be at least `limit`.
    """
    ratios = sorted(pair.ratio for pair in found)
    ours, theirs = (statistics.median(getattr(pair, side) for pair in found) for side in ("ours", "theirs"))
    middle = statistics.median(ratios)
    good = middle >= limit if least else middle <= limit
    verdict = "ok" if good else "UNDER" if least else "OVER"
    bound = f"at least {limit}" if least else f"{limit}"
    spread = f"{ratios[0]:.3f}-{ratios[-1]:.3f}"
    return f"| {name} | {ours:.3g} {unit} | {theirs:.3g} {unit} | {middle:.3f} | {spread} | {bound} | {verdict} |"
