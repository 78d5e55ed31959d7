"""CAR files that other tools made, or that somebody made to do harm: all of the root, or nothing and a clear word."""

import io
import struct
import time
from collections.abc import Callable, Iterable
from hashlib import blake2b, sha512
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.dag import car, dag_pb, hamt, varint, walk
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.dag.limits import LIMITS, ReadLimits
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import LEGACY, MODERN, Link, add_bytes, add_symlink
from publisher.errors import ConfigError, PublishError, StoreRefused
from publisher.intake.archive import add_car
from tests.dag.kubo import repo
from tests.stores.sites import Blocks

HTML = b"<h1>hello</h1>"
FOLDER = b"\x0a\x02\x08\x01"


def raw(data: bytes) -> Block:
    return Block(Cid.make(Codec.RAW, sha256(data)), data)


def sealed(data: bytes) -> Block:
    return Block(Cid.make(Codec.DAG_PB, sha256(data)), data)


def folder_of(*entries: tuple[bytes, Cid]) -> Block:
    return sealed(b"".join(dag_pb.encode_link(name, cid.raw, 0) for name, cid in entries) + FOLDER)


def whole_site(size: int = 3) -> tuple[Cid, list[Block]]:
    blocks = Blocks()
    links: dict[str, Link | None] = {
        f"posts/第{n}/index.html": add_bytes(HTML + b"%d" % n, MODERN, blocks.put) for n in range(size)
    }
    links |= {"index.html": add_bytes(HTML, MODERN, blocks.put), "large": add_bytes(bytes(3 << 20), MODERN, blocks.put)}
    links |= {"link": add_symlink(b"index.html", MODERN, blocks.put)}
    links |= {f"many/{n}".ljust(200, "_"): links["index.html"] for n in range(1500)}
    root = add_tree(links, MODERN, blocks.put).cid
    return root, list(walk.reachable(blocks.get, root))


ROOT, SITE = whole_site()


def file_of(tmp_path: Path, roots: Iterable[Cid], blocks: Iterable[Block]) -> Path:
    path = tmp_path / "site.car"
    path.write_bytes(b"".join(car.write(list(roots), blocks)))
    return path


def taken(path: Path) -> tuple[Cid, Blocks, list[str]]:
    blocks, said = Blocks(), list[str]()
    return add_car(path, blocks.put, said.append), blocks, said


def refused(path: Path, why: str, limits: ReadLimits = LIMITS) -> StoreRefused:
    """The reason is told, and nothing was let in."""
    blocks = Blocks()
    with pytest.raises(StoreRefused, match=why) as caught:
        add_car(path, blocks.put, lambda text: None, limits=limits)
    assert not blocks.data
    assert caught.value.hint
    return caught.value


def test_a_car_file_comes_back_as_the_same_root_with_all_its_blocks(tmp_path: Path) -> None:
    root, blocks, said = taken(file_of(tmp_path, [ROOT], SITE))
    assert (root, said) == (ROOT, [])
    assert blocks.data == {block.cid: block.data for block in SITE}


def test_a_carv2_of_other_tools_is_read_for_the_carv1_in_it(tmp_path: Path) -> None:
    inner = b"".join(car.write([ROOT], SITE))
    path = tmp_path / "v2.car"
    for padding in (0, 77):
        head = struct.pack("<QQQQQ", 0, 0, 51 + padding, len(inner), 51 + padding + len(inner))
        path.write_bytes(bytes.fromhex("0aa16776657273696f6e02") + head + bytes(padding) + inner + b"index" * 100)
        root, blocks, _ = taken(path)
        assert (root, len(blocks.data)) == (ROOT, len(SITE))


@pytest.mark.parametrize(
    ("start", "length", "why"),
    [(51, 0, "never finished"), (50, 10, "begins at byte 50"), (1 << 40, 10, "begins at byte"), (51, 1 << 60, "cut")],
)
def test_a_carv2_that_lies_about_its_places_is_refused(tmp_path: Path, start: int, length: int, why: str) -> None:
    inner = b"".join(car.write([ROOT], SITE))[:-1]
    path = tmp_path / "v2.car"
    head = struct.pack("<QQQQQ", 0, 0, start, length, 0)
    path.write_bytes(bytes.fromhex("0aa16776657273696f6e02") + head + inner)
    refused(path, why)


