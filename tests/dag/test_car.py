import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.dag import car, walk
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import LEGACY, MODERN, Profile, add_file
from tests.dag.kubo import repo
from tests.dag.trees import Blocks

FILES = {"index.html": b"hello", "posts/文章.html": "你好".encode(), "large": bytes(3 << 20), "empty": b""}


def site(profile: Profile = MODERN) -> tuple[Cid, list[Block]]:
    blocks = Blocks()
    links = {path: add_file([data], profile, blocks.emit) for path, data in FILES.items()}
    root = add_tree(
        {**links, **{f"many/{n}".ljust(200, "_"): links["empty"] for n in range(2000)}}, profile, blocks.emit
    )
    return root.cid, list(walk.reachable(blocks.get, root.cid))


ROOT, BLOCKS = site()
CAR = b"".join(car.write([ROOT], BLOCKS))
SMALL = b"".join(car.write([ROOT], BLOCKS[:1]))


@pytest.mark.whole
@pytest.mark.parametrize("profile", [MODERN, LEGACY], ids=lambda p: p.name)
def test_kubo_imports_what_we_write_and_finds_it_whole(profile: Profile, tmp_path: Path) -> None:
    root, blocks = site(profile)
    (tmp_path / "site.car").write_bytes(b"".join(car.write([root], blocks)))
    kubo = repo(tmp_path / "repo", "test")
    told = kubo.run("dag", "import", "--stats", "--pin-roots", tmp_path / "site.car")
    assert f"Imported {len(blocks)} blocks" in told
    assert str(root) in told
    assert str(root) in kubo.run("pin", "ls", "--type=recursive", "-q").split()
    assert f"Unique Blocks: {len(blocks)}\n" in kubo.run("dag", "stat", "--progress=false", str(root))


@pytest.mark.whole
def test_we_read_what_kubo_writes_in_the_same_order(tmp_path: Path) -> None:
    (tmp_path / "site.car").write_bytes(CAR)
    kubo = repo(tmp_path / "repo", "test")
    kubo.run("dag", "import", tmp_path / "site.car")
    theirs = kubo.output("dag", "export", "--progress=false", str(ROOT))
    roots, blocks = car.read(io.BytesIO(theirs))
    assert (roots, list(blocks)) == ((ROOT,), BLOCKS)
    assert theirs == CAR


def test_the_size_is_known_before_a_byte_is_written() -> None:
    assert car.size([ROOT], ((block.cid, len(block.data)) for block in BLOCKS)) == len(CAR)
    assert car.size([ROOT, ROOT], []) == len(b"".join(car.write([ROOT, ROOT], [])))
    assert car.section(BLOCKS[0].cid, len(BLOCKS[0].data)) == len(SMALL) - car.size([ROOT], [])


@pytest.mark.parametrize("count", [0, 1, 2, 30, 300])
def test_any_number_of_roots_comes_back(count: int) -> None:
    roots = tuple(Cid.make(Codec.RAW, sha256(b"%d" % n)) for n in range(count))
    found, blocks = car.read(io.BytesIO(b"".join(car.write(roots, BLOCKS))))
    assert (found, list(blocks)) == (roots, BLOCKS)


def test_a_stream_that_gives_little_at_a_time_is_read_whole() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 7))

    _, blocks = car.read(Slow(SMALL))
    assert list(blocks) == BLOCKS[:1]


def test_a_car_is_written_and_read_block_by_block() -> None:
    taken = []

    def blocks() -> Iterator[Block]:
        for block in BLOCKS:
            taken.append(block)
            yield block

    pieces = car.write([ROOT], blocks())
    next(pieces)
    next(pieces)
    assert len(taken) == 1


def test_a_cut_at_any_byte_is_noticed_unless_it_is_between_blocks() -> None:
    whole = {car.size([ROOT], []), len(SMALL)}
    for at in range(len(SMALL)):
        if at in whole:
            continue
        with pytest.raises(car.BadCar, match=r"cut short|empty"):
            list(car.read(io.BytesIO(SMALL[:at]))[1])


def test_a_block_that_is_not_what_its_cid_says_is_named() -> None:
    lie = Block(BLOCKS[0].cid, BLOCKS[0].data[:-1] + b"!")
    _, blocks = car.read(io.BytesIO(b"".join(car.write([ROOT], [BLOCKS[1], lie]))))
    assert next(blocks) == BLOCKS[1]
    with pytest.raises(car.BadCar, match=f"{ROOT} is not what its CID says"):
        next(blocks)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"<!doctype html><html></html>", "cut short|no CAR file"),
        (b"PK\x03\x04" + bytes(100), "no CAR file"),
        (bytes.fromhex("0aa16776657273696f6e02") + bytes(40), "CARv2"),
        (b"".join(car.write([ROOT], [])).replace(b"version\x01", b"version\x03"), "no CAR file"),
        (b"".join(car.write([ROOT], [])).replace(b"roots", b"boots"), "no CAR file"),
        (b"".join(car.write([ROOT], [])) + b"\x00", "0 bytes"),
        (b"".join(car.write([ROOT], [])) + b"\xff\xff\xff\x7f", "are allowed"),
        (b"".join(car.write([ROOT], [])) + b"\xff" * 20, "damaged"),
        (b"".join(car.write([ROOT], [])) + b"\x05hello", "after 0 blocks: CID version 104"),
        (b"".join(car.write([ROOT], [])) + b"\x25\x01\x55\x1e\x20" + bytes(33), "hash function 0x1e is not supported"),
        (b"\xff\xff\xff\x7f", "no CAR file"),
    ],
)
def test_what_is_no_car_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(car.BadCar, match=why):
        list(car.read(io.BytesIO(data))[1])


def test_the_keys_of_the_header_may_be_in_either_order() -> None:
    body = b"\xa2\x67version\x01\x65roots\x81\xd8\x2a\x58\x25\x00" + ROOT.raw
    assert car.read(io.BytesIO(bytes([len(body)]) + body))[0] == (ROOT,)


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_car_is_a_bad_car_or_the_same_blocks(data: st.DataObject) -> None:
    start = car.size([ROOT], [])
    at = data.draw(st.integers(0, start + 60))
    broken = SMALL[:at] + bytes([data.draw(st.integers(0, 255))]) + SMALL[at + 1 :]
    try:
        _, blocks = car.read(io.BytesIO(broken))
        assert all(block.cid.matches(block.data) for block in blocks)
    except car.BadCar:
        pass
