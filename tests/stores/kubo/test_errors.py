"""What a node can answer, and what the reader is told: on a fake, for what a real node cannot be made to do."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
import urllib3.exceptions
from ipfshttpclient import exceptions as ipfs

from publisher.dag.cid import Cid
from publisher.errors import CidMismatch, StoreError, StoreRefused, StoreUnreachable
from publisher.http.redact import LONGEST, short
from publisher.http.retry import LATER
from publisher.stores import kubo as store
from publisher.stores.base import Store, Upload
from publisher.stores.kubo.address import address
from publisher.stores.kubo.errors import FOREIGN, KuboCall, refused, translate
from publisher.stores.kubo.rpc import Rpc, open_rpc
from tests.stores.fakenode import (
    DRIP,
    DRIP_HEAD,
    DROP,
    FLOOD,
    HANG,
    NOT_PINNED,
    FakeNode,
    Query,
    Reply,
    fake_node,
    refusal,
    reply,
)
from tests.stores.opening import store_context
from tests.stores.sites import Blocks, pages

SITE = Blocks()
OLD = SITE.site(pages(5))
ROOT = SITE.site(pages(5, edited=[1]))
ASKED = KuboCall("local", "http://host:5001", "dag/import", 120.0, credentials=False)


@pytest.mark.parametrize(("timeout", "soon"), [(5.0, 5.0), (30.0, 30.0), (120.0, 30.0), (600.0, 150.0)])
def test_a_node_that_does_not_even_tell_its_version_is_not_waited_for_long(timeout: float, soon: float) -> None:
    assert Rpc(replace(ASKED, timeout=timeout), None, None, lambda seconds: None).short_timeout == soon


def silent(done: int, total: int) -> None:
    """No progress bar."""


def no_sleep(seconds: float) -> None:
    """Tests do not wait."""


def open_store(node: FakeNode, waited: list[float] | None = None, timeout: float = 5.0, api: str = "") -> Store:
    settings = store.KuboSettings(api=api or node.api, timeout=timeout)
    return store.connect("local", settings, store_context({}, SITE), ([] if waited is None else waited).append)


def put(node: FakeNode, *bases: Cid, waited: list[float] | None = None, timeout: float = 5.0) -> int:
    return open_store(node, waited, timeout).put(Upload(ROOT, "site", SITE.get, bases), silent).sent_bytes


def imported(root: Cid = ROOT, error: str = "") -> bytes:
    return reply(json.dumps({"Root": {"Cid": {"/": str(root)}, "PinErrorMsg": error}}))


def pinned(root: Cid = ROOT, name: str = "site") -> bytes:
    return reply(json.dumps({"Keys": {str(root): {"Type": "recursive", "Name": name}}}))


def whole(root: Cid = ROOT) -> bytes:
    return reply(json.dumps({"UniqueBlocks": 9, "DagStats": [{"Cid": str(root), "Size": 1, "NumBlocks": 9}]}))


STATS = reply('{"Stats":{"BlockCount":4,"BlockBytesCount":1}}')
MISSING = refusal("block was not found locally (offline): ipld: could not find bafy")


def test_an_honest_fake_is_believed() -> None:
    with fake_node(dag_import=imported(), dag_stat=whole(), pin_ls=[NOT_PINNED, pinned()]) as node:
        assert put(node) > 0
        assert node.calls == ["version", "pin/ls", "dag/import", "dag/stat", "pin/ls", "add"]


def test_a_refusal_that_was_lost_with_the_connection_is_asked_for_again() -> None:
    def refuse(query: Query) -> bytes:
        return DROP if "pin-roots" in query else reply("no", "403 Forbidden", "text/plain")

    with fake_node(dag_import=refuse) as node, pytest.raises(StoreRefused, match="asks for credentials"):
        put(node)


# Lies


def test_another_root_than_ours_stops_and_is_not_tried_again() -> None:
    waited: list[float] = []
    with fake_node(dag_import=imported(OLD)) as node, pytest.raises(CidMismatch, match="report") as caught:
        put(node, waited=waited)
    assert (str(OLD) in str(caught.value), str(ROOT) in str(caught.value)) == (True, True)
    assert (waited, node.calls.count("dag/import")) == ([], 1)


@pytest.mark.parametrize("answer", ["nonsense", "", 7, None, ["x"]])
def test_a_root_that_is_no_cid_is_not_ours(answer: object) -> None:
    lie = reply(json.dumps({"Root": {"Cid": {"/": answer}, "PinErrorMsg": ""}}))
    with fake_node(dag_import=lie) as node, pytest.raises(CidMismatch):
        put(node)


def test_the_pin_of_another_root_is_a_lie() -> None:
    with fake_node(pin_ls=pinned(OLD)) as node, pytest.raises(CidMismatch):
        open_store(node).held(ROOT)


def test_the_count_of_another_root_is_a_lie() -> None:
    with fake_node(pin_ls=pinned(), dag_stat=whole(OLD)) as node, pytest.raises(CidMismatch):
        open_store(node).held(ROOT)


def test_an_update_to_another_root_is_a_lie() -> None:
    update = reply(json.dumps({"Pins": [str(OLD), str(OLD)]}))
    with (
        fake_node(pin_ls=[NOT_PINNED, pinned(OLD)], dag_import=STATS, pin_update=update) as node,
        pytest.raises(CidMismatch),
    ):
        put(node, OLD)


def test_a_direct_pin_does_not_hold_the_site() -> None:
    direct = reply(json.dumps({"Keys": {str(ROOT): {"Type": "direct", "Name": "site"}}}))
    with fake_node(pin_ls=direct) as node:
        assert not open_store(node).held(ROOT)


@pytest.mark.parametrize(
    ("found", "what"),
    [(NOT_PINNED, "does not pin that root"), (pinned(name="x"), "another name")],
    ids=["no pin", "other name"],
)
def test_a_pin_that_cannot_be_read_back_is_an_error(found: bytes, what: str) -> None:
    added = reply(json.dumps({"Pins": [str(ROOT)]}))
    with (
        fake_node(dag_import=imported(), dag_stat=whole(), pin_ls=[NOT_PINNED, found], pin_add=added) as node,
        pytest.raises(StoreRefused, match=what),
    ):
        put(node)


def test_blocks_that_are_not_there_after_an_import_are_an_error() -> None:
    with fake_node(dag_import=imported(), dag_stat=MISSING) as node, pytest.raises(StoreRefused, match="lacks blocks"):
        put(node)


# 200 and an error


def test_a_pin_error_inside_a_200_is_told() -> None:
    with (
        fake_node(dag_import=imported(error="pin: disk quota exceeded")) as node,
        pytest.raises(StoreRefused, match="disk is full"),
    ):
        put(node)


@pytest.mark.parametrize(
    "body",
    ["", '{"Stats":{"BlockCount":9}}', '{"Root":{"Cid":{"/":"bafy', "[1, 2]", '{"Root":7}', '"text"'],
    ids=["nothing", "no root", "cut", "a list", "no object", "a text"],
)
def test_a_200_that_does_not_end_with_the_root_is_no_success(body: str) -> None:
    waited: list[float] = []
    with fake_node(dag_import=reply(body)) as node, pytest.raises(StoreError) as caught:
        put(node, waited=waited)
    assert type(caught.value) in (StoreUnreachable, StoreRefused)
    assert caught.value.hint
    assert node.calls.count("dag/import") == 1


@pytest.mark.parametrize(
    ("replies", "what"),
    [
        ({"pin_ls": reply("")}, "Keys"),
        ({"pin_ls": reply('{"Keys":{}}')}, "no pin"),
        ({"pin_ls": reply('{"Keys":[1]}')}, "no pin"),
        ({"pin_ls": pinned(), "dag_stat": reply("{}")}, "DagStats"),
        ({"pin_ls": pinned(), "dag_stat": reply('{"DagStats":[]}')}, "count of blocks"),
    ],
)
def test_half_an_answer_to_a_question_is_no_answer(replies: dict[str, bytes], what: str) -> None:
    with fake_node(**replies) as node, pytest.raises(StoreUnreachable, match=what):
        open_store(node).held(ROOT)


def test_an_answer_that_breaks_off_is_asked_for_again() -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
    chunked = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n{"
    waited: list[float] = []
    replies: list[Reply] = [cut, chunked, DROP, imported()]
    with fake_node(dag_import=replies, dag_stat=whole(), pin_ls=[NOT_PINNED, pinned()]) as node:
        put(node, waited=waited)
        assert node.calls.count("dag/import") > 3
    assert waited == [0.5, 1.0, 2.0]


def test_a_connection_that_always_breaks_is_tried_four_times() -> None:
    waited: list[float] = []
    with fake_node(pin_ls=DROP) as node, pytest.raises(StoreUnreachable, match="broke during pin/ls"):
        put(node, waited=waited)
    assert (waited, node.calls.count("pin/ls")) == ([0.5, 1.0, 2.0], 4)


# Not a Kubo, or not the right one


@pytest.mark.parametrize(
    "answer",
    [
        reply("<html>hello</html>", kind="text/html"),
        reply("{}"),
        reply("[" * 90_000),
        reply('{"Version":7}'),
        reply('{"Version":"v?"}'),
        reply("no", "404 Not Found", "text/plain"),
        reply("no", "405 Method Not Allowed", "text/plain"),
        reply("", "301 Moved Permanently", "text/html", "Location: /elsewhere\r\n"),
        reply("", "308 Permanent Redirect", "text/html", "Location: https://elsewhere.invalid/\r\n"),
    ],
    ids=["html", "empty", "deep", "number", "odd", "404", "405", "301", "308"],
)
def test_what_is_not_kubo_is_sent_nothing(answer: bytes) -> None:
    with fake_node(version=answer) as node, pytest.raises(StoreRefused, match="not Kubo's RPC interface") as caught:
        put(node)
    assert "5001" in caught.value.hint
    assert set(node.calls) == {"version"}


def test_a_server_that_does_not_speak_http_is_not_kubo() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def mumble() -> None:
            talk, _ = server.accept()
            with talk:
                talk.recv(4096)
                talk.sendall(b"220 mail.example.org ESMTP\r\n")

        thread = threading.Thread(target=mumble)
        thread.start()
        api = f"/ip4/127.0.0.1/tcp/{server.getsockname()[1]}"
        with pytest.raises(StoreRefused, match="does not speak HTTP"):
            open_store(FakeNode({}), api=api).held(ROOT)
        thread.join()


@pytest.mark.parametrize(
    ("version", "old"), [("0.39.0", True), ("0.40.0", False), ("0.40.0-rc1", False), ("1.0.0", False)]
)
def test_a_kubo_before_0_40_is_too_old(version: str, old: bool) -> None:
    with fake_node(version=reply(json.dumps({"Version": version}))) as node:
        if old:
            with pytest.raises(StoreRefused, match=rf"Kubo {version} is too old"):
                open_store(node).held(ROOT)
        else:
            assert not open_store(node).held(ROOT)


# Refusals and silence


@pytest.mark.parametrize(
    ("status", "kind", "what"),
    [
        (401, StoreRefused, "asks for credentials"),
        (403, StoreRefused, "asks for credentials"),
        (413, StoreRefused, "no upload of this size"),
        (429, StoreUnreachable, "HTTP 429"),
        (500, StoreRefused, "no reason"),
        (502, StoreUnreachable, "HTTP 502"),
        (503, StoreUnreachable, "HTTP 503"),
        (504, StoreUnreachable, "HTTP 504"),
    ],
)
def test_each_status_has_its_own_words(status: int, kind: type[StoreError], what: str) -> None:
    with (
        fake_node(dag_import=reply("sorry", f"{status} Sorry", "text/html")) as node,
        pytest.raises(kind, match=what) as caught,
    ):
        put(node)
    assert type(caught.value) is kind
    assert caught.value.hint


@pytest.mark.parametrize(
    ("message", "what"),
    [
        ("committing batch to datastore at /blocks: write x.data: no space left on device", "disk is full"),
        ("write: disk quota exceeded", "disk is full"),
        ("maximum storage limit exceeded", "repository is full"),
        ("open x: too many open files", "too many open files"),
        ("open x: read-only file system", "cannot write"),
        ("produced block is over 2MiB: big blocks can't be exchanged", "for its size"),
        ("something nobody foresaw", "dag/import failed: something nobody foresaw"),
    ],
)
def test_the_nodes_own_words_are_told_with_what_to_do(message: str, what: str) -> None:
    with fake_node(dag_import=refusal(message)) as node, pytest.raises(StoreRefused, match=what) as caught:
        put(node)
    assert message.split(":")[-1].strip() in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_who_wants_to_be_asked_later_is_asked_then(status: str) -> None:
    busy = reply("", status, more="Retry-After: 7\r\n")
    waited: list[float] = []
    with fake_node(pin_ls=[busy, pinned()], dag_stat=whole()) as node:
        assert open_store(node, waited).held(ROOT)
    assert waited == [7.0]
    waited = []
    with fake_node(dag_import=[busy, imported()], dag_stat=whole(), pin_ls=[NOT_PINNED, pinned()]) as node:
        assert put(node, waited=waited) > 0
    assert waited == [7.0]


def test_who_wants_too_long_a_wait_or_never_ends_is_told() -> None:
    waited: list[float] = []
    busy = reply("", "429 Too Many Requests", more=f"Retry-After: {LATER + 1:.0f}\r\n")
    with fake_node(version=busy) as node, pytest.raises(StoreUnreachable, match="accepts the next request in 61 s"):
        open_store(node, waited).held(ROOT)
    busy = reply("", "429 Too Many Requests", more=f"Retry-After: {LATER:.0f}\r\n")
    with fake_node(version=busy) as node, pytest.raises(StoreUnreachable, match="refuses further requests for now"):
        open_store(node, waited).held(ROOT)
    assert waited == [LATER] * 3


def test_a_proxy_before_a_node_that_does_not_run_is_told_at_once() -> None:
    waited: list[float] = []
    with fake_node(version=reply("", "503 Service Unavailable")) as node, pytest.raises(StoreUnreachable):
        open_store(node, waited).held(ROOT)
    assert waited == []


def test_of_a_url_in_a_nodes_words_only_the_host_is_repeated_for_the_rest_may_hold_a_key() -> None:
    said = 'Post "https://me:key@node:5001/api/key?k=1": refused'
    with fake_node(dag_import=refusal(said.replace('"', "'"))) as node, pytest.raises(StoreRefused) as caught:
        put(node)
    assert "https://node:5001" in str(caught.value)
    assert "key" not in str(caught.value)


def test_a_node_may_rest_while_it_takes_an_upload_as_long_as_it_may_be_silent() -> None:
    with fake_node(dag_import=imported()) as node:
        node.pause = 1.0
        rpc = open_rpc("local", address("local", node.api), None, 5.0, no_sleep, patience=0.2)
        assert rpc.upload(lambda: iter([bytes(1 << 20)] * 24), pin_roots="true")


def test_a_silent_node_is_given_up_once() -> None:
    waited: list[float] = []
    with (
        fake_node(dag_import=HANG) as node,
        pytest.raises(StoreUnreachable, match=r"dag/import within 0\.2 s") as caught,
    ):
        put(node, waited=waited, timeout=0.2)
    assert "timeout" in caught.value.hint
    assert waited == []


@pytest.mark.parametrize(
    "update",
    [HANG, refusal("'from' cid was not recursively pinned already"), refusal("anything")],
    ids=["silent", "base gone", "refused"],
)
def test_an_update_that_fails_is_followed_by_the_whole_site(update: bytes) -> None:
    def take(query: Query) -> bytes:
        return STATS if query.get("pin-roots") == ["false"] else imported()

    pins: list[bytes] = [NOT_PINNED, pinned(OLD), pinned()]
    before = time.monotonic()
    with fake_node(pin_ls=pins, dag_import=take, pin_update=update, dag_stat=whole()) as node:  # type: ignore[arg-type]
        assert put(node, OLD, timeout=0.3) > 5 * 2000
        assert time.monotonic() - before < 5
        assert node.calls.count("dag/import") >= 2


def test_an_update_to_a_root_that_is_pinned_meanwhile_is_fine() -> None:
    update = refusal("'to' cid was already recursively pinned")
    with fake_node(pin_ls=[NOT_PINNED, pinned(OLD), pinned()], dag_import=STATS, pin_update=update) as node:
        assert put(node, OLD) < 5 * 2000
        assert node.calls.count("dag/import") == 1


def test_a_delta_of_which_blocks_are_lost_is_followed_by_the_whole_site() -> None:
    few = reply('{"Stats":{"BlockCount":3,"BlockBytesCount":1}}')
    with fake_node(pin_ls=[NOT_PINNED, pinned(OLD), pinned()], dag_import=[few, imported()], dag_stat=whole()) as node:
        assert put(node, OLD) > 5 * 2000
        assert "pin/update" not in node.calls


def test_a_proxy_of_the_environment_has_no_business_with_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with fake_node() as node:
        assert not open_store(node).held(ROOT)
        port = node.api.rpartition("/")[2]
        assert not open_store(node, api=f"http://localhost:{port}").held(ROOT)


def test_credentials_that_nobody_named_are_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login anna password geheim\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with fake_node() as node:
        elsewhere = replace(address("local", node.api), loopback=False)
        open_rpc("local", elsewhere, None, 5.0, no_sleep).call("version")
        assert node.credentials == {None}


# The map


def leaves(base: type[BaseException]) -> Iterator[type[BaseException]]:
    yield base
    for below in base.__subclasses__():
        yield from leaves(below)


THEIRS = sorted(
    {kind for base in FOREIGN for kind in leaves(base)}, key=lambda kind: f"{kind.__module__}.{kind.__name__}"
)


@pytest.mark.parametrize("kind", THEIRS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
@pytest.mark.parametrize("endpoint", ["version", "dag/import"])
def test_every_exception_of_the_client_has_a_name_of_ours(kind: type[Exception], endpoint: str) -> None:
    error = kind.__new__(kind)
    Exception.__init__(error, "secret-in-a-url")
    ours = translate(error, KuboCall("local", "http://host:5001", endpoint, 120.0, credentials=False))
    assert type(ours) in (StoreUnreachable, StoreRefused)
    assert ours.who == "local"
    assert ours.hint
    if not issubclass(kind, ipfs.ErrorResponse | urllib3.exceptions.SSLError | requests.exceptions.SSLError):
        assert "secret" not in str(ours) + ours.hint


@pytest.mark.parametrize("module", [ipfs, requests.exceptions, urllib3.exceptions, http.client])
def test_no_exception_of_the_client_is_outside_the_map(module: object) -> None:
    kinds = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Exception)]
    ours = [kind for kind in kinds if not issubclass(kind, Warning) and kind.__module__ == module.__name__]  # type: ignore[attr-defined]
    assert ours
    assert all(issubclass(kind, FOREIGN) for kind in ours)


@pytest.mark.parametrize("length", [LONGEST, LONGEST + 1])
def test_a_long_message_is_cut_to_one_line(length: int) -> None:
    assert len(short("x" * length)) == LONGEST
    assert short("a\n  b\tc") == "a b c"
    assert len(str(refused("y" * 5000, ASKED))) < LONGEST + 100


@pytest.mark.parametrize("answer", [DRIP, DRIP_HEAD], ids=["body", "head"])
@pytest.mark.parametrize("endpoint", ["version", "dag_import"])
def test_an_answer_that_comes_a_byte_now_and_then_has_an_end(endpoint: str, answer: bytes) -> None:
    with fake_node(**{endpoint: answer}) as node:
        began = time.monotonic()
        with pytest.raises(StoreUnreachable, match=r"did not (finish its )?answer") as error:
            put(node, timeout=0.3)
        assert time.monotonic() - began < 5
    assert "timeout" in error.value.hint


@pytest.mark.parametrize("endpoint", ["version", "dag_import"])
def test_an_answer_without_end_is_not_read_into_memory(endpoint: str) -> None:
    with fake_node(**{endpoint: FLOOD}) as node, pytest.raises(StoreRefused, match="endless answer"):
        put(node, timeout=60.0)


def test_a_pin_that_another_run_is_just_renaming_is_looked_for_again() -> None:
    waited: list[float] = []
    stat = whole()
    with fake_node(
        pin_ls=[NOT_PINNED, NOT_PINNED, pinned()], dag_import=imported(), dag_stat=stat, pin_add=reply("{}")
    ) as node:
        put(node, waited=waited)
    assert waited == [0.5]


def test_an_answer_is_watched_once_under_whatever_prefix_its_adapter_stands() -> None:
    rpc = open_rpc("here", address("here", "/ip4/127.0.0.1/tcp/1"), None, 9.0, lambda seconds: None)
    pools = rpc.client._session.get_adapter("http://x").poolmanager.pool_classes_by_scheme
    assert {
        [kind.__name__ for kind in pool.ConnectionCls.__mro__].count("LimitedConnection") for pool in pools.values()
    } == {1}
