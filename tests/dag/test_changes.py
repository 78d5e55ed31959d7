"""What differs between two folders."""

import pytest

from publisher.dag.changes import changed
from publisher.dag.cid import Cid
from publisher.dag.dag_pb import TooMuch
from publisher.dag.limits import ReadLimits
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import MODERN, add_file
from tests.dag.trees import Blocks


def folder(blocks: Blocks, files: dict[str, bytes]) -> Cid:
    return add_tree(
        {path: add_file([data], MODERN, blocks.emit) for path, data in files.items()}, MODERN, blocks.emit
    ).cid


def test_as_many_things_may_differ_as_the_limit_says_and_no_more() -> None:
    blocks = Blocks()
    old = folder(blocks, {"same": b"x", "a": b"1", "b/c": b"1"})
    new = folder(blocks, {"same": b"x", "a": b"2", "b/c": b"2", "d": b"1"})
    assert changed(blocks.get, old, new, limits=ReadLimits(count=4)).changed == {"a", "b/c"}  # a, b, b/c and d
    with pytest.raises(TooMuch):
        changed(blocks.get, old, new, limits=ReadLimits(count=3))


def test_what_differs_may_be_as_deep_as_the_limit_says_and_no_deeper() -> None:
    blocks = Blocks()
    old, new = (folder(blocks, {"a/b/c": data}) for data in (b"1", b"2"))
    assert changed(blocks.get, old, new, limits=ReadLimits(depth=2)).changed == {"a/b/c"}
    with pytest.raises(TooMuch):
        changed(blocks.get, old, new, limits=ReadLimits(depth=1))
