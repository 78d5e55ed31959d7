"""Several places in turn: who is asked, who is left alone, and what is said when nobody has it."""

import threading
from collections.abc import Callable

import pytest

from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.errors import BlockMissing, CidMismatch, StoreError, StoreRefused, StoreUnreachable
from publisher.retrieval.failover import (
    ABSENT,
    COOLDOWN,
    DISTRUST,
    MOST_ABSENT,
    Failover,
    Upstream,
    by_either_version,
    first_of,
)
from publisher.retrieval.trustless import TooBusy

TEXT = "你好".encode()
CID = Cid.make(Codec.RAW, sha256(TEXT))
OTHER = Cid.make(Codec.RAW, sha256(b"other"))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Made:
    """A place that does what it is told, and counts."""

    def __init__(self, label: str, does: bytes | StoreError | Callable[[Cid], bytes]) -> None:
        self.place = Upstream(label, self.get, lambda: self.alive)
        self.does = does
        self.asked: list[Cid] = []
        self.alive = False

    def get(self, cid: Cid) -> bytes:
        self.asked.append(cid)
        if isinstance(self.does, StoreError):
            raise self.does
        return self.does if isinstance(self.does, bytes) else self.does(cid)


def lacks(label: str) -> Made:
    return Made(label, BlockMissing(label, "not here"))


def test_places_are_asked_in_turn_and_what_is_found_is_kept() -> None:
    kept: list[Block] = []
    first, second, third = lacks("a"), Made("b", TEXT), Made("c", TEXT)
    assert Failover([first.place, second.place, third.place], kept.append)(CID) == TEXT
    assert (len(first.asked), len(second.asked), len(third.asked)) == (1, 1, 0)
    assert kept == [Block(CID, TEXT)]


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (StoreUnreachable("a", "silent"), COOLDOWN),
        (StoreRefused("a", "no"), COOLDOWN),
        (CidMismatch("a", "other bytes"), DISTRUST),
    ],
)
def test_a_place_with_a_fault_is_left_alone_for_a_while_and_told(error: StoreError, seconds: float) -> None:
    clock, said = Clock(), list[str]()
    bad, good = Made("a", error), Made("b", TEXT)
    get = Failover([bad.place, good.place], clock=clock, log=said.append)
    assert get(CID) == get(CID) == TEXT
    assert (len(bad.asked), len(good.asked), len(said)) == (1, 2, 1)
    clock.now += seconds - 0.1
    get(CID)
    assert len(bad.asked) == 1
    clock.now += 0.2
    get(CID)
    assert len(bad.asked) == 2


def test_that_nobody_has_a_block_is_not_said_for_longer_while_somebody_could_not_be_asked() -> None:
    down, empty = Made("a", StoreUnreachable("a", "silent")), lacks("b")
    get = Failover([down.place, empty.place], clock=Clock())
    for cid in (CID, CID, OTHER, OTHER):  # with the fault just met, then while the place is left alone
        with pytest.raises(StoreUnreachable):
            get(cid)
    assert empty.asked == [CID, CID, OTHER, OTHER]


def test_a_place_that_lies_is_left_alone_though_it_answers() -> None:
    liar, good = Made("a", CidMismatch("a", "other bytes")), Made("b", TEXT)
    liar.alive = True
    get = Failover([liar.place, good.place], clock=Clock())
    assert get(CID) == get(CID) == TEXT
    assert len(liar.asked) == 1


def test_what_nobody_has_takes_a_bounded_memory() -> None:
    get = Failover([], clock=Clock())
    for number in range(MOST_ABSENT + 1):
        with pytest.raises(BlockMissing):
            get(Cid.make(Codec.RAW, sha256(number.to_bytes(4, "big"))))
    assert len(get._in_vain) == 1


