"""The pinner `pinning` on a real Pinning Service endpoint: that of a real IPFS Cluster over two real Kubo nodes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from publisher.dag import car, walk
from publisher.dag.cid import Cid
from publisher.errors import ConfigError, StoreRefused, StoreUnreachable
from publisher.http.auth import Clock
from publisher.stores import pinning as store
from publisher.stores.base import Pinner, PinRequest
from publisher.stores.pinning.api import pin_name
from publisher.stores.pinning.presets import PRESETS
from publisher.stores.pinning.service import PinningService
from tests.services.cluster import Cluster
from tests.services.kubo import Node, running
from tests.stores.opening import store_context
from tests.stores.sites import Blocks, pages

NAME = "站点.eth é"


def open_pinner(cluster: Cluster, clock: Clock | None = None, **settings: Any) -> Pinner:
    given: dict[str, Any] = {"api": cluster.pinning, "token_env": "PUBLISH_TOKEN", "timeout": 10.0, "wait": 20.0}
    handed = store_context({"PUBLISH_TOKEN": cluster.token()}, Blocks())
    return store.connect("service", store.PinningSettings(**(given | settings)), handed, clock)


@pytest.fixture
def blocks() -> Blocks:
    return Blocks()


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Node]:
    """The author's own node, which knows nobody."""
    with running(tmp_path / "author") as node:
        yield node


def hold(node: Node, blocks: Blocks, root: Cid, folder: Path) -> tuple[str, ...]:
    """Put a site on a node; the addresses at which it is found."""
    file = folder / f"{root}.car"
    file.write_bytes(b"".join(car.write((root,), walk.reachable(blocks.get, root))))
    node.command("dag", "import", str(file))
    return tuple(json.loads(node.call("id"))["Addresses"])


def test_a_root_is_fetched_from_the_origins_and_held(
    cluster: Cluster, author: Node, blocks: Blocks, tmp_path: Path
) -> None:
    # A root that no other test pins: who unpinned it a moment ago may still be telling the other peer.
    root = blocks.site(pages(30) | {"origins.txt": b"fetched"})
    origins = hold(author, blocks, root, tmp_path)
    service = open_pinner(cluster, wait=60.0)
    assert not service.held(root)
    receipt = service.pin(PinRequest(root, NAME, origins))
    assert (receipt.store, receipt.kind, receipt.status, receipt.root) == ("service", "pinning", "pinned", root)
    assert service.held(root)
    assert cluster.pins().get(str(root)) == NAME  # a pin of an earlier test may be there for a moment


def test_what_is_under_way_is_gone_on_with_and_never_asked_twice(
    cluster: Cluster, author: Node, blocks: Blocks, tmp_path: Path
) -> None:
    root = blocks.site(pages(5))
    first = open_pinner(cluster, wait=0.5).pin(PinRequest(root, NAME))
    assert first.status in ("queued", "pinning")
    assert "run again" in first.note
    assert not open_pinner(cluster).held(root)
    for address in hold(author, blocks, root, tmp_path):
        for peer in cluster.peers:
            peer.kubo.call("swarm/connect", address)
    again = open_pinner(cluster).pin(PinRequest(root, NAME))
    assert again.status == "pinned"
    assert sum(len(call) for call in posts(cluster)) == 1


def posts(cluster: Cluster) -> list[list[str]]:
    """Requests for pins that the endpoint has in its log, a list for each peer."""
    logs = [(peer.folder / "daemon.log").read_text(errors="replace").splitlines() for peer in cluster.peers]
    marked = [[line for line in log if "POST /pins HTTP" in line] for log in logs]
    begun = _MARKS.setdefault(id(cluster), [len(one) for one in marked])
    return [one[at:] for one, at in zip(marked, begun, strict=True)]


_MARKS: dict[int, list[int]] = {}


@pytest.fixture(autouse=True)
def _mark(request: pytest.FixtureRequest) -> None:
    """What the log held before this test does not count."""
    if "cluster" in request.fixturenames:
        _MARKS.clear()
        posts(request.getfixturevalue("cluster"))


def test_pins_are_listed_and_let_go_of_by_their_exact_name(
    cluster: Cluster, author: Node, blocks: Blocks, tmp_path: Path
) -> None:
    mine, other = blocks.site(pages(3)), blocks.site(pages(4))
    service = open_pinner(cluster)
    service.pin(PinRequest(mine, "site", hold(author, blocks, mine, tmp_path)))
    service.pin(PinRequest(other, "site-2", hold(author, blocks, other, tmp_path)))
    assert service.pins("site") == {mine}
    assert {(pin.root, pin.name) for pin in service.all_pins()} >= {(mine, "site"), (other, "site-2")}
    assert not service.unpin(other, "site", frozenset())
    assert service.unpin(mine, "site", frozenset())
    assert not service.unpin(mine, "site", frozenset())
    assert service.pins("site-2") == {other}


def test_a_root_that_another_name_holds_is_held_and_says_so(
    cluster: Cluster, author: Node, blocks: Blocks, tmp_path: Path
) -> None:
    root = blocks.site(pages(3))
    service = open_pinner(cluster)
    service.pin(PinRequest(root, "theirs", hold(author, blocks, root, tmp_path)))
    receipt = service.pin(PinRequest(root, "ours"))
    assert (receipt.status, receipt.note, receipt.shared) == ("pinned", "pinned as 'gazeth: theirs, ours'", True)
    # A cluster has one request for a root: now it is nobody's to take away.
    assert cluster.pins() == {str(root): "gazeth: theirs, ours"}
    assert not service.unpin(root, "theirs", frozenset())
    assert not service.unpin(root, "ours", frozenset())
    assert service.held(root)
    assert service.pin(PinRequest(root, "third")).shared
    assert cluster.pins() == {str(root): "gazeth: theirs, ours"}


