"""Blocks looked for in several places: who is asked no more, and how much is taken."""

import threading

import pytest

from publisher.dag.cid import Cid, Codec, sha256
from publisher.dag.limits import ReadLimits
from publisher.errors import BlockMissing, CidMismatch, StoreError, StoreRefused, StoreUnreachable
from publisher.retrieval.fetch import MISSES, BlockSearch, BlockSource, fetch
from tests.cli.test_rollback import Kept
from tests.stores.sites import Blocks, pages


def cid_of(number: int) -> Cid:
    return Cid.make(Codec.RAW, sha256(number.to_bytes(4, "big")))


@pytest.mark.parametrize("has_one", [True, False])
def test_only_a_place_that_never_had_a_block_is_given_up_for_lacking_some(has_one: bool) -> None:
    asked: list[Cid] = []

    def get(cid: Cid) -> bytes:
        asked.append(cid)
        if has_one and cid == cid_of(0):
            return b"here"
        raise BlockMissing("there", "not here")

    search = BlockSearch(cid_of(9), [BlockSource("there", get)])
    if has_one:
        assert search(cid_of(0)) == b"here"
    for number in range(1, MISSES + 3):
        with pytest.raises(BlockMissing):
            search(cid_of(number))
    assert len(asked) == (MISSES + 3 if has_one else MISSES)


@pytest.mark.parametrize("fault", [StoreUnreachable, StoreRefused, CidMismatch])
def test_a_place_that_does_not_answer_refuses_or_lies_is_given_up_at_once(fault: type[StoreError]) -> None:
    asked: list[Cid] = []

    def get(cid: Cid) -> bytes:
        asked.append(cid)
        raise fault("there", "a reason")

    search = BlockSearch(cid_of(9), [BlockSource("there", get)])
    for number in range(3):
        with pytest.raises(BlockMissing):
            search(cid_of(number))
    assert asked == [cid_of(0)]


def test_that_a_place_is_given_up_is_said_once_however_many_asked_it() -> None:
    said: list[str] = []
    both = threading.Barrier(2, timeout=20)

    def get(cid: Cid) -> bytes:
        both.wait()
        raise StoreUnreachable("there", "no answer")

    def ask() -> None:
        with pytest.raises(BlockMissing):
            search(cid_of(1))

    search = BlockSearch(cid_of(9), [BlockSource("there", get)], said.append)
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["there: no answer; this run asks it no more"]


@pytest.mark.parametrize("what", ["size", "count", "depth"])
def test_no_more_is_fetched_than_the_limits_say_and_exactly_so_much(what: str) -> None:
    there = Blocks()
    root = there.site(pages(3))
    most = {"size": sum(map(len, there.data.values())), "count": len(there.data), "depth": 4}[what]
    assert fetch(root, Kept(), [BlockSource("there", there.get)], limits=ReadLimits(**{what: most})) == len(there.data)
    with pytest.raises(StoreRefused, match="more than"):
        fetch(root, Kept(), [BlockSource("there", there.get)], limits=ReadLimits(**{what: most - 1}))


def test_what_came_survives_the_fault_that_ends_it() -> None:
    class Shelf(Kept):
        commits = 0

        def commit(self) -> None:
            self.commits += 1

    there, shelf = Blocks(), Shelf()
    root = there.site(pages(3))
    there.data.popitem()
    with pytest.raises(BlockMissing):
        fetch(root, shelf, [BlockSource("there", there.get)])
    assert shelf.commits == 1
