"""Kubo, the one that `make services` built: as a daemon that talks to nobody, and as a command alone."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gazeth"
IPFS = str(Path(os.environ.get("GAZETH_SERVICES") or CACHE / "services") / "ipfs")


def ipfs(env: dict[str, str], *args: str) -> None:
    """Run Kubo to its end, without its output."""
    subprocess.run([IPFS, *args], env=env, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def node(folder: Path) -> Iterator[tuple[str, dict[str, str], str]]:
    """A Kubo daemon that talks to nobody: its program, its environment, its address."""
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
    """A Kubo with the 2025 profile that is no daemon: its program and its environment."""
    env = {**os.environ, "IPFS_PATH": str(folder)}
    if not folder.exists():
        ipfs(env, "init", "--profile=test,unixfs-v1-2025")
        if links:
            ipfs(env, "config", "Import.UnixFSHAMTDirectorySizeEstimation", "links")
    return IPFS, env