def test_a_carv2_within_a_carv2_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "v2.car"
    pragma = bytes.fromhex("0aa16776657273696f6e02")
    path.write_bytes((pragma + struct.pack("<QQQQQ", 0, 0, 51, 100, 0)) * 3)
    with pytest.raises(ConfigError, match="nor a CAR file"):
        taken(path)


@pytest.mark.parametrize("data", [b"hello", b"<!doctype html>\n" * 50, "文章".encode(), b"PK\x03\x04" + bytes(99)])
def test_what_is_neither_folder_nor_car_is_told_so(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "notes.txt").write_bytes(data)
    blocks = Blocks()
    with pytest.raises(ConfigError, match="neither a folder nor a CAR file") as caught:
        add_car(tmp_path / "notes.txt", blocks.put, lambda text: None)
    assert "into a folder" in caught.value.hint


def test_blocks_that_are_no_part_of_the_root_stay_out(tmp_path: Path) -> None:
    stray = raw(b"stray")
    _, blocks, said = taken(file_of(tmp_path, [ROOT], [stray, *SITE]))
    assert stray.cid not in blocks.data
    assert said == ["1 block of site.car left out: no part of its root"]


def test_a_car_file_that_lacks_a_block_or_lies_is_refused(tmp_path: Path) -> None:
    for gone in range(0, len(SITE), 7):
        refused(file_of(tmp_path, [ROOT], SITE[:gone] + SITE[gone + 1 :]), "not complete")
    lie = Block(SITE[-1].cid, SITE[-1].data + b"!")
    refused(file_of(tmp_path, [ROOT], [*SITE[:-1], lie]), "not what its CID says")


@pytest.mark.parametrize("count", [0, 2])
def test_a_site_has_exactly_one_root(tmp_path: Path, count: int) -> None:
    refused(file_of(tmp_path, [ROOT] * count, SITE), f"names {count} roots")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_cut_or_a_changed_byte_lets_in_everything_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    small = [folder_of((b"index.html", raw(HTML).cid), (b"x", raw(b"x").cid)), raw(HTML), raw(b"x")]
    good = b"".join(car.write([small[0].cid], small))
    at = data.draw(st.integers(0, len(good) - 1))
    cut = data.draw(st.booleans())
    bad = good[:at] + (b"" if cut else bytes([good[at] ^ data.draw(st.integers(1, 255))]) + good[at + 1 :])
    path = tmp_path_factory.mktemp("car") / "bad.car"
    path.write_bytes(bad)
    blocks = Blocks()
    with pytest.raises(PublishError) as caught:
        add_car(path, blocks.put, lambda text: None)
    assert not blocks.data
    assert caught.value.hint


def hashed(code: int, digest: bytes, codec: int = Codec.RAW) -> Cid:
    return Cid(b"\x01" + bytes([codec]) + varint.encode(code) + varint.encode(len(digest)) + digest)


def test_blocks_of_other_hashes_are_checked_where_we_can(tmp_path: Path) -> None:
    long = Block(hashed(0x13, sha512(HTML).digest()), HTML)
    blake = Block(hashed(0xB220, blake2b(b"x", digest_size=32).digest()), b"x")
    top = folder_of((b"index.html", long.cid), (b"x", blake.cid), (b"y", hashed(0, b"inline")))
    root, blocks, _ = taken(file_of(tmp_path, [top.cid], [top, long, blake]))
    assert set(blocks.data) == {root, long.cid, blake.cid}
    forged = Block(blake.cid, b"y")
    refused(file_of(tmp_path, [top.cid], [top, long, forged]), "not what its CID says")
    for code, length in ((0x1E, 32), (0x11, 20), (0xB3E0, 32)):
        strange = Block(hashed(code, bytes(length)), b"x")
        top = folder_of((b"x", strange.cid))
        refused(file_of(tmp_path, [top.cid], [top, strange]), f"hash function 0x{code:x} is not supported")


