"""How a name moves, whatever happens: any chain, any number of wishes, a power cut between any two steps."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from publisher.errors import FeeTooHigh, PublishError, RecordMoved, RpcError, StateError, TransactionFailed, Unfinished
from publisher.journal.events import Event, Mined, Sending, Settled, Signed, Unmined
from publisher.names.base import NameOutcome
from publisher.names.ens import allowance, fees
from publisher.names.ens.chain_state import CERTAIN, ChainState, read_again, read_all
from publisher.names.ens.decide import (
    AskAction,
    DoneAction,
    RecordAction,
    SendAction,
    SignAction,
    StopAction,
    WaitAction,
    decide,
    fees_for,
)
from publisher.names.ens.execute import TransactionJob, TransactionLimits, execute
from publisher.names.ens.nonces import Call, Nonces, fold
from publisher.names.ens.responses import EndPointError
from publisher.names.ens.rpc import Head, TransactionReceipt
from publisher.names.ens.transport import RpcRequest
from tests.names.ens.model import GWEI, SENDER, ModelEnd, Signer, Tape, World, model_chain, record_of

LIMITS = TransactionLimits(max_fee_wei=50 * GWEI, patience=60)
BAD_LUCK = (Unfinished, RecordMoved, FeeTooHigh, TransactionFailed, RpcError)
Wish = tuple[str, str]
"""A name and what it is to show."""


class Killed(BaseException):
    """The power goes out."""


@dataclass(slots=True)
class Machine:
    """Whose journal lasts. It checks each event against the promises before it writes it down."""

    world: World
    ends: tuple[ModelEnd, ...] = ()
    journal: list[Event] = field(default_factory=list)
    kill: int = -1
    steps: int = 0
    shown: int = 0
    """The maximum that the plan of this run showed."""

    def carry(
        self, desired: Wish, sequence: int, before_move: Callable[[], str] | None = None
    ) -> NameOutcome | PublishError | None:
        """One run: how it ended, None when the power went out. The plan was made on the record as it is."""
        name, after = desired
        payload = json.dumps([name, after, sequence]).encode()
        call = Call(name, "0x" + "bb" * 20, payload, self.world.record(name), after, sequence)
        self.steps = 0
        self.kill = -1 if self.world.kind else self.world.tape.below(32) - 8
        limits = replace(LIMITS, confirmations=self.world.confirmations)
        chain, record = model_chain([Watched(self, end) for end in self.ends]), record_of(name)
        try:
            slots = fold(self.journal, 1, SENDER)
            state = read_all(chain, SENDER, call, record, slots.open, None)
            self.shown = allowance.planned(call, limits, slots, state, SENDER).max_cost
            return execute(
                TransactionJob(
                    call=call,
                    chain=chain,
                    signer=Signer(),
                    limits=limits,
                    events=tuple(self.journal),
                    record_event=self.record_event,
                    log=lambda _: None,
                    clock=lambda: self.world.time,
                    sleep=self.sleep,
                    record=record,
                    agreed=self.shown,
                    before_move=before_move,
                    planned_nonce=state.nonce,
                )
            )
        except Killed:
            return None
        except BAD_LUCK as error:
            return error

    def sleep(self, seconds: float) -> None:
        self.world.pass_time(seconds)

    def step(self) -> None:
        assert self.steps < 200, "a run that does not end"
        if self.steps == self.kill:
            raise Killed
        self.steps += 1

    def record_event(self, event: Event) -> None:
        self.step()
        self.check(event)
        self.journal.append(event)
        if isinstance(event, Settled):
            self.journal[:] = [
                replace(e, raw="") if isinstance(e, Signed) and e.hash == event.hash else e for e in self.journal
            ]
        self.step()

    def check(self, event: Event) -> None:
        alive = {signed.hash: signed.nonce for signed in self.of(Signed)}
        for settled in self.of(Settled):
            alive.pop(settled.hash, None)
        if isinstance(event, Signed):
            assert set(alive.values()) <= {event.nonce}, "nothing is signed at two nonces"
            assert event.max_fee <= LIMITS.max_fee_wei
            assert event.tip <= event.max_fee
            assert event.gas <= LIMITS.max_gas
            assert event.gas * event.max_fee <= event.max_cost <= self.shown <= fees.MOST, "never dearer than shown"
            open_ = [signed for signed in self.of(Signed) if signed.hash in alive]
            same = [signed for signed in open_ if (signed.name, signed.after) == (event.name, event.after)]
            assert event.max_cost <= max((s.max_cost for s in same), default=self.shown), "no run asks for more"
        elif isinstance(event, Sending):
            assert event.hash not in self.world.ever, "written down before it is sent"
        elif isinstance(event, Settled) and event.end == "discarded":
            assert event.hash not in self.world.ever, "what was sent is never called unsent"

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.journal if isinstance(event, kind)]


class Watched(ModelEnd):
    """The power may also go out before and after a transaction is handed in."""

    def __init__(self, machine: Machine, end: ModelEnd) -> None:
        super().__init__(end.url, end.world, end.lies, end.alone)
        self.machine = machine

    def send(self, raw: bytes) -> dict[str, Any]:
        self.machine.step()
        assert any("0x" + raw.hex() == s.raw for s in self.machine.of(Signed)), "the journal has the bytes"
        done = super().send(raw)
        self.machine.step()
        return done


def end_points(kind: str, world: World, lies: Sequence[int]) -> tuple[ModelEnd, ...]:
    """One end point or two, of which one may lie."""
    honest, liar = ModelEnd("http://a", world), ModelEnd("http://b", world, Tape(lies), alone=kind == "liar")
    return {"one": (honest,), "liar": (liar,), "liar last": (honest, liar), "liar first": (liar, honest)}[kind]


def play(
    numbers: Sequence[int],
    confirmations: int,
    wishes: Sequence[tuple[Wish, int]],
    kind: str = "one",
    lies: Sequence[int] = b"",
) -> Machine:
    """Each wish in so many runs on a chain that does what it likes; then all goes well, until the newest are true."""
    world = World(Tape(numbers), confirmations)
    machine = Machine(world, end_points(kind, world, lies))
    newest: dict[str, tuple[str, int]] = {}
    for sequence, (desired, runs) in enumerate(wishes, 1):
        newest[desired[0]] = (desired[1], sequence)
        for _ in range(runs):
            machine.carry(desired, sequence)
    # After lies about the base fee, only a person at a terminal could raise a maximum that is below the true one.
    machine.world.kind, machine.world.base_fee, machine.world.lag = True, GWEI if kind == "one" else 1, 0
    for _ in range(40):
        ends = [machine.carry((name, after), sequence) for name, (after, sequence) in newest.items()]
        if all(isinstance(end, NameOutcome) for end in ends) and all_true(machine.world, newest):
            break  # a record that somebody else changed after us is found by reading back, and set again
    assert all(isinstance(end, NameOutcome) for end in ends), ends
    what_may_be_anywhere_comes_back(machine.world)
    assert all_true(machine.world, newest), "the newest wish is what stays"
    return machine


def all_true(world: World, newest: dict[str, tuple[str, int]]) -> bool:
    return all(world.record(name) == after for name, (after, _) in newest.items())


def what_may_be_anywhere_comes_back(world: World) -> None:
    for _ in range(20):
        for tx in world.minable()[:1]:
            world.mine(tx)


names = st.sampled_from(["one.eth", "one.eth", "one.eth", "two.eth"])
roots = st.sampled_from(["ipfs://a", "ipfs://b", "ipfs://c"])
wishes = st.lists(st.tuples(st.tuples(names, roots), st.integers(0, 4)), min_size=1, max_size=4)
tapes = st.binary(max_size=400)
ONE = [(("one.eth", "ipfs://a"), 1)]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(numbers=tapes, confirmations=st.integers(1, 3), asked=wishes)
@example(numbers=b"", confirmations=1, asked=ONE)
def test_whatever_happens_the_newest_wish_stays_and_each_costs_one_transaction(
    numbers: bytes, confirmations: int, asked: list[tuple[Wish, int]]
) -> None:
    machine = play(numbers, confirmations, asked)
    world = machine.world
    check_costs(machine)
    mined = [tx.sequence for tx in world.ours()]
    if not world.meddled:
        assert len(mined) == len(set(mined)), "one transaction for a wish"
    by_hash = {signed.hash: signed for signed in machine.of(Signed)}
    for settled in machine.of(Settled):
        if settled.end == "final":
            assert world.receipt(settled.hash) is not None
        if settled.end == "dead":
            assert world.receipt(settled.hash) is None
            assert by_hash[settled.hash].nonce < world.nonce()


def check_costs(*machines: Machine) -> None:
    """What was paid for each transaction is at most what was shown for it. All machines are on one chain."""
    signed = {each.hash: each for machine in machines for each in machine.of(Signed)}
    for tx, fee in machines[0].world.paid():
        assert fee <= signed[tx.hash].gas * signed[tx.hash].max_fee <= signed[tx.hash].max_cost


def sparse(length: int, numbers: dict[int, int]) -> bytes:
    """Return a tape of zeros with other numbers at a few places."""
    return bytes(numbers.get(place, 0) for place in range(length))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    numbers=tapes,
    lies=st.binary(min_size=20, max_size=400),
    confirmations=st.integers(1, 3),
    asked=wishes,
    ends=st.sampled_from(["liar", "liar first", "liar last"]),
)
@example(
    numbers=b"\x00\x00\x03",
    lies=sparse(220, {82: 1, 103: 1, 117: 1, 183: 2, 184: 1, 203: 2, 219: 1}),
    confirmations=3,
    asked=[(("two.eth", "ipfs://b"), 2)],
    ends="liar last",
)
@example(
    numbers=b"\x00\x00\x01",
    lies=sparse(137, {11: 2, 22: 1, 30: 2, 31: 2, 85: 1, 92: 2, 103: 3, 136: 1}),
    confirmations=2,
    asked=[(("one.eth", "ipfs://b"), 4)],
    ends="liar first",
)
@example(
    numbers=b"\0\0\3\0\0\1\x0e\0\0\1\0\3",
    lies=sparse(35, {0: 1, 11: 1, 12: 2, 13: 1, 14: 1, 16: 1, 17: 1, 19: 1, 20: 1, 32: 1, 33: 1, 34: 1}),
    confirmations=1,
    asked=[(("one.eth", "ipfs://c"), 2), (("one.eth", "ipfs://a"), 1), (("one.eth", "ipfs://c"), 0)],
    ends="liar first",
)
def test_whatever_an_end_point_lies_about_each_costs_one_transaction_and_no_more_than_was_shown(
    numbers: bytes, lies: bytes, confirmations: int, asked: list[tuple[Wish, int]], ends: str
) -> None:
    machine = play(numbers, confirmations, asked, ends, lies)
    mined = [tx.sequence for tx in machine.world.ours()]
    if not machine.world.meddled:
        assert len(mined) == len(set(mined)), "one effective transaction for a wish"
    check_costs(machine)


def test_a_quiet_chain_needs_four_events() -> None:
    assert [event.kind for event in play(b"", 1, [(ONE[0][0], 0)]).journal] == ["signed", "sending", "mined", "settled"]


def test_bytes_that_were_damaged_in_the_journal_are_never_handed_in() -> None:
    world = World(Tape(b""), 1)
    machine = Machine(world, end_points("one", world, b""))
    machine.world.kind = True
    machine.journal = [*sent(after="ipfs://a", to="", nonce=machine.world.nonce())]
    with pytest.raises(StateError, match="bytes of transaction 0x1 are damaged"):
        machine.carry(("one.eth", "ipfs://a"), 1)
    assert not machine.world.ever


class Counting(ModelEnd):
    """An end point that counts one mined transaction too many for the key, and returns no receipt.

    If `silent` is set, it does not answer.
    """

    silent = False
    asked = 0

    def ask(self, questions: Sequence[RpcRequest]) -> list[dict[str, Any]]:
        self.asked += 1
        if self.silent:
            raise EndPointError("does not answer")
        more: dict[str, dict[str, Any]] = {
            "eth_getTransactionCount": {"result": "0x6"},
            "eth_getTransactionReceipt": {"result": None},
        }
        return [more.get(method, reply) for (method, _), reply in zip(questions, super().ask(questions), strict=True)]


def test_a_transaction_is_given_up_only_if_all_end_points_say_that_its_nonce_is_used() -> None:
    world = World(Tape(b""), 1)
    ends = Counting("http://a", world), Counting("http://b", world)
    chain, record, attempts = model_chain(ends), record_of("one.eth"), slots(*sent()).open
    state = read_again(chain, SENDER, record, attempts, LOOK, 1)
    assert state.unclaimed == 1
    ends[1].silent, asked = True, ends[1].asked
    for _ in range(3):
        state = read_again(chain, SENDER, record, attempts, state, 1)
    assert state.unclaimed == 0
    assert ends[1].asked == asked + 3  # it is not left out, because the decision waits for it
    ends[1].silent = False
    assert read_again(chain, SENDER, record, attempts, state, 1).unclaimed == 1


# the single decisions, at their edges

CALL = Call("one.eth", "0xbb", b"", "", "ipfs://b", 2)
HEAD = Head(100, "0x64", GWEI, 0)
LOOK = ChainState(5, 5, "", HEAD, GWEI, since_sent=1.0, waited=1.0, left=10.0)


def signed(hash_: str = "0x1", **changes: Any) -> Signed:
    made = Signed(1, SENDER, 5, 2, "one.eth", "", "ipfs://b", 3 * GWEI, GWEI, hash_, "0x00", "0xBB")
    return replace(made, **changes)


def slots(*events: Event) -> Nonces:
    return fold(events, 1, SENDER)


def sent(hash_: str = "0x1", **changes: Any) -> tuple[Event, Event]:
    return signed(hash_, **changes), Sending(hash_)


def message(action: object) -> str:
    assert isinstance(action, StopAction)
    return str(action.error)


def test_other_keys_and_other_chains_have_slots_of_their_own() -> None:
    events = [signed("0x1", chain=2), signed("0x2", sender="0x" + "cc" * 20), signed("0x3", sender=SENDER.upper())]
    assert [attempt.hash for attempt in slots(*events).attempts] == ["0x3"]


def test_events_of_transactions_that_nobody_signed_are_passed_over() -> None:
    assert slots(Sending("0x9"), Mined("0x9", 1, "0x", 1, 1, True), Unmined("0x9"), Settled("0x9", "dead")) == Nonces(
        ()
    )


def test_what_is_signed_again_after_it_was_erased_is_the_newest() -> None:
    found = slots(signed("0x1"), Settled("0x1", "discarded"), *sent("0x2"), signed("0x1"))
    assert [attempt.hash for attempt in found.open] == ["0x2", "0x1"]


def test_of_two_nonces_the_lower_is_open_first() -> None:
    assert [attempt.hash for attempt in slots(*sent("0x1", nonce=6), *sent("0x2", nonce=5)).open] == ["0x2"]


def test_what_may_be_anywhere_is_never_taken_for_unsent() -> None:
    again = slots(*sent(), Settled("0x1", "dead"), signed())
    mined = slots(signed(), Mined("0x1", 100, "0x64", 5, 10, True))  # the line before it was cut
    assert [attempt.was_sent for attempt in (*again.open, *mined.open)] == [True, True]


def test_what_was_never_sent_is_not_outbid() -> None:
    found = fees_for(slots(signed(max_fee=40 * GWEI)), 5, LOOK, LIMITS)
    assert found is not None
    assert found.max_fee == 3 * GWEI


@pytest.mark.parametrize(("waited", "action"), [(29.9, WaitAction), (30.0, SignAction)])
def test_half_of_the_patience_is_waited_before_more_is_offered(waited: float, action: type) -> None:
    assert isinstance(decide(slots(*sent()), replace(LOOK, waited=waited), CALL, LIMITS), action)


@pytest.mark.parametrize(("left", "action"), [(0.1, WaitAction), (0.0, StopAction)])
def test_at_the_end_of_the_patience_it_stays_pending(left: float, action: type) -> None:
    assert isinstance(decide(slots(*sent()), replace(LOOK, left=left), CALL, LIMITS), action)


@pytest.mark.parametrize(("since", "action"), [(None, SendAction), (29.9, WaitAction), (30.0, SendAction)])
def test_it_is_handed_in_once_a_run_and_then_from_time_to_time(since: float | None, action: type) -> None:
    assert isinstance(decide(slots(*sent()), replace(LOOK, since_sent=since), CALL, LIMITS), action)


@pytest.mark.parametrize(("unclaimed", "action"), [(CERTAIN - 1, WaitAction), (CERTAIN, RecordAction)])
def test_a_nonce_is_lost_only_when_that_is_certain(unclaimed: int, action: type) -> None:
    look = replace(LOOK, nonce=6, unclaimed=unclaimed)
    assert isinstance(decide(slots(*sent()), look, CALL, LIMITS), action)


@pytest.mark.parametrize(("head", "action"), [(100, WaitAction), (101, RecordAction)])
def test_it_is_final_when_so_many_blocks_confirm_it(head: int, action: type) -> None:
    mined = Mined("0x1", 100, "0x64", 5, 10, True)
    look = replace(
        LOOK, nonce=6, head=HEAD._replace(number=head), receipts={"0x1": TransactionReceipt(True, 100, "0x64", 5, 2)}
    )
    limits = replace(LIMITS, confirmations=2)
    assert isinstance(decide(slots(*sent(), mined), look, CALL, limits), action)


def test_the_mined_one_is_settled_last_so_that_a_cut_leaves_the_slot_open() -> None:
    mined = Mined("0x1", 100, "0x64", 5, 10, True)
    look = replace(LOOK, nonce=6, receipts={"0x1": TransactionReceipt(True, 100, "0x64", 5, 2)})
    action = decide(slots(*sent("0x1"), mined, *sent("0x2"), signed("0x3")), look, CALL, LIMITS)
    assert isinstance(action, RecordAction)
    assert action.events == (Settled("0x2", "dead"), Settled("0x3", "discarded"), Settled("0x1", "final"))


def test_a_receipt_that_is_gone_or_of_another_block_is_written_down() -> None:
    known = slots(*sent(), Mined("0x1", 100, "0x64", 5, 10, True))
    assert decide(known, LOOK, CALL, LIMITS) == RecordAction((Unmined("0x1"),))
    again = TransactionReceipt(True, 100, "0x65", 5, 2)
    assert decide(known, replace(LOOK, receipts={"0x1": again}), CALL, LIMITS) == RecordAction(
        (Mined("0x1", 100, "0x65", 5, 10, True),)
    )


@pytest.mark.parametrize("record", ["ipfs://b", "ipfs://other"], ids=["it is right", "another key changed the record"])
def test_what_was_only_signed_is_erased_where_it_would_do_nothing_or_harm(record: str) -> None:
    look = replace(LOOK, record=record)
    assert decide(slots(signed()), look, CALL, LIMITS) == RecordAction((Settled("0x1", "discarded"),))


def test_of_several_that_were_only_signed_the_newest_is_left() -> None:
    assert decide(slots(signed("0x1"), signed("0x2")), LOOK, CALL, LIMITS) == RecordAction(
        (Settled("0x1", "discarded"),)
    )


def test_a_name_that_is_right_does_not_wait_for_another_names_transaction() -> None:
    another = slots(*sent(name="two.eth"))
    assert isinstance(decide(another, replace(LOOK, record="ipfs://b"), CALL, LIMITS), DoneAction)
    assert isinstance(decide(another, LOOK, CALL, LIMITS), WaitAction)


def test_no_more_is_offered_when_the_patience_is_over() -> None:
    for left, action in ((0.1, SignAction), (0.0, StopAction)):
        assert isinstance(decide(slots(*sent()), replace(LOOK, waited=40.0, left=left), CALL, LIMITS), action)


@pytest.mark.parametrize(("fee", "tip"), [(8 * GWEI, 8), (8 * GWEI + 1, 9), (1, 0), (7, 1)])
def test_a_replacement_offers_an_eighth_more_in_both(fee: int, tip: int) -> None:
    found = fees_for(
        slots(*sent(max_fee=fee, tip=tip)), 5, replace(LOOK, tip=0, head=HEAD._replace(base_fee=0)), LIMITS
    )
    assert found is not None
    assert found.max_fee * 8 >= fee * 9
    assert found.tip * 8 >= tip * 9
    assert found > (fee, tip)
    assert found.tip > tip


def test_what_is_dead_is_outbid_too_for_it_may_still_wait_somewhere() -> None:
    found = fees_for(slots(*sent(max_fee=40 * GWEI), Settled("0x1", "dead")), 5, LOOK, LIMITS)
    assert found is not None
    assert found.max_fee == 45 * GWEI


@pytest.mark.parametrize(("ceiling", "fits"), [(2 * GWEI, True), (2 * GWEI - 1, False)])
def test_the_ceiling_holds_to_the_wei(ceiling: int, fits: bool) -> None:
    found = decide(slots(), LOOK, CALL, replace(LIMITS, max_fee_wei=ceiling))
    assert isinstance(found, SignAction) == fits
    if isinstance(found, SignAction):
        assert found.fees.max_fee == ceiling
    else:
        assert "nothing was signed" in message(found)


def test_an_older_transaction_that_cannot_be_outbid_is_told_as_such() -> None:
    known = slots(*sent(max_fee=48 * GWEI), Settled("0x1", "dead"))
    assert "replacing an older transaction costs at least 54 gwei" in message(decide(known, LOOK, CALL, LIMITS))


def test_what_was_signed_for_less_than_gas_costs_now_is_erased() -> None:
    for base_fee, action in ((3 * GWEI, SendAction), (3 * GWEI + 1, RecordAction)):
        look = replace(LOOK, head=HEAD._replace(base_fee=base_fee))
        assert isinstance(decide(slots(signed()), look, CALL, LIMITS), action)


def test_what_was_signed_above_a_ceiling_that_came_down_is_erased() -> None:
    for ceiling, action in ((3 * GWEI, SendAction), (3 * GWEI - 1, RecordAction)):
        assert isinstance(decide(slots(signed()), LOOK, CALL, replace(LIMITS, max_fee_wei=ceiling)), action)


def test_a_record_that_is_right_for_a_moment_does_not_end_the_run() -> None:
    look = replace(LOOK, record="ipfs://b", since_sent=None, waited=0.0)
    assert isinstance(decide(slots(*sent(after="ipfs://a")), look, CALL, LIMITS), SignAction)
    assert isinstance(
        decide(slots(*sent(after="ipfs://a"), *sent("0x2")), replace(look, waited=31.0), CALL, LIMITS), SignAction
    )


@pytest.mark.parametrize(("waited", "action"), [(14.9, WaitAction), (15.0, DoneAction)])
def test_a_record_that_is_right_by_our_transaction_waits_for_its_receipt(waited: float, action: type) -> None:
    look = replace(LOOK, record="ipfs://b", waited=waited)
    assert isinstance(decide(slots(*sent()), look, CALL, LIMITS), action)
    short = replace(LIMITS, patience=20)  # half of it is less than what reads may straddle
    assert isinstance(decide(slots(*sent()), replace(look, waited=waited - 5), CALL, short), action)


@pytest.mark.parametrize("nonce", [4, 6])
def test_what_was_signed_for_another_nonce_is_erased(nonce: int) -> None:
    assert isinstance(decide(slots(signed()), replace(LOOK, nonce=nonce), CALL, LIMITS), RecordAction)


def test_a_nonce_that_has_a_gap_before_it_waits_and_says_so() -> None:
    look = replace(LOOK, nonce=4, left=0.0)
    assert "nonce 4, which belongs to another transaction, must be mined first" in message(
        decide(slots(*sent()), look, CALL, LIMITS)
    )


def test_more_pending_than_mined_waits_and_stops_only_where_the_journal_knows_nothing_of_it() -> None:
    look, over = replace(LOOK, pending=6), replace(LOOK, pending=7, left=0.0)
    assert isinstance(decide(slots(), look, CALL, LIMITS), WaitAction)
    assert "not in the journal" in message(decide(slots(), replace(look, left=0.0), CALL, LIMITS))
    assert "2 transactions of this key wait" in message(decide(slots(), over, CALL, LIMITS))
    assert isinstance(decide(slots(*sent(), Settled("0x1", "dead")), look, CALL, LIMITS), SignAction)


def test_a_record_that_somebody_else_changed_is_not_bid_for() -> None:
    look = replace(LOOK, record="ipfs://other", waited=40.0)
    assert isinstance(decide(slots(*sent()), look, CALL, LIMITS), WaitAction)
    assert "another key changed the record" in message(decide(slots(*sent(after="ipfs://a")), look, CALL, LIMITS))


def test_a_record_that_we_set_ourselves_is_not_somebody_elses() -> None:
    look = replace(LOOK, record="ipfs://a", nonce=6, pending=6)
    assert "another key changed the record" in message(decide(slots(), look, CALL, LIMITS))
    ours = slots(*sent(after="ipfs://a"), Settled("0x1", "final"))
    assert isinstance(decide(ours, look, CALL, LIMITS), SignAction)
    another_names = slots(*sent(name="two.eth", after="ipfs://a"), Settled("0x1", "final"))
    assert "another key changed the record" in message(decide(another_names, look, CALL, LIMITS))


# what was agreed to

AGREED = replace(LIMITS, agreed_wei=60_000 * 3 * GWEI)
PRICED = replace(LOOK, estimate=50_000, gas=60_000, balance=10**18)


@pytest.mark.parametrize(("base_fee", "action"), [(2 * GWEI, SignAction), (2 * GWEI + 1, StopAction)])
def test_nothing_is_signed_that_may_cost_a_wei_more_than_was_agreed_to(base_fee: int, action: type) -> None:
    look = replace(PRICED, head=HEAD._replace(base_fee=base_fee))
    found = decide(slots(), look, CALL, AGREED)
    assert isinstance(found, action)
    if isinstance(found, SignAction):
        assert found.fees.max_fee == 3 * GWEI
    if isinstance(found, StopAction):
        assert isinstance(found.error, Unfinished)
        assert "you agreed to 0.00018 ETH at most; nothing was signed" in message(found)


def test_more_is_asked_for_once_and_only_up_to_the_limits() -> None:
    look, limits = replace(PRICED, head=HEAD._replace(base_fee=3 * GWEI)), replace(AGREED, may_ask=True)
    found = decide(slots(), look, CALL, limits)
    assert isinstance(found, AskAction)
    assert found.fees.max_fee == 4 * GWEI
    for stricter in ({"max_fee_wei": 4 * GWEI - 1}, {"max_cost_wei": 60_000 * 4 * GWEI - 1}, {"may_ask": False}):
        assert isinstance(decide(slots(), look, CALL, replace(limits, **stricter)), StopAction)


def test_a_replacement_above_what_was_agreed_to_waits_and_says_so() -> None:
    known = slots(*sent(max_fee=3 * GWEI, gas=60_000, max_cost=AGREED.agreed_wei))
    look = replace(PRICED, waited=31.0)
    assert isinstance(decide(known, look, CALL, AGREED), WaitAction)
    assert "and you agreed to 0.00018 ETH at most" in message(decide(known, replace(look, left=0.0), CALL, AGREED))
    assert isinstance(decide(known, look, CALL, replace(AGREED, may_ask=True)), AskAction)
    assert isinstance(decide(known, replace(look, left=0.0), CALL, replace(AGREED, may_ask=True)), StopAction)
    enough = replace(AGREED, agreed_wei=60_000 * 27 * GWEI // 8)
    assert isinstance(decide(known, look, CALL, enough), SignAction)


def test_a_key_that_cannot_pay_for_a_replacement_waits_and_says_so() -> None:
    known = slots(*sent(max_fee=3 * GWEI))
    for balance, action in ((60_000 * 27 * GWEI // 8, SignAction), (60_000 * 27 * GWEI // 8 - 1, WaitAction)):
        assert isinstance(decide(known, replace(PRICED, waited=31.0, balance=balance), CALL, LIMITS), action)
    stopped = decide(known, replace(PRICED, waited=31.0, balance=1, left=0.0), CALL, LIMITS)
    assert "too little for a replacement" in message(stopped)


@pytest.mark.parametrize(("base_fee", "action"), [(3 * GWEI, WaitAction), (3 * GWEI + 1, SignAction)])
def test_a_fee_below_the_base_fee_is_replaced_at_once(base_fee: int, action: type) -> None:
    look = replace(LOOK, head=HEAD._replace(base_fee=base_fee))
    assert isinstance(decide(slots(*sent()), look, CALL, LIMITS), action)


def test_what_was_signed_for_more_than_is_agreed_to_now_is_erased() -> None:
    for gas, action in ((60_000, SendAction), (60_001, RecordAction), (0, RecordAction)):
        assert isinstance(decide(slots(signed(gas=gas)), PRICED, CALL, AGREED), action)


def test_an_agreement_holds_while_its_attempt_is_open() -> None:
    known = sent(max_cost=7)
    assert slots(*known).agreed(CALL) == 7
    assert slots(*known).agreed(replace(CALL, after="ipfs://c")) == 0
    assert slots(signed(max_cost=7)).agreed(CALL) == 7
    assert slots(*known, Settled("0x1", "dead")).agreed(CALL) == 0


def test_only_the_last_transaction_says_whether_it_ran_out_of_gas() -> None:
    failed = Mined("0x1", 100, "0x64", 60_000, 10, False)
    over = (*sent(gas=60_000), failed, Settled("0x1", "final"))
    assert slots(*over).ran_out("one.eth", "0xbb") == 60_000
    assert slots(*over).ran_out("one.eth", "0xcc") == 0
    assert slots(*over).ran_out("two.eth", "0xbb") == 0
    fewer = replace(failed, gas_used=59_999)
    assert slots(*sent(gas=60_000), fewer, Settled("0x1", "final")).ran_out("one.eth", "0xbb") == 0
    after = (*over, *sent("0x2", nonce=6, gas=120_000), Mined("0x2", 101, "0x65", 50_000, 10, True))
    assert slots(*after).ran_out("one.eth", "0xbb") == 0
