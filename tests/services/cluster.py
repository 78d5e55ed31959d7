"""A real IPFS Cluster of two peers on loopback, each over a real Kubo node, with its Pinning Service endpoint.

Ports are chosen once, so that a peer or a node that was killed comes back where it was.
"""

import base64
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.services.binaries import binary
from tests.services.daemon import Daemon
from tests.services.kubo import MODERN, Node, prepare

USER = "anna"
PASSWORD = "päss wörd"
START = 40.0
"""Seconds a peer may take until it answers; it needs three on an idle machine."""
HOST = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


@dataclass(slots=True)
class Peer(Daemon):
    """One peer of a cluster and the Kubo node below it, which runs on when the peer ends."""

    folder: Path
    kubo: Node
    secret: str
    ports: tuple[int, int, int, int]
    """Of the REST interface, the Pinning Service endpoint, the other peers, and the proxy."""
    bootstrap: str = ""
    """Multiaddress of the peer that it joins; empty for the first."""
    replication: int = -1
    """How many peers hold a pin that does not say so; -1 for all."""
    more: Mapping[str, str] = field(default_factory=dict)
    """Further settings, as variables of its environment."""

    @property
    def rest(self) -> str:
        """URL of the REST interface, without a slash at its end."""
        return f"http://{HOST}:{self.ports[0]}"

    @property
    def pinning(self) -> str:
        """URL of the Pinning Service endpoint, without a slash at its end."""
        return f"http://{HOST}:{self.ports[1]}"

    @property
    def id(self) -> str:
        """Its identity in the cluster; that of its node is another."""
        identity: str = json.loads((self.folder / "identity.json").read_text())["id"]
        return identity

    @property
    def address(self) -> str:
        """Multiaddress at which other peers find it."""
        return f"/ip4/{HOST}/tcp/{self.ports[2]}/p2p/{self.id}"

    def start(self) -> None:
        """Start the peer and wait until it answers. The node below it is started apart: `kubo.start()`."""
        # Asked in its first moments, IPFS Cluster 1.1.0 may panic: its interface comes before its own parts.
        if not any(self._came_up() for _ in range(3)):
            raise AssertionError("cluster peer: " + (self.folder / "daemon.log").read_text(errors="replace")[-2000:])

    def _came_up(self) -> bool:
        """Whether it answers. It is started once; False when it ended by itself."""
        args = [
            str(binary("ipfs-cluster-service")),
            "daemon",
            *(["--bootstrap", self.bootstrap] * bool(self.bootstrap)),
        ]
        return self.launch(args, self._env(), self.folder / "daemon.log", self._answers, START)

    def call(self, method: str, path: str, base: str = "", body: bytes | None = None) -> Any:
        """Ask the REST interface, or with `base` another, apart from any client of ours. None for an empty answer."""
        request = Request((base or self.rest) + path, method=method, data=body)
        request.add_header("Authorization", basic(USER, PASSWORD))
        with urlopen(request, timeout=30) as answer:
            lines = [json.loads(line) for line in answer.read().splitlines() if line.strip()]
        return lines if len(lines) > 1 else lines[0] if lines else None

    def prepare(self) -> None:
        """Make its folder and its identity."""
        args = [str(binary("ipfs-cluster-service")), "init", "--consensus", "crdt"]
        subprocess.run(args, env=self._env(), capture_output=True, check=True, stdin=subprocess.DEVNULL)

    def _answers(self) -> bool:
        try:
            self.call("GET", "/id")
        except (OSError, ValueError):
            return False
        return True

    def _env(self) -> dict[str, str]:
        rest, pinning, swarm, proxy = (f"/ip4/{HOST}/tcp/{port}" for port in self.ports)
        return {
            **os.environ,
            "IPFS_CLUSTER_PATH": str(self.folder),
            "CLUSTER_SECRET": self.secret,
            "CLUSTER_PEERNAME": self.folder.name,
            "CLUSTER_LISTENMULTIADDRESS": swarm,
            "CLUSTER_MDNSINTERVAL": "0s",
            "CLUSTER_PEERWATCHINTERVAL": "1s",
            "CLUSTER_REPLICATIONFACTORMIN": str(self.replication),
            "CLUSTER_REPLICATIONFACTORMAX": str(self.replication),
            "CLUSTER_MONITORPINGINTERVAL": "1s",
            "CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS": rest,
            "CLUSTER_RESTAPI_BASICAUTHCREDENTIALS": f"{USER}:{PASSWORD}",
            "CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS": pinning,
            "CLUSTER_PINSVCAPI_BASICAUTHCREDENTIALS": f"{USER}:{PASSWORD}",
            "CLUSTER_IPFSPROXY_LISTENMULTIADDRESS": proxy,
            "CLUSTER_IPFSPROXY_NODEMULTIADDRESS": self.kubo.api,
            "CLUSTER_IPFSHTTP_NODEMULTIADDRESS": self.kubo.api,
            "CLUSTER_CRDT_REBROADCASTINTERVAL": "1s",
            # Pins are given only to peers whose metrics have come; the usual time between two is 15 seconds.
            **{f"CLUSTER_{name}_METRICTTL": "2s" for name in ("DISK", "TAGS", "PINQUEUE")},
            **self.more,
        }


