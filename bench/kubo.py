"""Kubo, the one that `make services` built: as a daemon that talks to nobody, and as a command alone."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gazeth"
IPFS = str(Path(os.environ.get("GAZETH_SERVICES") or CACHE / "services") / "ipfs")


@contextmanager
def node(folder: Path) -> Iterator[tuple[str, dict[str, str], str]]:
    """A Kubo daemon that talks to nobody: its program, its environment, its address."""
    env = {**os.environ, "IPFS_PATH": str(folder / "ipfs")}
    quiet = {"env": env, "check": True, "stdout": subprocess.DEVNULL}
    subprocess.run([IPFS, "init", "--profile=test"], **quiet)
    subprocess.run([IPFS, "config", "Routing.Type", "none"], **quiet)
    subprocess.run([IPFS, "config", "--json", "Provide.Enabled", "false"], **quiet)
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
        quiet = {"env": env, "check": True, "stdout": subprocess.DEVNULL}
        subprocess.run([IPFS, "init", "--profile=test,unixfs-v1-2025"], **quiet)
        if links:
            subprocess.run([IPFS, "config", "Import.UnixFSHAMTDirectorySizeEstimation", "links"], **quiet)
    return IPFS, env
