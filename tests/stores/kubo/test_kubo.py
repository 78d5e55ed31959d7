"""The store `kubo` on a real Kubo node."""

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from publisher.dag.cid import Cid
from publisher.errors import BlockMissing, ConfigError, StoreRefused, StoreUnreachable
from publisher.stores import kubo as store
from publisher.stores.base import Store, Upload
from publisher.stores.kubo.errors import RIGHTS
from publisher.stores.kubo.pins import let_go
from publisher.stores.kubo.rpc import Rpc
from tests.services.kubo import Node, prepare, running
from tests.stores.fakenode import FakeNode, fake_node, reply
from tests.stores.opening import store_context
from tests.stores.sites import Blocks, pages

SECRETS = {
    "PUBLISH_TOKEN": "token-of-the-publisher",
    "PUBLISH_OWNER": "owner",
    "PUBLISH_USER": "anna",
    "PUBLISH_PASSWORD": "päss wörd",
}


def silent(done: int, total: int) -> None:
    """No progress bar."""


def no_sleep(seconds: float) -> None:
    """Tests do not wait."""


def open_store(node: Node | FakeNode, sleep: Callable[[float], None] = no_sleep, **settings: Any) -> Store:
    handed = store_context(SECRETS, Blocks())
    return store.connect("local", store.KuboSettings(**{"api": node.api, **settings}), handed, sleep)


@pytest.fixture
def blocks() -> Blocks:
    return Blocks()


def test_a_site_is_held_after_put_and_not_before(kubo: Node, blocks: Blocks) -> None:
    root = blocks.site(pages(30))
    local = open_store(kubo)
    assert not local.held(root)
    receipt = local.put(Upload(root, "example.eth", blocks.get), silent)
    assert (receipt.store, receipt.kind, receipt.status, receipt.root) == ("local", "kubo", "pinned", root)
    assert receipt.sent_bytes == sum(map(len, blocks.data.values()))
    assert local.held(root)
    assert kubo.pins() == {str(root): "example.eth"}


def test_a_second_put_of_the_same_root_sends_nothing(kubo: Node, blocks: Blocks) -> None:
    shipment = Upload(blocks.site(pages(30)), "站点", blocks.get)
    open_store(kubo).put(shipment, silent)
    assert open_store(kubo).put(shipment, silent).sent_bytes == 0
    assert kubo.pins() == {str(shipment.root): "站点"}


def test_an_edit_travels_as_the_blocks_that_differ(kubo: Node, blocks: Blocks) -> None:
    old = blocks.site(pages(30))
    local = open_store(kubo)
    local.put(Upload(old, "site", blocks.get), silent)
    before = set(blocks.data)
    new = blocks.site(pages(30, edited=[7]))
    receipt = local.put(Upload(new, "site", blocks.get, (old,)), silent)
    # The page, its folder, the folder of posts and the root.
    assert receipt.sent_bytes == sum(len(blocks.data[cid]) for cid in set(blocks.data) - before)
    assert len(set(blocks.data) - before) == 4
    assert kubo.pins() == {str(old): "site", str(new): "site"}
    assert local.held(new)


def test_a_delta_counts_from_the_first_base_that_the_node_pins(kubo: Node, blocks: Blocks) -> None:
    roots = [blocks.site(pages(30, edited=range(n))) for n in range(4)]
    local = open_store(kubo)
    local.put(Upload(roots[0], "site", blocks.get), silent)
    receipt = local.put(Upload(roots[3], "site", blocks.get, (roots[2], roots[1], roots[0])), silent)
    assert 0 < receipt.sent_bytes < 20_000
    assert local.held(roots[3])


def test_a_base_that_is_gone_here_is_passed_over_for_an_older_one(kubo: Node, blocks: Blocks) -> None:
    oldest, old, new = (blocks.site(pages(30, edited=range(n))) for n in (0, 1, 2))
    local = open_store(kubo)
    local.put(Upload(oldest, "site", blocks.get), silent)
    local.put(Upload(old, "site", blocks.get, (oldest,)), silent)
    del blocks.data[old]
    receipt = local.put(Upload(new, "site", blocks.get, (old, oldest)), silent)
    assert 2 * 2000 < receipt.sent_bytes < 30 * 2000
    assert local.held(new)


