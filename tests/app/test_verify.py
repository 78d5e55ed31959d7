"""Blocks from whoever has right ones."""

from collections.abc import Callable
from pathlib import Path

import pytest

from publisher.app.context import Session
from publisher.app.verify import read_from_any
from publisher.dag.cid import Cid, Codec, sha256
from publisher.errors import BlockMissing, CidMismatch, StoreError, StoreUnreachable

CIDS = [Cid.make(Codec.RAW, sha256(bytes([number]))) for number in range(3)]


def place(asked: list[Cid], fault: StoreError | None) -> Callable[[Cid], bytes]:
    def get(cid: Cid) -> bytes:
        asked.append(cid)
        if fault is not None:
            raise fault
        return b"x"

    return get


@pytest.mark.parametrize(
    ("fault", "times"),
    [(StoreUnreachable("a", "no answer"), 1), (CidMismatch("a", "a lie"), 3), (BlockMissing("a", "not here"), 3)],
)
def test_a_place_that_does_not_answer_is_asked_no_more_and_one_that_lies_is(
    tmp_path: Path, fault: StoreError, times: int
) -> None:
    first: list[Cid] = []
    second: list[Cid] = []
    get = read_from_any(Session(site=tmp_path), CIDS[0], {"a": place(first, fault), "b": place(second, None)})
    assert [get(cid) for cid in CIDS] == [b"x"] * 3
    assert (first, second) == (CIDS[:times], CIDS)


def test_what_nobody_has_is_told(tmp_path: Path) -> None:
    get = read_from_any(Session(site=tmp_path), CIDS[0], {"a": place([], BlockMissing("a", "not here"))})
    with pytest.raises(BlockMissing):
        get(CIDS[1])
