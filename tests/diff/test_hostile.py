"""Pages that are broken, huge or not there: the comparison ends in time, and the other pages are compared."""

import time

import pytest

from publisher.dag import dag_pb, walk
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.diff import compare
from publisher.diff.compare import LARGEST
from publisher.errors import BlockMissing
from tests.diff.pages import only, page, told
from tests.gateway.sites import Blocks

HOSTILE = ["<a '\"", "<!--", "<script ", "<title>", "<main>", "<![CDATA[", "<a href=", "&#x110000;", "</", "url("]


@pytest.mark.parametrize("piece", HOSTILE)
def test_broken_pages_take_time_by_their_length(piece: str) -> None:
    old, new = (piece * (LARGEST // 2 // len(piece)) + end for end in ("<p>a", "<p>b"))
    start = time.process_time()
    only(old.encode(), new.encode())
    assert time.process_time() - start < 20


@pytest.mark.parametrize("raw", [b"\xff\xfe<\x00p\x00", b"<main>\x80\x81</main>", b"\x00" * 50, b""])
def test_bytes_that_are_no_text_are_compared_all_the_same(raw: bytes) -> None:
    assert only(page("<p>a"), raw).what == "changed"
    assert only(raw, page("<p>a"), "noext").what == "changed"


@pytest.mark.parametrize(("size", "note"), [(LARGEST, ""), (LARGEST + 1, "too large to be compared")])
def test_a_page_that_is_too_large_is_told_by_its_size(size: int, note: str) -> None:
    old = b"<main>a</main>"
    assert only(old, (b"<main>b</main>" + bytes(size))[:size]).note == note


def test_a_page_that_unfolds_into_terabytes_is_not_unfolded() -> None:
    blocks = Blocks()
    cid, size = Cid.make(Codec.RAW, sha256(bytes(1 << 20))), 1 << 20
    blocks.emit(Block(cid, bytes(1 << 20)))
    for _ in range(3):
        sizes = b"".join(b"\x20" + _varint(size) for _ in range(100))
        body = b"".join(dag_pb.encode_link(b"", cid.raw, size) for _ in range(100))
        data = b"\x08\x02\x18" + _varint(size * 100) + sizes
        node = body + dag_pb.encode_data(data)
        cid, size = Cid.make(Codec.DAG_PB, sha256(node)), size * 100
        blocks.emit(Block(cid, node))
    folder = dag_pb.encode_link(b"index.html", cid.raw, 1) + dag_pb.encode_data(b"\x08\x01")
    bomb = Block(Cid.make(Codec.DAG_PB, sha256(folder)), folder)
    blocks.emit(bomb)
    old = blocks.add({"index.html": page("<p>a")})
    (file,) = compare(blocks.get, old, bomb.cid).files
    assert (file.note, file.after) == ("too large to be compared", 100**3 << 20)


def _varint(number: int) -> bytes:
    found = b""
    while number > 127:
        found += bytes([number & 127 | 128])
        number >>= 7
    return found + bytes([number])


def test_a_page_whose_bytes_are_nowhere_does_not_hide_the_others() -> None:
    blocks = Blocks()
    old = blocks.add({"a.html": page("<p>a"), "b.html": page("<p>b")})
    new = blocks.add({"a.html": page("<p>A"), "b.html": page("<p>B")})
    del blocks.held[walk.resolve(blocks.get, old, "a.html")]
    one, two = compare(blocks.get, old, new).files
    assert one.note == "its bytes are not available"
    assert told(two) == ["main: [-b-]{+B+}"]
    del blocks.held[old]
    with pytest.raises(BlockMissing):
        compare(blocks.get, old, new)
