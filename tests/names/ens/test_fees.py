"""What a change may cost: at each limit, one wei above it, and what a key has to hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import FeeTooHigh
from publisher.names.ens import fees
from publisher.names.ens.fees import ETHER, GWEI, NOTHING, Fees, Market, TransactionLimits
from publisher.names.ens.market import FeeHistory, fee_history, lowest_tip, newest_head
from publisher.names.ens.responses import judge_optional
from publisher.names.ens.rpc import Head, head

amounts = st.integers(0, 10**12)
LIMITS = TransactionLimits(5 * GWEI)
GAS = (50_000, 60_000)


def at(number: int, base_fee: int) -> Head:
    return Head(number, f"0x{number:x}", base_fee, number)


def test_at_max_fee_it_is_offered_and_one_wei_above_it_is_not() -> None:
    found = fees.quote("x.eth", GAS, Market(4 * GWEI, GWEI), LIMITS, 0)
    assert (found.offer, found.cost.max_fee_per_gas) == (5 * GWEI, 5 * GWEI)
    with pytest.raises(FeeTooHigh, match="gas costs 5 gwei now, and max-fee-gwei is 5") as caught:
        fees.quote("x.eth", GAS, Market(4 * GWEI, GWEI + 1), LIMITS, 0)
    assert "max-fee-gwei" in caught.value.hint
    assert caught.value.retry


def test_the_maximum_is_the_first_offer_raised_by_an_eighth_three_times() -> None:
    found = fees.quote("x.eth", GAS, Market(GWEI, GWEI // 10), LIMITS, 7)
    assert found.offer == 2 * GWEI + GWEI // 10
    assert found.cost.max_cost == pytest.approx(60_000 * found.offer * 1.125**3, rel=1e-8)
    assert found.cost.max_cost >= 60_000 * found.offer * 9**3 // 8**3
    assert (found.cost.gas, found.cost.likely_cost, found.cost.balance) == (60_000, 50_000 * GWEI * 11 // 10, 7)


def test_the_maximum_is_at_most_max_cost_and_one_wei_less_than_is_needed_is_refused() -> None:
    market, needed = Market(GWEI, GWEI), 60_000 * 2 * GWEI
    found = fees.quote("x.eth", GAS, market, TransactionLimits(5 * GWEI, max_cost_wei=needed), 0)
    assert (found.cost.max_cost, found.offer) == (needed, 2 * GWEI)
    with pytest.raises(FeeTooHigh, match=r"above the limit of 0\.00012 ETH; nothing was signed") as caught:
        fees.quote("x.eth", GAS, market, TransactionLimits(5 * GWEI, max_cost_wei=needed - 1), 0)
    assert "max-cost-eth" in caught.value.hint


def test_without_max_cost_it_is_ten_updates_at_the_present_price_and_at_most_a_hundredth_of_an_ether() -> None:
    assert fees.cap(50_000, Market(GWEI, GWEI), LIMITS) == 10 * 50_000 * 2 * GWEI
    assert fees.cap(50_000, Market(20 * GWEI, 0), LIMITS) == ETHER // 100
    assert fees.cap(50_000, Market(20 * GWEI + 1, 0), LIMITS) == ETHER // 100
    assert fees.cap(50_000, Market(20 * GWEI, 0), TransactionLimits(1, max_cost_wei=ETHER)) == ETHER


@given(amounts, amounts, st.integers(GWEI // 1000, 1000 * GWEI), st.integers(1, ETHER))
def test_no_offer_is_above_a_limit_or_below_what_is_needed_now(base: int, tip: int, ceiling: int, most: int) -> None:
    limits = TransactionLimits(ceiling, max_cost_wei=most)
    try:
        found = fees.quote("x.eth", GAS, Market(base, tip), limits, 0)
    except FeeTooHigh:
        assert base + tip > ceiling or 60_000 * (base + tip) > most
        return
    assert base + tip <= found.offer <= ceiling
    assert 60_000 * found.offer <= found.cost.max_cost <= most
    assert found.cost.max_cost <= 60_000 * ceiling


@given(amounts, amounts, amounts)
def test_what_replaces_a_transaction_pays_an_eighth_more_in_both_fees(base: int, fee: int, tip: int) -> None:
    least = fees.needed(Market(base, GWEI), Fees(fee + tip + 1, tip))
    assert least.max_fee * 8 >= (fee + tip + 1) * 9
    assert least.tip * 8 >= tip * 9
    assert least.max_fee >= base + least.tip
    assert fees.needed(Market(base, tip), NOTHING) == (base + tip, tip)


def test_a_replacement_above_max_fee_is_told_as_such() -> None:
    with pytest.raises(FeeTooHigh, match=r"replacing an older transaction costs at least 5\.625 gwei per gas"):
        fees.quote("x.eth", GAS, Market(GWEI, GWEI), LIMITS, 0, Fees(5 * GWEI, GWEI))


# gas


def test_a_fifth_more_gas_is_allowed_than_it_would_use_and_at_most_max_gas() -> None:
    assert fees.gas_limit("x.eth", 46_579, "http://a", 500_000) == 55_894
    assert fees.gas_limit("x.eth", 450_000, "http://a", 500_000) == 500_000
    assert fees.gas_limit("x.eth", 500_000, "http://a", 500_000) == 500_000
    with pytest.raises(FeeTooHigh, match=r"http://a estimates .* 500,001 gas, and max-gas is 500,000"):
        fees.gas_limit("x.eth", 500_001, "http://a", 500_000)


def test_after_it_ran_out_of_gas_twice_as_much_is_allowed_or_it_stops() -> None:
    assert fees.gas_limit("x.eth", 46_579, "http://a", 500_000, ran_out=60_000) == 120_000
    assert fees.gas_limit("x.eth", 46_579, "http://a", 500_000, ran_out=499_999) == 500_000
    with pytest.raises(FeeTooHigh, match="used up 500,000 gas and ran out of gas, and max-gas is 500,000") as caught:
        fees.gas_limit("x.eth", 46_579, "http://a", 500_000, ran_out=500_000)
    assert "max-gas" in caught.value.hint


# the price of gas, as end points tell it


@pytest.mark.parametrize(
    ("suggested", "paid", "tip"),
    [
        ([GWEI], [], GWEI),
        ([GWEI, 2 * GWEI], [], GWEI),
        ([3 * GWEI], [GWEI], 2 * GWEI),
        ([GWEI], [GWEI], GWEI),
        ([10**15], [GWEI, 10**15], 2 * GWEI),
        ([0], [GWEI], GWEI // 100),
        ([GWEI], [0], GWEI // 100),
        ([None], [GWEI], 2 * GWEI),
        ([None], [None], GWEI // 100),
        ([], [], GWEI // 100),
    ],
)
def test_the_tip_is_the_lower_of_what_is_suggested_and_twice_what_was_paid(
    suggested: list[int | None], paid: list[int | None], tip: int
) -> None:
    assert lowest_tip(suggested, paid) == tip


def test_a_late_end_point_counts_the_confirmations_and_the_newest_gives_the_base_fee() -> None:
    assert newest_head([at(5, 7), at(6, 8)]) == at(5, 7)._replace(base_fee=8)
    assert newest_head([at(6, 9), at(6, 8)]).base_fee == 8


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (at(5, 800), at(5, 800), True),
        (at(5, 800), at(5, 801), False),
        (at(5, 800), at(6, 900), True),
        (at(5, 800), at(6, 901), False),
        (at(6, 700), at(5, 800), True),
        (at(6, 699), at(5, 800), False),
        (at(5, 800), at(105, 10**15), True),
    ],
)
def test_base_fees_that_no_chain_can_have_are_a_contradiction(one: Head, other: Head, same: bool) -> None:
    query = head()
    assert query.same(one, other) == same
    assert query.same(other, one) == same


def test_histories_contradict_each_other_only_about_blocks_that_both_have() -> None:
    query = fee_history()
    one = FeeHistory(5, (10, 11, 12), ())
    assert query.same(one, FeeHistory(6, (11, 12, 13), ()))
    assert not query.same(one, FeeHistory(7, (13, 14), ()))
    assert query.same(one, FeeHistory(8, (1,), ()))
    assert query.same(one, None)


def test_a_history_is_read_as_nodes_write_it() -> None:
    told = {
        "oldestBlock": "0x5",
        "baseFeePerGas": ["0xa", "0xb", "0xc", "0xd"],
        "gasUsedRatio": [0.5, 0, 0.1],
        "reward": [["0x1"], ["0x0"], ["0x3"]],
    }
    assert fee_history().read(told) == FeeHistory(5, (10, 11, 12), (1, 3))
    assert fee_history().read(told | {"reward": []}) == FeeHistory(5, (10, 11, 12), ())
    assert fee_history().read(None) is None


@pytest.mark.parametrize("told", [5, [], {}, {"gasUsedRatio": ["x"], "baseFeePerGas": ["0x1"], "oldestBlock": "0x1"}])
def test_a_history_that_is_none_is_not_understood(told: object) -> None:
    with pytest.raises((ValueError, TypeError, LookupError)):
        fee_history().read(told)


def test_a_node_without_a_method_is_one_that_does_not_know() -> None:
    assert judge_optional({"error": {"code": -32601, "message": "no such method"}}) is None
    assert judge_optional({"error": {"code": -32000, "message": "pending block is not available"}}) is None
    assert judge_optional({"result": "0x1"}) == "0x1"


# what a key has to hold


def test_a_key_has_to_hold_the_most_that_an_attempt_may_cost_to_the_last_wei() -> None:
    fees.afford("0x1", 100, 100)
    with pytest.raises(FeeTooHigh, match=r"the key has 0\.000001 ETH") as caught:
        fees.afford("0x1", 100, 99)
    assert "to this account" in caught.value.hint


@pytest.mark.parametrize(
    ("wei", "text"), [(0, "0"), (1, "0.000001"), (ETHER, "1"), (ETHER + 1, "1.000001"), (ETHER // 2, "0.5")]
)
def test_ether_is_rounded_up_to_what_is_enough(wei: int, text: str) -> None:
    assert fees.ether(wei) == text


@pytest.mark.parametrize(("wei", "text"), [(0, "0"), (GWEI, "1"), (1_500_000_000, "1.5"), (1_234_567, "0.001")])
def test_gwei_is_short(wei: int, text: str) -> None:
    assert fees.gwei(wei) == text
