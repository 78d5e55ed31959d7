"""What is kept in memory: bounded, never out of date, and the same as what would be read."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.dag import walk
from publisher.dag.cid import Cid, Codec, sha256
from publisher.dag.unixfs import LEGACY, MODERN, Profile
from publisher.errors import BlockMissing, NameUnusable, PublishError, RpcError
from publisher.gateway.caches import block_cache
from publisher.gateway.caches.block_cache import LruCache
from publisher.gateway.caches.name_cache import FAULT_SECONDS, MAX_NAMES, NameCache, Resolution
from publisher.gateway.caches.response_cache import LARGEST, RecordedHeaders, ResponseCache, lasting, written
from publisher.gateway.context import BlockReader, Gateway, PlainReader
from publisher.gateway.message import CacheMiss, Request, Response
from publisher.gateway.respond import respond
from tests.gateway.kubo_blocks import BLOCKS as KUBO_BLOCKS
from tests.gateway.kubo_blocks import linked, value
from tests.gateway.sites import SITE, Blocks, get

ROOT = Cid.parse("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


# Values


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 40))))
def test_what_is_kept_never_costs_more_than_the_limit(puts: list[tuple[int, int]]) -> None:
    kept: LruCache[int, int] = LruCache(100, 30)
    costs: dict[int, int] = {}
    for key, cost in puts:
        kept.put(key, cost, cost)
        costs[key] = cost
        assert kept.cost == sum(costs[n] for n in range(10) if kept.get(n) is not None) <= 100
        assert (kept.get(key) is None) is (cost > 30)


def test_what_was_asked_for_the_longest_ago_goes_first() -> None:
    kept: LruCache[str, int] = LruCache(3, 1)
    for name in "abc":
        kept.put(name, 1, 1)
    kept.get("a")
    kept.put("d", 1, 1)
    assert [name for name in "abcd" if kept.get(name)] == ["a", "c", "d"]


# Blocks


def site(profile: Profile = MODERN) -> tuple[Blocks, Cid]:
    held = Blocks()
    many = {f"many/{number:04}-{'x' * 60}": b"page" for number in range(2600)}  # a sharded folder
    return held, held.add({**SITE, **many, "big.bin": bytes(3 << 20)}, profile)


def test_a_block_is_read_once_and_memory_is_bounded() -> None:
    held, root = site()
    blocks = block_cache.BlockCache(held.get, limit=1 << 20)
    for _ in range(3):
        assert blocks(root) == held.held[root]
    assert held.asked == [root]
    for block in walk.reachable(held.get, root):
        blocks(block.cid)
    assert blocks._blocks.cost <= 1 << 20


@pytest.mark.parametrize("profile", [MODERN, LEGACY])
def test_a_name_is_found_as_by_reading_the_folder(profile: Profile) -> None:
    held, root = site(profile)
    blocks = block_cache.BlockCache(held.get)
    names = ["docs", "plain", "文章", "empty", "many", "404.html", "no", "", "big.bin", ".."]
    for _ in range(2):
        for name in names:
            assert found(blocks, root, name) == found(PlainReader(held.get), root, name)
    many = walk.resolve(held.get, root, "many")
    for name in (f"0007-{'x' * 60}", f"2599-{'x' * 60}", "none", "A"):
        assert found(blocks, many, name) == found(PlainReader(held.get), many, name)
    for leaf in ("404.html", "big.bin"):
        assert found(blocks, walk.resolve(held.get, root, leaf), "x") is None


def found(get: BlockReader, cid: Cid, name: str) -> Cid | None:
    try:
        return get.resolve(cid, name) if name else None
    except walk.PathMissing:
        return None


def test_a_block_that_is_missing_is_asked_for_again() -> None:
    held, root = site()
    lost = held.held.pop(root)
    blocks = block_cache.BlockCache(held.get)
    for _ in range(2):
        with pytest.raises(BlockMissing):
            blocks.resolve(root, "docs")
    held.held[root] = lost
    assert blocks.resolve(root, "docs")


def test_only_what_is_in_memory_is_at_hand_and_never_much_of_it() -> None:
    held, root = site()
    blocks = block_cache.BlockCache(held.get)
    with pytest.raises(CacheMiss):
        blocks.near()(root)
    with pytest.raises(CacheMiss):
        blocks.near().resolve(root, "docs")
    assert held.asked == []
    blocks(root)
    assert blocks.near().resolve(root, "docs") == walk.resolve(held.get, root, "docs")
    near = blocks.near()
    for _ in range(block_cache.AT_ONCE):
        near(root)
    with pytest.raises(CacheMiss):
        near(root)


def test_a_large_folder_is_not_taken_apart_at_once() -> None:
    held = Blocks()
    root = held.add({f"{number:04}-{'x' * 20}": b"" for number in range(2000)})
    assert len(held.held[root]) > block_cache.LARGEST_AT_ONCE
    blocks = block_cache.BlockCache(held.get)
    blocks(root)
    name = f"0001-{'x' * 20}"
    with pytest.raises(CacheMiss):
        blocks.near().resolve(root, name)
    blocks.resolve(root, name)
    assert blocks.near().resolve(root, name)


# Answers

FOR_EVER = "public, max-age=29030400, immutable"


def answer(cache: str = FOR_EVER, status: int = 200, **headers: str) -> Response:
    return Response(status, {"Cache-Control": cache, "Content-Length": "2", **headers}, (b"hi",))


def asked(*names: str, request: Request) -> RecordedHeaders:
    watched = RecordedHeaders(request.headers)
    for name in names:
        watched.get(name)
    return watched


def test_an_immutable_answer_is_given_again() -> None:
    answers, request = ResponseCache(), get("/ipfs/x/?q")
    assert answers.get(request) is None
    answers.put(request, asked(request=request), answer(), b"hi")
    assert answers.get(request) == (
        b"HTTP/1.1 200 OK\r\n",
        b"cache-control: public, max-age=29030400, immutable\r\ncontent-length: 2\r\n\r\nhi",
    )


@pytest.mark.parametrize(
    "other",
    [
        get("/ipfs/x/?r"),
        get("/ipfs/y/?q"),
        get("/ipfs/x/?q", method="HEAD"),
        get("/ipfs/x/?q", host="localhost"),
        get("/ipfs/x/?q", accept="application/vnd.ipld.raw"),
        get("/ipfs/x/?q", accept=""),
    ],
)
def test_another_request_is_not_given_this_answer(other: Request) -> None:
    answers, request = ResponseCache(), get("/ipfs/x/?q")
    answers.put(request, asked("accept", request=request), answer(), b"hi")
    assert answers.get(request)
    assert answers.get(other) is None


def test_a_header_that_nobody_read_makes_no_difference() -> None:
    answers, request = ResponseCache(), get("/ipfs/x/", user_agent="one", accept="a")
    answers.put(request, asked("accept", request=request), answer(), b"hi")
    assert answers.get(get("/ipfs/x/", user_agent="two", accept="a"))


def test_what_was_kept_before_a_header_was_first_read_is_forgotten() -> None:
    answers, request = ResponseCache(), get("/ipfs/x/")
    answers.put(request, asked(request=request), answer(), b"hi")
    second = get("/ipfs/y/", range="bytes=0-1")
    answers.put(second, asked("range", request=second), answer(), b"hi")
    assert answers.get(request) is None
    assert answers.get(get("/ipfs/x/", range="bytes=0-0")) is None
    assert answers.get(second)


def test_a_request_of_a_proxy_is_another_one() -> None:
    answers = ResponseCache(frozenset(["10.0.0.1"]))
    request = replace(get("/ipfs/x/"), peer="10.0.0.2")
    answers.put(request, asked(request=request), answer(), b"hi")
    assert answers.get(replace(request, peer="10.0.0.3"))
    assert answers.get(replace(request, peer="10.0.0.1")) is None


@pytest.mark.parametrize(
    ("response", "seconds"),
    [
        (answer(), -1),
        (answer("public, max-age=60"), 60),
        (answer("max-age=60"), 0),
        (answer("no-cache"), 0),
        (answer("no-store"), 0),
        (answer("private, immutable"), 0),
        (answer("public, s-maxage=5"), 0),
        (Response(200, {}), 0),
    ],
)
def test_how_long_an_answer_may_be_given_again(response: Response, seconds: float) -> None:
    assert lasting(response) == seconds


def test_what_a_name_shows_is_kept_for_a_moment() -> None:
    clock = Clock()
    answers, request = ResponseCache(clock=clock), get("/", host="example.eth.localhost")
    answers.put(request, asked(request=request), answer("public, max-age=60"), b"hi")
    clock.now += 0.9
    assert answers.get(request)
    clock.now += 0.2
    assert answers.get(request) is None


@pytest.mark.parametrize("status", [404, 403, 500, 502, 503, 504, 206])
def test_no_refusal_is_kept(status: int) -> None:
    answers, request = ResponseCache(), get("/ipfs/x/")
    answers.put(request, asked(request=request), answer(status=status), b"hi")
    assert answers.get(request) is None


def test_a_large_answer_is_not_kept() -> None:
    answers, request = ResponseCache(), get("/ipfs/x/")
    for size, kept in ((LARGEST // 2, True), (LARGEST, False)):
        answers.put(request, asked(request=request), answer(), bytes(size))
        assert bool(answers.get(request)) is kept


def test_who_looks_at_all_headers_gets_an_answer_that_is_not_kept() -> None:
    answers, request = ResponseCache(), get("/ipfs/x/", accept="a")
    for look in (dict, list, len):
        watched = RecordedHeaders(request.headers)
        look(watched)
        answers.put(request, watched, answer(), b"hi")
        assert answers.get(request) is None


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\nb", "a\0b", "你"])
def test_a_header_that_would_be_two_is_left_to_the_library_to_refuse(value: str) -> None:
    assert written(get("/"), answer(Location=value), b"") is None


def test_the_length_of_a_whole_body_is_told() -> None:
    listing = Response(200, {})
    assert b"content-length: 3\r\n" in (written(get("/"), listing, b"abc") or (b"", b""))[1]
    assert b"content-length" not in (written(get("/", method="HEAD"), listing, b"") or (b"", b""))[1]
    assert b"content-length" not in (written(get("/"), Response(304, {}), b"") or (b"", b""))[1]


# Names


class Names:
    """A resolver that counts, and may be slow."""

    def __init__(self, says: Cid | PublishError | None, seconds: float = 60.0) -> None:
        self.says = says
        self.seconds = seconds
        self.asked: list[str] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, name: str) -> Resolution:
        self.asked.append(name)
        self.go_on.wait(5)
        if isinstance(self.says, PublishError):
            raise self.says
        return Resolution(self.says, self.seconds)


def outcomes(said: NameCache, name: str) -> Iterator[object]:
    for ask in (said, said.at_hand):
        try:
            yield ask(name)
        except (PublishError, CacheMiss) as error:
            yield type(error)


@pytest.mark.parametrize(
    ("says", "seconds", "expected"),
    [
        (ROOT, 60.0, ROOT),
        (ROOT, 3600.0, ROOT),
        (None, 60.0, None),
        (NameUnusable("x.eth", "shows nothing"), FAULT_SECONDS, NameUnusable),
        (RpcError("rpc", "down"), FAULT_SECONDS, RpcError),
    ],
)
def test_what_a_name_shows_is_asked_once_in_a_while(says: Cid | None, seconds: float, expected: object) -> None:
    clock, names = Clock(), Names(says, seconds)
    said = NameCache(names, clock)
    with pytest.raises(CacheMiss):
        said.at_hand("x.eth")
    for later, asked in ((0.0, 1), (seconds - 0.1, 1), (0.2, 2)):
        clock.now += later
        assert list(outcomes(said, "x.eth")) == [expected, expected]
        assert len(names.asked) == asked


def test_those_who_ask_side_by_side_ask_once() -> None:
    names = Names(ROOT)
    names.go_on.clear()
    said = NameCache(names)
    found: list[Cid | None] = []
    threads = [threading.Thread(target=lambda: found.append(said("x.eth"))) for _ in range(8)]
    for each in threads:
        each.start()
    while not names.asked:
        pass
    names.go_on.set()
    for each in threads:
        each.join()
    assert (found, names.asked) == ([ROOT] * 8, ["x.eth"])


def test_only_so_many_names_are_remembered() -> None:
    said = NameCache(Names(ROOT))
    for number in range(MAX_NAMES + 5):
        said(f"{number}.eth")
    assert len(said._said) == MAX_NAMES
    with pytest.raises(CacheMiss):
        said.at_hand("0.eth")


def test_what_is_on_this_machine_is_at_hand_without_another_thread_and_what_is_elsewhere_is_not() -> None:
    here, elsewhere = (Cid.make(0x55, bytes([number]) * 32) for number in (1, 2))
    asked: list[Cid] = []

    def own(cid: Cid) -> bytes:
        if cid != here:
            raise BlockMissing("cache", "not here")
        return b"here"

    def far(cid: Cid) -> bytes:
        asked.append(cid)
        return b"far"

    near = block_cache.BlockCache(far, own=own).near()
    assert near(here) == b"here"
    with pytest.raises(CacheMiss):
        near(elsewhere)
    with pytest.raises(CacheMiss):
        block_cache.BlockCache(far).near()(here)
    assert not asked


def test_a_large_block_of_dag_cbor_is_taken_apart_by_a_reading_thread_and_once() -> None:
    held, small = Blocks(), value(b"\x82\x01" + linked(ROOT))
    data = b"\x9a%b" % (400_000).to_bytes(4, "big") + b"\x19\x01\x02" * 399_999 + linked(ROOT)
    large = Cid.make(Codec.DAG_CBOR, sha256(data))
    held.held = {large: data, small: KUBO_BLOCKS.get(small)}
    blocks = block_cache.BlockCache(held.get)
    blocks(large), blocks(small)
    assert blocks.near()(small)
    with pytest.raises(CacheMiss):
        blocks.near()(large)
    begun = time.perf_counter()
    assert respond(get(f"/ipfs/{large}/5"), Gateway(blocks.here())).status == 501
    first, begun = time.perf_counter() - begun, time.perf_counter()
    for path in ("/5", "/399998", "/399999/x", "/400000", "?format=car"):
        response = respond(get(f"/ipfs/{large}{path}", method="HEAD"), Gateway(blocks.here()))
        assert response.status in (200, 404, 500, 501), path
    assert time.perf_counter() - begun < 3 * first
