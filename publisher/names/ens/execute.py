"""Make one change on the chain: read the chain, decide, do one step, and repeat until no step is left.

`decide` chooses each step and has no side effects. This module does the steps, and writes each one to the journal
before it begins. A signed transaction is written before it is sent. So even if a run is interrupted, the next run finds
in the journal every transaction that may have been sent.
"""

from __future__ import annotations

from publisher.errors import RecordMoved, RpcError, StateError
from publisher.fast_dataclass import dataclass, field, replace
from publisher.journal.events import Event, Sending, Settled, Signed
from publisher.names.base import NameOutcome
from publisher.names.ens import abi, allowance, fees, outcomes, races, stops
from publisher.names.ens.chain_state import ChainState, RecordQueries, read_again, read_all
from publisher.names.ens.decide import (
    Action,
    AskAction,
    DoneAction,
    RecordAction,
    SendAction,
    SignAction,
    StopAction,
    WaitAction,
    decide,
)
from publisher.names.ens.fees import TransactionLimits
from publisher.names.ens.job import TransactionJob
from publisher.names.ens.nonces import Attempt, Call, Nonces, fold
from publisher.names.ens.rpc import Reverted, TransactionRefused
from publisher.names.signers.keys import Transaction

__all__ = ["Call", "RecordQueries", "TransactionJob", "TransactionLimits", "execute"]

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 4.0
"""The first and the longest pause between two reads of the chain, in seconds. Each pause is twice as long as the last.

The longest pause is a third of the 12 seconds between two blocks.
"""
HICCUPS = 5
"""The number of reads in a row that may fail while a transaction is pending. A failed read does no harm to it."""


def execute(job: TransactionJob) -> NameOutcome:
    """Make the name show the record of the call and return the result. Continue what an earlier run began.

    Raises Unfinished if a transaction is still pending when the time is over. Raises RecordMoved if another party
    changed the record, FeeTooHigh if the change needs more than a limit or the key cannot pay it, TransactionFailed if
    the transaction was mined and reverted, and RpcError if no end point works or if two end points differ. If a
    simulation reverts, raises the error of `job.refused`, or Reverted if `job.refused` is None. Raises what
    `job.before_move` raises.
    """
    run = _TransactionRun(job, list(job.events))
    run.refresh()
    while True:
        outcome = run.step()
        if outcome is not None:
            return outcome


