"""Blocks and CARs, and answers from blocks of which some are missing or too many."""

import hashlib
import io
import time
from collections.abc import Iterable

import pytest

from publisher.dag import car, dag_pb, unixfs, varint
from publisher.dag.cid import Cid, Codec
from publisher.dag.dag_pb import TooMuch
from publisher.dag.limits import ReadLimits
from publisher.dag.unixfs import LEGACY, MODERN, Link, seal
from publisher.errors import BlockMissing
from publisher.gateway.context import Gateway, PlainReader
from publisher.gateway.message import Response
from publisher.gateway.respond import respond
from tests.gateway.kubo_blocks import BLOCKS, DOCUMENT, LEAF, ROOT
from tests.gateway.sites import Blocks, body, get

CAR = "application/vnd.ipld.car"


def ask(path: str, blocks: Blocks = BLOCKS, *, method: str = "GET", **headers: str) -> Response:
    return respond(get(path, method=method, **headers), Gateway(PlainReader(blocks.get)))


def cids(response: Response) -> list[Cid]:
    assert response.status == 200, body(response)
    return [block.cid for block in car.read(io.BytesIO(body(response)))[1]]


@pytest.fixture
def parts() -> tuple[Blocks, Cid, list[Cid]]:
    """A file of three blocks of 1 MiB and one of a byte, its root, its blocks."""
    blocks = Blocks()
    chunks = [bytes([number]) * (1 << 20) for number in range(3)] + [b"!"]
    root = unixfs.add_file(chunks, MODERN, blocks.emit).cid
    return blocks, root, [Cid.make(Codec.RAW, hashlib.sha256(chunk).digest()) for chunk in chunks]


MIB = 1 << 20


@pytest.mark.parametrize(
    ("span", "some"),
    [
        ("0:0", [0]),
        (f"0:{MIB - 1}", [0]),
        (f"0:{MIB}", [0, 1]),
        (f"{MIB}:{MIB}", [1]),
        (f"{MIB - 1}:{MIB}", [0, 1]),
        ("-1:*", [3]),
        ("-2:*", [2, 3]),
        ("-2:-2", [2]),
        (f"-{9 * MIB}:*", [0, 1, 2, 3]),
        (f"-{9 * MIB}:-2", [0, 1, 2]),
        (f"{MIB}:-{MIB + 2}", [1]),
        ("0:*", [0, 1, 2, 3]),
        (f"0:{9 * MIB}", [0, 1, 2, 3]),
        (f"{9 * MIB}:*", []),
        (f"-{9 * MIB}:-{8 * MIB}", []),
        ("5:-9999999", []),
    ],
)
def test_a_part_of_a_file_takes_its_blocks_and_no_other(
    parts: tuple[Blocks, Cid, list[Cid]], span: str, some: list[int]
) -> None:
    blocks, root, chunks = parts
    for number, chunk in enumerate(chunks):
        if number not in some:
            del blocks.held[chunk]  # neither read nor missed
    assert cids(ask(f"/ipfs/{root}?format=car&entity-bytes={span}", blocks)) == [root, *(chunks[n] for n in some)]


def test_the_bytes_of_a_folder_or_a_value_are_its_entity() -> None:
    for path in (f"/ipfs/{ROOT}/sharded", f"/ipfs/{DOCUMENT}"):
        whole = body(ask(f"{path}?format=car&dag-scope=entity"))
        assert body(ask(f"{path}?format=car&entity-bytes=3:4")) == whole


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_tag_of_a_car_says_which_blocks_are_in_it(method: str) -> None:
    options = ["", "&dag-scope=block", "&dag-scope=entity", "&car-dups=y", "&car-order=unk"]
    options += ["&entity-bytes=0:0", "&entity-bytes=0:*", "&entity-bytes=-1:*"]
    answers = [ask(f"/ipfs/{ROOT}/big.bin?format=car{option}", method=method) for option in options]
    assert len({answer.headers["ETag"] for answer in answers}) == len(options)
    tag = answers[0].headers["ETag"]
    assert ask(f"/ipfs/{ROOT}/big.bin?format=car", method=method, if_none_match=tag).status == 304


