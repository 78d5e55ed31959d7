"""What is below a request: files of many blocks, blocks that are missing or strange, errors of those who are asked."""

import hashlib

import pytest

from publisher.dag import tree, unixfs
from publisher.dag.cid import Cid, Codec
from publisher.dag.unixfs import MODERN
from publisher.errors import BlockMissing, CidMismatch, NameEndless, NameUnusable, RpcError, StoreUnreachable
from publisher.gateway.context import Gateway, PlainReader
from publisher.gateway.respond import respond
from tests.gateway.asking import BLOCKS, ROOT, ask, cid_of
from tests.gateway.sites import DIGITS, Blocks, body, get


def test_a_single_file_can_be_a_root() -> None:
    response = ask(f"/ipfs/{cid_of(DIGITS)}")
    assert (response.status, body(response)) == (200, DIGITS)


def test_a_sharded_folder_and_a_file_of_many_blocks_read_like_any_other() -> None:
    blocks = Blocks()
    page = unixfs.add_file([b"<p>one of many"], MODERN, blocks.emit)
    data = bytes(range(256)) * (9 << 10)
    entries = {f"{number:05}-{'x' * 40}.html": page for number in range(3000)}
    entries["big.bin"] = unixfs.add_file([data], MODERN, blocks.emit)
    root = tree.add_folder(entries, MODERN, blocks.emit).cid
    gateway = Gateway(PlainReader(blocks.get))
    found = respond(get(f"/ipfs/{root}/02999-{'x' * 40}.html"), gateway)
    assert (found.status, body(found)) == (200, b"<p>one of many")
    assert body(respond(get(f"/ipfs/{root}/"), gateway)).count(b"<tr>") == 3001
    assert body(respond(get(f"/ipfs/{root}/big.bin"), gateway)) == data
    over = respond(get(f"/ipfs/{root}/big.bin", range=f"bytes={(1 << 20) - 2}-{(1 << 20) + 1}"), gateway)
    assert body(over) == data[(1 << 20) - 2 : (1 << 20) + 2]
    assert respond(get(f"/ipfs/{root}/absent"), gateway).status == 404


def test_a_missing_block_is_told_before_the_status_goes_out() -> None:
    blocks = Blocks()
    root = blocks.add({"big.bin": bytes(3 << 20), "index.html": b"x", "_redirects": b"/* /index.html 200\n"})
    del blocks.held[cid_of(bytes(1 << 20))]
    gateway = Gateway(PlainReader(blocks.get))
    assert respond(get(f"/ipfs/{root}/big.bin"), gateway).status == 404
    assert (
        respond(get("/big.bin", f"{root}.ipfs.localhost"), gateway).status == 404
    )  # absent is not the same as missing
    for method in ("GET", "HEAD"):
        request = get(f"/ipfs/{cid_of(b'?')}", method=method, cache_control="only-if-cached")
        assert respond(request, gateway).status == 412


def test_only_a_block_that_is_needed_is_read() -> None:
    BLOCKS.asked.clear()
    ask(f"/ipfs/{ROOT}/plain/digits.txt", method="HEAD")
    assert set(BLOCKS.asked) <= {
        ROOT,
        *map(Cid.parse, ask(f"/ipfs/{ROOT}/plain/digits.txt").headers["X-Ipfs-Roots"].split(",")),
    }


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BlockMissing("node", "no"), 404),
        (StoreUnreachable("node", "slow"), 504),
        (CidMismatch("node", "lies"), 502),
    ],
)
def test_an_error_below_has_one_status(error: Exception, status: int) -> None:
    def failing(cid: Cid) -> bytes:
        raise error

    answer = respond(get(f"/ipfs/{ROOT}/"), Gateway(PlainReader(failing)))
    assert (answer.status, "Retry-After" in answer.headers) == (status, status != 404)


@pytest.mark.parametrize(
    ("error", "status"),
    [(RpcError("rpc", "down"), 502), (NameUnusable("x.eth", "no"), 404), (NameEndless("x.org", "no"), 400)],
)
def test_a_name_that_cannot_be_resolved_says_so(error: Exception, status: int) -> None:
    def failing(name: str) -> Cid | None:
        raise error

    response = respond(get("/", "x.eth.localhost"), Gateway(PlainReader(BLOCKS.get), failing))
    assert response.status == status
    assert str(error) in body(response).decode()


def test_a_codec_that_is_no_file_system_is_offered_as_a_block() -> None:
    blocks = Blocks()
    cid = Cid.make(0x0129, hashlib.sha256(b"\xa0").digest())
    blocks.held[cid] = b"\xa0"
    assert respond(get(f"/ipfs/{cid}"), Gateway(PlainReader(blocks.get))).status == 406
    assert body(respond(get(f"/ipfs/{cid}?format=raw"), Gateway(PlainReader(blocks.get)))) == b"\xa0"


def test_bytes_that_are_no_folder_are_an_answer_too() -> None:
    blocks = Blocks()
    for data in (b"", b"\xff", b"\x0a\x02\x08\x63", b"\x12\x7f"):
        cid = Cid.make(Codec.DAG_PB, hashlib.sha256(data).digest())
        blocks.held[cid] = data
        assert respond(get(f"/ipfs/{cid}/"), Gateway(PlainReader(blocks.get))).status in (406, 500)
