"""The store `cluster` on a real IPFS Cluster of two peers, each over a real Kubo node."""

import time
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from publisher.dag import car, tree, unixfs, walk
from publisher.dag.cid import Block, Cid
from publisher.dag.unixfs import MODERN
from publisher.deploy.verify import check_together, spread
from publisher.errors import ConfigError, StoreRefused, StoreUnreachable
from publisher.http.auth import Clock
from publisher.stores import cluster as store
from publisher.stores.base import Store, Upload
from publisher.stores.cluster import service
from tests.services.cluster import PASSWORD, USER, Cluster, running_cluster
from tests.stores.opening import store_context
from tests.stores.sites import Blocks, pages

SECRETS = {"PUBLISH_USER": USER, "PUBLISH_PASSWORD": PASSWORD}
NAME = "站点.eth é"


def silent(done: int, total: int) -> None:
    """No progress bar."""


def open_store(cluster: Cluster, clock: Clock | None = None, peer: int = 0, **settings: Any) -> Store:
    given: dict[str, Any] = {
        "user_env": "PUBLISH_USER",
        "password_env": "PUBLISH_PASSWORD",
        "timeout": 10.0,
        "wait": 20.0,
    }
    handed = store_context(SECRETS, Blocks())
    return store.connect(
        "friends", store.ClusterSettings(cluster.peers[peer].rest, **(given | settings)), handed, clock
    )


@pytest.fixture
def blocks() -> Blocks:
    return Blocks()


def whole(blocks: Blocks, root: Cid) -> int:
    return sum(len(block.data) for block in walk.reachable(blocks.get, root))


def test_a_site_is_held_by_every_peer_after_put_and_not_before(cluster: Cluster, blocks: Blocks) -> None:
    root = blocks.site(pages(30))
    friends = open_store(cluster)
    assert not friends.held(root)
    receipt = friends.put(Upload(root, NAME, blocks.get), silent)
    assert (receipt.store, receipt.kind, receipt.status, receipt.root) == ("friends", "cluster", "pinned", root)
    assert receipt.sent_bytes == whole(blocks, root)
    assert receipt.note == "held by peer0, peer1 (all peers that the cluster counts now)"
    assert friends.held(root)
    assert cluster.pins() == {str(root): NAME}
    for peer in cluster.peers:
        assert list(peer.kubo.pins()) == [str(root)]


def test_a_second_put_of_the_same_root_sends_nothing(cluster: Cluster, blocks: Blocks) -> None:
    shipment = Upload(blocks.site(pages(5)), NAME, blocks.get)
    open_store(cluster).put(shipment, silent)
    assert open_store(cluster).put(shipment, silent).sent_bytes == 0


def test_a_put_under_another_name_renames_and_sends_nothing(cluster: Cluster, blocks: Blocks) -> None:
    root = blocks.site(pages(5))
    friends = open_store(cluster)
    friends.put(Upload(root, "old", blocks.get), silent)
    assert friends.put(Upload(root, "new", blocks.get, ours=frozenset(("old",))), silent).sent_bytes == 0
    assert friends.pins("new") == {root}
    assert friends.pins("old") == frozenset()


def test_a_root_that_two_sites_of_one_cluster_use_is_let_go_of_by_the_last(cluster: Cluster, blocks: Blocks) -> None:
    root, one, two = blocks.site(pages(5)), "1" * 16, "2" * 16
    friends = open_store(cluster)
    assert not friends.put(Upload(root, "one", blocks.get, site=one), silent).shared
    assert cluster.pins() == {str(root): "one"}
    receipt = friends.put(Upload(root, "two", blocks.get, site=two), silent)
    assert (receipt.status, receipt.sent_bytes, receipt.shared) == ("pinned", 0, True)
    assert cluster.pins()[str(root)] == "one"
    assert friends.claims() == {root: {two}}
    assert [(pin.root, pin.name, pin.site) for pin in friends.all_pins()] == [(root, "one", one)]
    assert not friends.unpin(root, "one", frozenset((one,)))
    assert friends.held(root)
    friends.disclaim(root, frozenset((two,)))
    assert friends.unpin(root, "one", frozenset((one,)))
    assert cluster.pins() == {}