def test_a_node_that_forgot_the_base_is_sent_everything(kubo: Node, blocks: Blocks) -> None:
    old, new = blocks.site(pages(5)), blocks.site(pages(5, edited=[1]))
    local = open_store(kubo)
    local.put(Upload(old, "site", blocks.get), silent)
    kubo.forget()
    assert local.put(Upload(new, "site", blocks.get, (old,)), silent).sent_bytes > 5 * 2000
    assert kubo.pins() == {str(new): "site"}


def test_a_pin_of_our_own_with_another_name_is_renamed_and_stays_one_pin(kubo: Node, blocks: Blocks) -> None:
    root = blocks.site(pages(5))
    open_store(kubo).put(Upload(root, "before", blocks.get), silent)
    receipt = open_store(kubo).put(Upload(root, "site", blocks.get, ours=frozenset(("before",))), silent)
    assert (receipt.sent_bytes, receipt.shared) == (0, False)
    assert kubo.pins() == {str(root): "site"}


@pytest.mark.parametrize("name", ["theirs", ""])
def test_a_pin_of_somebody_else_keeps_its_name(kubo: Node, blocks: Blocks, name: str) -> None:
    root = blocks.site(pages(5))
    open_store(kubo).put(Upload(root, name, blocks.get), silent)
    receipt = open_store(kubo).put(Upload(root, "site", blocks.get), silent)
    assert (receipt.sent_bytes, receipt.shared) == (0, True)
    assert "that pin is unchanged" in receipt.note
    assert kubo.pins() == {str(root): name}


# A node that several sites share

ONE, TWO = "1" * 16, "2" * 16


def of_site(site: str, blocks: Blocks, root: Cid, name: str) -> Upload:
    return Upload(root, name, blocks.get, site=site)


def test_who_pins_a_root_alone_leaves_nothing_but_the_pin(kubo: Node, blocks: Blocks) -> None:
    root = blocks.site(pages(3))
    assert not open_store(kubo).put(of_site(ONE, blocks, root, "one"), silent).shared
    assert kubo.pins() == {str(root): "one"}


def test_a_root_that_a_second_site_uses_is_not_let_go_of_by_the_first(kubo: Node, blocks: Blocks) -> None:
    root, local = blocks.site(pages(3)), open_store(kubo)
    local.put(of_site(ONE, blocks, root, "one"), silent)
    receipt = local.put(of_site(TWO, blocks, root, "two"), silent)
    assert (receipt.sent_bytes, receipt.shared) == (0, True)
    assert local.claims() == {root: {TWO}}
    assert not local.unpin(root, "one", frozenset((ONE,)))
    assert local.held(root)
    local.disclaim(root, frozenset((TWO,)))
    assert local.unpin(root, "one", frozenset((ONE,)))
    assert kubo.pins() == {}


def test_lost_blocks_come_back_under_the_pin_of_another_which_keeps_its_name(tmp_path: Path, blocks: Blocks) -> None:
    root = blocks.site(pages(30))
    with running(tmp_path / "repo") as node:
        open_store(node).put(of_site(ONE, blocks, root, "one"), silent)
        node.stop()
        max((tmp_path / "repo/blocks").glob("*/*.data"), key=lambda path: path.stat().st_size).unlink()
        node.start()
        local = open_store(node)
        receipt = local.put(of_site(TWO, blocks, root, "two"), silent)
        assert (receipt.shared, receipt.sent_bytes > 0) == (True, True)
        assert local.held(root)
        assert node.pins()[str(root)] == "one"


@dataclass
class Between:
    """The progress of an upload: at its first word another site does something."""

    act: Callable[[], object]
    done: bool = False

    def __call__(self, done: int, total: int) -> None:
        if not self.done:
            self.done = True
            self.act()


def test_of_two_that_publish_one_root_at_once_neither_can_unpin_what_the_other_shows(
    kubo: Node, blocks: Blocks
) -> None:
    root, local = blocks.site(pages(5)), open_store(kubo)
    first = Between(lambda: local.put(of_site(TWO, blocks, root, "two"), silent))
    local.put(of_site(ONE, blocks, root, "one"), first)  # its import wipes the name that the other has given
    assert first.done
    for name in ("one", "two"):
        for site in (ONE, TWO):
            assert local.claims()[root] - {site} or kubo.pins()[str(root)] != name
    for site, name in ((ONE, "one"), (TWO, "two")):
        assert not local.unpin(root, name, frozenset((site,)))
    assert local.held(root)


