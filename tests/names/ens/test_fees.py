"""What a change may cost: at the ceiling, above it, and what a key has to hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import FeeTooHigh
from publisher.names.base import Cost
from publisher.names.ens import fees
from publisher.names.ens.fees import ETHER, GWEI, Fees
from publisher.names.ens.rpc import Head

amounts = st.integers(0, 10**12)


def head(base_fee: int) -> Head:
    return Head(1, "0x", base_fee, 0)


def test_at_the_ceiling_it_is_offered_and_one_wei_above_it_is_not() -> None:
    assert fees.price("x.eth", head(4 * GWEI), GWEI, 5) == Fees(5 * GWEI, GWEI)
    with pytest.raises(FeeTooHigh, match="gas costs 5 gwei now") as caught:
        fees.price("x.eth", head(4 * GWEI), GWEI + 1, 5)
    assert "max-fee-gwei" in caught.value.hint
    assert caught.value.retry


def test_there_is_room_for_the_base_fee_to_double() -> None:
    assert fees.price("x.eth", head(GWEI), GWEI // 10, 5) == Fees(2 * GWEI + GWEI // 10, GWEI // 10)


@given(amounts, amounts, st.floats(0.001, 1000))
def test_no_offer_is_above_the_ceiling_or_below_what_is_needed_now(base: int, tip: int, ceiling: float) -> None:
    try:
        offer = fees.price("x.eth", head(base), tip, ceiling)
    except FeeTooHigh:
        assert base + tip > round(ceiling * GWEI)
        return
    assert base + tip <= offer.max_fee <= round(ceiling * GWEI)
    assert offer.tip <= offer.max_fee


def test_a_fifth_more_gas_is_allowed_than_it_would_use() -> None:
    cost = fees.cost(46_579, Fees(2 * GWEI, GWEI // 2), head(GWEI), 7)
    assert cost == Cost(55_894, 2 * GWEI, 55_894 * 2 * GWEI, 46_579 * GWEI * 3 // 2, 7)


def test_a_key_has_to_hold_the_most_it_may_cost_to_the_last_wei() -> None:
    fees.afford("0x1", Cost(1, 1, 100, 50, 100))
    with pytest.raises(FeeTooHigh, match=r"the key has 0\.000001 ETH") as caught:
        fees.afford("0x1", Cost(1, 1, 100, 50, 99))
    assert "to this account" in caught.value.hint


@pytest.mark.parametrize(
    ("wei", "text"), [(0, "0"), (1, "0.000001"), (ETHER, "1"), (ETHER + 1, "1.000001"), (ETHER // 2, "0.5")]
)
def test_ether_is_rounded_up_to_what_is_enough(wei: int, text: str) -> None:
    assert fees.ether(wei) == text


@pytest.mark.parametrize(("wei", "text"), [(0, "0"), (GWEI, "1"), (1_500_000_000, "1.5"), (1_234_567, "0.001")])
def test_gwei_is_short(wei: int, text: str) -> None:
    assert fees.gwei(wei) == text
