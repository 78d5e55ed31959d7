"""DAG-CBOR: its links, and what a path leads to."""

import contextlib
import hashlib
import time
import tracemalloc
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.dag import dag_cbor, walk
from publisher.dag.cid import Cid, Codec
from publisher.dag.dag_pb import Malformed
from publisher.dag.lru import LruCache

A = Cid.make(Codec.RAW, hashlib.sha256(b"a").digest())
B = Cid.make(Codec.DAG_PB, hashlib.sha256(b"b").digest(), version=0)


def link(cid: Cid) -> bytes:
    raw = b"\0" + cid.raw
    return b"\xd8\x2a\x58%c%b" % (len(raw), raw)


# {"a": [1, A, "x"], "b": {"c": B}, "n": null, "中": A}
DOCUMENT = b"\xa4\x61a\x83\x01%b\x61x\x61b\xa1\x61c%b\x61n\xf6\x63%b%b" % (link(A), link(B), "中".encode(), link(A))


def test_links_stand_in_the_order_in_which_they_are_written() -> None:
    assert dag_cbor.links(DOCUMENT) == [A, B, A]
    assert dag_cbor.links(link(B)) == [B]
    assert dag_cbor.links(b"\xf9\x3c\x00") == []


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a/1", (A, 2)),
        ("a/1/more/below", (A, 2)),
        ("b/c", (B, 2)),
        ("中", (A, 1)),
        ("", (None, 0)),
        ("a", (None, 1)),
        ("a/0", (None, 2)),
        ("n", (None, 1)),
    ],
)
def test_a_path_leads_to_the_first_link_on_it(path: str, found: tuple[Cid | None, int]) -> None:
    assert dag_cbor.follow(DOCUMENT, [name for name in path.split("/") if name]) == found


def test_a_link_may_be_all_there_is() -> None:
    assert dag_cbor.follow(link(A), ["x"]) == (A, 0)


@pytest.mark.parametrize("path", ["z", "a/3", "a/-1", "a/x", "a/1000000000000", "a/0/x", "n/x", "b/c2", "a/２"])
def test_a_name_that_is_not_there_leads_nowhere(path: str) -> None:
    with pytest.raises(LookupError):
        dag_cbor.follow(DOCUMENT, path.split("/"))


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"\x01\x01",
        b"\x61",
        b"\x9f\xff",
        b"\x82\x01",
        b"\xa1\x61a",
        b"\xd8\x2b\x41\x00",
        b"\xd8\x2a\x41\x01",
        b"\xd8\x2a\x43\x00\x09\x09",
        b"\xc0\x61a",
        b"\x9b" + b"\xff" * 8,
        b"\x5b" + b"\xff" * 8,
        b"\x1c",
        b"\x19\x01",
        link(A)[:-1],
    ],
)
def test_what_is_no_dag_cbor_is_malformed(block: bytes) -> None:
    with pytest.raises(Malformed):
        dag_cbor.links(block)
    with pytest.raises(Malformed):
        dag_cbor.follow(block, ["a"])


def test_two_million_brackets_are_counted_and_not_climbed() -> None:
    start = time.monotonic()
    assert dag_cbor.links(b"\x81" * (2 << 20) + b"\x01") == []
    assert time.monotonic() - start < 10


@given(st.binary(max_size=80), st.lists(st.text(max_size=3), max_size=3))
def test_any_bytes_are_read_or_refused(block: bytes, path: list[str]) -> None:
    with contextlib.suppress(Malformed, LookupError):
        dag_cbor.follow(block, path)


def test_a_walk_follows_its_links() -> None:
    leaf = Cid.make(Codec.DAG_CBOR, hashlib.sha256(b"\xa0").digest())
    top = b"\x82%b%b" % (link(leaf), link(A))
    root = Cid.make(Codec.DAG_CBOR, hashlib.sha256(top).digest())
    held = {root: top, leaf: b"\xa0", A: b"a"}
    assert [block.cid for block in walk.reachable(held.__getitem__, root)] == [root, leaf, A]


# Large blocks


def text(value: str) -> bytes:
    data = value.encode()
    return b"\x78%c%b" % (len(data), data)


def made(kind: int, *items: bytes) -> bytes:
    count = len(items) // (2 if kind == 0xA0 else 1)
    return b"%c%b%b" % (kind | 26, count.to_bytes(4, "big"), b"".join(items))


def cid_of(block: bytes) -> Cid:
    return Cid.make(Codec.DAG_CBOR, hashlib.sha256(block).digest())


