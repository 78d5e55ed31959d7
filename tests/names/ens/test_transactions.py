"""A change carried to a real chain, whatever happens on the way. Time is the test's own: things happen in its sleep."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from publisher.errors import Unfinished
from publisher.journal.events import Mined, Sending, Settled, Signed
from tests.names.ens.machine import LIMITS, SCARCE, A, B, Killed, Run, erased, machine, outbids, stuck
from tests.services.chain import Anvil


@pytest.fixture
def run(chain: Anvil) -> Iterator[Run]:
    made = machine(chain)
    yield made
    made.chain.close()


# the plain way


def test_a_change_is_written_down_before_each_step(run: Run) -> None:
    done = run.carry(A)
    assert run.kinds == ["signed", "sending", "mined", "settled"]
    assert (done.outcome, done.before, done.after, [done.transaction]) == ("moved", "", A, run.mined)
    assert (done.fee_wei, done.gas_used) == (run.of(Mined)[0].fee_wei, run.of(Mined)[0].gas_used)
    assert (run.record(), run.of(Settled)[0].end, erased(run)) == (A, "final", True)


def test_a_record_that_is_right_costs_nothing(run: Run) -> None:
    run.carry(A)
    run.journal.clear()
    assert run.carry(A).outcome == "unchanged"
    assert (run.journal, len(run.mined)) == ([], 1)


def test_one_change_after_the_other_takes_a_nonce_each(run: Run) -> None:
    for sequence, root in enumerate((A, B, A), 1):
        assert run.carry(root, sequence).outcome == "moved"
    assert [s.nonce for s in run.of(Signed)] == [0, 1, 2]
    assert run.record() == A


def test_it_waits_for_as_many_blocks_as_are_asked_for(run: Run) -> None:
    run.limits = replace(LIMITS, confirmations=3)
    run.after(10, run.anvil.mine)
    with pytest.raises(Unfinished, match="3 blocks must confirm"):
        run.carry(A)
    assert run.kinds == ["signed", "sending", "mined"]
    run.anvil.mine()
    assert run.carry(A).outcome == "moved"
    assert (len(run.mined), erased(run)) == (1, True)


# stuck, and run again


def test_a_stuck_transaction_is_pending_and_the_next_run_finishes_it(run: Run) -> None:
    run.anvil.automine(False)
    run.limits = replace(LIMITS, max_fee_wei=SCARCE)
    with pytest.raises(Unfinished, match="is sent and not mined yet") as error:
        run.carry(A)
    assert (error.value.exit_code, error.value.retry) == (75, True)
    (signed,) = run.of(Signed)
    assert signed.hash in str(error.value)
    run.after(1, run.anvil.mine)
    assert run.carry(A).transaction == signed.hash
    assert run.mined == [signed.hash]


def test_waiting_too_long_offers_an_eighth_more_once(run: Run) -> None:
    run.anvil.automine(False)
    run.after(100, run.anvil.mine)
    assert run.carry(A).outcome == "moved"
    first, second = run.of(Signed)
    assert first.nonce == second.nonce
    assert outbids(second, first)
    assert run.mined == [second.hash]
    assert {(s.hash, s.end) for s in run.of(Settled)} == {(first.hash, "dead"), (second.hash, "final")}
    assert erased(run)


def test_a_dropped_transaction_is_sent_again(run: Run) -> None:
    run.anvil.automine(False)
    run.after(5, lambda: run.anvil.drop(run.of(Signed)[0].hash))
    run.after(8, lambda: check_empty(run.anvil))
    run.after(50, run.anvil.mine)
    run.carry(A)
    assert run.mined == [run.of(Signed)[0].hash]
    assert len(run.of(Sending)) == 1


def check_empty(anvil: Anvil) -> None:
    assert not anvil.pool()


def test_a_transaction_dropped_between_two_runs_is_sent_again(run: Run) -> None:
    run.anvil.automine(False)
    run.limits = replace(LIMITS, patience=5, max_fee_wei=SCARCE)
    with pytest.raises(Unfinished):
        run.carry(A)
    run.anvil.drop(run.of(Signed)[0].hash)
    run.after(0.1, run.anvil.mine)
    assert run.carry(A).outcome == "moved"
    assert run.mined == [run.of(Signed)[0].hash]


@pytest.mark.parametrize("mining", ["at once", "never before the second run"])
@pytest.mark.parametrize("step", range(8))
def test_killed_at_any_event_the_next_run_ends_with_one_transaction(run: Run, step: int, mining: str) -> None:
    run.anvil.automine(mining == "at once")
    run.after(3, run.anvil.mine)
    run.kill = step
    with pytest.raises(Killed):
        run.carry(A)
    run.kill, run.at = -1, []
    run.anvil.automine(True)
    run.after(3, run.anvil.mine)
    done = run.carry(A)
    assert done.outcome == ("unchanged" if step == 7 else "moved")
    assert (run.record(), len(run.mined), erased(run)) == (A, 1, True)
    assert run.carry(A).outcome == "unchanged"
    assert len(run.mined) == 1


@pytest.mark.parametrize("step", range(8))
def test_killed_at_any_event_of_a_replacement_the_newest_root_stays(run: Run, step: int) -> None:
    stuck(run, A)
    run.kill = step
    run.after(3, run.anvil.mine)
    with pytest.raises(Killed):
        run.carry(B, 2)
    run.kill, run.at = -1, []
    run.after(3, run.anvil.mine)
    run.carry(B, 2)
    assert (run.record(), len(run.mined), erased(run)) == (B, 1, True)


# a newer wish


def test_a_newer_wish_replaces_the_older_one_at_its_nonce(run: Run) -> None:
    first = stuck(run, A)
    run.after(3, run.anvil.mine)
    assert run.carry(B, 2).after == B
    second = run.of(Signed)[-1]
    assert second.nonce == first.nonce
    assert outbids(second, first)
    assert (run.mined, run.record(), erased(run)) == ([second.hash], B, True)


def test_a_rollback_while_a_change_is_under_way_replaces_it(run: Run) -> None:
    run.carry(A, 1)
    stuck(run, B, 2)
    run.after(3, run.anvil.mine)
    done = run.carry(A, 3)  # the record is A already, and would not be for long
    assert (done.outcome, run.record(), len(run.mined)) == ("moved", A, 2)
    run.anvil.mine(2)
    assert run.record() == A


def test_a_rollback_of_what_was_only_signed_erases_it(run: Run) -> None:
    run.carry(A, 1)
    run.kill = 2
    with pytest.raises(Killed):
        run.carry(B, 2)
    run.kill = -1
    assert run.carry(A, 3).outcome == "unchanged"
    assert (run.of(Settled)[-1].end, erased(run), len(run.mined)) == ("discarded", True, 1)


def test_an_older_wish_that_is_mined_after_all_is_followed_by_the_newer(run: Run) -> None:
    stuck(run, A)
    run.anvil.mine()
    run.anvil.automine(True)
    done = run.carry(B, 2, before="")
    assert (done.outcome, done.before, done.after) == ("moved", A, B)
    assert ([s.nonce for s in run.of(Signed)], run.record(), erased(run)) == ([0, 1], B, True)


def test_the_older_one_may_win_the_race_and_the_newer_comes_next(run: Run) -> None:
    first = stuck(run, A)

    def race() -> None:
        for hash_ in run.anvil.pool():
            run.anvil.drop(hash_)
        run.anvil.rpc("eth_sendRawTransaction", first.raw)
        run.anvil.mine()
        run.anvil.automine(True)

    run.after(3, race)
    assert run.carry(B, 2).outcome == "moved"
    assert ([s.nonce for s in run.of(Signed)], run.record(), len(run.mined)) == ([0, 0, 1], B, 2)
    assert erased(run)


def test_above_the_ceiling_nothing_is_signed_and_it_stays_pending(run: Run) -> None:
    first = stuck(run, A)
    run.limits = replace(LIMITS, max_fee_wei=first.max_fee)
    with pytest.raises(Unfinished, match="a replacement costs more than"):
        run.carry(B, 2)
    assert run.of(Signed) == [first]
    run.limits = replace(LIMITS, max_fee_wei=first.max_fee * 9 // 8 + 1)
    run.after(3, run.anvil.mine)
    assert run.carry(B, 2).outcome == "moved"


def test_a_new_resolver_makes_the_same_wish_another_change(run: Run) -> None:
    stuck(run, A)
    elsewhere = run.anvil.put_modern()
    run.after(3, run.anvil.mine)
    done = run.carry(A, 1, to=elsewhere)
    assert run.of(Signed)[-1].to == elsewhere
    assert (run.mined, done.outcome) == ([run.of(Signed)[-1].hash], "moved")
