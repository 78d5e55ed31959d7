"""What gets between: another name, a reorganisation, a wallet with the same key, too little money, somebody else."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from publisher.errors import FeeTooHigh, PublishError, RecordMoved, TransactionFailed, Unfinished
from publisher.journal.events import Mined, Settled, Signed, Unmined
from publisher.names import contenthash
from publisher.names.ens.market import tip
from publisher.names.ens.rpc import Reverted
from tests.names.ens.machine import LIMITS, A, B, C, Counted, Flaky, Killed, Run, erased, machine, stuck, take_the_nonce
from tests.services.chain import OTHER, OWNER, POOR, Anvil, data, namehash


@pytest.fixture
def run(chain: Anvil) -> Iterator[Run]:
    made = machine(chain)
    yield made
    made.chain.close()


# two names, one key


def test_another_name_of_the_same_key_waits_for_its_turn(run: Run) -> None:
    run.anvil.register("more.eth")
    first = stuck(run, A)
    more = replace(run, name="more.eth", limits=replace(LIMITS, patience=40))
    with pytest.raises(Unfinished, match=r"of demo\.eth is sent and not mined"):
        more.carry(B)
    assert run.of(Signed) == [first]
    more.after(3, run.anvil.mine)
    more.after(6, lambda: run.anvil.automine(True))
    more.carry(B)
    assert (run.record(), more.record(), len(run.mined), erased(run)) == (A, B, 2, True)


def test_a_name_that_is_right_does_not_wait_for_another(run: Run) -> None:
    run.anvil.register("more.eth")
    more = replace(run, name="more.eth")
    more.carry(B)
    stuck(run, A, 2)
    assert more.carry(B, 2).outcome == "unchanged"


# reorganisations, and the nonce in other hands


def test_a_reorganisation_puts_it_back_under_way(run: Run) -> None:
    run.limits = replace(LIMITS, confirmations=3)
    run.after(3, partial(run.anvil.reorg, 1))
    run.after(6, run.anvil.mine)
    run.after(40, lambda: run.anvil.mine(4))
    assert run.carry(A).outcome == "moved"
    assert run.kinds == ["signed", "sending", "mined", "unmined", "mined", "settled"]
    assert (len(run.mined), run.record(), erased(run)) == (1, A, True)


def test_a_reorganisation_between_two_runs_is_seen(run: Run) -> None:
    run.limits = replace(LIMITS, confirmations=3)
    with pytest.raises(Unfinished):
        run.carry(A)
    run.anvil.reorg(1)
    assert run.record() == ""
    run.after(40, lambda: run.anvil.mine(4))
    assert run.carry(A).outcome == "moved"
    assert (len(run.of(Unmined)), len(run.mined), run.record()) == (1, 1, A)


def test_mined_again_in_another_block_is_noted(run: Run) -> None:
    run.anvil.mine(2)
    run.limits = replace(LIMITS, confirmations=3)
    run.after(3, lambda: run.anvil.reorg(2, [(run.of(Signed)[0].raw, 0)]))
    run.after(6, lambda: run.anvil.mine(3))
    assert run.carry(A).outcome == "moved"
    first, second = run.of(Mined)
    assert first.hash == second.hash
    assert first.block_hash != second.block_hash


def test_a_nonce_that_another_took_is_dead_and_the_next_is_used(run: Run) -> None:
    first = stuck(run, A)
    take_the_nonce(run)
    run.anvil.automine(True)
    run.carry(A)
    assert [s.nonce for s in run.of(Signed)] == [0, 1]
    assert (run.of(Settled)[0].hash, run.of(Settled)[0].end) == (first.hash, "dead")
    assert (run.record(), erased(run)) == (A, True)


def test_a_nonce_taken_while_it_waits_is_found_out(run: Run) -> None:
    run.anvil.automine(False)
    run.after(3, lambda: take_the_nonce(run))
    run.after(5, lambda: run.anvil.automine(True))
    assert run.carry(A).outcome == "moved"
    assert [s.nonce for s in run.of(Signed)] == [0, 1]


def test_a_nonce_in_other_hands_is_lost_only_as_deep_as_is_asked_for(run: Run) -> None:
    run.limits = replace(LIMITS, confirmations=3)
    stuck(run, A)
    take_the_nonce(run)
    with pytest.raises(Unfinished, match="does not show yet by which transaction"):
        run.carry(A)
    assert not run.of(Settled)
    run.anvil.mine(3)
    run.after(20, lambda: run.anvil.mine(4))
    assert run.carry(A).outcome == "moved"
    assert [s.end for s in run.of(Settled)] == ["dead", "final"]


def test_without_the_journal_it_stops_while_something_of_the_key_is_pending(run: Run) -> None:
    stuck(run, A)
    run.journal.clear()
    with pytest.raises(Unfinished, match="not in the journal"):
        run.carry(A)
    assert not run.journal
    run.anvil.mine()
    run.anvil.automine(True)
    assert run.carry(A).outcome == "unchanged"


# what stops it


def test_a_change_by_somebody_else_is_not_overwritten(run: Run) -> None:
    run.anvil.set_record("demo.eth", contenthash.encode(C))
    with pytest.raises(RecordMoved, match="changed the record from nothing to ipfs://"):
        run.carry(A, before="")
    assert not run.journal
    assert run.carry(A, before=C).outcome == "moved"


def test_no_more_is_offered_when_somebody_else_changed_the_record_meanwhile(run: Run) -> None:
    def meddle() -> None:
        run.anvil.drop(run.of(Signed)[0].hash)
        run.anvil.set_record("demo.eth", contenthash.encode(C), owner=OTHER.address)

    allow = data("setAuthorisation(bytes32,address,bool)", namehash("demo.eth"), OTHER.address, True)
    run.anvil.send(OWNER.address, run.anvil.resolver, allow)
    run.anvil.automine(False)
    run.after(10, meddle)
    with pytest.raises(Unfinished, match="another key changed the record"):
        run.carry(A)
    assert len(run.of(Signed)) == 1


def test_what_was_only_signed_is_erased_when_somebody_else_was_first(run: Run) -> None:
    run.kill = 2
    with pytest.raises(Killed):
        run.carry(A)
    run.kill = -1
    run.anvil.set_record("demo.eth", contenthash.encode(C), owner=run.anvil.owner("demo.eth"))
    with pytest.raises(RecordMoved):
        run.carry(A, before="")
    assert (run.kinds, erased(run), run.record()) == (["signed", "settled"], True, C)


def test_a_change_that_would_revert_is_not_signed(chain: Anvil) -> None:
    stranger = machine(chain, OTHER)
    with pytest.raises(Reverted):
        stranger.carry(A)
    assert (stranger.journal, stranger.mined) == ([], [])
    stranger.chain.close()


def test_a_transaction_that_reverts_is_told_with_the_reason(run: Run) -> None:
    run.anvil.automine(False)

    def lose_the_name() -> None:
        run.anvil.rpc("anvil_dropAllTransactions")
        run.anvil.register("demo.eth", owner=OTHER.address)
        run.anvil.rpc("eth_sendRawTransaction", run.of(Signed)[0].raw)
        run.anvil.mine()

    give = run.anvil.owner("demo.eth")
    assert give == OWNER.address.lower()
    run.after(3, lose_the_name)
    with pytest.raises(TransactionFailed, match=r"was mined in block \d+ and reverted") as error:
        run.carry(A)
    assert "without a reason" in str(error.value)
    assert not run.of(Mined)[0].ok
    assert (run.of(Settled)[0].end, erased(run)) == ("final", True)


def test_a_key_without_funds_signs_nothing(chain: Anvil) -> None:
    chain.register("poor.eth", owner=POOR.address)
    poor = replace(machine(chain, POOR), name="poor.eth")
    with pytest.raises(FeeTooHigh) as error:
        poor.carry(A)
    assert POOR.address in str(error.value)
    assert not poor.journal
    chain.fund(POOR.address, 10**18)
    assert poor.carry(A).outcome == "moved"
    poor.chain.close()


def test_funds_that_are_gone_after_signing_are_told(run: Run) -> None:
    run.kill = 3
    with pytest.raises(Killed):
        run.carry(A)
    run.kill = -1
    run.anvil.fund(OWNER.address, 1000)
    with pytest.raises(FeeTooHigh, match="the transaction is signed and stays pending"):
        run.carry(A)
    run.anvil.fund(OWNER.address, 10**18)
    assert run.carry(A).outcome == "moved"
    assert len(run.mined) == 1


@pytest.mark.parametrize(("over", "fits"), [(-1, False), (0, True)])
def test_the_ceiling_is_what_gas_costs_now(run: Run, over: int, fits: bool) -> None:
    now = run.chain.head().base_fee + (run.chain.query(tip()) or 0)
    run.limits = replace(LIMITS, max_fee_wei=now + over)
    if fits:
        run.carry(A)
        assert run.of(Signed)[0].max_fee == now
    else:
        with pytest.raises(FeeTooHigh, match="nothing was signed"):
            run.carry(A)
        assert not run.journal


def test_an_end_point_that_is_away_for_a_moment_changes_nothing(run: Run) -> None:
    run.anvil.automine(False)
    away = Flaky(run.chain)
    run.chain = away  # type: ignore[assignment]
    run.after(3, lambda: away.off(4))
    run.after(60, run.anvil.mine)
    assert run.carry(A).outcome == "moved"
    assert len(run.mined) == 1


def test_a_whole_change_takes_few_round_trips(run: Run) -> None:
    counted = Counted(run.chain)
    run.chain = counted  # type: ignore[assignment]
    run.carry(A)
    assert counted.trips <= 4
    assert run.time <= 1


def test_every_outcome_but_success_is_one_of_our_errors() -> None:
    assert all(issubclass(kind, PublishError) for kind in (FeeTooHigh, RecordMoved, TransactionFailed, Unfinished))
