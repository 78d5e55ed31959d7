"""What a look finds, and what is left to do: before anything is sent."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from publisher.concurrency.threads import run_in_threads
from publisher.dag.cid import Cid
from publisher.deploy import apply
from publisher.deploy.observe import DeployState, DesiredState, next_sequence, observe
from publisher.deploy.verify import check, sample
from publisher.errors import (
    CidMismatch,
    RpcError,
    StoreError,
    StoreRefused,
    StoreUnreachable,
)
from publisher.journal.events import Event, Pinned, Storing, Wanted
from publisher.names.base import NameGoal, NameState
from tests.worlds import FakeName, FakePinner, FakeStore, World, get, site


def test_side_by_side_keeps_the_order_and_raises_the_first_error() -> None:
    assert run_in_threads(lambda n: n * 2, (3, 1, 2)) == (6, 2, 4)
    with pytest.raises(ZeroDivisionError):
        run_in_threads(lambda n: 1 // n, (1, 0, 2))
    failed = threading.Event()

    def work(error: Exception) -> None:
        if isinstance(error, ValueError):  # the first in their order is the last to fail
            failed.wait(20)
        failed.set()
        raise error

    with pytest.raises(ValueError, match="first"):
        run_in_threads(work, (ValueError("first"), KeyError("second")))


def test_two_are_enough_to_be_waited_for_side_by_side() -> None:
    both = threading.Barrier(2, timeout=20)
    assert sorted(run_in_threads(lambda _: both.wait(), "ab")) == [0, 1]


def test_a_store_that_does_not_answer_is_told_before_anybody_is_asked() -> None:
    @dataclass
    class Down(FakeStore):
        def held(self, root: Cid) -> bool:
            raise StoreUnreachable("down", "connection refused")

    world = World([Down()])
    with pytest.raises(StoreUnreachable):
        world.run(site("a"))
    assert world.events == []


@dataclass
class Faulty(FakeStore):
    """Answers no question."""

    fault: StoreError = field(default_factory=lambda: StoreUnreachable("down", "connection refused"))

    def held(self, root: Cid) -> bool:
        raise self.fault


def test_all_that_do_not_answer_are_told_at_once_and_what_does_not_go_away_by_itself_comes_first() -> None:
    down = Faulty("down", fault=StoreUnreachable("down", "connection refused", hint="start it"))
    wrong = Faulty("wrong", fault=StoreRefused("wrong", "does not accept the credentials", hint="make a new token"))
    with pytest.raises(StoreRefused) as caught:
        World([FakeStore(), down, wrong]).run(site("a"), copies=3)
    assert str(caught.value) == "wrong: does not accept the credentials; down: connection refused"
    assert caught.value.hint == "down: start it; wrong: make a new token; or accept 1, with `copies = 1` under [deploy]"
    with pytest.raises(StoreUnreachable) as caught_again:
        World([down, down]).run(site("a"), copies=2)
    assert caught_again.value.hint == "start it"


def test_who_names_another_root_when_asked_stops_even_when_all_is_done() -> None:
    world = World([FakeStore("a"), FakeStore("b")])
    world.run(site("a"), copies=1)
    world.stores[1] = Faulty("b", fault=CidMismatch("b", "another root"))
    with pytest.raises(CidMismatch):
        world.run(site("a"), copies=1)


def test_a_name_that_cannot_be_read_stops_before_anything_is_stored() -> None:
    @dataclass
    class Deaf(FakeName):
        def observe(self, goal: NameGoal, events: Sequence[Event]) -> NameState:
            raise RpcError("rpc.example.org", "no answer")

    world = World(names=[Deaf()])
    with pytest.raises(RpcError):
        world.run(site("a"))
    assert world.stores[0].sent == []


def test_the_same_wish_keeps_its_number_and_a_new_one_gets_the_next() -> None:
    a, b = site("a"), site("b")
    past: list[Event] = [Wanted(1, str(a))]
    assert next_sequence([], a) == 1
    assert next_sequence(past, a) == 1
    assert next_sequence(past, b) == 2
    assert next_sequence([*past, Wanted(2, str(b))], a) == 3


def test_older_roots_are_offered_newest_first_and_each_once() -> None:
    a, b, c, d = (site(name) for name in "abcd")
    past: list[Event] = [Pinned("local", str(root), 1) for root in (a, b, d, c)]
    past += [Pinned("other", str(a), 1), Storing("x", str(c)), Pinned("local", "mended by hand", 1)]
    desired = DesiredState(c, "example", get, 1, 1)
    assert observe(desired, [], [FakeName(record=f"ipfs://{b}/")], past).bases == (b, a, d)
    assert observe(desired, [], [FakeName(record=desired.uri)], past).bases == (a, d, b)


def test_a_plan_is_empty_when_all_is_done_and_names_come_last() -> None:
    desired = DesiredState(site("a"), "example", get, 1, 1)
    done = DeployState((), (NameState("a.eth", "ens", desired.uri, "", None),), ())
    assert apply.plan(desired, done) == ()
    world = World([FakeStore("a"), FakeStore("b")])
    steps = apply.plan(desired, observe(desired, world.stores, world.names, []))
    assert [type(step).__name__ for step in steps] == ["Put", "Put", "Read", "Read", "Move"]


def test_a_plan_reads_stores_and_who_is_asked_from_outside_each_once() -> None:
    desired = DesiredState(site("a"), "example", get, 1, 1)
    state = observe(desired, [FakeStore("a")], [], [], [FakePinner("service", gateway=True)])
    puts = (apply.Put("a", "fake"), apply.Put("service", "pinning", True))
    assert apply.plan(desired, state, ["gateway"]) == (*puts, apply.Read("a"), apply.Read("gateway"))


def test_a_pending_transaction_is_a_reason_to_act_even_when_the_record_is_right() -> None:
    desired = DesiredState(site("a"), "example", get, 1, 1)
    state = DeployState((), (NameState("a.eth", "ens", desired.uri, "", None, pending="0xaa"),), ())
    assert [type(step).__name__ for step in apply.plan(desired, state)] == ["Move"]


def test_a_sample_is_the_root_and_the_news() -> None:
    old, new = site("a"), site("b")
    assert sample(get, new, old)[0] == new
    assert sample(get, new, None) == sample(get, new, None)
    assert len(sample(get, new, None)) > 10
    gone = Cid(site("a").raw[:-1] + b"\0")
    assert len(sample(get, new, gone)) > 10


def test_a_missing_block_fails_the_check_and_is_named() -> None:
    absent = Cid(site("a").raw[:-1] + b"\0")
    result = check("there", get, [absent])
    assert not result.ok
    assert str(absent) in result.why
