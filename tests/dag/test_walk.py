import time
import tracemalloc
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.dag import dag_pb, varint, walk
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.dag.tree import add_tree, edit
from publisher.dag.unixfs import LEGACY, MODERN, Link, Profile, add_file, seal
from publisher.errors import BlockMissing
from tests.dag import trees
from tests.dag.trees import Blocks

SMALL = Profile("small", 1, 64, 3, True, 256, 300, "block")
SMALL_OLD = Profile("small-old", 0, 64, 3, False, 256, 300, "links")
PROFILES = pytest.mark.parametrize("profile", [SMALL, SMALL_OLD], ids=lambda p: p.name)

SITE: dict[str, bytes] = {
    "index.html": b"home" * 100,
    "empty": b"",
    "posts/文章/index.html": "你好".encode() * 50,
    **{f"posts/{n:03}/index.html": b"%d" % n * (n % 90) for n in range(40)},
    **{f"many/{n:04}.txt": b"%d" % n for n in range(700)},
}


def made(files: dict[str, bytes], profile: Profile) -> tuple[Blocks, Cid]:
    blocks = Blocks()
    tree = {path: add_file([data], profile, blocks.emit) for path, data in files.items()}
    return blocks, add_tree(tree, profile, blocks.emit).cid


@PROFILES
def test_every_file_comes_back_as_it_went_in(profile: Profile) -> None:
    blocks, root = made(SITE, profile)
    found = {path: b"".join(walk.cat(blocks.get, link.cid)) for path, link in walk.files(blocks.get, root)}
    assert found == SITE


@PROFILES
def test_a_path_leads_to_its_file_and_a_wrong_one_says_so(profile: Profile) -> None:
    blocks, root = made(SITE, profile)
    cid = walk.resolve(blocks.get, root, "many/0321.txt")
    assert b"".join(walk.cat(blocks.get, cid)) == b"321"
    assert walk.resolve(blocks.get, root, "/posts/文章//index.html/") == walk.resolve(
        blocks.get, walk.resolve(blocks.get, root, "posts/文章"), "index.html"
    )
    assert walk.resolve(blocks.get, root, "") == root
    for path in ("nothing", "many/9999.txt", "many/0321.txt/below", "posts/..", "empty/x"):
        with pytest.raises(walk.PathMissing, match=path.replace(".", r"\.")):
            walk.resolve(blocks.get, root, path)


def test_a_path_into_a_sharded_folder_reads_only_the_way() -> None:
    blocks, root = made({f"{n:05}-a-page-with-a-name": b"x" for n in range(8000)}, MODERN)
    blocks.asked.clear()
    walk.resolve(blocks.get, root, "04242-a-page-with-a-name")
    assert len(blocks.asked) <= 3


