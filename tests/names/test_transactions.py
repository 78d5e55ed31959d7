"""A change carried to a real chain, whatever happens on the way. Time is the test's own: things happen in its sleep."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest

from publisher.errors import FeeTooHigh, PublishError, RecordMoved, TransactionFailed, Unfinished
from publisher.events import Event, Mined, Sending, Settled, Signed, Unmined
from publisher.names import contenthash, senders
from publisher.names.base import Outcome
from publisher.names.ens import rpc
from publisher.names.ens.rpc import Chain, Reverted
from publisher.names.ens.transaction import Call, Limits, carry
from tests.services.chain import OTHER, OWNER, POOR, Account, Anvil, data, namehash

GWEI = 10**9
ROOTS = [f"ipfs://bafkreibj6lixxzqtsb45ysdjnupvqkufgdvzqbnvmhw2kf7cfkesy7r7{end}" for end in ("d4", "da", "di", "dq")]
A, B, C, _ = ROOTS
SCARCE = 22 * GWEI // 10
"""A ceiling that the first attempt reaches, so that a second cannot be offered more."""
LIMITS = Limits(max_fee_wei=100 * GWEI, patience=120)


class Killed(BaseException):
    """The power goes out."""


@dataclass(slots=True)
class Run:
    """One machine: its journal lasts from run to run. `at` says what happens as time goes on: second -> what."""

    anvil: Anvil
    signer: senders.Signer
    chain: Chain
    limits: Limits = LIMITS
    name: str = "demo.eth"
    journal: list[Event] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    time: float = 0.0
    at: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    kill: int = -1
    """The step at which it dies: each event has two, before and after it is written."""
    steps: int = 0

    def carry(self, root: str, sequence: int = 1, *, before: str | None = None, **changes: Any) -> Outcome:
        payload = bytes.fromhex(
            data("setContenthash(bytes32,bytes)", namehash(self.name), contenthash.encode(root))[2:]
        )
        seen = self.record() if before is None else before
        call = Call(self.name, self.anvil.resolver, payload, seen, root, sequence)
        self.steps = 0
        return carry(
            replace(call, **changes), self.chain, self.signer, self.limits, tuple(self.journal), self.tell,
            self.said.append, lambda: self.time, self.sleep, self.record,
        )  # fmt: skip

    def record(self) -> str:
        return contenthash.decode(self.anvil.record(self.name))

    def tell(self, event: Event) -> None:
        self.step()
        self.journal.append(event)
        if isinstance(event, Settled):
            self.journal[:] = [
                replace(e, raw="") if isinstance(e, Signed) and e.hash == event.hash else e for e in self.journal
            ]
        self.step()

    def step(self) -> None:
        if self.steps == self.kill:
            raise Killed
        self.steps += 1

    def sleep(self, seconds: float) -> None:
        assert seconds > 0, "never busy"
        self.time += seconds
        due = [what for when, what in self.at if when <= self.time]
        self.at = [(when, what) for when, what in self.at if when > self.time]
        for what in due:
            what()

    def after(self, seconds: float, what: Callable[[], Any]) -> None:
        self.at.append((self.time + seconds, lambda: (what(), None)[1]))

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.journal if isinstance(event, kind)]

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.journal]

    @property
    def mined(self) -> list[str]:
        return self.anvil.mined(self.signer.address)


def machine(anvil: Anvil, account: Account = OWNER) -> Run:
    key = bytes.fromhex(account.key[2:])
    signer = senders.KeySigner(senders.address_of(key), lambda: key)
    return Run(anvil, signer, Chain([anvil.url], 31337, sleep=lambda _: None))


@pytest.fixture
def run(chain: Anvil) -> Iterator[Run]:
    made = machine(chain)
    yield made
    made.chain.close()


def erased(run: Run) -> bool:
    """Whether the bytes of everything that is settled are gone."""
    ended = {event.hash for event in run.of(Settled)}
    return all(bool(signed.raw) == (signed.hash not in ended) for signed in run.of(Signed))


def outbids(newer: Signed, older: Signed) -> bool:
    """Whether every node takes the newer one instead: anvil would take less."""
    return newer.max_fee * 8 >= older.max_fee * 9 and newer.tip * 8 >= older.tip * 9


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


def stuck(run: Run, root: str, sequence: int = 1) -> Signed:
    """One transaction that waits and will not be mined."""
    run.anvil.automine(False)
    limits, run.limits = run.limits, replace(run.limits, patience=2, max_fee_wei=SCARCE)
    with pytest.raises(Unfinished):
        run.carry(root, sequence)
    run.limits = limits
    signed: Signed = run.of(Signed)[-1]
    assert run.anvil.pool(run.signer.address) == [signed.hash]
    return signed


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
    with pytest.raises(Unfinished, match="to replace it costs more than"):
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


def take_the_nonce(run: Run) -> None:
    """A wallet with the same key spends the nonce."""
    for hash_ in run.anvil.pool(run.signer.address):
        run.anvil.drop(hash_)
    run.anvil.rpc("eth_sendTransaction", {"from": run.signer.address, "to": OTHER.address, "value": "0x1"})
    run.anvil.mine()


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


def test_without_the_journal_it_stops_while_something_of_the_key_is_pending(run: Run) -> None:
    stuck(run, A)
    run.journal.clear()
    with pytest.raises(Unfinished, match="of which the journal does not know"):
        run.carry(A)
    assert not run.journal
    run.anvil.mine()
    run.anvil.automine(True)
    assert run.carry(A).outcome == "unchanged"


# what stops it


def test_a_change_by_somebody_else_is_not_overwritten(run: Run) -> None:
    run.anvil.set_record("demo.eth", contenthash.encode(C))
    with pytest.raises(RecordMoved, match="changed it from nothing to ipfs://"):
        run.carry(A, before="")
    assert not run.journal
    assert run.carry(A, before=C).outcome == "moved"


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
    assert "gives no reason" in str(error.value)
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
    with pytest.raises(FeeTooHigh, match="it is signed and stays pending"):
        run.carry(A)
    run.anvil.fund(OWNER.address, 10**18)
    assert run.carry(A).outcome == "moved"
    assert len(run.mined) == 1


@pytest.mark.parametrize(("over", "fits"), [(-1, False), (0, True)])
def test_the_ceiling_is_what_gas_costs_now(run: Run, over: int, fits: bool) -> None:
    now = run.chain.head().base_fee + run.chain.tip()
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


@dataclass(slots=True)
class Flaky:
    """A chain whose end point is away for so many looks."""

    real: Chain
    looks: int = 0

    def off(self, looks: int) -> None:
        self.looks = looks

    def together(self, *asks: rpc.Ask[Any]) -> rpc.Answers:
        if self.looks:
            self.looks -= 1
            raise rpc.RpcError("rpc", "is away")
        return self.real.together(*asks)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def test_a_whole_change_takes_few_round_trips(run: Run) -> None:
    counted = Counted(run.chain)
    run.chain = counted  # type: ignore[assignment]
    run.carry(A)
    assert counted.trips <= 4
    assert run.time <= 1


@dataclass(slots=True)
class Counted:
    """A chain that counts how often it is asked."""

    real: Chain
    trips: int = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.real, name)
        if name in ("together", "agreed", "send_raw", "call"):
            self.trips += 1
        return found


def test_every_outcome_but_success_is_one_of_our_errors() -> None:
    assert all(issubclass(kind, PublishError) for kind in (FeeTooHigh, RecordMoved, TransactionFailed, Unfinished))
