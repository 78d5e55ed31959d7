"""Look, plan, act: the name moves last, and a cut between any two steps loses nothing."""

import time
from dataclasses import dataclass

import pytest

from publisher.app.counting_back import earlier
from publisher.dag.cid import Cid, Get
from publisher.deploy import apply
from publisher.deploy.observe import DesiredState, observe
from publisher.deploy.replicate import require_copies
from publisher.deploy.verify import Check, sample
from publisher.errors import (
    CidMismatch,
    StoreError,
    StoreRefused,
    StoreUnreachable,
    Unfinished,
    VerifyError,
)
from publisher.journal.events import Finished, Named, Pinned, Sending, Signed, Verified, Wanted
from publisher.journal.history import publish_history
from publisher.journal.queries import last_published
from publisher.names.base import NameOutcome
from publisher.stores.base import Progress, Receipt, Upload
from tests.worlds import SITE, FakeName, FakePinner, FakeStore, Killed, World, get, site


def test_the_name_moves_last_and_is_read_back() -> None:
    world = World()
    world.run(site("a"))
    assert world.kinds() == ["wanted", "storing", "pinned", "verified", "signed", "named", "verified", "finished"]


def test_a_second_run_does_nothing_and_says_nothing_to_the_journal() -> None:
    world = World()
    world.run(site("a"))
    before = list(world.events)
    results = world.run(site("a"))
    assert world.events == before
    assert [type(result).__name__ for result in results] == ["Receipt", "NameOutcome"]
    assert (world.stores[0].sent, world.names[0].moves) == ([site("a")], 1)


def test_what_is_held_and_not_written_down_here_is_told_to_the_store_once() -> None:
    world = World()
    world.stores[0].roots.add(site("a"))
    world.names[0].record = f"ipfs://{site('a')}"
    world.run(site("a"))
    world.run(site("a"))
    assert world.stores[0].sent == [site("a")]
    assert [event.site for event in world.events if isinstance(event, Pinned)] == [SITE]


def test_what_a_fast_store_holds_is_written_down_before_a_slow_one_is_done() -> None:
    world = World([FakeStore("fast"), FakeStore("slow")])
    seen: list[str] = []

    class Slow(FakeStore):
        def put(self, upload: Upload, progress: Progress) -> Receipt:
            until = time.monotonic() + 5
            while "pinned" not in world.kinds() and time.monotonic() < until:
                time.sleep(0.01)
            seen.extend(world.kinds())
            return FakeStore.put(self, upload, progress)

    world.stores[1] = Slow("slow")
    world.run(site("a"), copies=2)
    assert "pinned" in seen


@pytest.mark.parametrize("after", [True, False], ids=["after the line", "before the line"])
@pytest.mark.parametrize("patience", range(8))
def test_a_cut_at_any_event_ends_with_the_same_root_one_pin_and_one_transaction(patience: int, after: bool) -> None:
    world, root = World(), site("a")
    with pytest.raises(Killed):
        world.run(root, patience=patience, after=after)
    if world.names[0].record:
        assert root in world.stores[0].roots
    world.run(root)
    assert world.names[0].record == f"ipfs://{root}"
    assert world.stores[0].roots == {root}
    assert world.names[0].moves <= 1 + (patience >= 4)  # the fake signs anew; the real one is held in tests/names


def test_too_few_copies_stop_before_the_name() -> None:
    world = World([FakeStore("a"), FakeStore("b", error=StoreUnreachable("b", "connection refused"))])
    with pytest.raises(StoreUnreachable, match="1 of 2 copies are pinned; the name was not moved"):
        world.run(site("a"), copies=2)
    assert world.names[0].record == ""
    assert "named" not in world.kinds()


def test_enough_copies_go_on_and_the_failing_store_is_told() -> None:
    world = World([FakeStore("a"), FakeStore("b", error=StoreRefused("b", "no space left"))])
    world.run(site("a"), copies=1)
    assert world.names[0].record == f"ipfs://{site('a')}"
    assert any("no space left" in line for line in world.said)


def test_only_who_holds_it_gives_it_back() -> None:
    at_work = FakePinner(says=["queued"], gateway=True)
    world = World([FakeStore("a"), FakeStore("b", error=StoreRefused("b", "no space left"))], pinners=[at_work])
    results = world.run(site("a"), copies=1)
    assert [row.by for row in results if isinstance(row, Check)] == ["a", "chain"]
    assert world.stores[1].read == []


def test_what_is_read_back_is_what_is_new() -> None:
    world, old, new = World(), site("a"), site("a", "another home page")
    world.run(old)
    world.stores[0].read.clear()
    world.run(new)
    assert world.stores[0].read == list(sample(get, new, old))
    assert len(world.stores[0].read) == 2


