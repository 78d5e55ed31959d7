"""Measure the time from a merge until the name shows the new site. Two jobs of a pipeline do the work.

Each job begins with a fresh clone of one commit. The first job builds the site into a CAR file without a cache, and the
second one stores it on a Kubo that has the previous root, checks it and moves the name. The chain is the embedded one,
which mines each transaction at once. The installation of the program is not measured.
"""

import os
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any

from kubo import node
from measure import Pair, in_turns, pairs, run

PUBLISH = str(Path(sys.executable).with_name("publish"))
GOAL = 60.0
"""The seconds from the merge to the name. The wait for the chain and the installation do not count."""
STEPS = ("clone", "build", "clone again", "deploy")
_NUMBERS = count(1)


def merge(bench: Any) -> list[Pair]:
    """Measure the seconds from a merge to the moved name, against the goal. Print the seconds of each step."""
    from publisher.devnet import devnet

    folder = bench.folder / f"merge-{next(_NUMBERS)}"
    folder.mkdir()
    with devnet(["demo.eth"]) as chain, node(folder) as (_, _, api):
        author = bench.corpus("generic")
        plain = (author / "publish.toml").read_text()
        (author / "publish.toml").write_text(f"""{plain}
[stores.local]
kind = "kubo"
api = "{api}"

[names.main]
kind = "ens"
name = "demo.eth"
rpc = ["{chain.url}"]
chain-id = {chain.chain_id}
signer = "env:PUBLISH_KEY"
""")
        git(author, "init", "--quiet", "--initial-branch=main")
        env = {**os.environ, "PUBLISH_KEY": chain.key}
        try:
            _one(bench, folder, env)
            found = pairs(bench.pairs, lambda _: sum(_told(_one(bench, folder, env))), lambda _: GOAL)
        finally:
            (author / "publish.toml").write_text(plain)
            shutil.rmtree(author / ".git")
        return found


def _one(bench: Any, folder: Path, env: dict[str, str]) -> list[float]:
    """Merge an edit of one article and publish it. Return the seconds of each step."""
    author = bench.edit("generic")
    git(author, "add", "content", "publish.toml", *(["templates"] if (author / "templates").exists() else []))
    git(author, "commit", "--quiet", "--message", "An edit")
    first, second, car = folder / "build", folder / "deploy", str(folder / "site.car")
    for job in (first, second):
        shutil.rmtree(job, ignore_errors=True)
    clone = ["git", "clone", "--quiet", "--depth=1", f"file://{author}"]
    return [
        run([*clone, str(first)], folder).seconds,
        run([PUBLISH, "ci", "run", "build", "--car", car, "-q"], first, env=env).seconds,
        run([*clone, str(second)], folder).seconds,
        run([PUBLISH, "ci", "run", "deploy", car, "-q"], second, env=env).seconds,
    ]


def _told(steps: list[float]) -> list[float]:
    if not in_turns():
        told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in zip(STEPS, steps, strict=True))
        print(told, file=sys.stderr, flush=True)
    return steps


def git(folder: Path, *words: str) -> None:
    """Run git in a folder. The author is an argument, because the settings of this machine may have none."""
    named = ["-c", "user.name=Anna", "-c", "user.email=anna@example.org"]
    subprocess.run(["git", *named, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)