def test_a_failed_pin_is_asked_for_anew_and_then_told(
    cluster: Cluster, author: Node, blocks: Blocks, tmp_path: Path
) -> None:
    root = blocks.site(pages(3))
    origins = hold(author, blocks, root, tmp_path)
    cluster.peers[1].kubo.kill()
    with pytest.raises(StoreRefused, match=f"service: the service could not pin {root}"):
        open_pinner(cluster).pin(PinRequest(root, NAME, origins))
    assert not open_pinner(cluster).held(root)
    cluster.revive()
    assert open_pinner(cluster).pin(PinRequest(root, NAME, origins)).status == "pinned"


def test_blocks_are_read_back_through_a_gateway_and_not_without_one(
    cluster: Cluster, author: Node, blocks: Blocks, tmp_path: Path
) -> None:
    root = blocks.site(pages(3))
    assert open_pinner(cluster).reader() is None
    service = open_pinner(cluster, gateway=cluster.peers[1].kubo.gateway)
    service.pin(PinRequest(root, NAME, hold(author, blocks, root, tmp_path)))
    get = service.reader()
    assert get is not None
    assert get(root) == blocks.get(root)


def test_a_long_list_is_read_page_by_page(cluster: Cluster, author: Node, blocks: Blocks, tmp_path: Path) -> None:
    service = open_pinner(cluster)
    assert isinstance(service, PinningService)
    roots = [blocks.site(pages(number)) for number in range(1, 4)]
    for root in roots:
        service.pin(PinRequest(root, "site", hold(author, blocks, root, tmp_path)))
    small = replace(service, pins_of=replace(service.pins_of, page=10))
    assert small.pins("site") == set(roots)


def test_a_wrong_token_and_none_are_told_apart_and_never_shown(cluster: Cluster, blocks: Blocks) -> None:
    order = PinRequest(blocks.site(pages(1)), NAME)
    with pytest.raises(StoreRefused, match="asks for credentials"):
        open_pinner(cluster, token_env="").pin(order)
    handed = store_context({"PUBLISH_TOKEN": "very-secret"}, Blocks())
    wrong = store.connect("service", store.PinningSettings(api=cluster.pinning, token_env="PUBLISH_TOKEN"), handed)
    with pytest.raises(StoreRefused, match="does not accept the credentials") as error:
        wrong.pin(order)
    assert "very-secret" not in f"{error.value} {error.value.hint} {wrong!r}"


def test_a_service_that_is_down_is_unreachable(cluster: Cluster, blocks: Blocks) -> None:
    service = open_pinner(cluster)
    cluster.peers[0].kill()
    with pytest.raises(StoreUnreachable, match="connection refused"):
        service.pin(PinRequest(blocks.site(pages(1)), NAME))


def test_a_doctor_sees_whether_the_token_is_good(cluster: Cluster) -> None:
    found = list(open_pinner(cluster, gateway="http://127.0.0.1:1").examine())
    assert [one.level for one in found] == ["ok"]
    assert [one.level for one in open_pinner(cluster, token_env="").examine()] == ["fault"]
    assert [one.level for one in open_pinner(cluster).examine()] == ["ok", "note"]


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_preset_is_a_whole_address_and_says_where_its_token_is(name: str) -> None:
    preset = PRESETS[name]
    place = urlsplit(preset.api)
    assert (place.scheme, place.query, place.fragment, place.username) == ("https", "", "", None)
    assert place.hostname
    assert not preset.api.endswith(("/", "/pins"))
    assert preset.access
    assert not preset.gateway or urlsplit(preset.gateway).scheme == "https"
    store.check(store.PinningSettings(service=name))
    nothing: dict[str, str] = {}
    pinner = store.connect("service", store.PinningSettings(service=name), store_context(nothing, Blocks()))
    assert isinstance(pinner, PinningService)
    assert pinner.pins_of.service.base == preset.api
    # Without a token nobody is asked.
    assert [one.level for one in pinner.examine()] == ["fault"]


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({}, "api"),
        ({"api": "ftp://host"}, "api"),
        ({"api": "https://token@host"}, "api"),
        ({"service": "nobody"}, "service"),
        ({"api": "https://host", "wait": 0.0}, "wait"),
        ({"api": "https://host", "timeout": 0.0}, "timeout"),
        ({"api": "https://host", "gateway": "x"}, "gateway"),
        ({"api": "https://host", "origins": ("/ip4/1.2.3.4/tcp/4001",)}, "origins"),
    ],
)
def test_settings_that_cannot_be_used_are_told_by_their_key(settings: dict[str, Any], fault: str) -> None:
    with pytest.raises(ConfigError) as error:
        store.check(store.PinningSettings(**settings))
    assert error.value.message.startswith(fault)


def test_a_name_of_255_bytes_stays_and_one_more_is_cut_between_characters() -> None:
    assert pin_name("站" * 85) == "站" * 85
    assert pin_name("站" * 86) == "站" * 85
    assert pin_name("a" + "站" * 85) == "a" + "站" * 84
