"""Three copies on real services, each killed in turn: the name moves when all hold the root, and not before."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deploy.test_whole import PUBLISH, Site
from tests.forkserver import Forkserver
from tests.services.chain import Anvil
from tests.services.cluster import Cluster, free_ports
from tests.services.kubo import MODERN, Node, prepare


@dataclass
class Copied(Site):
    """A site that is published to two nodes and to the Pinning Service endpoint of a cluster of two peers."""

    second: Node
    cluster: Cluster
    token: str

    def env(self) -> dict[str, str]:
        return {**super().env(), "PUBLISH_TOKEN": self.token}

    def copies(self, number: int) -> None:
        toml = self.folder / "publish.toml"
        text = toml.read_text(encoding="utf-8").partition("[deploy]")[0]
        toml.write_text(f"{text}[deploy]\ncopies = {number}\n", encoding="utf-8")

    def kill(self, who: str) -> None:
        """As a power cut would."""
        if who == "service":
            self.cluster.peers[0].kill()
            self.cluster.peers[0].kubo.kill()
        else:
            {"first": self.kubo, "second": self.second}[who].kill()

    def start(self, who: str) -> None:
        """Again, where it was."""
        if who == "service":
            self.cluster.revive()
        else:
            {"first": self.kubo, "second": self.second}[who].start()


def node(folder: Path) -> Node:
    """A node that comes back where it was."""
    api, gateway, swarm = free_ports(3)
    places = {"API": f"/ip4/127.0.0.1/tcp/{api}", "Gateway": f"/ip4/127.0.0.1/tcp/{gateway}"}
    return prepare(folder, MODERN, Addresses={**places, "Swarm": [f"/ip4/127.0.0.1/tcp/{swarm}"]})


@pytest.fixture
def site(tmp_path: Path, cluster: Cluster, chain: Anvil, forkserver: Forkserver) -> Iterator[Copied]:
    first, second = node(tmp_path / "first"), node(tmp_path / "second")
    folder = tmp_path / "site"
    subprocess.run([*PUBLISH, "init", str(folder)], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    try:
        first.start()
        second.start()
        (folder / "publish.toml").write_text(
            f"""[site]
title = "三份"

[stores.first]
kind = "kubo"
api = "{first.api}"
timeout = 10

[stores.second]
kind = "kubo"
api = "{second.api}"
timeout = 10

[stores.service]
kind = "pinning"
api = "{cluster.pinning}"
token-env = "PUBLISH_TOKEN"
wait = 20

[names.main]
kind = "ens"
name = "demo.eth"
rpc = ["{chain.url}"]
chain-id = 31337
signer = "env:PUBLISH_KEY"
""",
            encoding="utf-8",
        )
        yield Copied(folder, first, chain, forkserver, second, cluster, cluster.token())
    finally:
        first.stop()
        second.stop()


def statuses(done: dict[str, object]) -> dict[str, str]:
    rows = done.get("stores", [])
    assert isinstance(rows, list)
    return {row["name"]: row["status"] for row in rows}


ALL = {"first": "pinned", "second": "pinned", "service": "pinned"}


def test_three_copies_or_the_name_does_not_move_whoever_is_killed(site: Copied) -> None:
    site.copies(3)
    done = site.publish()
    assert statuses(done) == ALL
    assert site.record() == f"ipfs://{done['root']}"
    until = time.monotonic() + 20  # the word of the service may come before its last peer has it
    for peer in site.cluster.peers:
        while done["root"] not in peer.kubo.pins() and time.monotonic() < until:
            time.sleep(0.1)
        assert done["root"] in peer.kubo.pins()  # the service fetched it itself: it was only told the root
    for who in ("first", "second", "service"):
        site.edit(f"Without {who}.")
        site.kill(who)
        stopped = site.publish(code=4)
        assert stopped["error"]["who"] == who
        assert stopped["error"]["retry"] is True
        assert site.record() == f"ipfs://{done['root']}"
        site.start(who)
        done = site.publish()
        assert statuses(done) == ALL
        assert site.record() == f"ipfs://{done['root']}"
    assert len(site.chain.mined()) == 4


@pytest.mark.parametrize("who", ["second", "service"])
def test_two_of_three_go_on_without_whoever_is_killed_and_make_up_for_it_when_it_is_back(
    site: Copied, who: str
) -> None:
    site.copies(2)
    site.kill(who)
    done = site.publish()
    assert statuses(done) == {**ALL, who: "failed"}
    assert site.record() == f"ipfs://{done['root']}"
    again = site.publish()
    assert again["names"][0]["outcome"] == "unchanged"
    assert again["plan"] == []
    assert any(who in line and "nothing is left to do" in line for line in again["warnings"])
    site.start(who)
    until = time.monotonic() + 30  # a service that has just started may fail once to fetch from the nodes
    later = site.publish()
    while statuses(later) != ALL and time.monotonic() < until:
        later = site.publish()
    assert statuses(later) == ALL, later["warnings"]
    assert later["names"][0]["outcome"] == "unchanged"
    assert len(site.chain.mined()) == 1


# wanted storing storing pinned pinned storing pinned verified verified ...: stores, then who is told the root.
CUTS = [
    (1, "after"),
    (2, "after"),
    (3, "before"),
    (4, "before"),
    (4, "after"),
    (5, "after"),
    (6, "before"),
    (7, "before"),
]


def test_killed_while_stores_and_then_a_service_are_asked_the_next_run_ends_with_each_copy_once(site: Copied) -> None:
    site.copies(3)
    before = site.publish()["root"]
    for turn, (step, when) in enumerate(CUTS):
        site.edit(f"Cut {when} event {step}.")
        killed = site.run("--yes", killed=(step, when))
        assert killed.returncode == -9, killed.stderr
        assert site.record() == f"ipfs://{before}"
        done = site.publish()
        assert statuses(done) == ALL
        assert site.record() == f"ipfs://{done['root']}"
        assert site.cluster.pins()[done["root"]] == "demo.eth"
        assert len(site.chain.mined()) == turn + 2
        before = done["root"]
    asked = site.cluster.peers[0].call("GET", f"/pins?limit=1000&cid={before}", site.cluster.pinning)
    assert asked["count"] == 1
