"""Run the Kubo that `make services` built: as a daemon without connections to other nodes, or as a single command."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gazeth"
IPFS = str(Path(os.environ.get("GAZETH_SERVICES") or CACHE / "services") / "ipfs")


def ipfs(env: dict[str, str], *args: str) -> None:
    """Run a command of Kubo and wait for its end. Its standard output is dropped."""
    subprocess.run([IPFS, *args], env=env, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def node(folder: Path) -> Iterator[tuple[str, dict[str, str], str]]:
    """Run a Kubo daemon without connections to other nodes. Its repository is in `folder`.

    Yields the path of the program `ipfs`, the environment with which it finds the daemon, and the address of the API.
    """
    env = {**os.environ, "IPFS_PATH": str(folder / "ipfs")}
    ipfs(env, "init", "--profile=test")
    ipfs(env, "config", "Routing.Type", "none")
    ipfs(env, "config", "--json", "Provide.Enabled", "false")
    daemon = subprocess.Popen([IPFS, "daemon"], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert daemon.stdout is not None
        for said in daemon.stdout:
            if "Daemon is ready" in said:
                break
        yield IPFS, env, (folder / "ipfs" / "api").read_text().strip()
    finally:
        daemon.terminate()
        daemon.wait(30)


def offline(folder: Path, *, links: bool) -> tuple[str, dict[str, str]]:
    """Make a Kubo repository with the 2025 profile in `folder`, without a daemon.

    With `links`, the size of a folder is estimated from its links, which is faster. Returns the path of the program
    `ipfs`, and the environment with which it finds the repository.
    """
    env = {**os.environ, "IPFS_PATH": str(folder)}
    if not folder.exists():
        ipfs(env, "init", "--profile=test,unixfs-v1-2025")
        if links:
            ipfs(env, "config", "Import.UnixFSHAMTDirectorySizeEstimation", "links")
    return IPFS, env
