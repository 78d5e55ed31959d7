"""Roots as a real Kubo computes them, without a daemon: `ipfs add --only-hash`."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.services.binaries import binary


@dataclass(frozen=True, slots=True)
class Repo:
    """An offline repository; its profile decides what `add` computes."""

    folder: Path

    def run(self, *args: str | Path) -> str:
        """Run `ipfs`; its standard output as text."""
        return self.output(*args).decode()

    def output(self, *args: str | Path) -> bytes:
        """Run `ipfs`; its standard output. An error of the program fails the test with its words."""
        done = subprocess.run(
            [binary("ipfs"), "--offline", *args],
            env={**os.environ, "IPFS_PATH": str(self.folder)},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"ipfs {args[0]}: {done.stderr.decode()}")
        return done.stdout

    def root(self, path: Path, *options: str) -> str:
        """The root of a file or folder."""
        return self.run("add", "-r", "-Q", "--only-hash", "--hidden", *options, path).strip()

    def roots(self, folder: Path) -> dict[str, str]:
        """The root of everything in a folder, by name: one start of the program answers for many trees."""
        lines = self.run("add", "-r", "--only-hash", "--hidden", "--progress=false", folder).splitlines()
        found = (line.split(" ", 2)[1:] for line in lines if line.startswith("added "))
        trees = {tuple(path.split("/")): cid for cid, path in found}
        return {path[1]: cid for path, cid in trees.items() if len(path) == 2}


def repo(folder: Path, profile: str) -> Repo:
    """A new repository that talks to nobody; profile: `test` alone is stock, `test,unixfs-v1-2025` the modern one."""
    made = Repo(folder)
    made.run("init", f"--profile={profile}")
    return made
