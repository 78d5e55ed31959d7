"""Measure the requests a second of `publish gateway` and of Kubo's gateway, for pages of 2 kB under one root.

The values of a pair are rates, so a higher value is better. The ratio has to be at least the limit of its case.

    gateway.py [--pages 5000] [--pairs 5]     measure both cases, and print a line for each
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from kubo import node
from measure import Pair, pairs

HERE = Path(__file__).resolve().parent
PUBLISH = str(Path(sys.executable).with_name("publish"))
SECONDS = 3.0
SIZE = 2000
FOLDERS = 10
"""The number of folders with pages. No folder is large enough to be sharded, so both programs make the same root."""


class Bench(Protocol):
    """The attributes of the benchmark that a case uses."""

    folder: Path
    count: int
    pairs: int


def uncached(bench: Bench) -> list[Pair]:
    """Request every page once, over 8 connections. Our gateway starts anew for each pair, with nothing in memory."""
    return _measured(bench, again=False)


def cached(bench: Bench) -> list[Pair]:
    """Request one page many times."""
    return _measured(bench, again=True)


def _measured(bench: Bench, *, again: bool) -> list[Pair]:

    site = bench.folder / f"gateway-{bench.count}"
    home = bench.folder / f"gateway-node-{bench.count}-{again}"
    home.mkdir()
    _pages(site, bench.count)
    root = subprocess.run(
        [PUBLISH, "add", "pages", "-q"], cwd=site, check=True, capture_output=True, text=True
    ).stdout.strip()
    paths = bench.folder / f"paths-{bench.count}-{again}"
    every = [f"/ipfs/{root}/{path.parent.relative_to(site / 'pages')}/" for path in _files(site)]
    paths.write_text(every[0] if again else "\n".join(random.Random(1).sample(every, len(every))))

    def rate(url: str) -> float:
        command = [sys.executable, str(HERE / "load.py"), url, "127.0.0.1", str(paths)]
        done = subprocess.run(
            [*command, *(["--seconds", str(SECONDS)] if again else [])], check=True, capture_output=True, text=True
        )
        return float(done.stdout)

    def ours(_: int) -> float:
        with _gateway(site) as url:
            return rate(url)

    with node(home) as (ipfs, env, _):
        add = ["add", "-rQ", "--cid-version=1", "--raw-leaves", "--chunker=size-1048576", str(site / "pages")]
        theirs = subprocess.run([ipfs, *add], env=env, check=True, capture_output=True, text=True).stdout.strip()
        if theirs != root:
            raise SystemExit(f"another root: ours {root}, Kubo's {theirs}")
        url = (home / "ipfs" / "gateway").read_text().strip()
        return pairs(bench.pairs, ours, lambda _: rate(url))


def _pages(site: Path, count: int) -> None:
    """Write `count` pages into `site`, each in a folder of its own. Every run writes the same bytes."""
    if site.exists():
        return
    letters = random.Random(7)
    for number in range(count):
        folder = site / "pages" / f"part-{number % FOLDERS}" / f"post-{number:05}"
        folder.mkdir(parents=True)
        text = "".join(letters.choices("abcdefghij klmno", k=SIZE - 60))
        (folder / "index.html").write_text(f"<!doctype html><title>{number}</title><p>{text}".ljust(SIZE))
    (site / "publish.toml").write_text('[site]\ntitle = "Bench"\n')


def _files(site: Path) -> list[Path]:
    return sorted((site / "pages").rglob("index.html"))


@contextmanager
def _gateway(site: Path) -> Iterator[str]:
    """Run `publish gateway` in another process, and yield its URL."""
    command = [PUBLISH, "gateway", "--offline", "--keep", "0", "-q"]
    with subprocess.Popen(command, cwd=site, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gazeth-bench-") as folder:
        bench = argparse.Namespace(folder=Path(folder), count=options.pages, pairs=options.pairs)
        for name, case, limit in (("uncached", uncached, 0.7), ("cached", cached, 2.0)):
            found = case(bench)
            ratios = sorted(pair.ratio for pair in found)
            ours, theirs = (statistics.median(getattr(pair, side) for pair in found) for side in ("ours", "theirs"))
            print(
                f"{name}: {ours:,.0f}/s, Kubo {theirs:,.0f}/s, ratio {statistics.median(ratios):.2f}"
                f" ({ratios[0]:.2f}-{ratios[-1]:.2f}), at least {limit}",
                flush=True,
            )


if __name__ == "__main__":
    main()
