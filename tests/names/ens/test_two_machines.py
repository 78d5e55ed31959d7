"""Two machines with one key, each with a journal of its own: a lost nonce is read again, and the newest goal stays."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from publisher.errors import RecordMoved, Unfinished
from publisher.journal.events import Sending, Settled, Signed
from publisher.names import contenthash
from publisher.names.base import NameOutcome
from publisher.names.ens.decide import WaitAction, decide
from tests.names.ens.machine import LIMITS, A, B, C, Run, machine, stuck
from tests.names.ens.model import GWEI, ModelEnd, Tape, World
from tests.names.ens.test_nonces import CALL, LOOK, Machine, check_costs, end_points, slots
from tests.names.ens.test_nonces import LIMITS as MODEL_LIMITS
from tests.services.chain import OTHER, OWNER, Anvil, data, namehash

OLD = "main is at 2222222"


@pytest.fixture
def pair(chain: Anvil) -> Iterator[tuple[Run, Run]]:
    """Two machines with the key of the owner, which plan their changes at the nonce 0."""
    made = machine(chain), machine(chain)
    for one in made:
        one.planned_nonce, one.before_move = 0, lambda: ""
    yield made
    for one in made:
        one.chain.close()


def racing(mine: Run, other: Run, root: str, *, before: str = "") -> None:
    """While `mine` waits, its transaction is lost, and the one of `other` for `root` takes the nonce."""

    def overtake() -> None:
        mine.anvil.drop(mine.of(Signed)[-1].hash)
        mine.anvil.automine(True)
        other.carry(root, before=before)

    mine.anvil.automine(False)
    mine.after(1, overtake)


def no_question(question: str) -> bool:
    pytest.fail(f"asked: {question}")


def test_a_lost_nonce_is_read_again_and_the_newest_goal_is_set_at_the_next(pair: tuple[Run, Run]) -> None:
    mine, other = pair
    racing(mine, other, B)
    mine.ask, mine.agreed = no_question, 10**17
    done = mine.carry(A)
    assert (done.outcome, done.before, done.after, mine.record()) == ("moved", B, A, A)
    assert [signed.nonce for signed in mine.of(Signed)] == [0, 1]
    assert {signed.max_cost for signed in mine.of(Signed)} == {10**17}, "the maximum stays as it was agreed"
    assert [settled.end for settled in mine.of(Settled)] == ["dead", "final"]
    assert len(mine.mined) == 2, "one transaction for each machine"
    assert any(f"another machine with this key was first: demo.eth shows {B} now" in line for line in mine.said)


def test_a_lost_nonce_ends_well_when_the_other_goal_is_newer(pair: tuple[Run, Run]) -> None:
    mine, other = pair
    racing(mine, other, B)
    mine.before_move = lambda: OLD if other.journal else ""
    done = mine.carry(A)
    assert (done.outcome, done.before, done.after, done.why, done.transaction) == ("superseded", B, A, OLD, "")
    assert (mine.record(), len(mine.of(Signed)), len(mine.mined)) == (B, 1, 1)
    assert mine.of(Settled)[0].end == "dead"


def test_a_lost_nonce_stops_where_nothing_says_which_goal_is_newer(pair: tuple[Run, Run]) -> None:
    mine, other = pair
    racing(mine, other, B)
    mine.before_move = None
    with pytest.raises(RecordMoved, match="another key changed the record"):
        mine.carry(A)
    assert (mine.record(), len(mine.mined)) == (B, 1)


def test_a_record_that_another_key_changed_is_not_taken_for_a_lost_race(pair: tuple[Run, Run]) -> None:
    mine, _ = pair
    allow = data("setAuthorisation(bytes32,address,bool)", namehash("demo.eth"), OTHER.address, True)
    mine.anvil.send(OWNER.address, mine.anvil.resolver, allow)
    mine.planned_nonce = 1
    mine.anvil.set_record("demo.eth", contenthash.encode(C), owner=OTHER.address)
    with pytest.raises(RecordMoved):
        mine.carry(A, before="")
    assert not mine.journal


def test_a_usual_move_asks_once(pair: tuple[Run, Run]) -> None:
    mine, _ = pair
    answers = ["", OLD]
    mine.before_move = lambda: answers.pop(0)
    assert (mine.carry(A).outcome, answers) == ("moved", [OLD])
    assert (mine.carry(A, before=A).outcome, answers) == ("unchanged", [OLD])


def test_what_is_superseded_is_neither_signed_nor_sent(pair: tuple[Run, Run]) -> None:
    mine, _ = pair
    mine.before_move = lambda: OLD
    assert mine.carry(A).outcome == "superseded"
    assert (mine.journal, mine.mined) == ([], [])


def test_what_a_cut_run_signed_is_not_sent_once_it_is_superseded(pair: tuple[Run, Run]) -> None:
    mine, _ = pair
    mine.kill = 2
    with pytest.raises(BaseException, match=r"^$"):
        mine.carry(A)
    mine.kill, mine.before_move = -1, lambda: OLD
    assert mine.carry(A).outcome == "superseded"
    assert (mine.of(Sending), mine.mined) == ([], [])


def test_what_was_sent_is_followed_to_its_end_without_asking_again(pair: tuple[Run, Run]) -> None:
    mine, _ = pair
    stuck(mine, A)
    mine.before_move = lambda: OLD
    mine.after(3, lambda: mine.anvil.automine(True))
    mine.after(4, mine.anvil.mine)
    assert mine.carry(A).outcome == "moved"


def test_a_pending_transaction_of_another_machine_is_waited_for(pair: tuple[Run, Run]) -> None:
    mine, other = pair
    stuck(other, B)
    mine.after(30, mine.anvil.mine)
    mine.after(31, lambda: mine.anvil.automine(True))
    assert mine.carry(A).outcome == "moved"
    assert (mine.record(), len(mine.mined), mine.of(Signed)[0].nonce) == (A, 2, 1)
    assert sum("is not in the journal is pending" in line for line in mine.said) == 1


def test_a_pending_transaction_of_another_machine_is_waited_for_no_longer_than_for_a_confirmation(
    pair: tuple[Run, Run],
) -> None:
    mine, other = pair
    stuck(other, B)
    begun = mine.time
    with pytest.raises(Unfinished, match="not in the journal; nothing was signed"):
        mine.carry(A)
    assert LIMITS.patience <= mine.time - begun <= LIMITS.patience + 5
    assert (mine.journal, mine.mined) == ([], [])


@pytest.mark.parametrize(("left", "waits"), [(0.1, True), (0.0, False)])
def test_the_wait_for_another_machine_ends_with_the_patience(left: float, waits: bool) -> None:
    action = decide(slots(), replace(LOOK, pending=6, left=left), CALL, MODEL_LIMITS)
    assert isinstance(action, WaitAction) == waits


# the same on a chain that does whatever it likes


class Beside(Machine):
    """A machine that may, whenever it sleeps, let the other one run."""

    def __init__(self, world: World, ends: tuple[ModelEnd, ...]) -> None:
        super().__init__(world, ends)
        self.interrupt: Callable[[], object] | None = None

    def sleep(self, seconds: float) -> None:
        self.world.pass_time(seconds)
        if self.interrupt is not None and not self.world.kind and self.world.tape.below(4) == 1:
            interrupt, self.interrupt = self.interrupt, None
            interrupt()


runs = st.lists(st.tuples(st.booleans(), st.integers(1, 3)), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(numbers=st.binary(max_size=400), confirmations=st.integers(1, 3), asked=runs)
@example(numbers=b"", confirmations=1, asked=[(True, 1), (False, 1)])
@example(numbers=b"\x0b", confirmations=1, asked=[(True, 1), (False, 1), (True, 1)])
def test_whatever_happens_to_two_machines_the_newest_goal_stays_and_each_costs_one_transaction(
    numbers: bytes, confirmations: int, asked: list[tuple[bool, int]]
) -> None:
    world = World(Tape(numbers), confirmations, shared=True)
    machines = [Beside(world, end_points("one", world, b"")) for _ in range(2)]
    newest = 0

    def carry(here: Beside, sequence: int) -> object:
        return here.carry(("one.eth", f"ipfs://{sequence}"), sequence, lambda: OLD if sequence < newest else "")

    last: dict[int, int] = {}
    for sequence, (first, times) in enumerate(asked, 1):
        newest, number = sequence, int(first)
        here, other = machines[number], machines[1 - number]
        last[number] = sequence
        if (older := last.get(1 - number)) is not None:
            here.interrupt = partial(carry, other, older)
        for _ in range(times):
            carry(here, sequence)
    world.kind, world.base_fee, world.lag = True, GWEI, 0
    here = machines[int(asked[-1][0])]
    for _ in range(40):
        end = carry(here, newest)
        if isinstance(end, NameOutcome) and world.record("one.eth") == f"ipfs://{newest}":
            break
    check_costs(*machines)
    assert world.record("one.eth") == f"ipfs://{newest}", end
    mined = [tx.sequence for tx in world.ours()]
    if not world.meddled:
        assert len(mined) == len(set(mined)), "one transaction for a goal"