def test_who_waits_for_what_another_fetches_does_not_wait_for_ever() -> None:
    begun, ended = threading.Event(), threading.Event()

    def hanging(cid: Cid) -> bytes:
        begun.set()
        ended.wait(20)
        return TEXT

    get = Failover([Made("a", hanging).place], total_timeout=0.05)
    first = threading.Thread(target=get, args=(CID,))
    first.start()
    try:
        assert begun.wait(20)
        with pytest.raises(StoreUnreachable, match="did not arrive in time"):
            get(CID)
    finally:
        ended.set()
        first.join()


@pytest.mark.parametrize("error", [StoreUnreachable("a", "silent"), StoreRefused("a", "such a hash?")])
def test_a_place_that_answers_is_asked_for_other_blocks_and_not_again_for_the_one_it_did_not_give(
    error: StoreError,
) -> None:
    clock, said = Clock(), list[str]()

    def some(cid: Cid) -> bytes:
        if cid == OTHER:
            raise error
        return TEXT

    node = Made("a", some)
    node.alive = True
    get = Failover([node.place], clock=clock, log=said.append)
    for seconds, asked in ((0.0, 1), (ABSENT - 0.1, 1), (0.2, 2)):
        clock.now += seconds
        with pytest.raises(StoreError):
            get(OTHER)
        assert node.asked.count(OTHER) == asked
    assert get(CID) == TEXT
    assert said == []  # a visitor cannot fill the terminal


def test_a_place_that_is_asked_too_much_rests_for_as_long_as_it_says_though_it_is_there() -> None:
    clock, said = Clock(), list[str]()
    busy, good = Made("a", TooBusy("a", "too much", 42)), Made("b", TEXT)
    busy.alive = True
    get = Failover([busy.place, good.place], clock=clock, log=said.append)
    assert get(CID) == TEXT
    clock.now += 41
    assert get(CID) == TEXT
    assert (len(busy.asked), len(good.asked)) == (1, 2)
    clock.now += 2
    get(CID)
    assert len(busy.asked) == 2
    assert "42 s" in said[0]


def test_a_place_that_keeps_waiting_for_what_another_one_gives_is_asked_last_for_a_while() -> None:
    clock = Clock()
    slow, good = Made("a", StoreUnreachable("a", "too slow")), Made("b", TEXT)
    slow.alive = True
    get = Failover([slow.place, good.place], clock=clock)
    for seconds, asked in ((0.0, 1), (COOLDOWN - 0.1, 1), (0.2, 2)):
        clock.now += seconds
        assert get(CID) == TEXT
        assert len(slow.asked) == asked
    good.does = BlockMissing("b", "not here")
    slow.does = TEXT
    assert get(CID) == TEXT  # last is not never


def test_two_places_of_one_host_rest_each_for_itself() -> None:
    bad, good = Made("gateway x", StoreUnreachable("x", "silent")), Made("gateway x", TEXT)
    get = Failover([bad.place, good.place])
    assert get(CID) == get(CID) == TEXT


def test_a_block_that_nobody_has_is_not_asked_for_again_at_once() -> None:
    clock = Clock()
    place = lacks("a")
    get = Failover([place.place], clock=clock)
    for seconds, asked in ((0.0, 1), (ABSENT - 0.1, 1), (0.2, 2)):
        clock.now += seconds
        with pytest.raises(BlockMissing, match="a does not have it"):
            get(CID)
        assert len(place.asked) == asked
    place.does = TEXT
    clock.now += ABSENT + 1
    assert get(CID) == TEXT


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        ([BlockMissing("a", "no"), StoreUnreachable("b", "silent")], StoreUnreachable),
        ([CidMismatch("a", "other"), StoreUnreachable("b", "silent")], CidMismatch),
        ([BlockMissing("a", "no"), BlockMissing("b", "no")], BlockMissing),
    ],
)
def test_the_worst_that_was_heard_is_what_is_said(faults: list[StoreError], kind: type[StoreError]) -> None:
    places = [Made(fault.who, fault).place for fault in faults]
    with pytest.raises(kind):
        Failover(places)(CID)