def test_a_hash_that_was_cut_short_proves_nothing(tmp_path: Path) -> None:
    cut = Block(hashed(0x12, sha256(HTML)[:20]), HTML)
    top = folder_of((b"index.html", cut.cid))
    refused(file_of(tmp_path, [top.cid], [top, cut]), "not what its CID says")


def test_a_block_longer_than_nodes_exchange_is_refused(tmp_path: Path) -> None:
    large = raw(bytes((2 << 20) + 5000))
    top = folder_of((b"large", large.cid))
    refused(file_of(tmp_path, [top.cid], [top, large]), "are allowed")


NAMES = {
    b"..": "no name",
    b".": "no name",
    b"": "no name",
    b"a/b": "no name",
    b"a\0b": "no name",
    b"\xff\xfe": "not UTF-8",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sharded", [False, True])
def test_a_name_that_could_lead_out_of_a_folder_is_refused(tmp_path: Path, name: bytes, sharded: bool) -> None:
    page = raw(HTML)
    inner = shard({name: page.cid}) if sharded else folder_of((name, page.cid))
    top = folder_of((b"index.html", page.cid), (b"posts", inner.cid))
    refused(
        file_of(tmp_path, [top.cid], [top, inner, page]),
        "a shard should be|empty" if sharded and not name else NAMES[name],
    )


def shard(entries: dict[bytes, Cid], fanout: int = 256, hash_code: int = 0x22) -> Block:
    slots = {hamt.key(name)[0]: (name, cid) for name, cid in entries.items()}
    bits = sum(1 << slot for slot in slots).to_bytes(32).lstrip(b"\0")
    links = b"".join(
        dag_pb.encode_link(b"%02X" % slot + slots[slot][0], slots[slot][1].raw, 0) for slot in sorted(slots)
    )
    data = b"\x08\x05\x12%c%b\x28%b\x30%b" % (len(bits), bits, varint.encode(hash_code), varint.encode(fanout))
    return sealed(links + dag_pb.encode_data(data))


def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    top = folder_of((b"a", raw(b"1").cid), (b"a", raw(b"2").cid))
    refused(file_of(tmp_path, [top.cid], [top, raw(b"1"), raw(b"2")]), "'a' is there twice")


@pytest.mark.parametrize("fanout", [0, 1, 255, 1 << 20, 1 << 62])
def test_a_sharded_folder_of_another_width_is_refused(tmp_path: Path, fanout: int) -> None:
    page = raw(HTML)
    top = shard({b"index.html": page.cid}, fanout)
    refused(file_of(tmp_path, [top.cid], [top, page]), "another width")


def test_a_name_in_the_wrong_shard_is_refused(tmp_path: Path) -> None:
    page = raw(HTML)
    good = shard({b"index.html": page.cid})
    right = b"%02X" % hamt.key(b"index.html")[0]
    bad = sealed(good.data.replace(right + b"index.html", b"00index.html"))
    refused(file_of(tmp_path, [bad.cid], [bad, page]), "where its hash does not lead")


def quick(work: Callable[[], object], seconds: float = 3.0) -> None:
    start = time.process_time()
    work()
    assert time.process_time() - start < seconds


def test_folders_that_unfold_into_terabytes_are_refused_at_once(tmp_path: Path) -> None:
    page = raw(bytes(1 << 20))
    blocks = [page]
    top = folder_of(*((b"%d" % n, page.cid) for n in range(256)))
    for _ in range(8):
        blocks.append(top)
        top = folder_of(*((b"%d" % n, top.cid) for n in range(256)))
    path = file_of(tmp_path, [top.cid], [*blocks, top])
    quick(lambda: refused(path, "the content of the CAR file is too large: more than"))


def test_a_file_that_unfolds_into_terabytes_is_refused_at_once(tmp_path: Path) -> None:
    part, size = raw(bytes(1 << 20)), 1 << 20
    blocks = [part]
    for _ in range(3):
        links = dag_pb.encode_link(b"", part.cid.raw, 0) * 256
        sizes = b"".join(b"\x20" + varint.encode(size) for _ in range(256))
        size *= 256
        part = sealed(links + dag_pb.encode_data(b"\x08\x02\x18" + varint.encode(size) + sizes))
        blocks.append(part)
    top = folder_of((b"index.html", part.cid))
    what = "the content of the CAR file is too large: more than"
    quick(lambda: refused(file_of(tmp_path, [top.cid], [*blocks, top]), what))


def test_a_file_whose_parts_are_not_as_long_as_it_says_is_refused(tmp_path: Path) -> None:
    part = raw(HTML)
    for size in (len(HTML) - 1, len(HTML) + 1, 1 << 50):
        data = b"\x08\x02\x18" + varint.encode(size) + b"\x20" + varint.encode(size)
        file = sealed(dag_pb.encode_link(b"", part.cid.raw, 0) + dag_pb.encode_data(data))
        top = folder_of((b"index.html", file.cid))
        refused(file_of(tmp_path, [top.cid], [top, file, part]), "where .* of a file should be")


@pytest.mark.parametrize(("depth", "good"), [(1023, True), (1024, False), (100_000, False)])
def test_a_chain_deeper_than_the_limit_is_refused(tmp_path: Path, depth: int, good: bool) -> None:
    top = raw(HTML)
    blocks = [top]
    for _ in range(depth):
        top = folder_of((b"x", top.cid))
        blocks.append(top)
    path = file_of(tmp_path, [top.cid], blocks)
    if good:
        assert len(taken(path)[1].data) == depth + 1
    else:
        refused(path, "levels deep")


def test_a_large_site_is_within_the_limits(tmp_path: Path) -> None:
    blocks = Blocks()
    pages = {f"posts/{n}/index.html": add_bytes(b"%d" % n, MODERN, blocks.put) for n in range(20_000)}
    root = add_tree(pages, MODERN, blocks.put).cid
    path = file_of(tmp_path, [root], walk.reachable(blocks.get, root))
    assert len(taken(path)[1].data) == len(blocks.data)
    few = ReadLimits(count=40_000)
    refused(path, "the content of the CAR file is too large: more than 40,000 parts", limits=few)


def test_other_things_than_files_are_refused_in_words(tmp_path: Path) -> None:
    alone = raw(HTML)
    refused(file_of(tmp_path, [alone.cid], [alone]), "not a folder")
    other = b"\xa1\x61a\x01"
    cbor = Block(Cid.make(Codec.DAG_CBOR, sha256(other)), other)
    refused(file_of(tmp_path, [cbor.cid], [cbor]), "no UnixFS folder")
    top = folder_of((b"x", cbor.cid))
    refused(file_of(tmp_path, [top.cid], [top, cbor]), "dag-cbor, not a file or folder")
    link = sealed(dag_pb.encode_link(b"", alone.cid.raw, 0) + dag_pb.encode_data(b"\x08\x04\x12\x01x"))
    top = folder_of((b"x", link.cid))
    refused(file_of(tmp_path, [top.cid], [top, link, alone]), "symlink with links")
    nothing = sealed(b"")
    top = folder_of((b"x", nothing.cid))
    refused(file_of(tmp_path, [top.cid], [top, nothing]), "without UnixFS data")


def test_a_site_of_the_2015_profile_and_one_exported_by_kubo_come_in(tmp_path: Path) -> None:
    made = tmp_path / "out"
    (made / "posts").mkdir(parents=True)
    (made / "index.html").write_bytes(HTML)
    (made / "posts/large").write_bytes(bytes(600_000))
    (made / "posts/link").symlink_to("../index.html")
    kubo = repo(tmp_path / "repo", "test")
    root = kubo.run("add", "-rQ", made).strip()
    path = tmp_path / "kubo.car"
    path.write_bytes(kubo.output("dag", "export", "--progress=false", root))
    assert str(taken(path)[0]) == root
    blocks = Blocks()
    old = add_tree({"index.html": add_bytes(bytes(600_000), LEGACY, blocks.put)}, LEGACY, blocks.put).cid
    assert taken(file_of(tmp_path, [old], walk.reachable(blocks.get, old)))[0] == old


def test_the_place_of_each_block_in_the_stream_is_known() -> None:
    data = b"".join(car.write([ROOT], SITE))
    for block, at in car.read_sections(io.BytesIO(data))[1]:
        assert data[at : at + len(block.data)] == block.data