@dataclass(slots=True)
class _TransactionRun:
    """One run of a job, with the last state of the chain. All times are in seconds of the job's clock."""

    job: TransactionJob
    events: list[Event]
    state: ChainState | None = None
    fresh: bool = False
    """Whether `state` comes from `read_all`, so that all end points agree on everything that a signature depends on."""
    agreed: int | None = None
    """The most, in wei, that all attempts together may cost, or None before it is known."""
    refused: bool = False
    """Whether a person did not agree to a higher maximum in this run."""
    began: float | None = None
    """The time when this run first sent or waited, or None before that. `limits.patience` counts from this time."""
    first_sent: dict[str, float] = field(default_factory=dict)
    """Maps the hash of each attempt to the time when this run first sent it."""
    last_sent: dict[str, float] = field(default_factory=dict)
    """Maps the hash of each attempt to the time when this run last sent it."""
    pause: float = FIRST_PAUSE
    hiccups: int = 0
    trouble: str = ""
    """The message of a node that did not accept the newest attempt, or "" if there is none."""
    just_signed: str = ""
    """The hash of the last attempt that this run signed, or "" if it has signed none."""
    too_low: set[str] = field(default_factory=set)
    """The hashes of the attempts about which this run has already said that their fee is below the base fee."""

    def step(self) -> NameOutcome | None:
        """Decide and do one step. Return the outcome if no step is left, else None."""
        slots = self.nonces()
        state = self.timed(slots)
        self.say_too_low(slots, state)
        action = decide(slots, state, self.job.call, self.limits(slots, state))
        if not self.fresh and _needs_agreement(action):
            self.read_all(slots)
            return None
        if races.lost_race(action, slots, state, self.job):
            self.begin_again(state)
            return None
        if why := races.reason_to_leave(action, slots, self.job, self.just_signed):
            return outcomes.superseded(self.job.call, state, why)
        return self.act(action, state, slots)

    def act(self, action: Action, state: ChainState, slots: Nonces) -> NameOutcome | None:
        """Do `action`. Return the outcome if no step is left, else None. Raises the error of a StopAction."""
        match action:
            case SignAction():
                self.sign(action, state)
            case AskAction():
                self.ask(action, state)
            case SendAction():
                self.send(action.attempt)
            case WaitAction():
                self.say_waiting(slots)
                self.wait()
            case RecordAction():
                return self.note(action)
            case DoneAction():
                return outcomes.done(self.job.call, slots, state)
            case StopAction():
                raise stops.with_trouble(action.error, self.trouble)
        return None

    def nonces(self) -> Nonces:
        """Return the attempts that the journal has now."""
        return fold(self.events, self.job.chain.number, self.job.signer.address)

    def write(self, event: Event) -> None:
        """Write an event to the journal. Only then add it to the events on which this run decides."""
        self.job.record_event(event)
        self.events.append(event)

    # Methods that read the chain

    def refresh(self) -> None:
        """Read the chain in one round trip. If an attempt is open, read only what may change while it is pending."""
        slots, job = self.nonces(), self.job
        if self.state is None or not slots.open:
            self.read_all(slots)
            return
        sender, confirmations = job.signer.address, job.limits.confirmations
        self.state = read_again(job.chain, sender, job.record, slots.open, self.state, confirmations)
        self.fresh = False

    def read_all(self, slots: Nonces) -> None:
        """Read everything that a signature depends on. All end points must agree on it."""
        job = self.job
        self.state = read_all(job.chain, job.signer.address, job.call, job.record, slots.open, self.state)
        self.fresh = True

    def timed(self, nonces: Nonces) -> ChainState:
        """Return the last state of the chain, with times that are computed now."""
        assert self.state is not None
        now = self.job.clock()
        newest = next((a.hash for a in reversed(nonces.open) if a.was_sent), "")
        return replace(
            self.state,
            gas=allowance.gas_limit(self.job.call, self.job.limits, nonces, self.state),
            since_sent=now - self.last_sent[newest] if newest in self.last_sent else None,
            waited=now - self.first_sent.get(newest, now),
            left=self.job.limits.patience - (now - self.began if self.began is not None else 0.0),
        )

    def limits(self, slots: Nonces, state: ChainState) -> TransactionLimits:
        """Return the limits of the job with the maximum that holds in this run."""
        job = self.job
        if self.agreed is None:
            self.agreed = job.agreed or allowance.maximum(job.call, job.limits, slots, state)
        return replace(job.limits, agreed_wei=self.agreed, may_ask=job.ask is not None and not self.refused)

    def say_too_low(self, slots: Nonces, state: ChainState) -> None:
        """Say once for each attempt that its fee is below the base fee, so that it cannot be mined now."""
        newest = next((a for a in reversed(slots.open) if a.was_sent and a.mined is None), None)
        if newest is None or newest.hash in self.too_low or newest.signed.max_fee >= state.head.base_fee:
            return
        self.too_low.add(newest.hash)
        offer, base = fees.gwei(newest.signed.max_fee), fees.gwei(state.head.base_fee)
        self.job.log(f"transaction {newest.hash} pays up to {offer} gwei per gas, and the base fee is {base} gwei now")

    def say_waiting(self, slots: Nonces) -> None:
        """Say once that the run waits for a transaction of this key that is not in the journal."""
        if not slots.open and self.began is None:
            self.job.log(
                f"a transaction of {self.job.signer.address} that is not in the journal is pending; waiting "
                f"{self.job.limits.patience:g} s at most until it is mined"
            )

    def wait(self) -> None:
        """Sleep, then read the chain again. Raises RpcError if more than HICCUPS reads in a row failed."""
        self.began = self.job.clock() if self.began is None else self.began
        self.job.sleep(self.pause)
        self.pause = min(2 * self.pause, LONGEST_PAUSE)
        try:
            self.refresh()
            self.hiccups = 0
        except RpcError:
            self.hiccups += 1
            if self.hiccups > HICCUPS:
                raise

    # Methods that act

    def begin_again(self, state: ChainState) -> None:
        """Plan the change from the record that another machine with this key has set. The maximum stays as agreed."""
        call = self.job.call
        self.job.log(f"another machine with this key was first: {call.name} shows {state.record or 'nothing'} now")
        self.job = replace(self.job, call=replace(call, before=state.record), planned_nonce=state.nonce)

    def ask(self, action: AskAction, state: ChainState) -> None:
        """Ask the person for a higher maximum, then read the chain again, because the answer may take long."""
        assert self.job.ask is not None
        limits, name = self.job.limits, self.job.call.name
        most = fees.cap(state.estimate, state.market, limits, self.nonces().replaced(state.nonce))
        more = fees.maximum(state.gas, action.fees.max_fee, most, limits.max_fee_wei)
        if self.job.ask(
            f"The price of gas rose. The change of {name} may now cost {fees.ether(more)} ETH at most, and you agreed "
            f"to {fees.ether(self.agreed or 0)} ETH. Pay up to {fees.ether(more)} ETH?"
        ):
            self.agreed = more
        else:
            self.refused = True
        self.read_all(self.nonces())

    def sign(self, action: SignAction, state: ChainState) -> None:
        """Check the simulation and the balance, sign the transaction, and write it to the journal. Send nothing."""
        self.check_simulation(state)
        slots = self.nonces()
        gas = allowance.checked_gas_limit(self.job.call, self.job.limits, slots, state)
        cost = gas * action.fees.max_fee
        fees.afford(self.job.signer.address, cost, state.balance)
        call = self.job.call
        raw = self.job.signer.sign(
            Transaction(
                self.job.chain.number, action.nonce, call.to, call.data, gas, action.fees.max_fee, action.fees.tip
            )
        )
        digest = "0x" + abi.keccak(raw).hex()
        signed = Signed(
            chain=self.job.chain.number,
            sender=self.job.signer.address,
            nonce=action.nonce,
            sequence=call.sequence,
            name=call.name,
            before=state.record,
            after=call.after,
            max_fee=action.fees.max_fee,
            tip=action.fees.tip,
            hash=digest,
            raw="0x" + raw.hex(),
            to=call.to,
            gas=gas,
            max_cost=self.agreed or cost,
        )
        replaces = any(attempt.was_sent for attempt in slots.open)
        self.write(signed)
        # The time that a run waited for another machine does not count against its own transaction.
        self.began = self.began if replaces else None
        self.just_signed = digest
        self.job.log(
            f"{'replaced by' if replaces else 'signed'} transaction {digest}: up to "
            f"{fees.gwei(action.fees.max_fee)} gwei per gas, {fees.ether(cost)} ETH"
        )

    def check_simulation(self, state: ChainState) -> None:
        """Raise an error if the simulated change reverts, or if an end point refuses to simulate it."""
        match state.refusal:
            case Reverted() as no:
                raise no if self.job.refused is None else self.job.refused(no)
            case TransactionRefused() as no:
                raise stops.not_simulated(self.job.chain.hosts[0], self.job.signer.address, no) from no

    def send(self, attempt: Attempt) -> None:
        """Send an attempt, and wait. From now on the transaction may be mined, even if this method raises.

        Raises StateError if the journal has damaged bytes.
        """
        if not attempt.was_sent:
            self.write(Sending(attempt.hash))
        raw = bytes.fromhex(attempt.signed.raw.removeprefix("0x"))
        if raw and "0x" + abi.keccak(raw).hex() != attempt.hash:
            raise StateError(
                "journal",
                f"the bytes of transaction {attempt.hash} are damaged",
                hint="move the journal away: the next run waits until no transaction of this key is pending",
            )
        now = self.job.clock()
        again = attempt.hash in self.last_sent
        self.began = now if self.began is None else self.began
        self.first_sent.setdefault(attempt.hash, now)
        self.last_sent[attempt.hash] = now
        self.pause = self.pause if again else FIRST_PAUSE
        if not again:
            self.job.log(
                f"sent transaction {attempt.hash}; waiting {self.job.limits.patience:g} s at most until it is mined"
            )
        if raw:
            self.hand_in(raw)
        self.wait()

    def hand_in(self, raw: bytes) -> None:
        """Send the signed bytes. Remember the message of a node that refuses them now but may accept them later.

        Raises the error of `stops.not_taken` if the key cannot pay, or if the node is on another chain.
        """
        self.trouble = ""
        try:
            self.job.chain.send_raw(raw)
        except TransactionRefused as no:
            if no.reason in ("no-funds", "wrong-chain"):
                raise stops.not_taken(self.job.chain.hosts[0], self.job.signer.address, no) from no
            if no.reason != "nonce-used":  # the next read of the chain shows a used nonce
                self.trouble = no.message
        except Reverted as no:
            self.trouble = no.message
        except RpcError as error:
            self.trouble = str(error)

    def note(self, action: RecordAction) -> NameOutcome | None:
        """Write the events to the journal. Return the outcome if the desired change is mined, else None.

        Raises TransactionFailed if the desired change was mined and reverted.
        """
        for event in action.events:
            self.write(event)
        ended = action.ended
        if ended is not None and ended.makes(self.job.call):
            job = self.job
            return outcomes.moved(
                job.call, ended, lambda: outcomes.revert_reason(job.chain, job.call, job.signer.address)
            )
        if ended is not None and ended.mined is not None and ended.mined.ok:
            self.job.log(f"an older transaction was mined first: {ended.signed.name} shows {ended.signed.after}")
        if any(isinstance(event, Settled) for event in action.events):
            self.pause = FIRST_PAUSE
            self.refresh()
        return None


def _needs_agreement(action: Action) -> bool:
    """Return whether all end points have to agree on the state before the action."""
    if isinstance(action, StopAction):
        return isinstance(action.error, RecordMoved)
    return isinstance(action, SignAction | AskAction | DoneAction)
