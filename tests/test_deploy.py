"""Look, plan, act: the name moves last, and a cut between any two steps loses nothing."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from publisher import deploy
from publisher.dag.cid import Cid, Get
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import MODERN, add_file
from publisher.errors import (
    BlockMissing,
    CidMismatch,
    PublishError,
    RpcError,
    StoreError,
    StoreRefused,
    StoreUnreachable,
    Unfinished,
    VerifyError,
)
from publisher.events import Event, Finished, Named, Pinned, Sending, Signed, Storing, Verified, Wanted
from publisher.findings import Finding
from publisher.names.base import Goal, NameState, Outcome, Past, Say, Tell
from publisher.observe import State, Wish, next_sequence, observe, together
from publisher.stores.base import Order, Progress, Receipt, Shipment
from publisher.verify import Check, check, sample

BLOCKS: dict[Cid, bytes] = {}


def get(cid: Cid) -> bytes:
    if cid not in BLOCKS:
        raise BlockMissing("cache", f"{cid} is not here")
    return BLOCKS[cid]


def site(text: str, home: str = "") -> Cid:
    """The root of a small site, its blocks at hand; with another home page if it is given."""

    def emit(block: object) -> None:
        BLOCKS[block.cid] = block.data  # type: ignore[attr-defined]

    files = {f"posts/{n}/index.html": add_file([f"{text} {n}".encode()], MODERN, emit) for n in range(40)}
    return add_tree(files | {"index.html": add_file([(home or text).encode()], MODERN, emit)}, MODERN, emit).cid


@dataclass
class FakeStore:
    """Holds what it is sent, unless it is told to fail."""

    label: str = "local"
    kind: str = "fake"
    error: PublishError | None = None
    lies: bool = False
    roots: set[Cid] = field(default_factory=set)
    sent: list[Cid] = field(default_factory=list)
    met: tuple[str, ...] = ()
    lost: bool = False
    """It says neither where it is nor meets anybody."""
    to_be_named: bool | None = None
    """What the last shipment said."""
    read: list[Cid] = field(default_factory=list)

    def held(self, root: Cid) -> bool:
        return root in self.roots

    def put(self, shipment: Shipment, progress: Progress) -> Receipt:
        if self.error is not None:
            raise self.error
        self.sent.append(shipment.root)
        self.to_be_named = shipment.to_be_named
        self.roots.add(shipment.root)
        progress(10, 10)
        return Receipt(self.label, self.kind, "pinned", shipment.root, 10)

    def reader(self) -> Get | None:
        def read(cid: Cid) -> bytes:
            self.read.append(cid)
            return b"something else" if self.lies else get(cid)

        return read

    def origins(self) -> tuple[str, ...]:
        if self.lost:
            raise StoreUnreachable(self.label, "connection refused")
        return (f"/ip4/127.0.0.1/tcp/4001/p2p/{self.label}",)

    def meet(self, addresses: tuple[str, ...]) -> None:
        if self.lost:
            raise StoreUnreachable(self.label, "connection refused")
        self.met += addresses

    def pins(self, name: str) -> frozenset[Cid]:
        return frozenset(self.roots)

    def claims(self) -> dict[Cid, frozenset[str]]:
        return {}

    def disclaim(self, root: Cid, sites: frozenset[str]) -> None:
        pass

    def unpin(self, root: Cid, name: str, sites: frozenset[str]) -> bool:
        raise AssertionError("a deploy lets go of nothing")

    def examine(self) -> Iterator[Finding]:
        return iter(())


@dataclass
class FakePinner:
    """Is told a root, and says each time what it is told to say next."""

    label: str = "service"
    kind: str = "pinning"
    says: list[str] = field(default_factory=lambda: ["pinned"])
    gateway: bool = False
    down: bool = False
    orders: list[Order] = field(default_factory=list)
    roots: set[Cid] = field(default_factory=set)

    def held(self, root: Cid) -> bool:
        if self.down:
            raise StoreUnreachable(self.label, "connection refused")
        return root in self.roots

    def pin(self, order: Order) -> Receipt:
        if self.down:
            raise StoreUnreachable(self.label, "connection refused")
        self.orders.append(order)
        order.meet(("/ip4/127.0.0.1/tcp/1/p2p/them",))
        status = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        self.roots |= {order.root} if status == "pinned" else set()
        return Receipt(self.label, self.kind, status, order.root)

    def reader(self) -> Get | None:
        return get if self.gateway else None

    def pins(self, name: str) -> frozenset[Cid]:
        return frozenset(self.roots)

    def claims(self) -> dict[Cid, frozenset[str]]:
        return {}

    def disclaim(self, root: Cid, sites: frozenset[str]) -> None:
        pass

    def unpin(self, root: Cid, name: str, sites: frozenset[str]) -> bool:
        raise AssertionError("a deploy lets go of nothing")

    def examine(self) -> Iterator[Finding]:
        return iter(())


@dataclass
class FakeName:
    """A record that is changed by one transaction, numbered as they are mined."""

    name: str = "example.eth"
    kind: str = "ens"
    record: str = ""
    moves: int = 0
    pending: bool = False
    forgets: bool = False

    def look(self, goal: Goal, past: Sequence[Event]) -> NameState:
        return NameState(self.name, self.kind, self.record, "0xme", None)

    def move(self, goal: Goal, past: Sequence[Event], tell: Tell, say: Say) -> Outcome:
        if self.record == goal.after:
            return Outcome(self.name, self.kind, "unchanged", self.record, self.record)
        if self.pending:
            raise Unfinished(self.name, "a transaction is pending")
        before, self.moves = self.record, self.moves + 1
        tell(
            Signed(1, "0xme", self.moves, goal.sequence, self.name, before, goal.after, 1, 1, f"0x{self.moves}", "raw")
        )
        self.record = "" if self.forgets else goal.after
        return Outcome(self.name, self.kind, "moved", before, goal.after, f"0x{self.moves}")

    def shows(self) -> str:
        return self.record

    def history(self) -> Iterator[Past]:
        return iter(())

    def examine(self) -> Iterator[Finding]:
        return iter(())


class Killed(BaseException):
    """The process ends here."""


SITE = "1" * 16


@dataclass
class World:
    """Stores, a name and a journal that outlive a run; `patience` events are told before the process is killed."""

    stores: list[FakeStore] = field(default_factory=lambda: [FakeStore()])
    names: list[FakeName] = field(default_factory=lambda: [FakeName()])
    events: list[Event] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    pinners: list[FakePinner] = field(default_factory=list)
    gateways: dict[str, Get] = field(default_factory=dict)
    outside: str = "auto"

    def run(
        self, root: Cid, copies: int = 1, patience: int = 10**6, after: bool = True, back: bool = False
    ) -> list[deploy.Result]:
        return list(self.steps(root, copies, patience, after, back))

    def steps(
        self, root: Cid, copies: int = 1, patience: int = 10**6, after: bool = True, back: bool = False
    ) -> Iterator[deploy.Result]:
        left = patience

        def tell(event: Event) -> None:
            nonlocal left
            left -= 1
            if left < 0 and not after:
                raise Killed
            self.events.append(event)
            if left < 0:
                raise Killed

        wish = Wish(root, "example", get, copies, next_sequence(self.events, root), back, SITE)
        state = observe(wish, self.stores, self.names, self.events, self.pinners)
        deploy.possible(wish, state)
        steps = deploy.plan(wish, state)
        means = deploy.Means(
            self.stores,
            self.pinners,
            self.names,
            self.gateways,
            lambda: self.events,
            tell,
            self.said.append,
            self.said.append,
            lambda label, done, size: None,
            self.outside,
            0.5,
        )
        yield from deploy.apply(wish, state, steps, means)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


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
    assert [type(result).__name__ for result in results] == ["Receipt", "Outcome"]
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
        def put(self, shipment: Shipment, progress: Progress) -> Receipt:
            until = time.monotonic() + 5
            while "pinned" not in world.kinds() and time.monotonic() < until:
                time.sleep(0.01)
            seen.extend(world.kinds())
            return FakeStore.put(self, shipment, progress)

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
    with pytest.raises(StoreUnreachable, match="1 of 2 copies held; the name was not moved"):
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


def test_side_by_side_keeps_the_order_and_raises_the_first_error() -> None:
    assert together(lambda n: n * 2, (3, 1, 2)) == (6, 2, 4)
    with pytest.raises(ZeroDivisionError):
        together(lambda n: 1 // n, (1, 0, 2))
    failed = threading.Event()

    def work(error: Exception) -> None:
        if isinstance(error, ValueError):  # the first in their order is the last to fail
            failed.wait(20)
        failed.set()
        raise error

    with pytest.raises(ValueError, match="first"):
        together(work, (ValueError("first"), KeyError("second")))


def test_two_are_enough_to_be_waited_for_side_by_side() -> None:
    both = threading.Barrier(2, timeout=20)
    assert sorted(together(lambda _: both.wait(), "ab")) == [0, 1]


def test_another_root_stops_even_when_copies_suffice() -> None:
    world = World([FakeStore("a"), FakeStore("b", error=CidMismatch("b", "another root"))])
    with pytest.raises(CidMismatch):
        world.run(site("a"), copies=1)
    assert world.names[0].record == ""


def test_bytes_that_come_back_different_stop_before_the_name() -> None:
    world = World([FakeStore(lies=True)])
    with pytest.raises(VerifyError, match="other bytes"):
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
    results: list[deploy.Result] = []
    name = world.names[0].name
    for number, whose in enumerate((name, name, name, "other.eth"), 1):  # the last one for this name was not sent
        world.events.append(Signed(1, "0xme", 1, 1, whose, "", "ipfs://a", number, 1, f"0x{number}", "raw"))
    world.events += [Sending("0x1"), Sending("0x2"), Sending("0x4")]
    wish = Wish(site("a"), "example", get, 1, 1)
    state = observe(wish, world.stores, world.names, [])
    tell = world.events.append
    past = lambda: world.events  # noqa: E731
    means = deploy.Means(world.stores, (), world.names, {}, past, tell, print, print, lambda *_: None)
    with pytest.raises(Unfinished):
        results.extend(deploy.apply(wish, state, deploy.plan(wish, state), means))
    assert [event.kind for event in world.events][-1] == "verified"
    assert results[-1] == Outcome(name, "ens", "pending", "ipfs://before", wish.uri, "0x2")


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
    assert caught.value.hint == "down: start it; wrong: make a new token"
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
        def look(self, goal: Goal, past: Sequence[Event]) -> NameState:
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
    wish = Wish(c, "example", get, 1, 1)
    assert observe(wish, [], [FakeName(record=f"ipfs://{b}/")], past).bases == (b, a, d)
    assert observe(wish, [], [FakeName(record=wish.uri)], past).bases == (a, d, b)


def test_a_plan_is_empty_when_all_is_done_and_names_come_last() -> None:
    wish = Wish(site("a"), "example", get, 1, 1)
    done = State((), (NameState("a.eth", "ens", wish.uri, "", None),), ())
    assert deploy.plan(wish, done) == ()
    world = World([FakeStore("a"), FakeStore("b")])
    steps = deploy.plan(wish, observe(wish, world.stores, world.names, []))
    assert [type(step).__name__ for step in steps] == ["Put", "Put", "Read", "Read", "Move"]


def test_a_plan_reads_stores_and_who_is_asked_from_outside_each_once() -> None:
    wish = Wish(site("a"), "example", get, 1, 1)
    state = observe(wish, [FakeStore("a")], [], [], [FakePinner("service", gateway=True)])
    puts = (deploy.Put("a", "fake"), deploy.Put("service", "pinning", True))
    assert deploy.plan(wish, state, ["gateway"]) == (*puts, deploy.Read("a"), deploy.Read("gateway"))


def test_a_pending_transaction_is_a_reason_to_act_even_when_the_record_is_right() -> None:
    wish = Wish(site("a"), "example", get, 1, 1)
    state = State((), (NameState("a.eth", "ens", wish.uri, "", None, pending="0xaa"),), ())
    assert [type(step).__name__ for step in deploy.plan(wish, state)] == ["Move"]


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


def test_named_is_told_with_its_transaction() -> None:
    world = World()
    world.run(site("a"))
    named = next(event for event in world.events if isinstance(event, Named))
    assert (named.outcome, named.transaction) == ("moved", "0x1")


# Pinners


def test_pinners_are_told_after_the_stores_and_where_the_blocks_are() -> None:
    lost = FakeStore("lost", lost=True)
    world = World([FakeStore("a"), lost], pinners=[FakePinner()])
    world.run(site("a"), copies=3)
    assert world.pinners[0].orders[0].origins == ("/ip4/127.0.0.1/tcp/4001/p2p/a",)
    assert world.stores[0].met == ("/ip4/127.0.0.1/tcp/1/p2p/them",)
    assert world.kinds()[:6] == ["wanted", "storing", "storing", "pinned", "pinned", "storing"]
    assert world.names[0].record == f"ipfs://{site('a')}"


@pytest.mark.parametrize("status", ["queued", "pinning"])
def test_a_pinner_that_is_at_work_is_no_fault_and_the_next_run_goes_on(status: str) -> None:
    world = World(pinners=[FakePinner(says=[status, "pinned"])])
    with pytest.raises(Unfinished, match="1 of 2 copies held; the name was not moved"):
        world.run(site("a"), copies=2)
    assert (world.names[0].record, world.stores[0].sent) == ("", [site("a")])
    world.run(site("a"), copies=2)
    assert (world.names[0].record, world.stores[0].sent) == (f"ipfs://{site('a')}", [site("a")])


def test_a_pinner_at_work_does_not_hide_a_store_that_fails() -> None:
    failing = FakeStore("b", error=StoreRefused("b", "no space left"))
    world = World([FakeStore("a"), failing], pinners=[FakePinner(says=["queued"])])
    with pytest.raises(StoreRefused, match="no space left"):
        world.run(site("a"), copies=3)
    with pytest.raises(Unfinished):
        world.run(site("a"), copies=2)
    assert any("no space left" in line for line in world.said)


def test_a_pinner_that_failed_is_told_with_its_own_words() -> None:
    world = World(pinners=[FakePinner(says=["failed"])])
    with pytest.raises(StoreError, match=r"service: .*1 of 2 copies held") as raised:
        world.run(site("a"), copies=2)
    assert not isinstance(raised.value, Unfinished)


def test_nobody_is_told_to_fetch_what_no_store_has() -> None:
    world = World([FakeStore(error=StoreRefused("local", "no space left"))], pinners=[FakePinner()])
    with pytest.raises(StoreRefused, match="no space left"):
        world.run(site("a"), copies=1)
    assert world.pinners[0].orders == []


def test_a_root_that_only_pinners_are_told_of_is_asked_for_too() -> None:
    world = World([], pinners=[FakePinner()])
    world.run(site("a"), copies=1)
    assert world.pinners[0].orders[0].origins == ()


def test_who_is_down_and_not_needed_makes_no_work_of_every_run_and_is_tried_when_back() -> None:
    world = World(pinners=[FakePinner(down=True)])
    world.run(site("a"), copies=1)
    assert any("connection refused" in line for line in world.said)
    before = list(world.events)
    world.said.clear()
    told = world.run(site("a"), copies=1)
    assert world.events == before
    assert [getattr(row, "status", "") or getattr(row, "outcome", "") for row in told] == [
        "pinned",
        "failed",
        "unchanged",
    ]
    assert any("connection refused" in line and "nothing is left to do" in line for line in world.said)
    world.pinners[0].down = False
    world.run(site("a"), copies=1)
    assert world.pinners[0].roots == {site("a")}
    assert world.names[0].moves == 1


def test_a_store_that_falls_silent_after_it_was_sent_to_is_one_copy_less() -> None:
    @dataclass
    class Silent(FakeStore):
        def reader(self) -> Get | None:
            def get(cid: Cid) -> bytes:
                raise StoreUnreachable("silent", "no answer")

            return get

    world = World([FakeStore("a"), Silent("b")])
    with pytest.raises(StoreUnreachable):
        world.run(site("a"), copies=2)
    assert world.names[0].record == ""
    world.run(site("a"), copies=1)
    assert world.names[0].record == f"ipfs://{site('a')}"


# Seen from outside


def absent(cid: Cid) -> bytes:
    raise BlockMissing("gateway", f"does not have {cid}")


def silent(cid: Cid) -> bytes:
    raise StoreUnreachable("gateway", "no answer")


def lying(cid: Cid) -> bytes:
    return b"something else"


def test_one_witness_is_enough_and_the_others_are_told() -> None:
    world = World(gateways={"good": get, "gone": silent, "empty": absent})
    results = world.run(site("a"))
    checks = {row.by: row.ok for row in results if isinstance(row, Check)}
    assert checks == {"local": True, "good": True, "gone": False, "empty": False, "chain": True}


@pytest.mark.parametrize("bad", [absent, silent])
def test_nobody_outside_who_has_it_stops_before_the_name(bad: Get) -> None:
    world = World(gateways={"gateway": bad})
    with pytest.raises(StoreUnreachable, match="nobody outside gives it back"):
        world.run(site("a"))
    assert world.names[0].record == ""
    world.outside = "never"
    world.run(site("a"))
    assert world.names[0].record == f"ipfs://{site('a')}"


def test_other_bytes_stop_even_when_another_witness_is_right() -> None:
    world = World(gateways={"good": get, "bad": lying})
    with pytest.raises(VerifyError, match="bad: "):
        world.run(site("a"))
    assert world.names[0].record == ""


def test_a_witness_that_needs_a_moment_is_asked_again() -> None:
    calls: list[Cid] = []

    def slow(cid: Cid) -> bytes:
        calls.append(cid)
        return absent(cid) if len(calls) < 2 else get(cid)

    world = World(gateways={"gateway": slow})
    world.run(site("a"))
    assert calls[:2] == [site("a")] * 2
    assert world.names[0].record == f"ipfs://{site('a')}"


def test_a_witness_that_hangs_is_waited_for_no_longer_than_the_time_that_was_set() -> None:
    ended = threading.Event()

    def hanging(cid: Cid) -> bytes:
        ended.wait(20)
        return get(cid)

    world = World(gateways={"gateway": hanging})
    began = time.monotonic()
    with pytest.raises(StoreUnreachable, match=r"did not give everything back within 0\.5 seconds"):
        world.run(site("a"))
    assert time.monotonic() - began < 5
    ended.set()


def test_always_needs_somebody_outside_and_a_pinners_gateway_is_one() -> None:
    world = World(outside="always", pinners=[FakePinner()])
    with pytest.raises(VerifyError, match="nobody outside can be asked"):
        world.run(site("a"))
    assert world.names[0].record == ""
    world.pinners[0].gateway = True
    results = world.run(site("a"))
    assert "service" in [row.by for row in results if isinstance(row, Check)]


def test_a_store_without_a_way_to_read_is_not_read() -> None:
    @dataclass
    class Closed(FakeStore):
        def reader(self) -> Get | None:
            return None

    world = World([Closed()])
    results = world.run(site("a"))
    assert [row.by for row in results if isinstance(row, Check)] == ["chain"]


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