def test_what_an_earlier_run_of_this_site_began_is_its_own_and_no_others_of_one_title(
    cluster: Cluster, blocks: Blocks
) -> None:
    root, one, two = blocks.site(pages(5)), "1" * 16, "2" * 16
    friends = open_store(cluster)
    friends.put(Upload(root, "Blog", blocks.get, site=one), silent)  # and was killed before it could note it
    assert not friends.put(Upload(root, "Blog", blocks.get, site=one), silent).shared
    assert friends.put(Upload(root, "Blog", blocks.get, site=two), silent).shared
    friends.disclaim(root, frozenset((two,)))
    assert not friends.unpin(root, "Blog", frozenset((two,)))
    assert friends.unpin(root, "Blog", frozenset((one,)))


def test_a_pin_that_ends_is_made_to_last_by_a_site_that_wants_it_for_ever(cluster: Cluster, blocks: Blocks) -> None:
    root = blocks.site(pages(5))
    open_store(cluster, expire="1h").put(Upload(root, "preview", blocks.get, site="1" * 16), silent)
    open_store(cluster).put(Upload(root, "site", blocks.get, site="2" * 16), silent)
    row = cluster.peers[0].call("GET", f"/allocations/{root}")
    assert (row["name"], row["expire_at"][:4]) == ("preview", "0001")


@pytest.mark.parametrize("replication", [0, 2])
def test_an_edit_travels_as_the_blocks_that_differ(cluster: Cluster, blocks: Blocks, replication: int) -> None:
    old = blocks.site(pages(30))
    friends = open_store(cluster, replication=replication)
    friends.put(Upload(old, "site", blocks.get), silent)
    before = set(blocks.data)
    new = blocks.site(pages(30, edited=[7]))
    receipt = friends.put(Upload(new, "neu", blocks.get, (old,)), silent)
    assert receipt.status == "pinned"
    assert receipt.sent_bytes == sum(len(blocks.data[cid]) for cid in set(blocks.data) - before)
    assert cluster.pins() == {str(old): "site", str(new): "neu"}
    for peer in cluster.peers:
        assert set(peer.kubo.pins()) == {str(old), str(new)}
        assert peer.kubo.call("dag/stat", str(new), offline="true", progress="false")


def test_a_folder_of_six_thousand_entries_is_sent_edited_read_back_and_left_again(
    cluster: Cluster, blocks: Blocks
) -> None:
    friends = open_store(cluster, gateway=cluster.peers[1].kubo.gateway)
    old = blocks.site(pages(6000, size=40))
    assert friends.put(Upload(old, "site", blocks.get), silent).sent_bytes == whole(blocks, old)
    new = blocks.site(pages(6000, size=40, edited=[4321]))
    sent = friends.put(Upload(new, "site", blocks.get, (old,)), silent).sent_bytes
    assert sent == sum(len(block.data) for block in walk.difference(blocks.get, old, new)) < whole(blocks, new) / 20
    get = friends.reader()
    assert get is not None
    assert check_together("friends", get, spread(blocks.get, new), connections=4).ok
    assert friends.put(Upload(old, "site", blocks.get, (new,)), silent).sent_bytes == 0  # a rollback
    assert friends.unpin(new, "site", frozenset())
    assert friends.held(old)


def test_a_node_that_waits_for_a_block_goes_on_when_the_whole_is_sent(cluster: Cluster, blocks: Blocks) -> None:
    old = blocks.site(pages(30))
    friends = open_store(cluster)
    assert isinstance(friends, service.Cluster)
    friends.put(Upload(old, "site", blocks.get), silent)
    new = blocks.site(pages(30, edited=[7]))
    lacking = list(walk.difference(blocks.get, old, new))[:-1]
    size = car.size((new,), [(block.cid, len(block.data)) for block in lacking])
    friends.api.add(new, size, lambda: car.write((new,), lacking), no_pin="true")
    friends.api.pin(new, name="site", pin_update=str(old))
    assert not friends.held(new)
    impatient = replace(friends, pin_options=replace(friends.pin_options, update=1.0))
    receipt = impatient.put(Upload(new, "site", blocks.get, (old,)), silent)
    assert (receipt.status, receipt.sent_bytes) == ("pinned", whole(blocks, new))
    for peer in cluster.peers:
        assert peer.kubo.call("dag/stat", str(new), offline="true", progress="false")