@dataclass
class Late:
    """A node at which another site publishes just before the first pin goes."""

    rpc: Rpc
    act: Callable[[], object]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rpc, name)

    def ask(self, endpoint: str, *args: str, **options: Any) -> Any:
        if endpoint == "pin/rm":
            self.act()
        return self.rpc.ask(endpoint, *args, **options)


def test_who_comes_while_a_root_is_let_go_of_keeps_it(kubo: Node, blocks: Blocks) -> None:
    root, local = blocks.site(pages(5)), open_store(kubo)
    local.put(of_site(ONE, blocks, root, "one"), silent)
    late: Any = Late(local.rpc, lambda: local.put(of_site(TWO, blocks, root, "two"), silent))  # type: ignore[attr-defined]
    assert not let_go(late, root, "one", frozenset((ONE,)))
    assert local.held(root)
    assert local.claims() == {root: {TWO}}


def test_a_delta_under_a_new_name_leaves_the_old_pin_its_own(kubo: Node, blocks: Blocks) -> None:
    old, new = blocks.site(pages(5)), blocks.site(pages(5, edited=[1]))
    local = open_store(kubo)
    local.put(Upload(old, "before", blocks.get), silent)
    assert local.put(Upload(new, "after", blocks.get, (old,)), silent).sent_bytes < 5 * 2000
    assert kubo.pins() == {str(old): "before", str(new): "after"}


def test_a_root_that_is_pinned_only_directly_or_as_a_part_is_not_held_but_can_be(kubo: Node, blocks: Blocks) -> None:
    direct, part = blocks.site(pages(5)), blocks.site({"index.html": b"part"})
    local = open_store(kubo)
    for root in (direct, part):
        local.put(Upload(root, "site", blocks.get), silent)
        kubo.call("pin/rm", str(root))
    kubo.call("pin/add", str(direct), recursive="false")
    kubo.call("pin/add", kubo.command("object", "patch", "add-link", str(part), "part", str(part)))
    for root in (direct, part):
        assert not local.held(root)
        local.put(Upload(root, "site", blocks.get), silent)
        assert local.held(root)


@pytest.mark.parametrize("length", [255, 256])
def test_a_name_is_cut_to_what_kubo_takes(kubo: Node, blocks: Blocks, length: int) -> None:
    root = blocks.site(pages(1))
    open_store(kubo).put(Upload(root, "n" * length, blocks.get), silent)
    assert kubo.pins() == {str(root): "n" * 255}


def test_a_name_is_cut_between_characters(kubo: Node, blocks: Blocks) -> None:
    root = blocks.site(pages(1))
    open_store(kubo).put(Upload(root, "站" * 86, blocks.get), silent)
    assert kubo.pins() == {str(root): "站" * 85}


def test_progress_grows_to_the_bytes_of_the_blocks(kubo: Node, blocks: Blocks) -> None:
    told: list[tuple[int, int]] = []
    receipt = open_store(kubo).put(
        Upload(blocks.site(pages(20)), "site", blocks.get), lambda done, total: told.append((done, total))
    )
    assert told == sorted(told)
    assert told[-1] == (receipt.sent_bytes, receipt.sent_bytes)


def test_a_block_that_is_not_here_stops_the_upload_and_pins_nothing(kubo: Node, blocks: Blocks) -> None:
    root = blocks.site(pages(5))
    shipped = Blocks()
    shipped.data = dict(blocks.data)
    del shipped.data[next(cid for cid in shipped.data if cid.codec == 0x55)]
    with pytest.raises(BlockMissing):
        open_store(kubo).put(Upload(root, "site", shipped.get), silent)
    assert kubo.pins() == {}
    open_store(kubo).put(Upload(root, "site", blocks.get), silent)
    assert kubo.pins() == {str(root): "site"}


class Stop(BaseException):
    """As Ctrl-C."""


@pytest.mark.parametrize("at", [0, 1, 20, 60])
def test_after_a_cut_anywhere_the_next_put_ends_with_one_pin(kubo: Node, blocks: Blocks, at: int) -> None:
    root = blocks.site(pages(30))
    told: list[int] = []

    def cut(done: int, total: int) -> None:
        told.append(done)
        if len(told) > at:
            raise Stop

    with pytest.raises(Stop):
        open_store(kubo).put(Upload(root, "site", blocks.get), cut)
    assert kubo.pins() == {}
    open_store(kubo).put(Upload(root, "site", blocks.get), silent)
    assert kubo.pins() == {str(root): "site"}


