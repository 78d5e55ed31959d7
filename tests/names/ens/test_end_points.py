"""Several end points of a real chain: asked at once, one may hang, fail, swallow, lack a method or contradict."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from itertools import count
from threading import Event
from time import monotonic
from typing import Any

import pytest

from publisher.errors import RpcError, Unfinished
from publisher.names.base import NameContext, NameGoal
from publisher.names.ens import abi, connect, rpc
from publisher.names.ens.fan_out import fan_out
from publisher.names.ens.rpc import DEADLINE, LEFT_OUT, Chain
from tests.names.ens.machine import A, Run, machine
from tests.names.ens.nodes import Reply, Respond, Trip, before_and_after, between, hanging, recording, serving, write
from tests.names.ens.test_ens import FIRST, Journal, move, name_context, opened, settings
from tests.names.ens.test_rpc import ADDRESS, close_at_once, node
from tests.services.chain import Anvil


@pytest.fixture
def run(chain: Anvil) -> Iterator[Run]:
    made = machine(chain)
    yield made
    made.chain.close()


def altering(chain: Anvil, method: str, answer: Callable[[Reply], Reply]) -> Respond:
    """A node that answers one method in another way."""
    return between(chain.url, lambda asked, params, reply: answer(reply) if asked == method else reply)


def check_few(trips: list[Trip]) -> None:
    """At most five round trips come before a transaction is sent, and three after its receipt."""
    sent, after = before_and_after(trips)
    assert sent <= 5
    assert after <= 3


def warned(context: NameContext) -> tuple[NameContext, list[str]]:
    lines: list[str] = []
    return replace(context, warn=lines.append), lines


# all at once, and who does not answer


def test_what_is_asked_side_by_side_comes_back_in_its_order_with_what_failed() -> None:
    def work(number: int) -> int:
        if number == 1:
            raise ValueError(number)
        return number * 10

    first, second, third = fan_out(work, [0, 1, 2], 60)
    assert (first, third) == (0, 20)
    assert isinstance(second, ValueError)


def test_whoever_is_late_is_waited_for_only_while_nobody_has_answered() -> None:
    released = Event()

    def work(seconds: float) -> float:
        released.wait(seconds)
        return seconds

    begun = monotonic()
    assert fan_out(work, [60, 0], 0.2) == [None, 0]
    assert 0.2 <= monotonic() - begun < 10
    assert fan_out(work, [0.3, 60], 0.1) == [0.3, None]
    released.set()


def test_an_end_point_that_hangs_is_named_once_and_left_out_of_the_run(chain: Anvil) -> None:
    with hanging() as late, recording(chain.url) as (url, trips):
        context, lines = warned(name_context())
        name = connect(settings(late, url), context)
        begun = monotonic()
        assert name.observe(NameGoal(1, FIRST), ()).cost is not None
        assert move(name, FIRST).outcome == "moved"
        assert DEADLINE <= monotonic() - begun < DEADLINE + 15
    (line,) = lines
    assert "no answer within 3 s; the run continues without this end point" in line
    assert "hunter2" not in line
    assert len(chain.mined()) == 1
    check_few(trips)


@pytest.mark.parametrize("place", [0, 1])
def test_an_end_point_that_fails_is_named_once_and_left_out_of_the_run(chain: Anvil, place: int) -> None:
    context, lines = warned(name_context())
    urls = [chain.url]
    urls.insert(place, "http://user:hunter2@127.0.0.1:1/hunter2")
    name = connect(settings(*urls), context)
    assert name.observe(NameGoal(1, FIRST), ()).cost is not None
    assert move(name, FIRST).outcome == "moved"
    assert lines == ["http://127.0.0.1:1: connection refused; the run continues without this end point"]
    assert len(chain.mined()) == 1


def test_the_one_that_is_left_may_stumble_and_then_all_are_asked_again() -> None:
    answers, slept = iter([True, False, True]), list[float]()

    def first(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        if next(answers):
            return good(handler, body)  # type: ignore[no-any-return]
        return close_at_once(handler, body)

    good = node(eth_getBalance="0x7")
    with serving(first) as stumbling:
        chain = Chain([stumbling, "http://127.0.0.1:1"], 1, sleep=slept.append)
        assert [chain.balance(ADDRESS), chain.balance(ADDRESS)] == [7, 7]
        chain.close()
    assert len(slept) == 1


def test_a_gateway_asks_again_after_ten_minutes_whom_it_left_out() -> None:
    asked, now = list[int](), [0.0]

    def stumbling(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        asked.append(1)
        (close_at_once if len(asked) == 1 else good)(handler, body)

    good = node(eth_getBalance="0x7")
    with serving(good) as steady, serving(stumbling) as other:
        chain = Chain([steady, other], 1, clock=lambda: now[0])
        query = rpc.balance(ADDRESS)
        for now[0], hosts in ((0.0, 1), (LEFT_OUT - 1, 1), (LEFT_OUT, 2), (LEFT_OUT + 1, 2)):
            assert len(chain.every(query).every(query)) == hosts
        chain.close()


# a transaction goes to all


def test_a_transaction_is_handed_to_every_end_point(chain: Anvil) -> None:
    with recording(chain.url) as (one, first), recording(chain.url) as (other, second):
        assert move(opened(one, other), FIRST).outcome == "moved"
    for trips in (first, second):
        assert sum("eth_sendRawTransaction" in trip.methods for trip in trips) == 1
    assert len(chain.mined()) == 1


@pytest.mark.parametrize("place", [0, 1])
def test_one_that_swallows_transactions_beside_a_good_one_does_not_delay_it(run: Run, place: int) -> None:
    hashes: list[str] = []
    with serving(swallowing(run.anvil, hashes)) as swallower:
        urls = [run.anvil.url]
        urls.insert(place, swallower)
        run.anvil.automine(False)
        run.chain = Chain(urls, 31337, sleep=lambda _: None)
        run.after(1, run.anvil.mine)
        done = run.carry(A)
        run.chain.close()
    assert (done.outcome, run.mined, hashes) == ("moved", [done.transaction], [done.transaction])
    assert run.time < 12, "mined in the next block"


def swallowing(chain: Anvil, hashes: list[str]) -> Respond:
    """A node that says that it took a transaction, and forgets it."""
    honest = between(chain.url, lambda method, params, reply: reply)

    def respond(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        asked = json.loads(body)
        if isinstance(asked, dict) and asked["method"] == "eth_sendRawTransaction":
            hashes.append("0x" + abi.keccak(bytes.fromhex(asked["params"][0][2:])).hex())
            return write(handler, json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": hashes[-1]}).encode())
        return honest(handler, body)

    return respond


# what nodes lack, and what they contradict each other about


@pytest.mark.parametrize("missing", ["pending", "eth_feeHistory", "eth_maxPriorityFeePerGas"])
@pytest.mark.parametrize("alone", [True, False])
def test_a_node_without_pending_or_fees_can_be_used(chain: Anvil, missing: str, alone: bool) -> None:
    def alter(method: str, params: list[Any], reply: Reply) -> Reply:
        lacks = missing in (method, *(each for each in params if isinstance(each, str)))
        return {"error": {"code": -32601, "message": f"{missing} is not supported"}} if lacks else reply

    with serving(between(chain.url, alter)) as old:
        urls = (old,) if alone else (old, chain.url)
        name, journal = opened(*urls), Journal()
        assert name.observe(NameGoal(1, FIRST), ()).cost is not None
        assert move(name, FIRST, journal).outcome == "moved"
    assert len(chain.mined()) == 1


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("method", ["eth_getBlockByNumber", "eth_feeHistory"])
def test_two_base_fees_for_one_block_name_both_hosts_and_nothing_is_signed(
    chain: Anvil, method: str, place: int
) -> None:
    def lie(reply: Reply) -> Reply:
        told = reply["result"]
        fees = told["baseFeePerGas"]
        return {"result": told | {"baseFeePerGas": ["0x1", *fees[1:]] if isinstance(fees, list) else "0x1"}}

    chain.mine(3)
    journal = Journal()
    with serving(altering(chain, method, lie)) as liar:
        urls = [chain.url]
        urls.insert(place, liar)
        name = opened(*urls)
        with pytest.raises(RpcError, match="two answers about the base fee of one block; nothing was signed") as no:
            name.observe(NameGoal(1, FIRST), ())
        with pytest.raises(RpcError):
            move(name, FIRST, journal)
    assert chain.url in f"{no.value}"
    assert liar.rpartition("@")[2].partition("/")[0] in f"{no.value}"
    assert "hunter2" not in f"{no.value}"
    assert (journal, chain.mined()) == ([], [])


def test_a_base_fee_that_differs_for_a_moment_is_no_lie(chain: Anvil) -> None:
    looks = count()

    def late(reply: Reply) -> Reply:
        return {"result": reply["result"] | {"baseFeePerGas": "0x1"}} if next(looks) == 1 else reply

    with serving(altering(chain, "eth_getBlockByNumber", late)) as url:
        assert move(opened(chain.url, url), FIRST).outcome == "moved"
    assert len(chain.mined()) == 1


def test_a_simulation_that_reverts_at_one_end_point_alone_is_a_contradiction(chain: Anvil) -> None:
    def refuse(method: str, params: list[Any], reply: Reply) -> Reply:
        setter = method == "eth_call" and params[0]["data"].startswith("0x304e6ade")
        return {"error": {"code": 3, "message": "execution reverted"}} if setter else reply

    with serving(between(chain.url, refuse)) as liar, pytest.raises(RpcError, match="differ"):
        opened(chain.url, liar).observe(NameGoal(1, FIRST), ())
    assert chain.mined() == []


# while one waits, and how often one asks


def test_the_record_is_read_again_while_one_waits(chain: Anvil) -> None:
    chain.automine(False)
    with recording(chain.url) as (url, trips), pytest.raises(Unfinished, match="not mined yet"):
        move(opened(url, timeout=8), FIRST)
    sent = next(number for number, trip in enumerate(trips) if "eth_sendRawTransaction" in trip.methods)
    waited = [trip for trip in trips[sent + 1 :] if "eth_sendRawTransaction" not in trip.methods]
    assert len(waited) >= 3
    assert all({"eth_call", "eth_getTransactionReceipt"} <= set(trip.methods) for trip in waited)


def test_a_no_op_takes_two_round_trips_and_a_change_five_before_and_three_after(chain: Anvil) -> None:
    with recording(chain.url) as (url, trips):
        name, journal = opened(url), Journal()
        assert name.observe(NameGoal(1, FIRST), ()).cost is not None
        assert move(name, FIRST, journal).outcome == "moved"
        assert name.shows() == FIRST
        check_few(trips)
        trips.clear()
        assert opened(url).observe(NameGoal(1, FIRST), tuple(journal)).cost is None
        assert len(trips) == 2
    assert len(chain.mined()) == 1


def test_two_end_points_take_as_many_round_trips_as_one(chain: Anvil) -> None:
    with ExitStack() as stack:
        (one, first), (other, second) = (stack.enter_context(recording(chain.url)) for _ in range(2))
        name = opened(one, other)
        assert name.observe(NameGoal(1, FIRST), ()).cost is not None
        assert move(name, FIRST).outcome == "moved"
    for trips in (first, second):
        check_few(trips)