def test_a_store_is_told_whether_a_name_will_show_what_it_is_sent() -> None:
    world, nameless = World(), World(names=[])
    world.run(site("a"))
    nameless.run(site("a"))
    world.stores.append(FakeStore("new"))
    world.run(site("a"), copies=2)
    assert [store.to_be_named for store in (*world.stores, *nameless.stores)] == [True, False, False]


def test_a_name_that_is_right_already_is_read_again_when_there_is_work() -> None:
    world = World()
    world.run(site("a"))
    world.stores.append(FakeStore("new"))
    results = world.run(site("a"), copies=2)
    assert [row.by for row in results if isinstance(row, Check)] == ["local", "new", "chain"]
    assert world.names[0].moves == 1
    assert [event.store for event in world.events if isinstance(event, Pinned)] == ["local", "new"]


def test_who_is_down_and_not_needed_is_not_told_as_holding_it() -> None:
    world = World(pinners=[FakePinner(down=True, gateway=True)])
    world.run(site("a"))
    world.names[0].record = "ipfs://somebody-elses"
    results = world.run(site("a"))
    assert [row.status for row in results if isinstance(row, Receipt)] == ["pinned", "failed"]
    assert [row.by for row in results if isinstance(row, Check)] == ["local", "chain"]


def test_what_was_stored_is_told_even_when_it_was_too_little() -> None:
    world = World([FakeStore("a"), FakeStore("b", error=StoreRefused("b", "no space left"))])
    told = world.steps(site("a"), copies=2)
    assert [getattr(next(told), "status", "") for _ in range(2)] == ["pinned", "failed"]
    with pytest.raises(StoreRefused):
        next(told)


def test_a_place_that_does_not_answer_is_a_reason_to_try_again_and_not_a_difference() -> None:
    @dataclass
    class Silent(FakeStore):
        def reader(self) -> Get:
            def get(cid: Cid) -> bytes:
                raise StoreUnreachable("silent", "no answer in 30 seconds")

            return get

    world = World([Silent()])
    with pytest.raises(StoreUnreachable):
        world.run(site("a"))
    assert world.names[0].record == ""
    assert world.events[-1] == Verified("local", False, "no answer in 30 seconds")


def test_another_root_stops_even_when_copies_suffice() -> None:
    world = World([FakeStore("a"), FakeStore("b", error=CidMismatch("b", "another root"))])
    with pytest.raises(CidMismatch):
        world.run(site("a"), copies=1)
    assert world.names[0].record == ""


def test_bytes_that_come_back_different_stop_before_the_name() -> None:
    world = World([FakeStore(lies=True)])
    with pytest.raises(VerifyError, match="wrong bytes"):
        world.run(site("a"))
    assert world.names[0].record == ""
    assert Verified("local", False) == Verified(*[getattr(world.events[-1], f) for f in ("by", "ok")])


def test_a_record_that_does_not_show_the_root_afterwards_is_no_success() -> None:
    world = World(names=[FakeName(forgets=True)])
    with pytest.raises(VerifyError, match="shows nothing"):
        world.run(site("a"))
    assert not any(isinstance(event, Finished) for event in world.events)


def test_a_pending_transaction_is_told_as_pending() -> None:
    world = World(names=[FakeName(pending=True, record="ipfs://before")])
    results: list[apply.Result] = []
    name = world.names[0].name
    for number, whose in enumerate((name, name, name, "other.eth"), 1):  # the last one for this name was not sent
        world.events.append(Signed(1, "0xme", 1, 1, whose, "", "ipfs://a", number, 1, f"0x{number}", "raw"))
    world.events += [Sending("0x1"), Sending("0x2"), Sending("0x4")]
    desired = DesiredState(site("a"), "example", get, 1, 1)
    state = observe(desired, world.stores, world.names, [])
    tell = world.events.append
    past = lambda: world.events  # noqa: E731
    context = apply.DeployContext(world.stores, (), world.names, {}, past, tell, print, print, lambda *_: None)
    with pytest.raises(Unfinished):
        results.extend(apply.apply(desired, state, apply.plan(desired, state), context))
    assert [event.kind for event in world.events][-1] == "verified"
    assert results[-1] == NameOutcome(name, "ens", "pending", "ipfs://before", desired.uri, "0x2")


def test_named_is_told_with_its_transaction() -> None:
    world = World()
    world.run(site("a"))
    named = next(event for event in world.events if isinstance(event, Named))
    assert (named.outcome, named.transaction) == ("moved", "0x1")


