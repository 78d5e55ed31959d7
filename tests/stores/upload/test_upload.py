"""The store `upload` on servers that keep each service's documented interface and its known faults."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from publisher.dag import tree, unixfs, walk
from publisher.dag.cid import Block, Cid
from publisher.dag.unixfs import MODERN
from publisher.errors import CidMismatch, ConfigError, StoreRefused, StoreUnreachable
from publisher.stores import upload as store
from publisher.stores.base import Store, Upload
from publisher.stores.upload.presets import PRESETS
from publisher.stores.upload.service import LISTED, MB
from tests.services.kubo import Node
from tests.stores.fakeweb import Time
from tests.stores.opening import store_context
from tests.stores.sites import Blocks, pages
from tests.stores.upload.counting import counting
from tests.stores.upload.servers import ENV, KEY, SECRET, SERVICES, TOKEN, Account, Row, service

NAME, SITE = "站点.eth é", "1" * 16
PINNING = [name for name in SERVICES if PRESETS[name].pins]
Served = tuple[str, Account]


def silent(done: int, total: int) -> None:
    """No progress bar."""


@pytest.fixture(params=sorted(SERVICES))
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    with service(request.param) as account:
        yield request.param, account


def given(name: str) -> dict[str, Any]:
    if name == "filebase":
        return {"key_env": "PUBLISH_S3_KEY", "secret_env": "PUBLISH_S3_SECRET", "bucket": "sites"}
    return {"token_env": "PUBLISH_UPLOAD_TOKEN"}


def opened(served: Served, time: Time | None = None, env: dict[str, str] = ENV, **settings: Any) -> Store:
    name, account = served
    all_ = {"service": name, "api": account.url, "timeout": 5.0, "wait": 2.0, **given(name), **settings}
    return store.connect("there", store.UploadSettings(**all_), store_context(env, Blocks()), (time or Time()).clock())


def site_of(blocks: Blocks, root: Cid, site: str = SITE, **more: Any) -> Upload:
    return Upload(root, NAME, blocks.get, site=site, **more)


def test_a_site_is_sent_once_and_is_held_under_its_name(served: Served) -> None:
    blocks = Blocks()
    root, other = blocks.site(pages(30)), blocks.site(pages(2))
    there = opened(served)
    assert not there.held(root)
    told: list[tuple[int, int]] = []
    receipt = there.put(site_of(blocks, root), lambda done, total: told.append((done, total)))
    whole = sum(len(block.data) for block in walk.reachable(blocks.get, root))
    assert (receipt.store, receipt.kind, receipt.status, receipt.root) == ("there", "upload", "pinned", root)
    assert receipt.sent_bytes == whole
    assert told[-1] == (whole, whole)
    assert there.held(root)
    assert not there.held(other)
    assert there.pins(NAME) == {root}
    assert there.pins(NAME[:3]) == frozenset()
    assert there.put(site_of(blocks, root), silent).sent_bytes == 0
    assert len(served[1].received) == 1


def test_each_site_removes_its_own_uploads_and_no_others(served: Served) -> None:
    blocks = Blocks()
    roots = [blocks.site(pages(number)) for number in range(1, 6)]  # the lists have several pages
    there = opened(served)
    for root in roots:
        there.put(site_of(blocks, root), silent)
    assert there.pins(NAME) == set(roots)
    if served[0] != "lighthouse":  # which keeps nothing beside the name
        assert not there.unpin(roots[0], NAME, frozenset(("2" * 16,)))
    assert not there.unpin(roots[0], "other", frozenset((SITE,)))
    assert there.unpin(roots[0], NAME, frozenset((SITE,)))
    assert not there.unpin(roots[0], NAME, frozenset((SITE,)))
    assert there.pins(NAME) == set(roots[1:])


@pytest.mark.parametrize("name", ['a "b"\r\n/ ', "站" * 400])
def test_a_site_may_have_any_title(served: Served, name: str) -> None:
    blocks = Blocks()
    root = blocks.site(pages(1))
    there = opened(served)
    for _ in range(2):
        assert there.put(Upload(root, name, blocks.get, site=SITE), silent).status == "pinned"
    assert len(served[1].received) == 1
    assert there.pins(name) == {root}
    assert there.unpin(root, name, frozenset((SITE,)))


FAULTS = ("other-root", "error-200", "no-root", "html", "too-large", "full")
OF_PARTS = ("error-200", "no-root", "html")
"""Faults that the answer to a whole object cannot have. The tests of uploads in parts have them."""


@pytest.mark.parametrize(
    ("served", "fault"),
    [(name, fault) for name in sorted(SERVICES) for fault in FAULTS if name != "filebase" or fault not in OF_PARTS],
    indirect=["served"],
)
def test_what_a_service_does_wrong_stops_the_upload(served: Served, fault: str) -> None:
    blocks = Blocks()
    served[1].faults = [fault]
    there = opened(served)
    expected = CidMismatch if fault == "other-root" else StoreRefused
    with pytest.raises(expected) as error:
        there.put(site_of(blocks, blocks.site(pages(3))), silent)
    assert error.value.who == "there"
    assert error.value.hint
    assert not any(secret in f"{error.value} {there!r}" for secret in (TOKEN, SECRET))


def test_a_root_that_is_listed_as_another_is_no_copy(served: Served) -> None:
    blocks = Blocks()
    root = blocks.site(pages(3))
    served[1].faults = ["other-root"]
    there = opened(served)
    with pytest.raises(CidMismatch, match=f"this program sent {root}"):
        there.put(site_of(blocks, root), silent)
    assert not there.held(root)


@pytest.mark.parametrize("faults", [["cut"], ["busy"], ["cut", "busy", "cut"]])
def test_an_upload_that_is_cut_is_sent_again_as_a_whole(served: Served, faults: list[str]) -> None:
    blocks = Blocks()
    root = blocks.site(pages(3))
    served[1].faults = list(faults)
    time = Time()
    assert opened(served, time).put(site_of(blocks, root), silent).status == "pinned"
    assert len(served[1].received) == 1 + faults.count("busy")
    assert len(time.slept) >= len(faults)


def test_a_service_that_cuts_every_upload_is_given_up(served: Served) -> None:
    blocks = Blocks()
    served[1].faults = ["cut"] * 9
    with pytest.raises(StoreUnreachable):
        opened(served).put(site_of(blocks, blocks.site(pages(3))), silent)
    assert 2 < len(served[1].faults) < 9


def test_a_service_that_is_slow_is_waited_for_and_no_longer_than_its_time(served: Served) -> None:
    blocks = Blocks()
    root = blocks.site(pages(3))
    served[1].faults = ["slow"]
    with pytest.raises(StoreUnreachable, match="did not answer"):
        opened(served, timeout=0.3).put(site_of(blocks, root), silent)


@pytest.mark.parametrize("late", [3, 1000])
def test_an_upload_that_is_not_listed_yet_is_asked_for_again(served: Served, late: int) -> None:
    blocks = Blocks()
    root = blocks.site(pages(3))
    served[1].hidden = late
    time = Time()
    receipt = opened(served, time).put(site_of(blocks, root), silent)
    assert receipt.status == ("pinned" if late == 3 else "pinning")
    assert (sum(time.slept) >= LISTED) == (late != 3)
    assert late == 3 or "run again" in receipt.note


def test_a_limit_is_told_before_anything_is_sent(served: Served) -> None:
    blocks = Blocks()
    root = blocks.site({"film.bin": b"x" * MB})
    with pytest.raises(StoreRefused, match=r"this service takes at most 1\.0 MB") as error:
        opened(served, largest_mb=1).put(site_of(blocks, root), silent)
    assert "largest-mb" in error.value.hint
    assert served[1].received == []
    assert opened(served, largest_mb=2).put(site_of(blocks, root), silent).status == "pinned"
    assert opened(served, largest_mb=0).held(root)


@pytest.mark.parametrize("name", PINNING)
def test_a_service_that_can_fetch_from_a_node_is_sent_nothing(name: str) -> None:
    blocks = Blocks()
    root = blocks.site(pages(3))
    with service(name) as account:
        account.fetches = True
        there = opened((name, account))
        upload = site_of(blocks, root, origins=("/ip4/192.0.2.1/tcp/4001/p2p/12D3Koo",))
        receipt = there.put(upload, silent)
        assert (receipt.kind, receipt.status, receipt.sent_bytes) == ("upload", "pinned", 0)
        assert "from your node" in receipt.note
        assert account.received == []
        assert there.held(root)
        assert there.pins(NAME) == {root}
        assert there.put(upload, silent).status == "pinned"
        assert len(account.pins) == 1
        assert there.unpin(root, NAME, frozenset((SITE,)))
        assert not there.held(root)


@pytest.mark.parametrize("name", PINNING)
@pytest.mark.parametrize("may_pin", [True, False])
def test_a_service_that_cannot_fetch_is_sent_the_site(name: str, may_pin: bool) -> None:
    blocks = Blocks()
    root = blocks.site(pages(3))
    with service(name) as account:
        account.may_pin = may_pin
        there = opened((name, account))
        receipt = there.put(site_of(blocks, root, origins=("/ip4/192.0.2.1/tcp/4001/p2p/12D3Koo",)), silent)
        assert (receipt.status, len(account.received), account.pins) == ("pinned", 1, {})
        assert there.held(root)


@pytest.mark.parametrize("name", PINNING)
def test_what_another_site_of_the_account_pinned_is_pinned_for_this_one_too(name: str) -> None:
    blocks = Blocks()
    root = blocks.site(pages(3))
    with service(name) as account:
        account.fetches = True
        account.pins["theirs"] = Row("theirs", str(root), "theirs", "2" * 16)
        there = opened((name, account))
        assert there.put(site_of(blocks, root), silent).sent_bytes == 0
        assert len(account.pins) == 2
        assert there.unpin(root, NAME, frozenset((SITE,)))
        assert list(account.pins) == ["theirs"]


def large(count: int) -> tuple[Cid, Any]:
    """A site of one film of `count` MiB, whose parts are made when they are read."""
    small, leaves = Blocks(), {}

    def leaf(number: int) -> bytes:
        return number.to_bytes(4, "big") * (MODERN.chunk_size // 4)

    def keep(block: Block) -> None:
        if len(block.data) == MODERN.chunk_size:
            leaves[block.cid] = int.from_bytes(block.data[:4], "big")
        else:
            small.put(block)

    root = tree.add_tree({"film.bin": unixfs.add_file(map(leaf, range(count)), MODERN, keep)}, MODERN, keep).cid
    return root, lambda cid: leaf(leaves[cid]) if cid in leaves else small.get(cid)


def test_a_large_site_is_sent_in_parts_and_each_part_may_be_cut() -> None:
    root, get = large(20)
    with service("filebase") as account:
        account.faults = ["", "cut", "", "busy"]
        there = opened(("filebase", account))
        receipt = there.put(Upload(root, NAME, get, site=SITE), silent)
        assert receipt.status == "pinned"
        assert there.pins(NAME) == {root}
        assert account.parts == {}
        assert len(account.received) == 6  # five parts, one of them twice
        assert next(iter(account.rows.values())).site == SITE


def test_an_error_at_the_end_of_an_upload_in_parts_leaves_no_parts() -> None:
    root, get = large(10)
    with service("filebase") as account:
        account.faults = ["", "", "error-200"]
        with pytest.raises(StoreRefused, match="InternalError"):
            opened(("filebase", account)).put(Upload(root, NAME, get, site=SITE), silent)
        assert account.rows == {}
        assert account.parts.keys() <= {"site"}


def test_a_large_site_is_never_in_memory() -> None:
    root, get = large(60)
    with counting() as account:
        there = opened(("filebase", account))
        tracemalloc.start()
        try:
            receipt = there.put(Upload(root, NAME, get), silent)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert (receipt.status, sum(account.received) > receipt.sent_bytes > 60 << 20) == ("pinning", True)
    assert peak < 40 << 20


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_wrong_token_and_none_are_told_apart_and_never_shown(name: str) -> None:
    blocks = Blocks()
    upload = site_of(blocks, blocks.site(pages(1)))
    with service(name) as account:
        wrong = dict.fromkeys(ENV, "very-secret")
        with pytest.raises(StoreRefused, match="does not accept the credentials") as error:
            opened((name, account), env=wrong).put(upload, silent)
        assert "very-secret" not in f"{error.value} {error.value.hint} {opened((name, account), env=wrong)!r}"
        none: dict[str, Any] = dict.fromkeys(given(name), "") | ({"bucket": "sites"} if name == "filebase" else {})
        with pytest.raises(StoreRefused, match="asks for credentials"):
            opened((name, account), **none).put(upload, silent)


def test_a_doctor_tells_whether_the_credentials_are_good(served: Served) -> None:
    found = list(opened(served, gateway="http://127.0.0.1:1").examine())
    assert [one.level for one in found if one.level != "note"] == ["ok"]
    assert [one.level for one in opened(served, env=dict.fromkeys(ENV, "x")).examine()] == ["fault"]
    served[1].may_pin = False
    notes = [one.what for one in opened(served).examine() if one.level == "note"]
    assert any("Pinning Service API" in what for what in notes) == (served[0] in PINNING)
    assert any("no block is read back" in what for what in notes)


def test_blocks_are_read_back_through_the_gateway_of_a_real_node(kubo: Node) -> None:
    blocks = Blocks()
    root = blocks.site(pages(3))
    with service("pinata", kubo) as account:
        there = opened(("pinata", account), gateway=kubo.gateway)
        there.put(site_of(blocks, root), silent)
        get = there.reader()
        assert get is not None
        assert get(root) == blocks.get(root)
        assert opened(("pinata", account)).reader() is None
    assert str(root) in kubo.pins()


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_preset_is_a_whole_address_and_says_where_its_token_is(name: str) -> None:
    preset = PRESETS[name]
    assert all(url.startswith("https://") and not url.endswith("/") for url in preset.hosts)
    assert preset.access
    settings = store.UploadSettings(service=name, bucket="b" if name == "filebase" else "")
    store.check(settings)
    there = store.connect("there", settings, store_context({}, Blocks()))
    assert [one.level for one in there.examine()] == ["fault"]  # without a token nobody is asked


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({}, "service"),
        ({"service": "nobody"}, "service"),
        ({"service": "pinata", "api": "ftp://host"}, "api"),
        ({"service": "pinata", "wait": 0.0}, "wait"),
        ({"service": "pinata", "timeout": 0.0}, "timeout"),
        ({"service": "pinata", "gateway": "x"}, "gateway"),
        ({"service": "pinata", "bucket": "b"}, "key-env"),
        ({"service": "filebase"}, "bucket"),
        ({"service": "filebase", "bucket": "a/b"}, "bucket"),
        ({"service": "filebase", "bucket": "b", "token_env": "PUBLISH_X"}, "token-env"),
        ({"service": "filebase", "bucket": "b", "key_env": "PUBLISH_X"}, "key-env"),
        ({"service": "pinata", "largest_mb": -1}, "largest-mb"),
    ],
)
def test_settings_that_cannot_be_used_are_told_by_their_key(settings: dict[str, Any], fault: str) -> None:
    with pytest.raises(ConfigError) as error:
        store.check(store.UploadSettings(**settings))
    assert error.value.message.startswith(fault)


def test_the_secret_of_a_service_may_go_to_each_of_its_hosts_and_to_no_other() -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []

    def credential(variable: str, url: str, also: tuple[str, ...] = ()) -> str:
        asked.append((url, also))
        return "token"

    context = replace(store_context({}, Blocks()), credential=credential)
    store.connect("there", store.UploadSettings(service="pinata", token_env="PUBLISH_T"), context)
    store.connect("there", store.UploadSettings("pinata", "https://x.example", "PUBLISH_T"), context)
    assert [url for url, _ in asked] == ["https://uploads.pinata.cloud/v3", "https://x.example/v3"]
    assert all("https://api.pinata.cloud/psa" in also for _, also in asked)
    assert KEY not in str(asked)
