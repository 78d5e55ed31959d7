"""Measure the memory for adding and for sending one large file, and the size of the cache's log during both.

Every chunk of 1 MiB begins with its number. The rest of the chunk is a hole, so the file takes little space on the
disk. But all chunks differ, and both the cache and the node store each chunk. So a file of 8 GiB takes 16 GiB of
the disk. If that is more than two thirds of the free disk, a smaller file is used.
"""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kubo import node
from measure import Pair, pairs

PUBLISH = str(Path(sys.executable).with_name("publish"))
MEMORY = 64.0
"""The limit for the memory of the process, in megabytes."""
LOG = 256.0
"""The limit for the size of the cache's write-ahead log, in megabytes."""


def adding(bench: Any) -> list[Pair]:
    """Measure the peak memory of `publish add` for a folder that contains the file."""
    return pairs(1, lambda _: _measured(bench)[0], lambda _: MEMORY)


def sending(bench: Any) -> list[Pair]:
    """Measure the peak memory of `publish deploy --skip-name`, which sends the file to a node."""
    return pairs(1, lambda _: _measured(bench)[1], lambda _: MEMORY)


def log(bench: Any) -> list[Pair]:
    """Measure the largest size of the cache's write-ahead log while the file is added and sent."""
    return pairs(1, lambda _: _measured(bench)[2], lambda _: LOG)


_KNOWN: dict[int, tuple[float, float, float]] = {}


def _measured(bench: Any) -> tuple[float, float, float]:
    """Return three numbers of megabytes: the memory for adding, the memory for sending, and the log.

    The three cases share one measurement.
    """

    size = min(bench.count << 30, max(shutil.disk_usage(bench.folder).free // 3, 64 << 20))
    if bench.count not in _KNOWN:
        home = bench.folder / "large"
        _write(home / "out" / "large.bin", size)
        with node(home) as (_, _, api):
            store = f'[stores.local]\nkind = "kubo"\napi = "{api}"\n'
            (home / "publish.toml").write_text(f'[site]\ntitle = "Large"\n\n[deploy]\noutside = "never"\n\n{store}')
            with _watched(home / ".publish/cache/cache.sqlite-wal") as seen:
                added, root = _run(home, "add", "out")
                sent, _ = _run(home, "deploy", root, "--yes", "--skip-name")
        shutil.rmtree(home)
        print(f"large: {size / 2**30:.3g} GiB", file=sys.stderr)
        _KNOWN[bench.count] = added, sent, seen[0] / 1e6
    return _KNOWN[bench.count]


def _write(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        for number in range(size >> 20):
            file.seek(number << 20)
            file.write(number.to_bytes(8))
        file.truncate(size)


def _run(home: Path, *words: str) -> tuple[float, str]:
    """Run `publish` with the arguments `words` in `home`. Return its peak memory in megabytes, and its standard output.

    The operating system counts the memory. Raises SystemExit if the command fails.
    """
    script = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(done.returncode)"
    )
    start = time.perf_counter()
    command = [sys.executable, "-c", script, PUBLISH, *words, "-q"]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"publish {words[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
    print(f"large: publish {words[0]} took {time.perf_counter() - start:.0f} s", file=sys.stderr)
    return int(done.stderr.split()[-1]) * 1024 / 1e6, done.stdout.strip()


@contextmanager
def _watched(path: Path) -> Iterator[list[int]]:
    """Yield a list whose one number is the largest size of the file so far, in bytes."""
    seen, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            try:
                seen[0] = max(seen[0], path.stat().st_size)
            except OSError:
                continue

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()
