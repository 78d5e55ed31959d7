"""Which blocks a CAR has, and how often: a folder with one file twice, whose parts are alike."""

from typing import Any

import pytest

from publisher.dag import unixfs
from publisher.dag.cid import Cid, Codec, sha256
from publisher.dag.dag_pb import TooMuch
from publisher.dag.limits import LIMITS, ReadLimits
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import MODERN
from publisher.gateway import car_blocks
from publisher.gateway.negotiate import Car
from tests.gateway.sites import Blocks

CHUNK = bytes(1 << 20)
LEAF = Cid.make(Codec.RAW, sha256(CHUNK))
BLOCKS = Blocks()
FILE = unixfs.add_file([CHUNK, CHUNK], MODERN, BLOCKS.emit)
ROOT = add_tree({"a": FILE, "b": FILE}, MODERN, BLOCKS.emit).cid
NAMES = {ROOT: "root", FILE.cid: "file", LEAF: "leaf"}


def blocks(cid: Cid, *, way: tuple[Cid, ...] = (), limits: ReadLimits = LIMITS, **asked: Any) -> list[str]:
    passed = {each: BLOCKS.held[each] for each in way}
    return [NAMES[block.cid] for block in car_blocks.blocks(BLOCKS.get, cid, passed, Car(**asked), limits)]


TWICE = ["file", "leaf", "leaf"]


@pytest.mark.parametrize(
    ("scope", "once", "each"),
    [
        ("all", ["root", "file", "leaf"], ["root", *TWICE, *TWICE]),
        ("entity", ["root"], ["root"]),
        ("block", ["root"], ["root"]),
    ],
)
def test_a_folder_once_or_as_often_as_it_is_linked(scope: str, once: list[str], each: list[str]) -> None:
    assert blocks(ROOT, scope=scope) == once
    assert blocks(ROOT, scope=scope, dups=True) == each


def test_the_parts_of_a_file_once_or_as_often_as_it_has_them() -> None:
    assert blocks(FILE.cid, scope="entity", way=(ROOT,)) == ["root", "file", "leaf"]
    assert blocks(FILE.cid, scope="entity", way=(ROOT,), dups=True) == ["root", *TWICE]


def test_what_was_sent_on_the_way_is_sent_again_only_with_duplicates() -> None:
    assert blocks(FILE.cid, way=(ROOT, FILE.cid)) == ["root", "file", "leaf"]
    assert blocks(FILE.cid, way=(ROOT, FILE.cid), dups=True) == ["root", "file", *TWICE]


@pytest.mark.parametrize("what", ["count", "size", "depth"])
def test_what_it_unfolds_into_is_bounded_in_number_bytes_and_depth(what: str) -> None:
    size = len(BLOCKS.held[ROOT]) + 2 * len(BLOCKS.held[FILE.cid]) + 4 * len(CHUNK)
    most = {"count": 7, "size": size, "depth": 3}[what]
    assert len(blocks(ROOT, dups=True, limits=ReadLimits(**{what: most}))) == 7
    with pytest.raises(TooMuch):
        blocks(ROOT, dups=True, limits=ReadLimits(**{what: most - 1}))


@pytest.mark.parametrize(
    ("span", "inside"),
    [
        (None, (0, 10)),
        ((2, 4), (2, 5)),
        ((2, None), (2, 10)),
        ((-3, None), (7, 10)),
        ((-99, None), (0, 10)),
        ((0, -1), (0, 10)),
        ((0, -2), (0, 9)),
        ((5, 99), (5, 10)),
        ((5, 2), (5, 5)),
        ((20, None), (20, 20)),
        ((5, -99), (5, 5)),
    ],
)
def test_a_span_is_counted_from_either_end_and_empty_where_it_is_outside(
    span: tuple[int, int | None] | None, inside: tuple[int, int]
) -> None:
    assert car_blocks._inside(span, 10) == inside