def test_a_large_site_is_sent_without_ever_being_whole_in_memory(cluster: Cluster) -> None:
    small = Blocks()
    leaves: dict[Cid, int] = {}

    def leaf(number: int) -> bytes:
        return number.to_bytes(4, "big") * (MODERN.chunk_size // 4)

    def keep(block: Block) -> None:
        if len(block.data) == MODERN.chunk_size:
            leaves[block.cid] = int.from_bytes(block.data[:4], "big")
        else:
            small.put(block)

    def get(cid: Cid) -> bytes:
        return leaf(leaves[cid]) if cid in leaves else small.get(cid)

    count = 40
    root = tree.add_tree({"film.bin": unixfs.add_file(map(leaf, range(count)), MODERN, keep)}, MODERN, keep).cid
    friends = open_store(cluster)
    told: list[tuple[int, int]] = []
    tracemalloc.start()
    try:
        receipt = friends.put(Upload(root, "site", get), lambda done, total: told.append((done, total)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert receipt.status == "pinned"
    assert receipt.sent_bytes > count * MODERN.chunk_size
    assert told[-1] == (receipt.sent_bytes, receipt.sent_bytes)
    assert peak < 10 * MODERN.chunk_size


def test_a_base_that_is_gone_here_or_there_is_passed_over(cluster: Cluster, blocks: Blocks) -> None:
    roots = [blocks.site(pages(30, edited=range(n))) for n in range(3)]
    friends = open_store(cluster)
    friends.put(Upload(roots[0], "site", blocks.get), silent)
    gone = Cid.parse("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy")
    receipt = friends.put(Upload(roots[2], "site", blocks.get, (gone, roots[1], roots[0])), silent)
    assert 0 < receipt.sent_bytes < whole(blocks, roots[2])
    assert friends.held(roots[2])


def test_replication_is_how_many_peers_hold_it(cluster: Cluster, blocks: Blocks) -> None:
    root = blocks.site(pages(3))
    one = open_store(cluster, replication=1)
    assert one.put(Upload(root, "site", blocks.get), silent).status == "pinned"
    assert sorted(cluster.status(str(root)).values()) == ["pinned", "remote"]
    assert one.held(root)
    two = open_store(cluster, replication=2)
    assert not two.held(root)
    assert two.put(Upload(root, "site", blocks.get), silent).note == "held by peer0, peer1"
    assert two.held(root)


def test_more_peers_than_there_are_is_refused_in_plain_words(cluster: Cluster, blocks: Blocks) -> None:
    with pytest.raises(StoreRefused, match="fewer peers of the cluster are up than the root needs"):
        open_store(cluster, replication=3).put(Upload(blocks.site(pages(3)), "site", blocks.get), silent)
    receipt = open_store(cluster, replication=3, replication_min=2).put(
        Upload(blocks.site(pages(3)), "site", blocks.get), silent
    )
    assert receipt.status == "pinned"


def test_a_root_with_an_end_is_let_go_of_then(cluster: Cluster, blocks: Blocks) -> None:
    root = blocks.site(pages(3))
    open_store(cluster, expire="30d").put(Upload(root, "preview", blocks.get), silent)
    until = cluster.peers[0].call("GET", f"/allocations/{root}")["expire_at"]
    assert not until.startswith("0001")


@pytest.mark.parametrize(("setting", "expected"), [("", 3600), ("10m", 600), ("30d", 3600)])
def test_a_root_of_one_upload_has_an_end_of_its_own_though_only_a_difference_is_sent(
    cluster: Cluster, blocks: Blocks, setting: str, expected: int
) -> None:
    base, root = blocks.site(pages(30)), blocks.site(pages(30, {3}))
    open_store(cluster).put(Upload(base, "site", blocks.get), silent)
    receipt = open_store(cluster, expire=setting).put(Upload(root, "preview", blocks.get, (base,), expire=3600), silent)
    assert receipt.sent_bytes < whole(blocks, root)
    ends = [cluster.peers[0].call("GET", f"/allocations/{each}")["expire_at"] for each in (base, root)]
    assert ends[0].startswith("0001")
    assert abs((datetime.fromisoformat(ends[1]) - datetime.now(UTC)).total_seconds() - expected) < 60


def test_unpin_lets_go_only_of_what_has_exactly_the_name(cluster: Cluster, blocks: Blocks) -> None:
    mine, other = blocks.site(pages(3)), blocks.site(pages(4))
    friends = open_store(cluster)
    friends.put(Upload(mine, "site", blocks.get), silent)
    friends.put(Upload(other, "site-2", blocks.get), silent)
    assert friends.pins("site") == {mine}
    assert not friends.unpin(other, "site", frozenset())
    assert friends.unpin(mine, "site", frozenset())
    assert not friends.unpin(mine, "site", frozenset())
    assert cluster.pins() == {str(other): "site-2"}


def test_what_it_holds_is_read_back_through_a_gateway_and_not_without_one(cluster: Cluster, blocks: Blocks) -> None:
    root = blocks.site(pages(3))
    assert open_store(cluster).reader() is None
    friends = open_store(cluster, gateway=cluster.peers[1].kubo.gateway)
    friends.put(Upload(root, "site", blocks.get), silent)
    get = friends.reader()
    assert get is not None
    assert [Block(b.cid, get(b.cid)) for b in walk.reachable(blocks.get, root)] == list(
        walk.reachable(blocks.get, root)
    )


def test_the_nodes_below_it_are_where_others_fetch_from(cluster: Cluster) -> None:
    origins = open_store(cluster).origins()
    assert len(origins) == 2
    assert all(one.startswith("/ip4/127.0.0.1/tcp/") and "/p2p/12D3" in one for one in origins)


def test_a_peer_that_is_down_is_named_and_its_return_heals_it(cluster: Cluster, blocks: Blocks) -> None:
    root = blocks.site(pages(10))
    friends = open_store(cluster, replication=2)
    assert isinstance(friends, service.Cluster)
    friends = replace(friends, pin_options=replace(friends.pin_options, grace=1.0))
    cluster.peers[1].kubo.kill()
    with pytest.raises(StoreUnreachable, match=r"1 of 2 peers pin the root; peer1: .*connection refused"):
        friends.put(Upload(root, "site", blocks.get), silent)
    assert not friends.held(root)
    cluster.revive()
    assert friends.put(Upload(root, "site", blocks.get), silent).note == "held by peer0, peer1"
    assert friends.held(root)


def test_a_cluster_whose_peer_was_cut_off_holds_it_again_after_its_return(cluster: Cluster, blocks: Blocks) -> None:
    root = blocks.site(pages(10))
    friends = open_store(cluster, replication=2)
    friends.put(Upload(root, "site", blocks.get), silent)
    cluster.peers[1].kill()
    assert not friends.held(root)
    cluster.revive()
    assert friends.put(Upload(root, "site", blocks.get), silent).status == "pinned"
    assert friends.held(root)


@pytest.mark.parametrize("replication", [0, 2])
def test_who_died_long_ago_is_missed_only_where_a_number_is_wanted(
    tmp_path: Path, blocks: Blocks, replication: int
) -> None:
    with running_cluster(tmp_path) as cluster:
        old, new = blocks.site(pages(3)), blocks.site(pages(3, edited=[1]))
        friends = open_store(cluster, replication=replication)
        friends.put(Upload(old, "site", blocks.get), silent)
        cluster.peers[1].kill()
        assert not friends.held(old)
        until = time.monotonic() + 30
        while len(cluster.peers[0].call("GET", "/id")["cluster_peers"]) > 1 and time.monotonic() < until:
            time.sleep(0.2)
        if replication:
            with pytest.raises(StoreRefused, match="fewer peers of the cluster are up"):
                friends.put(Upload(new, "site", blocks.get, (old,)), silent)
            assert not friends.held(old)
        else:  # "all" are those that the cluster knows of, and the receipt says so
            receipt = friends.put(Upload(new, "site", blocks.get, (old,)), silent)
            assert (receipt.status, receipt.note) == ("pinned", "held by peer0 (all peers that the cluster counts now)")


def test_a_peer_that_does_not_answer_is_another_error_than_wrong_credentials(cluster: Cluster, blocks: Blocks) -> None:
    shipment = Upload(blocks.site(pages(3)), "site", blocks.get)
    with pytest.raises(StoreRefused, match="asks for credentials"):
        open_store(cluster, user_env="", password_env="").put(shipment, silent)
    handed = store_context({"PUBLISH_USER": "anna", "PUBLISH_PASSWORD": "wrong"}, Blocks())
    settings = store.ClusterSettings(cluster.rest, user_env="PUBLISH_USER", password_env="PUBLISH_PASSWORD")
    with pytest.raises(StoreRefused, match="does not accept the credentials"):
        store.connect("friends", settings, handed).put(shipment, silent)
    cluster.peers[0].kill()
    with pytest.raises(StoreUnreachable, match=r"nothing answers at http://127.0.0.1:[0-9]+: connection refused"):
        open_store(cluster).put(shipment, silent)


def test_a_bearer_token_is_as_good_as_a_password(cluster: Cluster) -> None:
    handed = store_context({"PUBLISH_TOKEN": cluster.token() + "\n"}, Blocks())
    friends = store.connect("friends", store.ClusterSettings(cluster.rest, token_env="PUBLISH_TOKEN"), handed)
    assert friends.pins("of nobody") == frozenset()
    assert cluster.token() not in repr(friends)


def test_a_doctor_sees_its_peers_and_what_is_down(cluster: Cluster) -> None:
    found = list(open_store(cluster, gateway=cluster.peers[0].kubo.gateway).examine())
    assert {one.level for one in found} == {"ok"}
    assert "2 peers are up: peer0, peer1" in [one.what for one in found]
    cluster.peers[1].kubo.kill()
    told = [(one.level, one.what) for one in open_store(cluster, replication=2).examine()]
    assert any(level == "warning" and "the Kubo node of peer1" in what for level, what in told)
    assert ("fault", "each root needs 2 peers; peers that are up: 1") in told
    cluster.peers[0].kill()
    assert [one.level for one in open_store(cluster).examine()] == ["fault"]


def test_a_pin_that_everybody_holds_needs_no_number(tmp_path: Path, blocks: Blocks) -> None:
    root = blocks.site(pages(3))
    with running_cluster(tmp_path, count=1, replication=1) as alone:
        friends = open_store(alone, replication=-1)
        assert (
            friends.put(Upload(root, "site", blocks.get), silent).note
            == "held by peer0 (all peers that the cluster counts now)"
        )
        assert friends.held(root)


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"replication": -2}, "replication"),
        ({"replication": 2, "replication_min": 3}, "replication-min"),
        ({"replication_min": 1}, "replication-min"),
        ({"expire": "soon"}, "expire"),
        ({"expire": "0"}, "expire"),
        ({"wait": 0.0}, "wait"),
        ({"timeout": -1.0}, "timeout"),
        ({"token_env": "PUBLISH_A", "user_env": "PUBLISH_B"}, "token-env"),
        ({"user_env": "PUBLISH_B"}, "user-env"),
        ({"api": "/ip4/127.0.0.1/tcp/9094"}, "api"),
        ({"api": "https://anna:secret@host"}, "api"),
        ({"api": "https://host?key=1"}, "api"),
        ({"api": "http://host:port"}, "api"),
        ({"gateway": "gateway"}, "gateway"),
    ],
)
def test_settings_that_cannot_be_used_are_told_by_their_key(settings: dict[str, Any], fault: str) -> None:
    with pytest.raises(ConfigError) as error:
        store.check(store.ClusterSettings(**settings))
    assert error.value.message.startswith(fault)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "seconds"), [("", 0), ("3600", 3600), ("90m", 5400), ("12h", 43200), ("30d", 2592000), ("1s", 1)]
)
def test_a_duration_is_seconds(text: str, seconds: int) -> None:
    assert store.seconds(text) == seconds
    store.check(store.ClusterSettings(expire=text))
