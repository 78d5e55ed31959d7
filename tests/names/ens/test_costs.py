"""What was paid is at most what was shown, on a real chain: the price rises, gas is too little, end points lie."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from publisher.errors import FeeTooHigh, TransactionFailed, Unfinished
from publisher.journal.events import Mined, Settled, Signed
from publisher.names.base import NameGoal, NameOutcome
from publisher.names.ens.fees import GWEI, LEAST_TIP, RAISES
from tests.names.ens.machine import LIMITS, A, B, Killed, Run, erased, machine, outbids, stuck
from tests.names.ens.nodes import Reply, between, serving
from tests.names.ens.test_ens import FIRST, Journal, move, opened, settings
from tests.services.chain import Anvil


@pytest.fixture
def run(chain: Anvil) -> Iterator[Run]:
    made = machine(chain)
    yield made
    made.chain.close()


def gas_price(run: Run, base_fee: int) -> None:
    """Another base fee, from the newest block on."""
    run.anvil.base_fee(base_fee)
    run.anvil.mine()


def shown(run: Run, root: str = A, *others: str) -> int:
    """What the plan of a publish shows as the maximum."""
    cost = opened(run.anvil.url, *others, max_fee_gwei=100.0).observe(NameGoal(1, root), tuple(run.journal)).cost
    assert cost is not None
    return cost.max_cost


def paid(run: Run) -> int:
    """What all mined transactions of the key cost, as the chain says it."""
    receipts = [run.anvil.rpc("eth_getTransactionReceipt", hash_) for hash_ in run.mined]
    return sum(int(one["gasUsed"], 16) * int(one["effectiveGasPrice"], 16) for one in receipts)


# the maximum


def test_the_first_attempt_and_three_replacements_stay_within_the_maximum_that_was_shown(run: Run) -> None:
    run.agreed = shown(run)
    run.anvil.automine(False)
    run.limits = replace(LIMITS, patience=8)
    for _ in range(12):
        with pytest.raises(Unfinished):
            run.carry(A)
    signed = run.of(Signed)
    assert len(signed) == 1 + RAISES
    assert all(outbids(newer, older) for older, newer in pairwise(signed))
    assert all(each.gas * each.max_fee <= run.agreed == each.max_cost for each in signed)
    run.after(0.1, run.anvil.mine)
    assert run.carry(A).outcome == "moved"
    assert (len(run.mined), erased(run)) == (1, True)
    assert 0 < paid(run) <= run.agreed


def test_a_price_that_rose_beyond_the_maximum_before_the_signature_ends_with_75_and_nothing_signed(run: Run) -> None:
    run.agreed = shown(run)
    gas_price(run, 50 * GWEI)
    with pytest.raises(
        Unfinished, match=r"the price of gas rose: .* you agreed to .* ETH at most; nothing was signed"
    ) as no:
        run.carry(A)
    assert (no.value.exit_code, run.journal, run.mined) == (75, [], [])


@pytest.mark.parametrize("yes", [True, False])
def test_at_a_terminal_there_is_a_new_question_with_the_new_maximum(run: Run, yes: bool) -> None:
    run.agreed, questions = shown(run), list[str]()
    gas_price(run, 50 * GWEI)

    def ask(question: str) -> bool:
        questions.append(question)
        return yes

    run.ask = ask
    if yes:
        run.carry(A)
        (signed,) = run.of(Signed)
        assert run.agreed < paid(run) <= signed.max_cost
    else:
        with pytest.raises(Unfinished):
            run.carry(A)
        assert (run.journal, run.mined) == ([], [])
    (question,) = questions
    assert "may now cost 0.0" in question


def test_a_later_run_without_a_terminal_keeps_to_the_maximum_of_the_first(run: Run) -> None:
    first = stuck(run, A)
    gas_price(run, 40 * GWEI)
    run.limits = replace(LIMITS, patience=8)
    with pytest.raises(Unfinished, match="its fee is below the base fee, and a replacement may cost"):
        run.carry(A)
    assert run.of(Signed) == [first]
    assert sum(f"transaction {first.hash} pays up to" in line for line in run.said) == 1
    run.ask = lambda question: True
    run.at = [(run.time + 1, run.anvil.mine)]
    assert run.carry(A).outcome == "moved"
    second = run.of(Signed)[-1]
    assert len(run.mined) == 1
    assert first.max_cost < paid(run) <= second.max_cost


def test_a_fee_below_the_base_fee_is_said_and_replaced_within_two_blocks(run: Run) -> None:
    run.anvil.automine(False)

    def rise() -> None:
        run.anvil.rpc("anvil_dropAllTransactions")  # a node would keep it; anvil forgets it with the next block
        gas_price(run, 3 * run.of(Signed)[0].max_fee // 2)

    run.after(1, rise)
    run.after(20, run.anvil.mine)
    run.agreed = 10**16
    assert run.carry(A).outcome == "moved"
    first, second = run.of(Signed)
    assert any(f"transaction {first.hash} pays up to" in line and "the base fee is" in line for line in run.said)
    assert (run.mined, outbids(second, first)) == ([second.hash], True)
    assert paid(run) <= 10**16
    assert run.time < 30


def test_more_than_max_cost_is_refused_by_the_plan(chain: Anvil) -> None:
    with pytest.raises(FeeTooHigh, match="above the limit of"):
        opened(chain.url, max_cost_eth=0.000001).observe(NameGoal(1, FIRST), ())
    cost = opened(chain.url, max_cost_eth=0.0003).observe(NameGoal(1, FIRST), ()).cost
    assert cost is not None
    assert cost.max_cost <= 3 * 10**14
    assert chain.mined() == []


# gas


def test_gas_above_max_gas_signs_nothing_and_both_numbers_are_named(chain: Anvil) -> None:
    estimate = int(opened(chain.url).observe(NameGoal(1, FIRST), ()).cost.gas / 1.2)  # type: ignore[union-attr]
    name, journal = opened(chain.url, max_gas=50_000), Journal()
    with pytest.raises(FeeTooHigh, match=rf"needs {estimate // 1000}.\d+ gas, and max-gas is 50,000") as no:
        name.observe(NameGoal(1, FIRST), ())
    assert no.value.exit_code == 5
    with pytest.raises(FeeTooHigh):
        move(name, FIRST, journal)
    assert (journal, chain.mined()) == ([], [])


@pytest.mark.parametrize("place", ["first", "last"])
def test_the_higher_estimate_counts(chain: Anvil, place: str) -> None:
    def alter(method: str, params: list[Any], reply: Reply) -> Reply:
        return {"result": hex(30_000)} if method == "eth_estimateGas" else reply

    with serving(between(chain.url, alter)) as low:
        urls = (low, chain.url) if place == "first" else (chain.url, low)
        assert move(opened(*urls), FIRST).outcome == "moved"
    assert len(chain.mined()) == 1


def test_a_transaction_that_ran_out_of_gas_is_told_and_the_next_run_raises_the_limit(chain: Anvil) -> None:
    def alter(method: str, params: list[Any], reply: Reply) -> Reply:
        return {"result": hex(40_000)} if method == "eth_estimateGas" else reply

    journal = Journal()
    with serving(between(chain.url, alter)) as low:
        with pytest.raises(TransactionFailed, match="ran out of gas: it used its whole limit of 48,000 gas"):
            move(opened(low), FIRST, journal)
        cost = opened(low).observe(NameGoal(1, FIRST), tuple(journal)).cost
        assert cost is not None
        assert cost.gas == 96_000
        with pytest.raises(TransactionFailed, match="96,000 gas"):
            move(opened(low), FIRST, journal)
        with pytest.raises(FeeTooHigh, match="used up 96,000 gas and ran out of gas, and max-gas is 96,000"):
            opened(low, max_gas=96_000).observe(NameGoal(1, FIRST), tuple(journal))
        done = move(opened(low), FIRST, journal)
    signed = [event for event in journal if isinstance(event, Signed)]
    assert (done.outcome, [each.gas for each in signed]) == ("moved", [48_000, 96_000, 192_000])
    assert len(chain.mined()) == 3
    for event in journal:
        if isinstance(event, Mined):
            assert event.fee_wei <= next(each.max_cost for each in signed if each.hash == event.hash)


# the tip


@pytest.mark.parametrize(
    ("suggested", "reward", "tip"),
    [
        (3 * GWEI, GWEI // 2, GWEI),
        (GWEI // 4, GWEI // 2, GWEI // 4),
        (10**14, 0, LEAST_TIP),
        (None, GWEI // 2, GWEI),
        (GWEI // 4, None, GWEI // 4),
        (None, None, LEAST_TIP),
    ],
)
def test_the_tip_is_the_lower_of_twice_what_was_paid_and_what_is_suggested(
    chain: Anvil, suggested: int | None, reward: int | None, tip: int
) -> None:
    def alter(method: str, params: list[Any], reply: Reply) -> Reply:
        missing: Reply = {"error": {"code": -32601, "message": f"the method {method} does not exist"}}
        if method == "eth_maxPriorityFeePerGas":
            return missing if suggested is None else {"result": hex(suggested)}
        if method == "eth_feeHistory":
            rows = len(reply["result"]["gasUsedRatio"])
            told = {"gasUsedRatio": [0.5] * rows, "reward": [[hex(reward or 0)]] * rows}
            return missing if reward is None else {"result": reply["result"] | told}
        return reply

    journal = Journal()
    with serving(between(chain.url, alter)) as url:
        assert move(opened(url), FIRST, journal).outcome == "moved"
    assert [event.tip for event in journal if isinstance(event, Signed)] == [tip]
    assert len(chain.mined()) == 1


# two end points, of which one lies, and a power cut at any step


def lying(what: str) -> Callable[[str, list[Any], Reply], Reply]:
    """An end point that lies about tips and gas, and about one thing more."""

    def alter(method: str, params: list[Any], reply: Reply) -> Reply:
        found: Any = reply.get("result")
        if method == "eth_getTransactionReceipt" and what == "no receipts":
            return {"result": None}
        if method == "eth_getTransactionReceipt" and what == "false receipts" and found:
            return {"result": found | {"effectiveGasPrice": hex(10**15)}}
        if method == "eth_sendRawTransaction" and what == "false hash":
            return {"result": "0x" + "11" * 32}
        if method == "eth_feeHistory":
            return {"result": found | {"reward": [[hex(10**15)]] * len(found["gasUsedRatio"])}}
        lies = {"eth_maxPriorityFeePerGas": 10**15, "eth_estimateGas": 400_000}
        return {"result": hex(lies[method])} if method in lies else reply

    return alter


@pytest.mark.parametrize("what", ["false receipts", "no receipts", "false hash"])
@pytest.mark.parametrize("step", range(8))
def test_killed_at_any_step_beside_an_end_point_that_lies_it_is_one_change_within_the_maximum(
    run: Run, step: int, what: str
) -> None:
    with serving(between(run.anvil.url, lying(what))) as liar:
        run.agreed = shown(run, A, liar)
        run.chain = type(run.chain)([run.anvil.url, liar], 31337, sleep=lambda _: None)
        run.kill = step
        with pytest.raises(Killed):
            run.carry(A)
        run.kill = -1
        done = run.carry(A)
        assert run.carry(A).outcome == "unchanged"
        run.chain.close()
    assert isinstance(done, NameOutcome)
    assert (run.record(), len(run.mined), erased(run)) == (A, 1, True)
    assert paid(run) <= run.agreed
    assert all(event.fee_wei <= run.agreed for event in run.of(Mined))
    assert all(event.end != "dead" for event in run.of(Settled))


def test_a_newer_root_has_a_maximum_of_its_own(run: Run) -> None:
    first = stuck(run, A)
    run.agreed = shown(run, B)
    run.after(1, run.anvil.mine)
    assert run.carry(B, 2).outcome == "moved"
    second = run.of(Signed)[-1]
    assert outbids(second, first)
    assert paid(run) <= second.max_cost == run.agreed


def test_the_default_limits_are_those_of_the_manual() -> None:
    found = settings("http://127.0.0.1:1").limits
    assert (found.max_gas, found.max_cost_wei, found.max_fee_wei) == (500_000, None, 5 * GWEI)
