"""Who holds a root: pinners beside stores, and what others than the uploader give back."""

import threading
import time
from dataclasses import dataclass

import pytest

from publisher.dag.cid import Cid, Get
from publisher.deploy.verify import Check
from publisher.errors import (
    BlockMissing,
    StoreError,
    StoreRefused,
    StoreUnreachable,
    Unfinished,
    VerifyError,
)
from tests.worlds import FakePinner, FakeStore, World, get, site

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
    with pytest.raises(Unfinished, match="1 of 2 copies are pinned; the name was not moved"):
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
    with pytest.raises(StoreError, match=r"service: .*1 of 2 copies are pinned") as raised:
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
    with pytest.raises(StoreUnreachable, match="no gateway gives the root back"):
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
    with pytest.raises(StoreUnreachable, match=r"did not give every block back within 0\.5 seconds"):
        world.run(site("a"))
    assert time.monotonic() - began < 5
    ended.set()


def test_always_needs_somebody_outside_and_a_pinners_gateway_is_one() -> None:
    world = World(outside="always", pinners=[FakePinner()])
    with pytest.raises(VerifyError, match="there is no gateway to ask"):
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