def numbers() -> bytes:
    return made(0x80, *[b"\x19%b" % number.to_bytes(2, "big") for number in range(60_000)] * 8, link(A))


def ordered() -> bytes:
    keys = [part for number in range(100_000) for part in (text(f"{number:05}"), b"\x01")]
    return made(0xA0, *keys, text("z" * 9), link(A))


def mixed() -> bytes:
    keys = [part for number in range(60_000) for part in (text(f"{number ^ 21845}"), b"\x82\x01\x02")]
    return made(0xA0, *keys, b"\x61z", link(A))


def nested() -> bytes:
    return b"\x82" * 200_000 + link(A) + b"\x01" * 200_000


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    with contextlib.suppress(LookupError, Malformed):
        call()
    return time.perf_counter() - began


@pytest.mark.parametrize(
    ("large", "paths"),
    [
        (numbers, ["480000", "479999", "7", "480001", "0"]),
        (ordered, ["z" * 9, "00000", "99999", "77777", "absent"]),
        (mixed, ["z", "21845", "40000", "0", "absent", "10000/1"]),
        (nested, ["1", "0/1", "/".join("0" * 200), "0/0/0/1"]),
        (lambda: numbers() + b"\x01", ["7", "480000"]),
    ],
    ids=["list", "ordered", "mixed", "nested", "malformed"],
)
def test_a_large_block_is_read_once_whatever_is_asked_of_it(large: Callable[[], bytes], paths: list[str]) -> None:
    block = large()
    cid = cid_of(block)

    def outcome(path: str, known: Cid | None) -> object:
        try:
            return dag_cbor.follow(block, path.split("/"), known)
        except (LookupError, Malformed) as error:
            return type(error), str(error)

    fresh = {path: outcome(path, None) for path in paths}
    whole = seconds(lambda: dag_cbor.links(block))
    for _ in range(2):
        assert {path: outcome(path, cid) for path in paths} == fresh
    for path in paths:
        ways = path.split("/")
        assert min(seconds(partial(dag_cbor.follow, block, ways, cid)) for _ in range(5)) < 0.1 * whole
    assert min(seconds(partial(dag_cbor.links, block, cid)) for _ in range(5)) < 0.1 * whole


def test_what_is_remembered_is_bounded() -> None:
    recent = LruCache[Cid, dag_cbor.Document](400_000)
    for number in range(6):
        block = made(0x80, *[b"\x18%c" % number] * 20_000)
        document = dag_cbor.Document(block)
        document.follow(block, ["19999"])
        assert 4 * 20_000 <= document.cost < 4 * 20_000 + 2000
        recent.put(cid_of(block), document, document.cost)
    assert len(recent) == 4
    many = made(0xA0, *[part for number in range(20_000) for part in (text(f"{number ^ 5461}"), b"\x01")])
    tracemalloc.start()
    document = dag_cbor.Document(many)
    for key in ("5461", "19999", "absent"):
        with contextlib.suppress(LookupError):
            document.follow(many, [key])
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert used < 1.2 * document.cost < 250_000


def test_of_many_lists_in_a_block_only_so_many_are_noted() -> None:
    inner = made(0x80, *[b"\x78\xff" + b"x" * 255] * 20, link(A))
    block = made(0x80, *[inner] * (dag_cbor.MOST_NOTED + 100))
    document = dag_cbor.Document(block)
    for number in range(dag_cbor.MOST_NOTED + 100):
        assert document.follow(block, [str(number), "20"])[0] == A
    assert len(document._noted) == dag_cbor.MOST_NOTED
    assert document.follow(block, ["0", "20"])[0] == A


def test_of_two_entries_with_one_key_the_first_counts_however_they_stand() -> None:
    padding = text("x" * 200) * 30
    for keys in (("a", "a", "b"), ("b", "a", "a"), ("c", "a", "c"), ("a", "b", "a")):
        values = {key: number for number, key in reversed(list(enumerate(keys)))}
        block = made(
            0xA0,
            *[
                part
                for number, key in enumerate(keys)
                for part in (text(key), made(0x80, link(A) if number else link(B), padding[:202]))
            ],
        )
        document = dag_cbor.Document(block)
        for _ in range(2):
            for key, number in values.items():
                assert document.follow(block, [key, "0"])[0] == (A if number else B)


def test_a_key_that_is_no_text_leads_nowhere() -> None:
    with pytest.raises(Malformed, match="no text"):
        dag_cbor.follow(b"\xa1\x05" + link(A), ["a"])
