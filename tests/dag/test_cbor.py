"""DAG-CBOR: its links, and what a path leads to."""

import contextlib
import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.dag import cbor, walk
from publisher.dag.cid import Cid, Codec
from publisher.dag.pb import Malformed

A = Cid.make(Codec.RAW, hashlib.sha256(b"a").digest())
B = Cid.make(Codec.DAG_PB, hashlib.sha256(b"b").digest(), version=0)


def link(cid: Cid) -> bytes:
    raw = b"\0" + cid.raw
    return b"\xd8\x2a\x58%c%b" % (len(raw), raw)


# {"a": [1, A, "x"], "b": {"c": B}, "n": null, "中": A}
DOCUMENT = b"\xa4\x61a\x83\x01%b\x61x\x61b\xa1\x61c%b\x61n\xf6\x63%b%b" % (link(A), link(B), "中".encode(), link(A))


def test_links_stand_in_the_order_in_which_they_are_written() -> None:
    assert cbor.links(DOCUMENT) == [A, B, A]
    assert cbor.links(link(B)) == [B]
    assert cbor.links(b"\xf9\x3c\x00") == []


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
    assert cbor.follow(DOCUMENT, [name for name in path.split("/") if name]) == found


def test_a_link_may_be_all_there_is() -> None:
    assert cbor.follow(link(A), ["x"]) == (A, 0)


@pytest.mark.parametrize("path", ["z", "a/3", "a/-1", "a/x", "a/1000000000000", "a/0/x", "n/x", "b/c2", "a/２"])
def test_a_name_that_is_not_there_leads_nowhere(path: str) -> None:
    with pytest.raises(LookupError):
        cbor.follow(DOCUMENT, path.split("/"))


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
        cbor.links(block)
    with pytest.raises(Malformed):
        cbor.follow(block, ["a"])


def test_two_million_brackets_are_counted_and_not_climbed() -> None:
    start = time.monotonic()
    assert cbor.links(b"\x81" * (2 << 20) + b"\x01") == []
    assert time.monotonic() - start < 10


@given(st.binary(max_size=80), st.lists(st.text(max_size=3), max_size=3))
def test_any_bytes_are_read_or_refused(block: bytes, path: list[str]) -> None:
    with contextlib.suppress(Malformed, LookupError):
        cbor.follow(block, path)


def test_a_walk_follows_its_links() -> None:
    leaf = Cid.make(Codec.DAG_CBOR, hashlib.sha256(b"\xa0").digest())
    top = b"\x82%b%b" % (link(leaf), link(A))
    root = Cid.make(Codec.DAG_CBOR, hashlib.sha256(top).digest())
    held = {root: top, leaf: b"\xa0", A: b"a"}
    assert [block.cid for block in walk.reachable(held.__getitem__, root)] == [root, leaf, A]