def test_a_return_to_an_older_root_is_a_newer_wish_and_says_what_it_is() -> None:
    world = World()
    for name in ("a", "b"):
        world.run(site(name))
    world.run(site("a"), back=True)
    wishes = [(event.sequence, event.back) for event in world.events if isinstance(event, Wanted)]
    assert wishes == [(1, False), (2, False), (3, True)]
    world.run(site("a"), back=True)
    assert world.names[0].moves == 3


def test_a_wish_that_is_fulfilled_already_is_noted_once() -> None:
    world = World(names=[])
    for name in ("a", "b"):
        world.run(site(name))
    world.run(site("a"), back=True)
    assert world.events[-2:] == [Wanted(3, str(site("a")), "", True), Finished(3, str(site("a")))]
    before = list(world.events)
    world.run(site("a"), back=True)
    assert world.events == before


def test_a_run_that_was_cut_before_its_last_line_is_finished_by_the_next() -> None:
    world = World()
    with pytest.raises(Killed):
        world.run(site("a"), patience=7, after=False)
    assert world.names[0].record == f"ipfs://{site('a')}"
    world.run(site("a"))
    assert world.kinds().count("finished") == world.kinds().count("wanted") == 1


@pytest.mark.parametrize(("held", "more"), [(0, ""), (1, "or accept 1, with `copies = 1` under [deploy]")])
def test_who_waits_for_one_that_is_down_is_told_how_to_go_on_without(held: int, more: str) -> None:
    down = StoreUnreachable("far", "silent", hint="start it")
    answers: list[Receipt | StoreError] = [Receipt("near", "fake", "pinned" if held else "failed", site("a")), down]
    with pytest.raises(StoreUnreachable) as caught:
        require_copies(DesiredState(site("a"), "example", get, 2, 1), answers, lambda text: None)
    assert caught.value.hint == ("start it; " + more if more else "start it")


def test_a_reason_not_to_move_leaves_the_name_and_keeps_the_bytes() -> None:
    world, asked = World(), list[str]()

    def before_move() -> str:
        asked.append(world.events[-1].kind)
        return "main is at 2222222"

    world.run(site("a"))
    world.before_move = before_move
    results = world.run(site("b"))
    assert asked == ["verified"], "asked once the bytes are held and checked"
    a, b = (f"ipfs://{site(text)}" for text in "ab")
    assert results[-1] == NameOutcome("example.eth", "ens", "superseded", a, b, why="main is at 2222222")
    assert (world.names[0].record, world.stores[0].roots) == (a, {site("a"), site("b")})
    assert world.kinds()[-1] == "named", "a root that no name shows is not the last one that was published"


def test_a_name_that_is_right_needs_no_newest_commit() -> None:
    world = World()
    world.run(site("a"))
    world.stores.append(FakeStore("new"))
    world.before_move = lambda: pytest.fail("nothing moves")
    world.run(site("a"), copies=2)
    assert isinstance(world.events[-1], Finished)


def test_who_cannot_say_what_is_newest_stops_the_run_before_the_name() -> None:
    def before_move() -> str:
        raise Unfinished("git", "no answer")

    world = World(before_move=before_move)
    with pytest.raises(Unfinished, match="no answer"):
        world.run(site("a"))
    assert (world.names[0].record, world.stores[0].roots) == ("", {site("a")})
    world.before_move = lambda: ""
    assert isinstance(world.run(site("a"))[-1], Check)
    assert world.names[0].record == f"ipfs://{site('a')}"


def test_a_run_that_was_superseded_changes_nothing_for_later_ones() -> None:
    world = World()
    for text in "ab":
        world.run(site(text))
    world.run(site("a"), back=True)
    world.before_move = lambda: "main is newer"
    world.run(site("c"))
    world.before_move = None
    assert last_published(world.events) == site("a")
    assert earlier(world.events, site("a"), named=True) == (site("a"),), "the count still starts at the last publish"
    dated = [(f"2026-01-01T00:00:{n:02}+00:00", event) for n, event in enumerate(world.events)]
    row = publish_history(dated)[0]
    assert (row.root, row.finished, [turn.outcome for turn in row.name_changes]) == (
        str(site("c")),
        False,
        ["superseded"],
    )
    world.run(site("c"))
    assert world.names[0].record == f"ipfs://{site('c')}"
    assert last_published(world.events) == site("c")


def test_a_root_that_was_moved_to_and_later_superseded_keeps_its_transaction_in_the_history() -> None:
    world = World()
    world.run(site("a"))
    world.names[0].record, world.before_move = f"ipfs://{site('b')}", lambda: "main is newer"
    world.run(site("a"))
    (row,) = publish_history([("2026-01-01T00:00:00+00:00", event) for event in world.events])
    assert [(turn.outcome, turn.transaction) for turn in row.name_changes] == [("moved", "0x1")]
