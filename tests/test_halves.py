"""Two processes read a folder: the same comes of it as of one, whatever becomes of the other."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = """
import os, sys
from pathlib import Path
from publisher.dag.unixfs import MODERN
from publisher.errors import ContentError
from publisher.intake import Batches, add_folder, halves

kind, folder = sys.argv[1:]
forked = []
if kind == "one":
    halves.may_fork = lambda: False
else:
    fork = os.fork
    os.fork = lambda: forked.append(1) or fork()
    halves.may_fork = lambda: True
if kind == "dies":
    serve = halves._serve
    def dying(files, read, problems, pipe):
        done = []
        def reading(file, emit):
            done.append(file)
            if len(done) == len(files) // 2:
                os._exit(9)
            return read(file, emit)
        serve(files, reading, problems, pipe)
    halves._serve = dying
blocks = {}
def put(batch):
    blocks.update((block.cid, block.data) for block in batch)
try:
    with Batches(put) as emit:
        taken = add_folder(Path(folder), MODERN, emit, print)
    print(taken, len(blocks), sum(map(len, blocks.values())))
except ContentError as error:
    print(*error.problems, sep="\\n")
print(len(forked), file=sys.stderr)
"""


def added(kind: str, folder: Path) -> tuple[str, int]:
    done = subprocess.run([sys.executable, "-c", SCRIPT, kind, str(folder)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout, int(done.stderr)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for number in range(4500):
        (folder / f"{number:05}.txt").write_bytes(b"%d " % (number // 2) * 300)
    (folder / "large").write_bytes(os.urandom(6 << 20))
    return folder


@pytest.mark.parametrize("kind", ["two", "dies"])
def test_two_processes_make_what_one_makes(site: Path, kind: str) -> None:
    alone, forked = added("one", site)
    assert forked == 0
    assert added(kind, site) == (alone, 1)


@pytest.mark.parametrize("kind", ["two", "dies"])
def test_the_faults_that_a_child_finds_are_told(site: Path, kind: str) -> None:
    secrets = [site / f"{number:05}.key" for number in (1, 2000, 4400)]
    for path in secrets:
        path.write_text("-----BEGIN PRIVATE KEY-----\n")
    try:
        alone, _ = added("one", site)
        assert alone.count("private key") == 3
        assert added(kind, site)[0] == alone
    finally:
        for path in secrets:
            path.unlink()


def test_ctrl_c_ends_both(site: Path) -> None:
    script = SCRIPT.replace(
        "def put(batch):", "def put(batch):\n    print('begun', flush=True)\n    import time; time.sleep(60)"
    )
    command = [sys.executable, "-c", script, "two", str(site)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        os.killpg(process.pid, signal.SIGINT)
        os.kill(process.pid, signal.SIGTERM)  # it waits for what is written, as a database would have to be
        process.wait(10)
        until = time.monotonic() + 10
        while alive(process.pid) and time.monotonic() < until:
            time.sleep(0.05)
        assert not alive(process.pid)


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