def test_what_a_car_says_of_itself() -> None:
    headers = ask(f"/ipfs/{ROOT}/plain?format=car&car-dups=y&filename=%E4%B8%AD.car", accept=f"{CAR};dups=n").headers
    assert headers["Content-Type"] == f"{CAR}; version=1; order=dfs; dups=y"
    assert (headers["Accept-Ranges"], headers["X-Content-Type-Options"]) == ("none", "nosniff")
    assert headers["Content-Disposition"] == "attachment; filename=\"_.car\"; filename*=UTF-8''%E4%B8%AD.car"
    assert "immutable" in headers["Cache-Control"]


def test_order_and_dups_of_accept_count_beside_a_format_of_the_same_kind() -> None:
    asked = f"/ipfs/{ROOT}/twice?format=car"
    twice = ask(asked, accept=f"{CAR}; order=unk; dups=y")
    assert twice.headers["Content-Type"] == f"{CAR}; version=1; order=unk; dups=y"
    assert len(cids(twice)) > len(set(cids(ask(asked))))
    assert ask(f"/ipfs/{ROOT}/twice?format=raw", accept=f"{CAR}; dups=y").headers["Content-Type"].endswith("raw")


def test_links_of_dag_cbor_are_in_a_car_of_all() -> None:
    found = cids(ask(f"/ipfs/{DOCUMENT}?format=car"))
    assert found[:3] == [DOCUMENT, LEAF, ROOT]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("form", ["car", "raw"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_root_that_is_missing_is_told_before_the_status_goes_out(form: str, method: str) -> None:
    lost = Cid.make(Codec.DAG_PB, bytes(32))
    assert ask(f"/ipfs/{lost}?format={form}", method=method).status == 404
    assert ask(f"/ipfs/{lost}?format={form}", method=method, cache_control="only-if-cached").status == 412


def test_a_range_needs_no_block_before_or_after_it(parts: tuple[Blocks, Cid, list[Cid]]) -> None:
    blocks, root, chunks = parts
    for lost in (chunks[0], chunks[2]):
        del blocks.held[lost]
    path = f"/ipfs/{root}?filename=a.txt"
    for span, status in ((f"{MIB}-{MIB + 3}", 206), ("-1", 206), ("0-3", 404), (f"{MIB}-{2 * MIB}", 206)):
        assert ask(path, blocks, range=f"bytes={span}").status == status, span
    assert body(ask(path, blocks, range=f"bytes={MIB}-{MIB + 1},0-3")) == b"\x01\x01"


def test_what_is_only_wanted_from_here_is_asked_of_nobody_else() -> None:
    def far(cid: Cid) -> bytes:
        raise AssertionError("asked of the network")

    gateway = Gateway(PlainReader(far), at_hand=PlainReader(BLOCKS.get))
    for method in ("GET", "HEAD"):
        for query in ("", "?format=raw", "?format=car"):
            asked = get(f"/ipfs/{ROOT}/plain/{query}", method=method, cache_control="Only-If-Cached")
            assert respond(asked, gateway).status == 200
            asked = get(f"/ipfs/{Cid.make(Codec.RAW, bytes(32))}{query}", method=method, cache_control="only-if-cached")
            assert respond(asked, gateway).status == 412


def node(blocks: Blocks, links: Iterable[tuple[bytes, Cid]], data: bytes) -> Cid:
    written = b"".join(dag_pb.encode_link(name, cid.raw, 1) for name, cid in links) + dag_pb.encode_data(data)
    return seal(written, 0, MODERN, blocks.emit).cid


def test_a_dag_that_unfolds_into_terabytes_is_sent_once_or_cut() -> None:
    blocks = Blocks()
    top = node(blocks, (), b"\x08\x01")
    for _ in range(60):
        top = node(blocks, [(b"a", top), (b"b", top)], b"\x08\x01")
    assert len(cids(ask(f"/ipfs/{top}?format=car", blocks))) == 61
    few = Gateway(PlainReader(blocks.get), limits=ReadLimits(count=1000))
    response = respond(get(f"/ipfs/{top}?format=car&car-dups=y"), few)
    assert response.status == 200
    with pytest.raises(TooMuch):
        body(response)


def test_a_file_that_unfolds_into_terabytes_is_read_in_part_or_refused() -> None:
    blocks = Blocks()
    size, file = 1 << 20, unixfs.add_file([bytes(1 << 20)], MODERN, blocks.emit).cid
    for _ in range(30):
        data = b"\x08\x02\x18%b\x20%b\x20%b" % tuple(varint.encode(n) for n in (2 * size, size, size))
        file, size = node(blocks, [(b"", file), (b"", file)], data), 2 * size
    start = time.monotonic()
    assert ask(f"/ipfs/{file}", blocks).status == 500
    far = ask(f"/ipfs/{file}", blocks, range=f"bytes={size - 3}-")
    assert (far.status, body(far)) == (206, bytes(3))
    assert ask(f"/ipfs/{file}", blocks, method="HEAD").headers["Content-Length"] == str(size)
    assert len(cids(ask(f"/ipfs/{file}?format=car", blocks))) == 31
    assert len(cids(ask(f"/ipfs/{file}?format=car&entity-bytes=-1:*", blocks))) == 31
    assert time.monotonic() - start < 5


def test_a_chain_without_end_ends_at_a_limit() -> None:
    blocks = Blocks()
    top = node(blocks, (), b"\x08\x01")
    for _ in range(5000):
        top = node(blocks, [(b"d", top)], b"\x08\x01")
    for form in ("car", "car&car-dups=y"):
        with pytest.raises(TooMuch):
            body(ask(f"/ipfs/{top}?format={form}", blocks))
    assert cids(ask(f"/ipfs/{top}?format=car&dag-scope=entity", blocks)) == [top]
    assert ask(f"/ipfs/{top}{'/d' * 255}/", blocks).status == 200
    assert ask(f"/ipfs/{top}{'/d' * 256}/", blocks).status == 414


def test_shards_below_each_other_end_at_a_limit() -> None:
    blocks = Blocks()
    top = node(blocks, (), b"\x08\x05\x12\x00\x28\x22\x30\x80\x02")
    for _ in range(2000):
        top = node(blocks, [(b"00", top)], b"\x08\x05\x12\x01\x01\x28\x22\x30\x80\x02")
    with pytest.raises(TooMuch):
        body(ask(f"/ipfs/{top}?format=car&dag-scope=entity", blocks))
    assert ask(f"/ipfs/{top}/", blocks).status == 500
    assert ask(f"/ipfs/{top}/x", blocks).status in (404, 500)


def test_a_file_of_another_profile_is_sent_in_order() -> None:
    blocks = Blocks()
    data = bytes(range(256)) * 3000
    root = unixfs.add_file([data], LEGACY, blocks.emit).cid
    assert body(ask(f"/ipfs/{root}", blocks)) == data
    found = cids(ask(f"/ipfs/{root}?format=car&dag-scope=entity&car-dups=y", blocks))
    assert found[0] == root
    assert cids(ask(f"/ipfs/{root}?format=car", blocks)) == list(dict.fromkeys(found))


@pytest.mark.parametrize("path", ["", "/list/1", "/site/docs/"])
def test_a_value_of_dag_cbor_is_sent_as_it_is(path: str) -> None:
    response = ask(f"/ipfs/{DOCUMENT}{path}")
    assert response.status == 200
    if path != "/site/docs/":
        assert response.headers["Content-Type"] == "application/vnd.ipld.dag-cbor"
        assert response.headers["Content-Disposition"].startswith("attachment")


def test_bytes_that_are_no_dag_cbor_are_an_answer_too() -> None:
    blocks = Blocks()
    for data in (b"", b"\x9f", b"\xff" * 40, b"\x81" * 100_000):
        cid = Cid.make(Codec.DAG_CBOR, hashlib.sha256(data).digest())
        blocks.held[cid] = data
        assert ask(f"/ipfs/{cid}/a/b", blocks).status == 500
        assert ask(f"/ipfs/{cid}?format=raw", blocks).status == 200


def test_an_identity_cid_is_asked_of_nobody_and_never_in_a_car() -> None:
    def refusing(cid: Cid) -> bytes:
        raise BlockMissing("memory", "nothing is here")

    asked = get("/ipfs/bafkqabtimvwgy3yk?format=car&car-dups=y")
    response = respond(asked, Gateway(PlainReader(refusing)))
    assert cids(response) == []
    assert body(respond(get("/ipfs/bafkqabtimvwgy3yk"), Gateway(PlainReader(refusing)))) == b"hello\n"


def test_a_link_in_a_folder_may_be_an_identity_cid() -> None:
    blocks = Blocks()
    inline = Cid.from_bytes(b"\x01\x55\x00\x05hello")
    page = Link(inline, 5)
    root = unixfs.seal(
        dag_pb.encode_link(b"a.txt", page.cid.raw, 5) + dag_pb.encode_data(b"\x08\x01"), 5, MODERN, blocks.emit
    ).cid
    assert body(ask(f"/ipfs/{root}/a.txt", blocks)) == b"hello"
    assert cids(ask(f"/ipfs/{root}?format=car&car-dups=y", blocks)) == [root]


def test_a_folder_may_be_an_identity_cid_on_the_way() -> None:
    blocks = Blocks()
    page = unixfs.add_file([b"page"], MODERN, blocks.emit)
    short = dag_pb.encode_link(b"a.txt", page.cid.raw, 4) + dag_pb.encode_data(b"\x08\x01")
    folder = Cid.from_bytes(b"\x01\x70\x00%c%b" % (len(short), short))
    top = node(blocks, [(b"in", folder)], b"\x08\x01")
    assert body(ask(f"/ipfs/{top}/in/a.txt", blocks)) == b"page"
    for option in ("", "&car-dups=y", "&dag-scope=block"):
        assert cids(ask(f"/ipfs/{top}/in/a.txt?format=car{option}", blocks)) == [top, page.cid]
        assert cids(ask(f"/ipfs/{folder}/a.txt?format=car{option}", blocks)) == [page.cid]


ORDERS = [
    "0a02080112330a24015512205891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03120968656c6c6f2e7478741806",
    "12330a24015512205891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03120968656c6c6f2e74787418060a020801",
    "0a250805121c80000000000000000000000000000000000000000000000000000000282230800212350a24015512205891b5b522d5df086d0f"
    "f0b110fbd9d21bb4fc7163af34d08286a2e846f6be03120b444668656c6c6f2e7478741806",
    "12350a24015512205891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03120b444668656c6c6f2e74787418060a25"
    "0805121c800000000000000000000000000000000000000000000000000000002822308002",
]


@pytest.mark.parametrize("written", ORDERS)
def test_links_may_stand_before_the_data_or_after_it(written: str) -> None:
    blocks = Blocks()
    unixfs.add_file([b"hello\n"], MODERN, blocks.emit)
    data = bytes.fromhex(written)
    root = Cid.make(Codec.DAG_PB, hashlib.sha256(data).digest())
    blocks.held[root] = data
    assert body(ask(f"/ipfs/{root}/hello.txt", blocks)) == b"hello\n"
    assert body(ask(f"/ipfs/{root}?format=raw", blocks)) == data


@pytest.mark.parametrize(("options", "status"), [("", 406), ("&dag-scope=all", 406), ("&dag-scope=block", 200)])
def test_a_root_whose_links_are_not_read_is_told_before_the_status_goes_out(options: str, status: int) -> None:
    data, git = b"blob 1\0a", 0x78
    blocks, cid = Blocks(), Cid.make(git, hashlib.sha256(data).digest())
    blocks.held[cid] = data
    assert ask(f"/ipfs/{cid}?format=car{options}", blocks).status == status
    assert ask(f"/ipfs/{cid}?format=car{options}", blocks, method="HEAD").status == status


def test_a_file_whose_beginning_is_lost_is_sent_in_part_alone_and_only_where_its_name_says_what_it_is(
    parts: tuple[Blocks, Cid, list[Cid]],
) -> None:
    blocks, root, chunks = parts
    del blocks.held[chunks[0]]
    span = f"bytes={MIB}-{MIB + 3}"
    assert ask(f"/ipfs/{root}?filename=a.txt", blocks, range=span).status == 206
    assert ask(f"/ipfs/{root}?filename=a.txt", blocks).status == 404
    assert ask(f"/ipfs/{root}", blocks, range=span).status == 404
    assert ask(f"/ipfs/{root}?filename=a.txt", blocks, method="HEAD").status == 404