def test_one_that_was_silent_might_have_it_so_that_nothing_is_remembered_as_absent() -> None:
    clock = Clock()
    silent = Made("a", StoreUnreachable("a", "silent"))
    get = Failover([silent.place], clock=clock)
    with pytest.raises(StoreUnreachable):
        get(CID)
    silent.does = TEXT
    clock.now += COOLDOWN + 0.1
    assert get(CID) == TEXT


def test_no_other_place_is_asked_when_the_time_is_over() -> None:
    clock = Clock()

    def slow(cid: Cid) -> bytes:
        clock.now += 31
        raise StoreUnreachable("slow", "silent")

    last = Made("b", TEXT)
    with pytest.raises(StoreUnreachable):
        Failover([Made("slow", slow).place, last.place], total_timeout=30.0, clock=clock)(CID)
    assert last.asked == []


@pytest.mark.parametrize("seconds", [29.0, 31.0])
def test_a_block_is_remembered_as_absent_only_if_the_time_was_enough_to_ask_every_place(seconds: float) -> None:
    clock = Clock()

    def slow(cid: Cid) -> bytes:
        clock.now += seconds
        raise BlockMissing("slow", "not here")

    first, last = Made("slow", slow), lacks("b")
    get = Failover([first.place, last.place], total_timeout=30.0, clock=clock)
    in_time = seconds < 30
    with pytest.raises(BlockMissing if in_time else StoreUnreachable):
        get(CID)
    assert len(last.asked) == in_time
    first.does = BlockMissing("slow", "not here")
    last.does = TEXT
    if in_time:
        with pytest.raises(BlockMissing):
            get(CID)
    else:
        assert get(CID) == TEXT


def test_what_several_want_is_fetched_once_and_different_blocks_side_by_side() -> None:
    meeting = threading.Barrier(2, timeout=5)

    def both(cid: Cid) -> bytes:
        meeting.wait()  # passes only when two different blocks are under way at a time
        return TEXT if cid == CID else b"other"

    place = Made("a", both)
    get = Failover([place.place])
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda cid=cid: found.append(get(cid))) for cid in [CID] * 8 + [OTHER]]
    for each in threads[:8]:
        each.start()
    while len(place.asked) < 1:
        pass
    threads[8].start()
    for each in threads:
        each.join()
    assert sorted(found) == sorted([TEXT] * 8 + [b"other"])
    assert place.asked.count(OTHER) == 1
    assert place.asked.count(CID) == 1


def test_those_who_wait_for_another_hear_of_its_fault() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def failing(cid: Cid) -> bytes:
        begun.set()
        go_on.wait(5)
        raise BlockMissing("a", "no")

    get = Failover([Made("a", failing).place])
    heard: list[BaseException] = []

    def ask() -> None:
        with pytest.raises(BlockMissing) as caught:
            get(CID)
        heard.append(caught.value)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    threads[0].start()
    begun.wait(5)
    for each in threads[1:]:
        each.start()
    go_on.set()
    for each in threads:
        each.join()
    assert len(heard) == 3


def test_nearby_first() -> None:
    near, far = lacks("near"), Made("far", TEXT)
    assert first_of(near.get, far.get)(CID) == TEXT
    near.does = TEXT
    assert first_of(near.get, far.get)(CID) == TEXT
    assert len(far.asked) == 1
    near.does = StoreUnreachable("near", "broken")
    with pytest.raises(StoreUnreachable):
        first_of(near.get, far.get)(CID)


def test_a_block_is_found_under_the_other_version_of_its_cid() -> None:
    folder = Cid.make(Codec.DAG_PB, sha256(b"x"))
    for here, asked in ((folder, folder.to_v0()), (folder.to_v0(), folder), (folder, folder), (CID, CID)):
        held = {here: b"x"}

        def get(cid: Cid, held: dict[Cid | None, bytes] = held) -> bytes:
            if cid not in held:
                raise BlockMissing("x", "not here")
            return held[cid]

        assert asked is not None
        assert by_either_version(get)(asked) == b"x"
        with pytest.raises(BlockMissing):
            by_either_version(get)(OTHER)
