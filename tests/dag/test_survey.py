"""What is below a root, counted as often as it is linked, and where looking ends."""

import pytest

from publisher.dag import dag_pb, varint
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.dag.dag_pb import Malformed, TooMuch
from publisher.dag.limits import ReadLimits
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import MODERN, add_file
from publisher.dag.validate import TreeSummary, survey

HELD: dict[Cid, bytes] = {}


def emit(block: Block) -> None:
    HELD[block.cid] = block.data


CHUNK = bytes(1 << 20)
LARGE = add_file([CHUNK, CHUNK], MODERN, emit)
SMALL = add_file([b"small"], MODERN, emit)
ROOT = add_tree({"a": LARGE, "b/a": LARGE, "b/c/d": SMALL, "z": SMALL}, MODERN, emit).cid
FOUND = TreeSummary("folder", 1 + 3 + (1 + 3 + (1 + 1)) + 1, 4 * len(CHUNK) + 2 * len(b"small"), 4)


def look(limits: ReadLimits) -> TreeSummary:
    return survey(HELD.__getitem__, lambda cid: len(HELD[cid]), ROOT, limits=limits)


def test_what_is_linked_twice_counts_twice_and_the_deepest_way_is_the_depth() -> None:
    assert look(ReadLimits()) == FOUND


@pytest.mark.parametrize(("what", "most"), [("count", FOUND.parts), ("size", FOUND.bytes), ("depth", FOUND.depth)])
def test_so_much_is_taken_and_no_more(what: str, most: int) -> None:
    assert look(ReadLimits(**{what: most})) == FOUND
    with pytest.raises(TooMuch):
        look(ReadLimits(**{what: most - 1}))


@pytest.mark.parametrize(
    ("part", "said", "good"),
    [
        *((SMALL.cid, 5, True), (SMALL.cid, 4, False), (LARGE.cid, 2 << 20, True), (LARGE.cid, 1, False)),
        (ROOT, FOUND.bytes, False),
    ],
)
def test_a_part_of_a_file_is_a_file_of_the_size_that_is_said(part: Cid, said: int, good: bool) -> None:
    data = dag_pb.encode_link(b"", part.raw, 1) + dag_pb.encode_data(b"\x08\x02\x20" + varint.encode(said))
    cid = Cid.make(Codec.DAG_PB, sha256(data))
    held = HELD | {cid: data}
    if good:
        assert survey(held.__getitem__, lambda cid: len(held[cid]), cid).bytes == said
    else:
        with pytest.raises(Malformed):
            survey(held.__getitem__, lambda cid: len(held[cid]), cid)


def test_a_folder_is_no_part_of_a_file_even_of_the_right_size() -> None:
    empty = add_tree({}, MODERN, emit).cid
    data = dag_pb.encode_link(b"", empty.raw, 1) + dag_pb.encode_data(b"\x08\x02\x20\x00")
    cid = Cid.make(Codec.DAG_PB, sha256(data))
    held = HELD | {cid: data}
    with pytest.raises(Malformed):
        survey(held.__getitem__, lambda cid: len(held[cid]), cid)
