"""Find the pages that differ between two roots of one site after one edit. The peer is Kubo with a running node.

Kubo 0.43 still has the deprecated command `ipfs object diff`. It prints the paths that differ, and no words. So the
case that calls `compare` in this process finds only paths, too. In a sharded folder, the paths of Kubo contain the
buckets. The case of the command `publish diff` also compares the words.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kubo import node
from measure import Pair, pairs, run

PUBLISH = str(Path(sys.executable).with_name("publish"))


def in_process(bench: Any) -> list[Pair]:
    """Measure how long it takes to find the paths that differ between two cached roots, against `ipfs object diff`."""
    from publisher.cache.store import Cache
    from publisher.dag.cid import Cid
    from publisher.diff import compare

    def measure(old: str, new: str, ipfs: str, env: dict[str, str]) -> list[Pair]:
        with Cache(bench.corpus("generic") / ".publish" / "cache") as cache:

            def ours(_: int) -> float:
                start = time.perf_counter()
                found = compare(cache.get, Cid.parse(old), Cid.parse(new), deep=False)
                seconds = time.perf_counter() - start
                assert len(found.files) == 1, found.files
                return seconds

            return pairs(
                bench.pairs, ours, lambda _: run([ipfs, "object", "diff", old, new], bench.folder, env).seconds
            )

    return _on_a_node(bench, measure)


def as_command(bench: Any) -> list[Pair]:
    """Measure the whole process `publish diff OLD NEW`, against `ipfs refs -r` of both roots."""

    def measure(old: str, new: str, ipfs: str, env: dict[str, str]) -> list[Pair]:
        def theirs(_: int) -> float:
            return sum(run([ipfs, "refs", "-r", root], bench.folder, env).seconds for root in (old, new))

        return pairs(bench.pairs, lambda _: bench.publish("diff", old, new), theirs)

    return _on_a_node(bench, measure)


def _on_a_node(bench: Any, measure: Callable[[str, str, str, dict[str, str]], list[Pair]]) -> list[Pair]:
    """Call `measure` with two roots. A node without connections to other nodes has all blocks of both roots."""

    with node(Path(tempfile.mkdtemp(dir=bench.folder))) as (ipfs, env, _):
        roots = [_built(bench, ipfs, env)]
        bench.edit("generic")
        roots.append(_built(bench, ipfs, env))
        assert roots[0] != roots[1]
        return measure(roots[0], roots[1], ipfs, env)


def _built(bench: Any, ipfs: str, env: dict[str, str]) -> str:
    car = bench.folder / "diffs.car"
    command = [PUBLISH, "build", "-q", "--car", str(car)]
    done = subprocess.run(command, cwd=bench.corpus("generic"), check=True, capture_output=True, text=True)
    run([ipfs, "dag", "import", "--pin-roots=false", str(car)], bench.folder, env)
    car.unlink()
    return done.stdout.strip()
