"""A real Kubo node on loopback that talks to nobody: started on free ports, stopped by its process id."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from tests.services.binaries import binary
from tests.services.daemon import Daemon

MODERN = "test,unixfs-v1-2025"
"""Profiles of a node whose own `add` makes the roots that we make."""

LEGACY = "test,legacy-cid-v0"

START = 30.0
"""Seconds a daemon may take until it answers; it needs under two on an idle machine."""


@dataclass(slots=True)
class Node(Daemon):
    """A repository and, between start() and stop(), the daemon that serves it. Ports change with every start."""

    folder: Path
    offline: bool = False
    before: tuple[str, ...] = ()
    """What runs the daemon: a command that ends by becoming the one that follows it."""
    credentials: str = ""
    """What `call` sends as Authorization."""
    api: str = ""
    """Multiaddress of the RPC interface."""
    gateway: str = ""
    """URL of the gateway, without a slash at its end."""

    @property
    def url(self) -> str:
        """URL of the RPC interface, without a slash at its end."""
        _, _, host, _, port = self.api.split("/")
        return f"http://{host}:{port}"

    def command(self, *args: str) -> str:
        """Run `ipfs` on this repository; its standard output."""
        done = subprocess.run([binary("ipfs"), *args], env=self._env(), capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def start(self) -> None:
        """Start the daemon and wait until it answers."""
        for name in ("api", "gateway"):
            (self.folder / name).unlink(missing_ok=True)
        args: list[str | Path] = [*self.before, binary("ipfs"), "daemon", *(["--offline"] if self.offline else [])]
        log = self.folder / "daemon.log"
        if not self.launch(args, self._env(), log, self._answers, START):
            raise AssertionError("ipfs daemon: " + log.read_text(errors="replace")[-2000:])

    def call(self, endpoint: str, *args: str, **options: str) -> bytes:
        """POST to the RPC interface, apart from any client of ours: the second opinion of a test."""
        query = urlencode(
            [*(("arg", arg) for arg in args), *((key.replace("_", "-"), options[key]) for key in options)]
        )
        request = Request(f"{self.url}/api/v0/{endpoint}?{query}", method="POST")
        if self.credentials:
            request.add_header("Authorization", self.credentials)
        with urlopen(request, timeout=30) as answer:
            body: bytes = answer.read()
        return body

    def pins(self) -> dict[str, str]:
        """Recursive pins -> their names, without the empty folder that every repository pins."""
        answer = json.loads(self.call("pin/ls", type="recursive", names="true"))
        return {cid: pin.get("Name", "") for cid, pin in answer["Keys"].items() if cid not in EMPTY}

    def forget(self) -> None:
        """Unpin everything and collect the garbage."""
        for cid in self.pins():
            self.call("pin/rm", cid)
        self.call("repo/gc")

    def _answers(self) -> bool:
        try:
            self.api = (self.folder / "api").read_text().strip()
            self.gateway = (self.folder / "gateway").read_text().strip()
            self.call("version")
        except (OSError, ValueError):
            return False
        return bool(self.gateway)

    def _env(self) -> dict[str, str]:
        return {**os.environ, "IPFS_PATH": str(self.folder), "IPFS_TELEMETRY": "off"}


EMPTY = ("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn",)


def prepare(folder: Path, profile: str = MODERN, *, offline: bool = False, **sections: Mapping[str, Any]) -> Node:
    """A new repository. `sections` are merged into its configuration: `prepare(f, API={"Authorizations": ...})`."""
    node = Node(folder, offline)
    folder.mkdir(parents=True)
    node.command("init", f"--profile={profile}")
    config = json.loads((folder / "config").read_text())
    loopback = "/ip4/127.0.0.1/tcp/0"
    fixed: dict[str, Mapping[str, Any]] = {
        "Addresses": {"API": loopback, "Gateway": loopback, "Swarm": [loopback]},
        "Routing": {"Type": "none"},
        "Provide": {"Enabled": False},
    }
    for name, values in [*fixed.items(), *sections.items()]:
        config[name] = {**config.get(name, {}), **values}
    (folder / "config").write_text(json.dumps(config))
    return node


@contextmanager
def running(
    folder: Path, profile: str = MODERN, *, offline: bool = False, **sections: Mapping[str, Any]
) -> Iterator[Node]:
    """A node of its own for one test."""
    node = prepare(folder, profile, offline=offline, **sections)
    try:
        node.start()
        yield node
    finally:
        node.stop()


@pytest.fixture(scope="session")
def shared_kubo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One node for all tests of a run: made with the 2025 profile, online, without peers."""
    with running(tmp_path_factory.mktemp("kubo") / "repo") as node:
        yield node


@pytest.fixture
def kubo(shared_kubo: Node) -> Node:
    """The shared node, emptied."""
    shared_kubo.forget()
    return shared_kubo