@dataclass(frozen=True, slots=True)
class Cluster:
    """Peers that hold the same pins."""

    peers: tuple[Peer, ...]

    @property
    def rest(self) -> str:
        """URL of the first peer's REST interface."""
        return self.peers[0].rest

    @property
    def pinning(self) -> str:
        """URL of the first peer's Pinning Service endpoint."""
        return self.peers[0].pinning

    def token(self) -> str:
        """A bearer token for both, as the cluster itself makes them."""
        token: str = self.peers[0].call("POST", "/token")["token"]
        return token

    def together(self, timeout: float = START) -> None:
        """Wait until every peer that runs sees every other that runs, and they may be given pins."""
        running = [peer for peer in self.peers if peer.process is not None]
        until = time.monotonic() + timeout
        while not all(self._sees(peer, len(running)) for peer in running):
            if time.monotonic() > until:
                raise AssertionError("the peers of the cluster do not find each other")
            time.sleep(0.1)

    def pins(self) -> dict[str, str]:
        """Roots -> names of all that the cluster means to hold."""
        answer = self.peers[0].call("GET", "/allocations")
        rows = answer if isinstance(answer, list) else [answer] if answer else []
        return {row["cid"]: row["name"] for row in rows}

    def status(self, cid: str) -> dict[str, str]:
        """Name of each peer -> what it says of a root."""
        answer = self.peers[0].call("GET", f"/pins/{cid}")
        return {row["peername"]: row["status"] for row in answer["peer_map"].values()}

    def forget(self) -> None:
        """Unpin everything, and collect the garbage of the nodes."""
        for cid in self.pins():
            self.peers[0].call("DELETE", f"/pins/{cid}")
        until = time.monotonic() + START
        for peer in self.peers:
            while peer.kubo.pins() and time.monotonic() < until:
                time.sleep(0.05)
            peer.kubo.forget()

    def revive(self) -> None:
        """Start again whatever was killed."""
        for peer in self.peers:
            if peer.kubo.process is None:
                # A peer whose node was away tells the others of its return only after 15 seconds, or when it starts.
                peer.stop()
                peer.kubo.start()
        for peer in self.peers:
            if peer.process is None:
                peer.start()
        connect([peer.kubo for peer in self.peers])
        if len(self.peers) > 1:  # from now on the first may be the one that comes back
            self.peers[0].bootstrap = self.peers[1].address
        self.together()

    def _sees(self, peer: Peer, count: int) -> bool:
        try:
            seen = peer.call("GET", "/peers")
            known = peer.call("GET", "/monitor/metrics/freespace")
        except (OSError, ValueError):
            return False
        rows = seen if isinstance(seen, list) else [seen]
        fresh = [one for one in known or [] if one.get("valid")] if isinstance(known, list) else []
        flat = [row for one in rows for row in (one if isinstance(one, list) else [one])]
        well = [row for row in flat if not row.get("error") and not row.get("ipfs", {}).get("error")]
        return len(well) >= count and (len(fresh) >= count or count == 1)


def basic(user: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def connect(nodes: list[Node]) -> None:
    """Join the nodes, so that one finds the blocks of another."""
    for node in nodes[1:]:
        addresses = json.loads(nodes[0].call("id"))["Addresses"]
        node.call("swarm/connect", addresses[0])


def prepared(folder: Path, count: int = 2, replication: int = -1, **more: str) -> Cluster:
    """A cluster that does not run yet."""
    secret = os.urandom(32).hex()
    peers: list[Peer] = []
    for number in range(count):
        api, gateway, swarm, *ports = free_ports(7)
        addresses = {"API": api, "Gateway": gateway}
        places: dict[str, Any] = {name: f"/ip4/{HOST}/tcp/{port}" for name, port in addresses.items()}
        places["Swarm"] = [f"/ip4/{HOST}/tcp/{swarm}"]
        node = prepare(folder / f"kubo{number}", MODERN, Addresses=places)
        node.api, node.gateway = places["API"], f"http://{HOST}:{gateway}"
        rest, pinning, port, proxy = ports
        peer = Peer(
            folder / f"peer{number}", node, secret, (rest, pinning, port, proxy), replication=replication, more=more
        )
        peer.prepare()
        peer.bootstrap = peers[0].address if peers else ""
        peers.append(peer)
    return Cluster(tuple(peers))


@contextmanager
def running_cluster(folder: Path, count: int = 2, replication: int = -1, **more: str) -> Iterator[Cluster]:
    """A cluster of its own for one test; `more` are settings of its peers, as variables of the environment."""
    cluster = prepared(folder, count, replication, **more)
    try:
        cluster.revive()
        yield cluster
    finally:
        for peer in cluster.peers:
            peer.kill()
            peer.kubo.stop()


@pytest.fixture(scope="session")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster for all tests of a run."""
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Cluster:
    """The shared cluster, all of it running, emptied."""
    shared_cluster.revive()
    shared_cluster.forget()
    return shared_cluster