@pytest.mark.parametrize("local", ["gateway", "rpc"])
def test_blocks_are_read_back_and_only_those_that_the_node_has(kubo: Node, blocks: Blocks, local: str) -> None:
    root = blocks.site(pages(3))
    absent = Blocks().site(pages(1, size=77))
    opened = open_store(kubo, gateway=kubo.gateway) if local == "gateway" else open_store(kubo)
    opened.put(Upload(root, "site", blocks.get), silent)
    read = opened.reader()
    assert read is not None
    assert {cid: read(cid) for cid in blocks.data} == blocks.data
    with pytest.raises(BlockMissing):
        read(absent)


def test_blocks_lost_from_the_node_are_noticed_and_mended(tmp_path: Path, blocks: Blocks) -> None:
    root = blocks.site(pages(5))
    with running(tmp_path / "repo") as node:
        open_store(node).put(Upload(root, "site", blocks.get), silent)
        node.stop()
        lost = max((tmp_path / "repo/blocks").glob("*/*.data"), key=lambda path: path.stat().st_size)
        lost.unlink()
        node.start()
        assert not open_store(node).held(root)
        assert open_store(node).put(Upload(root, "site", blocks.get), silent).sent_bytes > 0
        assert open_store(node).held(root)
        assert node.pins() == {str(root): "site"}


@pytest.mark.parametrize("to_be_named", [True, False])
def test_a_block_lost_from_the_older_root_is_noticed_before_a_name_shows_the_newer(
    tmp_path: Path, blocks: Blocks, to_be_named: bool
) -> None:
    old, new = blocks.site(pages(5)), blocks.site(pages(5, edited=[1]))
    with running(tmp_path / "repo") as node:
        open_store(node).put(Upload(old, "site", blocks.get), silent)
        node.stop()
        files = (tmp_path / "repo/blocks").glob("*/*.data")
        next(file for file in files if file.read_bytes() == pages(5)["posts/4/index.html"]).unlink()
        node.start()
        open_store(node).put(Upload(new, "site", blocks.get, (old,), to_be_named), silent)
        assert open_store(node).held(new) is to_be_named
        assert node.pins()[str(new)] == "site"


def test_a_node_killed_half_way_takes_the_site_after_its_restart(tmp_path: Path, blocks: Blocks) -> None:
    root = blocks.site(pages(20, size=200_000))
    with running(tmp_path / "repo") as node:

        def get(cid: Cid) -> bytes:
            if len(asked) == 25:
                node.kill()
            asked.append(cid)
            return blocks.get(cid)

        asked: list[Cid] = []
        waited: list[float] = []
        with pytest.raises(StoreUnreachable, match=r"nothing answers at http://127\.0\.0\.1"):
            open_store(node, waited.append).put(Upload(root, "site", get), silent)
        assert waited == [0.5, 1.0, 2.0]
        node.start()
        open_store(node).put(Upload(root, "site", blocks.get), silent)
        assert node.pins() == {str(root): "site"}


def test_a_node_that_comes_back_while_we_wait_is_sent_everything_again(tmp_path: Path, blocks: Blocks) -> None:
    root = blocks.site(pages(20, size=200_000))
    with running(tmp_path / "repo") as node:
        node.command("config", "Addresses.API", node.api)  # the same port after the restart
        asked: list[Cid] = []

        def get(cid: Cid) -> bytes:
            asked.append(cid)
            # Walking the folders to measure asks too: that the process is gone is what counts.
            if len(asked) == 40:
                node.kill()
            return blocks.get(cid)

        receipt = open_store(node, lambda seconds: node.start()).put(Upload(root, "site", get), silent)
        assert receipt.sent_bytes > 20 * 200_000
        assert node.pins() == {str(root): "site"}


def test_a_root_of_version_0_is_published_too(kubo: Node, tmp_path: Path, blocks: Blocks) -> None:
    root = Cid.parse("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn")
    blocks.data[root] = b"\x0a\x02\x08\x01"
    kubo.call("pin/rm", str(root))
    receipt = open_store(kubo).put(Upload(root, "empty", blocks.get), silent)
    assert receipt.sent_bytes == 4
    assert open_store(kubo).held(root)


