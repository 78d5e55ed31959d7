"""Make one change on the chain: read the chain, decide, do one step, and repeat until no step is left.

`decide` chooses each step and has no side effects. This module does the steps, and writes each one to the journal
before it begins. A signed transaction is written before it is sent. So even if a run is interrupted, the next run finds
in the journal every transaction that may have been sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from publisher.errors import FeeTooHigh, NamingError, PublishError, RpcError, StateError, TransactionFailed
from publisher.journal.events import Event, Sending, Settled, Signed
from publisher.names.base import LogLine, NameOutcome, RecordEvent
from publisher.names.ens import abi, fees, rpc
from publisher.names.ens.decide import (
    ChainState,
    DoneAction,
    RecordAction,
    SendAction,
    SignAction,
    StopAction,
    TransactionLimits,
    WaitAction,
    decide,
)
from publisher.names.ens.nonces import Attempt, Call, Nonces, fold
from publisher.names.ens.rpc import Chain, Reverted, TransactionRefused
from publisher.names.signers.keys import Signer, Transaction

__all__ = ["Call", "TransactionJob", "TransactionLimits", "execute"]

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 4.0
"""The first and the longest pause between two reads of the chain, in seconds. Each pause is twice as long as the last.

The longest pause is a third of the 12 seconds between two blocks.
"""
HICCUPS = 5
"""The number of reads in a row that may fail while a transaction is pending. A failed read does no harm to it."""


@dataclass(frozen=True, slots=True)
class TransactionJob:
    """A desired change of a record, and the objects that are needed to make it."""

    call: Call
    chain: Chain
    signer: Signer
    limits: TransactionLimits
    events: tuple[Event, ...]
    """The events that the journal has when the run begins."""
    record_event: RecordEvent
    log: LogLine
    clock: Callable[[], float]
    """Returns the seconds of a monotonic clock."""
    sleep: Callable[[float], None]
    read_record: Callable[[], str]
    """Returns the URI that the name shows now."""
    refused: Callable[[Reverted], PublishError] | None = None
    """Returns the error for a simulation that reverts. If `refused` is None, `execute` raises Reverted."""


def execute(job: TransactionJob) -> NameOutcome:
    """Make the name show the record of the call and return the result. Continue what an earlier run began.

    Raises Unfinished if a transaction is still pending when the time is over. Raises RecordMoved if another party
    changed the record, FeeTooHigh if the fee is above the limit or the key cannot pay it, TransactionFailed if the
    transaction was mined and reverted, and RpcError if no end point works. If a simulation reverts, raises the error of
    `job.refused`, or Reverted if `job.refused` is None.
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
    record_is_new: bool = False
    """Whether the newest read of the chain has read the record too. If not, `state` has an earlier record."""
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

    def step(self) -> NameOutcome | None:
        """Decide and do one step. Return the outcome if no step is left, else None."""
        slots = self.nonces()
        state = self.timed(slots)
        action = decide(slots, state, self.job.call, self.job.limits)
        if isinstance(action, SignAction | DoneAction) and not self.record_is_new:
            self.read(state)
            return None
        match action:
            case SignAction():
                self.sign(action, state)
            case SendAction():
                self.send(action.attempt)
            case WaitAction():
                self.wait()
            case RecordAction():
                return self.note(action)
            case DoneAction():
                return self.done(slots, state)
            case StopAction():
                raise self.with_trouble(action.error)
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
        """Read the chain in one round trip. Read the record too if it may have changed."""
        slots = self.nonces()
        attempts, sender, old = slots.open, self.job.signer.address, self.state
        nonce, head = rpc.nonce(sender), rpc.head()
        receipts = {attempt.hash: rpc.receipt(attempt.hash) for attempt in attempts if attempt.was_sent}
        if old is None or not attempts:
            pending, tip = rpc.pending_nonce(sender), rpc.tip()
            # A new nonce may be signed, so all end points have to agree on the nonce.
            answers = self.job.chain.query_agreed(nonce, extra=(head, pending, tip, *receipts.values()))
            waiting, tip_fee, deep = answers[pending], answers[tip], None
        else:  # while an attempt is open, no new nonce is signed, so the pending count and the tip are not needed
            deep = rpc.nonce(sender, max(0, old.head.number - self.job.limits.confirmations + 1))
            answers = self.job.chain.batch(nonce, head, deep, *receipts.values())
            waiting, tip_fee = old.pending, old.tip
        found = {h: receipt for h, ask in receipts.items() if (receipt := answers[ask]) is not None}
        used = bool(attempts) and deep is not None and answers[deep] > attempts[0].signed.nonce
        changed = old is None or not attempts or old.nonce != answers[nonce] or bool(found)
        record = self.job.read_record() if old is None or changed else old.record
        unclaimed = 1 + (old.unclaimed if old else 0) if used and not found else 0
        self.record_is_new = changed
        self.state = ChainState(answers[nonce], waiting, record, answers[head], tip_fee, found, unclaimed)

    def read(self, state: ChainState) -> None:
        """Read the record again, before a decision that depends on it."""
        self.state = replace(state, record=self.job.read_record())
        self.record_is_new = True

    def timed(self, nonces: Nonces) -> ChainState:
        """Return the last state of the chain, with times that are computed now."""
        assert self.state is not None
        now = self.job.clock()
        newest = next((a.hash for a in reversed(nonces.open) if a.was_sent), "")
        return replace(
            self.state,
            since_sent=now - self.last_sent[newest] if newest in self.last_sent else None,
            waited=now - self.first_sent.get(newest, now),
            left=self.job.limits.patience - (now - self.began if self.began is not None else 0.0),
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

    def sign(self, action: SignAction, state: ChainState) -> None:
        """Simulate the call, check the balance, sign the transaction, and write it to the journal. Send nothing."""
        gas, balance = self.simulate()
        cost = fees.cost(gas, action.fees, state.head, balance)
        fees.afford(self.job.signer.address, cost)
        call = self.job.call
        raw = self.job.signer.sign(
            Transaction(
                self.job.chain.number,
                action.nonce,
                call.to,
                call.data,
                cost.gas,
                action.fees.max_fee,
                action.fees.tip,
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
        )
        replaces = any(attempt.was_sent for attempt in self.nonces().open)
        self.write(signed)
        self.job.log(
            f"{'replaced by' if replaces else 'signed'} transaction {digest}: "
            f"up to {fees.gwei(action.fees.max_fee)} gwei a gas, {fees.ether(cost.max_cost)} ETH"
        )

    def simulate(self) -> tuple[int, int]:
        """Return the gas that the call would use now, and the balance of the key in wei."""
        estimate = rpc.estimate(self.job.signer.address, self.job.call.to, self.job.call.data)
        balance = rpc.balance(self.job.signer.address)
        answers = self.job.chain.batch(estimate, balance)
        try:
            return answers[estimate], answers[balance]
        except Reverted as no:
            if self.job.refused is None:
                raise
            raise self.job.refused(no) from no
        except TransactionRefused as no:
            raise self.not_taken(no, "nothing was signed") from no

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

        Raises the error of `not_taken` if the key cannot pay, or if the node is on another chain.
        """
        self.trouble = ""
        try:
            self.job.chain.send_raw(raw)
        except TransactionRefused as no:
            if no.reason in ("no-funds", "wrong-chain"):
                raise self.not_taken(no, "the transaction is signed and stays pending") from no
            if no.reason != "nonce-used":  # the next read of the chain shows a used nonce
                self.trouble = no.message
        except Reverted as no:
            self.trouble = no.message
        except RpcError as error:
            self.trouble = str(error)

    def not_taken(self, no: TransactionRefused, so: str) -> NamingError:
        """Return the error for a refusal: FeeTooHigh if the key cannot pay, else RpcError. Its text ends with `so`."""
        if no.reason == "no-funds":
            return FeeTooHigh(
                self.job.signer.address,
                f"this account does not hold enough ether; {so}",
                hint="send some ether to this account, then run again",
            )
        return RpcError(
            self.job.chain.hosts[0],
            f"this end point refuses the transaction: {no.message}; {so}",
            hint="name another end point in rpc of publish.toml",
        )

    def note(self, action: RecordAction) -> NameOutcome | None:
        """Write the events to the journal. Return the outcome if the desired change is mined, else None.

        Raises TransactionFailed if the desired change was mined and reverted.
        """
        for event in action.events:
            self.write(event)
        ended = action.ended
        if ended is not None and ended.makes(self.job.call):
            return self.moved(ended)
        if ended is not None and ended.mined is not None and ended.mined.ok:
            self.job.log(f"an older transaction was mined first: {ended.signed.name} shows {ended.signed.after}")
        if any(isinstance(event, Settled) for event in action.events):
            self.pause = FIRST_PAUSE
            self.refresh()
        return None

    def moved(self, ended: Attempt) -> NameOutcome:
        """Return the outcome of the mined transaction. Raises TransactionFailed if it reverted."""
        mined = ended.mined
        assert mined is not None
        if not mined.ok:
            raise TransactionFailed(
                self.job.call.name,
                f"transaction {ended.hash} was mined in block {mined.block} and reverted: {self.why()}",
                hint="correct the cause and run again; the fee is spent",
            )
        return self.outcome("moved", ended.signed.before, ended.hash, mined.block, mined.gas_used, mined.fee_wei)

    def why(self) -> str:
        """Return the reason why the call reverts, as text. Simulate the call again, because a receipt has no reason."""
        try:
            self.job.chain.call(self.job.call.to, self.job.call.data, self.job.signer.address)
        except Reverted as no:
            return abi.reason(no.data)
        except (TransactionRefused, RpcError):
            return "no end point gave the reason"
        return "the same call would work now: the state of the name differed in that block"

    def done(self, nonces: Nonces, state: ChainState) -> NameOutcome:
        """Return the outcome for a record that is right.

        The outcome is "moved" if a sent transaction of ours has no receipt yet, else "unchanged".
        """
        ours = next((a for a in reversed(nonces.open) if a.was_sent and a.makes(self.job.call)), None)
        if ours is not None:
            return self.outcome("moved", ours.signed.before, ours.hash)
        return self.outcome("unchanged", state.record)

    def outcome(
        self,
        word: str,
        before: str,
        transaction: str = "",
        block: int | None = None,
        gas_used: int | None = None,
        fee_wei: int | None = None,
    ) -> NameOutcome:
        """Return the outcome for the report."""
        return NameOutcome(
            self.job.call.name, "ens", word, before, self.job.call.after, transaction, block, gas_used, fee_wei
        )

    def with_trouble(self, error: PublishError) -> PublishError:
        """Return the error, with the last message of a node about our transaction if there is one."""
        if not self.trouble:
            return error
        return type(error)(error.who, f"{error.message} (last answer: {self.trouble})", hint=error.hint)
