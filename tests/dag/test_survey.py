"""What is below a root, counted as often as it is linked, and where looking ends."""

import pytest

from publisher.dag.cid import Block, Cid
from publisher.dag.dag_pb import TooMuch
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