@given(st.integers(0, 700), st.one_of(st.none(), st.integers(0, 700)), st.sampled_from([SMALL, SMALL_OLD]))
@settings(deadline=None)
def test_a_range_is_the_slice_and_asks_for_no_block_outside(start: int, stop: int | None, profile: Profile) -> None:
    data = Random(1).randbytes(640)
    blocks = Blocks()
    cid = add_file([data], profile, blocks.emit).cid
    assert b"".join(walk.cat(blocks.get, cid, start, stop)) == data[start:stop]
    end = len(data) if stop is None else min(stop, len(data))
    leaves = max(0, -(-end // 64) - start // 64) if end > start else 0
    assert len(set(blocks.asked)) <= leaves + 3 * 3 + 3


def test_symlinks_are_known_and_read_as_their_target() -> None:
    blocks = Blocks()
    link = seal(dag_pb.encode_data(b"\x08\x04\x12\x06target"), 0, MODERN, blocks.emit)
    root = add_tree({"a/link": link}, MODERN, blocks.emit).cid
    assert walk.node(blocks.get, link.cid).kind == "symlink"
    assert [path for path, _ in walk.files(blocks.get, root)] == ["a/link"]
    assert list(walk.cat(blocks.get, link.cid)) == [b"target"]
    with pytest.raises(walk.PathMissing):
        walk.resolve(blocks.get, root, "a/link/x")


@PROFILES
def test_reachable_gives_each_block_once_parents_first(profile: Profile) -> None:
    blocks, root = made(SITE | {"copy/of.html": SITE["index.html"]}, profile)
    found = [block.cid for block in walk.reachable(blocks.get, root)]
    assert found[0] == root
    assert len(found) == len(set(found))
    assert set(found) <= set(blocks.held)
    again = Blocks()
    for cid in found:
        again.held[cid] = blocks.held[cid]
    assert dict(walk.files(again.get, root)) == dict(walk.files(blocks.get, root))


@PROFILES
def test_measure_counts_without_reading_raw_leaves(profile: Profile) -> None:
    blocks, root = made(SITE | {"copy/of.html": SITE["index.html"]}, profile)
    blocks.asked.clear()
    measured = walk.measure(blocks.get, root)
    assert not any(cid.is_raw for cid in blocks.asked)
    whole = list(walk.reachable(blocks.get, root))
    assert measured == walk.Measure(len(SITE) + 1, 43, len(whole), sum(len(block.data) for block in whole))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from([SMALL, SMALL_OLD]))
def test_a_difference_completes_the_old_root_and_names_what_changed(seed: int, profile: Profile) -> None:
    random = Random(seed)
    files = dict(random.sample(sorted(SITE.items()), random.randrange(len(SITE))))
    blocks, old = made(files, profile)
    after = {p: d for p, d in files.items() if random.randrange(20)}
    edited = [p for p in after if not random.randrange(20)]
    after |= {p: after[p] + b"edited" for p in edited} | {f"new/{n}": b"new" for n in range(random.randrange(30))}
    more, new = made(after, profile)
    both = Blocks()
    both.held = more.held | blocks.held
    sent = list(walk.difference(both.get, old, new))
    holder = Blocks()
    holder.held = {b.cid: b.data for b in walk.reachable(blocks.get, old)} | {b.cid: b.data for b in sent}
    assert {b.cid for b in walk.reachable(holder.get, new)} == {b.cid for b in walk.reachable(more.get, new)}
    assert len({b.cid for b in sent}) == len(sent)
    added, changed, removed = walk.changed(both.get, old, new)
    assert added == after.keys() - files.keys()
    assert removed == files.keys() - after.keys()
    assert changed == {p for p in after.keys() & files.keys() if after[p] != files[p]}


def test_one_edit_is_a_difference_of_the_blocks_on_its_way() -> None:
    blocks, old = made({f"posts/{n:05}-with-a-name/index.html": b"%d" % n for n in range(5000)}, MODERN)
    made_now = Blocks()
    link = add_file([b"edited"], MODERN, made_now.emit)
    new = edit(blocks.get, old, {"posts/00077-with-a-name/index.html": link}, MODERN, made_now.emit).cid
    blocks.held |= made_now.held
    blocks.asked.clear()
    assert {block.cid for block in walk.difference(blocks.get, old, new)} == set(made_now.held)
    assert len(blocks.asked) < 2 * len(made_now.held)
    assert list(walk.difference(blocks.get, new, new)) == []
    assert walk.changed(blocks.get, old, new) == (set(), {"posts/00077-with-a-name/index.html"}, set())


def test_a_difference_to_a_root_that_is_gone_is_everything() -> None:
    blocks, new = made(SITE, SMALL)
    gone = Cid.make(Codec.DAG_PB, sha256(b"gone"))

    def get(cid: Cid) -> bytes:
        if cid == gone:
            raise BlockMissing("memory", f"{cid} is not here")
        return blocks.get(cid)

    assert list(walk.difference(get, gone, new)) == list(walk.reachable(get, new))


def test_a_file_that_became_a_folder_went_and_the_files_of_the_folder_came() -> None:
    blocks, old = made({"a": b"1", "b/c": b"2", "b/d": b"3"}, SMALL)
    more, new = made({"a/x": b"1", "a/y": b"2", "b": b"3"}, SMALL)
    blocks.held |= more.held
    assert walk.changed(blocks.get, old, new) == ({"a/x", "a/y", "b"}, set(), {"a", "b/c", "b/d"})


def test_an_identity_cid_is_read_from_itself_and_is_no_block() -> None:
    blocks = Blocks()
    inline = Cid.from_bytes(b"\x01\x55\x00\x05hello")
    root = add_tree({"a": Link(inline, 5), "b": add_file([b"x"], MODERN, blocks.emit)}, MODERN, blocks.emit).cid
    assert list(walk.cat(blocks.get, walk.resolve(blocks.get, root, "a"))) == [b"hello"]
    assert len(list(walk.reachable(blocks.get, root))) == 2
    assert walk.measure(blocks.get, root).blocks == 2


@pytest.mark.parametrize("codec", [Codec.DAG_CBOR, Codec.LIBP2P_KEY, 0x0129])
def test_another_codec_is_refused_by_name(codec: int) -> None:
    cid = Cid.make(codec, sha256(b"{}"))
    for read in (walk.node, walk.files, walk.reachable, walk.cat, walk.entries):
        if read is walk.reachable and codec == Codec.DAG_CBOR:
            continue  # its links are followed, though it is no file system
        with pytest.raises(walk.Unsupported, match=r"is (dag-cbor|libp2p-key|codec 0x129), not a file or folder"):
            list(read(lambda _: b"{}", cid))  # type: ignore[arg-type]


def test_a_file_is_no_folder_and_a_folder_no_file() -> None:
    blocks, root = made({"a": b"x"}, SMALL)
    with pytest.raises(walk.Malformed, match="a folder, not a file"):
        list(walk.cat(blocks.get, root))
    with pytest.raises(walk.Malformed, match="a file, not a folder"):
        list(walk.entries(blocks.get, walk.resolve(blocks.get, root, "a")))


def node_of(blocks: Blocks, links: list[tuple[bytes, Cid, int]], data: bytes) -> Cid:
    body = b"".join(dag_pb.encode_link(name, cid.raw, size) for name, cid, size in links) + dag_pb.encode_data(data)
    return seal(body, 0, MODERN, blocks.emit).cid


def test_a_chain_without_end_is_refused_and_no_recursion() -> None:
    blocks = Blocks()
    folder = file = add_file([b"x"], MODERN, blocks.emit).cid
    for _ in range(20_000):
        folder = node_of(blocks, [(b"d", folder, 1)], b"\x08\x01")
        file = node_of(blocks, [(b"", file, 1)], b"\x08\x02\x18\x01\x20\x01")
    for read in (walk.files, walk.measure, walk.reachable):
        with pytest.raises(walk.TooMuch, match="levels deep"):
            tuple(read(blocks.get, folder))  # type: ignore[arg-type]
    with pytest.raises(walk.TooMuch, match="levels deep"):
        list(walk.cat(blocks.get, file))
    with pytest.raises(walk.TooMuch, match="levels deep"):
        walk.changed(blocks.get, folder, node_of(blocks, [(b"d", node_of(blocks, [], b"\x08\x01"), 1)], b"\x08\x01"))


def test_a_few_blocks_that_unfold_into_terabytes_are_refused_at_once() -> None:
    blocks = Blocks()
    size = 1 << 16
    file = add_file([bytes(size)], MODERN, blocks.emit).cid
    folder = add_tree({"f": Link(file, 1)}, MODERN, blocks.emit).cid
    for _ in range(4):
        sizes = b"".join(b"\x20" + varint.encode(size) for _ in range(256))
        file = node_of(blocks, [(b"", file, 0)] * 256, b"\x08\x02\x18" + varint.encode(size * 256) + sizes)
        folder = node_of(blocks, [(b"%d" % n, folder, 0) for n in range(256)], b"\x08\x01")
        size *= 256
    began = time.monotonic()
    with pytest.raises(walk.TooMuch, match="bytes"):
        next(walk.cat(blocks.get, file))
    assert b"".join(walk.cat(blocks.get, file, size - 3)) == bytes(3)
    assert len(list(walk.reachable(blocks.get, file))) == 5
    limits = walk.ReadLimits(count=5000)
    with pytest.raises(walk.TooMuch, match="5,000 parts"):
        list(walk.files(blocks.get, folder, limits=limits))
    with pytest.raises(walk.TooMuch, match="5,000 parts"):
        walk.measure(blocks.get, folder, limits=limits)
    assert time.monotonic() - began < 5


def test_empty_parts_without_end_are_passed_over() -> None:
    blocks = Blocks()
    empty = node_of(blocks, [], b"\x08\x02\x18\x00")
    for _ in range(30):
        empty = node_of(blocks, [(b"", empty, 0)] * 2, b"\x08\x02\x18\x00\x20\x00\x20\x00")
    assert list(walk.cat(blocks.get, empty)) == []


def shard_of(blocks: Blocks, links: list[tuple[bytes, Cid, int]]) -> Cid:
    return node_of(blocks, links, b"\x08\x05\x12\x01\xff\x28\x22\x30\x80\x02")


def test_shards_linked_twice_do_not_multiply() -> None:
    blocks = Blocks()
    leaf = add_file([b"x"], MODERN, blocks.emit).cid
    shard = shard_of(blocks, [(b"00name", leaf, 1)])
    for _ in range(7):
        shard = shard_of(blocks, [(b"%02X" % n, shard, 1) for n in range(256)])
    with pytest.raises(walk.Malformed, match="where its hash does not lead"):
        list(walk.entries(blocks.get, shard))
    empty = shard_of(blocks, [])
    with pytest.raises(walk.Malformed, match="an empty shard"):
        list(walk.entries(blocks.get, shard_of(blocks, [(b"00", empty, 1)])))


def hostile(blocks: Blocks) -> dict[str, Cid]:
    leaf = add_file([b"x"], MODERN, blocks.emit).cid
    one = [(b"", leaf, 1)]
    return {
        "sizes do not agree": node_of(blocks, one, b"\x08\x02\x18\x01"),
        "parts and sizes do not agree": node_of(blocks, one, b"\x08\x02\x18\x00"),
        "and sizes do not agree": node_of(blocks, one, b"\x08\x02\x18\x05\x20\x01"),
        "1 of a file should be|2 of a file": node_of(blocks, one, b"\x08\x02\x18\x02\x20\x02"),
        "UnixFS type 3": node_of(blocks, [], b"\x08\x03"),
        "cut short": node_of(blocks, [], b"\x08\x02\x12\x7fabc"),
        "without UnixFS data": seal(dag_pb.encode_link(b"", leaf.raw, 1), 0, MODERN, blocks.emit).cid,
        "without a proper CID": seal(
            dag_pb.encode_link(b"a", b"\x01\x02", 1) + b"\x0a\x02\x08\x01", 0, MODERN, blocks.emit
        ).cid,
        "unknown fields": seal(
            b"\x12\x2d\x0a\x24" + leaf.raw + b"\x12\x01a\x18\x01\x20\x01" + b"\x0a\x02\x08\x01", 0, MODERN, blocks.emit
        ).cid,
        "another width": node_of(blocks, [], b"\x08\x05\x28\x22\x30\x80\x08"),
        "begins with no slot": shard_of(blocks, [(b"zzname", leaf, 1)]),
        "one slot twice": shard_of(blocks, [(b"00a", leaf, 1), (b"00b", leaf, 1)]),
        "'..' is no name": node_of(blocks, [(b"..", leaf, 1)], b"\x08\x01"),
        "'a/b' is no name": node_of(blocks, [(b"a/b", leaf, 1)], b"\x08\x01"),
        "'' is no name": node_of(blocks, [(b"", leaf, 1)], b"\x08\x01"),
        "where a shard should be": shard_of(blocks, [(b"00", leaf, 1)]),
    }


@pytest.mark.parametrize("why", list(hostile(Blocks())))
def test_malformed_blocks_are_refused_with_the_reason(why: str) -> None:
    blocks = Blocks()
    cid = hostile(blocks)[why]
    read: Callable[..., object] = walk.entries
    if walk_kind(blocks, cid) == "file":
        read = walk.cat
    with pytest.raises(walk.Malformed, match=why):
        list(read(blocks.get, cid))  # type: ignore[call-overload]


def walk_kind(blocks: Blocks, cid: Cid) -> str:
    try:
        return walk.node(blocks.get, cid).kind
    except walk.Malformed:
        return ""


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_damaged_nodes_are_malformed_and_nothing_else(data: st.DataObject) -> None:
    blocks, _ = made({**{f"{n}-name": b"x" * 200 for n in range(data.draw(st.integers(1, 9)))}}, SMALL)
    block = data.draw(st.sampled_from(sorted(b for c, b in blocks.held.items() if not c.is_raw)))
    at = data.draw(st.integers(0, len(block) - 1))
    damage = data.draw(st.one_of(st.binary(min_size=1, max_size=3), st.just(b"")))
    broken = block[:at] + damage + block[at + data.draw(st.integers(0, 3)) :]
    blocks.emit(Block(cid := Cid.make(Codec.DAG_PB, sha256(broken)), broken))
    for read in (walk.files, walk.reachable, walk.cat, walk.entries):
        try:
            list(read(blocks.get, cid))
        except (walk.Malformed, KeyError):  # KeyError: a damaged CID leads to a block that is not there
            continue


def test_a_large_file_is_cut_the_same_however_it_comes_and_in_constant_memory() -> None:
    tracemalloc.start()
    link = add_file(trees.chunks((b"begin", 64 << 20)), MODERN, trees.discard)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20
    assert link.size > 64 << 20
    assert add_file([b"begin", bytes(64 << 20)], MODERN, trees.discard) == link
    assert add_file(trees.chunks((b"begin", 64 << 20)), LEGACY, trees.discard).size > 64 << 20