# Credentials


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node that asks who is there."""
    paths = [f"/api/v0/{right}" for right in RIGHTS]
    basic = base64.b64encode(f"{SECRETS['PUBLISH_USER']}:{SECRETS['PUBLISH_PASSWORD']}".encode()).decode()
    people = {
        "publisher": {"AuthSecret": f"bearer:{SECRETS['PUBLISH_TOKEN']}", "AllowedPaths": paths},
        "anna": {"AuthSecret": f"basic:{basic}", "AllowedPaths": paths},
        "looker": {"AuthSecret": "bearer:look", "AllowedPaths": ["/api/v0/pin/ls"]},
        "owner": {"AuthSecret": "bearer:owner", "AllowedPaths": ["/api/v0"]},
    }
    node = prepare(tmp_path_factory.mktemp("guarded") / "repo", API={"Authorizations": people})
    node.credentials = "Bearer owner"
    try:
        node.start()
        yield node
    finally:
        node.stop()


@pytest.mark.parametrize(
    "settings",
    [{"token_env": "PUBLISH_TOKEN"}, {"user_env": "PUBLISH_USER", "password_env": "PUBLISH_PASSWORD"}],
    ids=["bearer", "basic"],
)
def test_the_rights_that_we_name_are_enough(guarded: Node, blocks: Blocks, settings: dict[str, Any]) -> None:
    guarded.forget()
    old, new = blocks.site(pages(5)), blocks.site(pages(5, edited=[2]))
    local = open_store(guarded, **settings)
    local.put(Upload(old, "site", blocks.get), silent)
    local.put(Upload(new, "site", blocks.get, (old,)), silent)
    assert local.held(new)
    read = local.reader()
    assert read is not None
    assert read(new) == blocks.get(new)
    assert guarded.pins() == {str(old): "site", str(new): "site"}


def test_credentials_that_may_not_unpin_leave_a_mark_which_goes_with_the_pin(guarded: Node, blocks: Blocks) -> None:
    guarded.forget()
    root = blocks.site(pages(2))
    assert (
        open_store(guarded, token_env="PUBLISH_TOKEN").put(of_site(ONE, blocks, root, "one"), silent).status == "pinned"
    )
    owner = open_store(guarded, token_env="PUBLISH_OWNER")
    assert owner.claims() == {root: {ONE}}
    assert owner.unpin(root, "one", frozenset((ONE,)))
    owner.disclaim(root, frozenset((ONE,)))
    assert guarded.pins() == {}


def test_no_credentials_and_wrong_ones_and_too_few_rights_are_three_errors(
    guarded: Node, blocks: Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = blocks.site(pages(20, size=200_000))
    shipment = Upload(root, "site", blocks.get)
    with pytest.raises(StoreRefused, match="asks for credentials") as nobody:
        open_store(guarded).put(shipment, silent)
    assert "token-env" in nobody.value.hint
    monkeypatch.setitem(SECRETS, "PUBLISH_TOKEN", "another-secret")
    with pytest.raises(StoreRefused, match="does not accept the credentials") as wrong:
        open_store(guarded, token_env="PUBLISH_TOKEN").held(root)
    assert "another-secret" not in repr(wrong.value) + str(wrong.value) + wrong.value.hint
    monkeypatch.setitem(SECRETS, "PUBLISH_TOKEN", "look")
    # 4 MB: the node refuses before it has read them all.
    with pytest.raises(StoreRefused, match="may not call /api/v0/dag/import") as few:
        open_store(guarded, token_env="PUBLISH_TOKEN").put(shipment, silent)
    assert all(f"/api/v0/{right}" in few.value.hint for right in RIGHTS)


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"token_env": "PUBLISH_TOKEN", "user_env": "PUBLISH_USER", "password_env": "PUBLISH_PASSWORD"}, "exclude"),
        ({"user_env": "PUBLISH_USER"}, "belong together"),
        ({"password_env": "PUBLISH_PASSWORD"}, "belong together"),
        ({"token_env": "PUBLISH_LINES"}, "no HTTP header can carry"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": -1}, "timeout"),
    ],
)
def test_settings_that_cannot_be_used_are_told_before_anything_is_sent(settings: dict[str, object], what: str) -> None:
    handed = store_context({**SECRETS, "PUBLISH_LINES": "a\r\nb"}, Blocks())
    with pytest.raises(ConfigError, match=what):
        store.connect("local", store.KuboSettings(**settings), handed)  # type: ignore[arg-type]


def test_a_secret_is_in_no_repr(kubo: Node) -> None:
    assert SECRETS["PUBLISH_TOKEN"] not in repr(open_store(kubo, token_env="PUBLISH_TOKEN"))


# Addresses that are not a node


def test_a_gateway_is_not_the_rpc_interface(kubo: Node, blocks: Blocks) -> None:
    with pytest.raises(StoreRefused, match="not Kubo's RPC interface") as caught:
        open_store(kubo, api=kubo.gateway).held(blocks.site(pages(1)))
    assert "5001" in caught.value.hint


def test_https_to_a_plain_port_says_so(kubo: Node, blocks: Blocks) -> None:
    with pytest.raises(StoreRefused, match="no secure connection") as caught:
        open_store(kubo, api=kubo.url.replace("http:", "https:")).held(blocks.site(pages(1)))
    assert "plain http" in caught.value.hint


def test_a_peer_port_breaks_off_and_the_hint_names_the_right_port(kubo: Node, blocks: Blocks) -> None:
    port = next(a for a in kubo.call("swarm/addrs/listen").decode().split('"') if a.startswith("/ip4")).split("/")[4]
    with pytest.raises(StoreUnreachable, match="broke during version") as caught:
        open_store(kubo, api=f"/ip4/127.0.0.1/tcp/{port}").held(blocks.site(pages(1)))
    assert "5001" in caught.value.hint


@pytest.mark.parametrize(
    ("api", "what"), [("http://127.0.0.1:1", "refused"), ("http://nowhere.invalid", "no such host")]
)
def test_a_node_that_is_down_or_nowhere_says_what_to_do(blocks: Blocks, api: str, what: str) -> None:
    waited: list[float] = []
    local = store.connect("local", store.KuboSettings(api=api), store_context(SECRETS, blocks), waited.append)
    root = blocks.site(pages(1))
    with pytest.raises(StoreUnreachable, match=what) as caught:
        local.held(root)
    assert "api" in caught.value.hint
    assert waited == []  # a question is asked once
    with pytest.raises(StoreUnreachable, match=what):
        local.put(Upload(root, "site", blocks.get), silent)
    assert waited == [0.5, 1.0, 2.0]


SMALL_DISK = """
cp -a "$1/blocks" "$1/saved"
mount -t tmpfs -o size=3m tmpfs "$1/blocks"
cp -a "$1/saved/." "$1/blocks"
shift
exec "$@"
"""


def may_mount() -> bool:
    try:
        return subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.mark.skipif(not may_mount(), reason="this system lets nobody mount a small disk; a fake says the same words")
def test_a_full_disk_is_told_and_the_next_run_goes_on(tmp_path: Path, blocks: Blocks) -> None:
    shipment = Upload(blocks.site(pages(20, size=500_000)), "site", blocks.get)
    node = prepare(tmp_path / "repo")
    node.before = ("unshare", "-rm", "sh", "-ec", SMALL_DISK, "sh", str(tmp_path / "repo"))
    try:
        node.start()
        with pytest.raises(StoreRefused, match="disk is full") as caught:
            open_store(node).put(shipment, silent)
        assert "make room" in caught.value.hint
        assert node.process is not None
        inside = ("nsenter", "--preserve-credentials", "-U", "-m", "-t", str(node.process.pid))
        subprocess.run([*inside, "mount", "-o", "remount,size=64m", str(tmp_path / "repo/blocks")], check=True)
        open_store(node).put(shipment, silent)
        assert node.pins() == {str(shipment.root): "site"}
    finally:
        node.stop()


def test_the_address_may_stand_in_a_variable(kubo: Node, blocks: Blocks) -> None:
    handed = store_context({"PUBLISH_KUBO_API": kubo.api}, blocks)
    local = store.connect("local", store.KuboSettings(api="env:PUBLISH_KUBO_API"), handed)
    assert not local.held(blocks.site(pages(1)))


# Pins by name, and peers


def test_pins_are_those_of_exactly_this_name(kubo: Node, blocks: Blocks) -> None:
    names = ["site", "site-2", "my site", "Site", "", "站点"]
    roots = {name: blocks.site(pages(1, size=100 + number)) for number, name in enumerate(names)}
    local = open_store(kubo)
    for name, root in roots.items():
        local.put(Upload(root, name, blocks.get), silent)
    for name in names[:4] + names[5:]:
        assert local.pins(name) == {roots[name]}
    assert local.pins("nobody's") == frozenset()
    assert roots[""] in local.pins("")
    assert roots["site"] not in local.pins("")


def test_a_pin_that_is_not_recursive_is_none_of_ours(kubo: Node, blocks: Blocks) -> None:
    root = blocks.site(pages(1))
    local = open_store(kubo)
    local.put(Upload(root, "site", blocks.get), silent)
    kubo.call("pin/rm", str(root))
    kubo.call("pin/add", str(root), recursive="false", name="site")
    assert local.pins("site") == frozenset()
    assert not local.unpin(root, "site", frozenset())
    kubo.call("pin/rm", str(root), recursive="false")


def test_only_the_pin_of_exactly_this_name_is_let_go(kubo: Node, blocks: Blocks) -> None:
    root = blocks.site(pages(1))
    local = open_store(kubo)
    local.put(Upload(root, "site", blocks.get), silent)
    for other in ("sit", "site ", "Site", ""):
        assert not local.unpin(root, other, frozenset())
    assert kubo.pins() == {str(root): "site"}
    assert local.unpin(root, "site", frozenset())
    assert kubo.pins() == {}
    assert not local.unpin(root, "site", frozenset())
    assert not local.held(root)


def test_a_name_longer_than_a_pin_can_have_is_found_and_let_go(kubo: Node, blocks: Blocks) -> None:
    root, name = blocks.site(pages(1)), "站" * 86
    local = open_store(kubo)
    local.put(Upload(root, name, blocks.get), silent)
    assert local.pins(name) == {root}
    assert local.unpin(root, name, frozenset())


def test_an_origin_is_where_another_node_connects(kubo: Node, tmp_path: Path) -> None:
    origins = open_store(kubo).origins()
    assert origins
    assert all("/p2p/12D3" in origin for origin in origins)
    with running(tmp_path / "second") as second:
        local = open_store(second)
        nowhere = "/ip4/127.0.0.1/tcp/1/p2p/12D3KooWKV9LYkW7ubDjKBdP6qLepyBUGnEjpkTfFLD5iszDZnja"
        local.connect_peers((nowhere, "no address at all", *origins))
        assert b"12D3" in second.call("swarm/peers")


@pytest.mark.parametrize(
    ("said", "origins"),
    [
        (
            ["/ip4/127.0.0.1/tcp/1/p2p/A", "/ip6/::1/tcp/1/p2p/A"],
            ["/ip4/127.0.0.1/tcp/1/p2p/A", "/ip6/::1/tcp/1/p2p/A"],
        ),
        (
            ["/ip4/127.0.0.1/tcp/1/p2p/A", "/ip4/192.168.1.5/tcp/1/p2p/A", "/ip4/5.6.7.8/tcp/1/p2p/A"],
            ["/ip4/5.6.7.8/tcp/1/p2p/A", "/ip4/192.168.1.5/tcp/1/p2p/A"],
        ),
        (
            ["/ip6/fe80::1%eth0/tcp/1/p2p/A", "/dns4/node.example.org/tcp/1/p2p/A"],
            ["/dns4/node.example.org/tcp/1/p2p/A"],
        ),
        (["/ip4/5.6.7.8/tcp/1", 7], []),
        (None, []),
    ],
)
def test_what_only_this_machine_can_dial_is_an_origin_only_where_there_is_no_other(
    said: object, origins: list[str]
) -> None:
    with fake_node(id=reply(json.dumps({"Addresses": said}))) as node:
        assert open_store(node).origins() == tuple(origins)


def test_a_token_without_the_right_has_no_origins_and_meets_nobody(guarded: Node) -> None:
    local = open_store(guarded, token_env="PUBLISH_TOKEN")
    assert local.origins() == ()
    local.connect_peers(("/ip4/127.0.0.1/tcp/1/p2p/12D3KooWKV9LYkW7ubDjKBdP6qLepyBUGnEjpkTfFLD5iszDZnja",))


def test_a_token_that_may_not_unpin_is_told_which_path_that_takes(guarded: Node, blocks: Blocks) -> None:
    guarded.forget()
    root = blocks.site(pages(2))
    local = open_store(guarded, token_env="PUBLISH_TOKEN")
    local.put(Upload(root, "site", blocks.get), silent)
    with pytest.raises(StoreRefused, match="may not call /api/v0/pin/rm") as caught:
        local.unpin(root, "site", frozenset())
    assert '"/api/v0/pin/rm"' in caught.value.hint
    assert guarded.pins() == {str(root): "site"}
