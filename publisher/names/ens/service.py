"""The name service for an ENS name. It observes the name, changes its record, and reads the record back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from publisher.errors import ConfigError, PublishError, RecordMoved, RpcError, Unfinished
from publisher.fast_dataclass import dataclass, replace
from publisher.findings import Finding
from publisher.journal.events import Event, Signed
from publisher.journal.history import RecordChange
from publisher.names import contenthash
from publisher.names.base import (
    CALLDATA,
    BeforeMove,
    ContractCall,
    Cost,
    LogLine,
    NameContext,
    NameGoal,
    NameOutcome,
    NameState,
    RecordEvent,
)
from publisher.names.ens import allowance, expiry, linked_records, nonces, record_history, resolver, rights, rpc, stops
from publisher.names.ens.chain_state import RecordQueries, read_all
from publisher.names.ens.execute import TransactionJob, execute
from publisher.names.ens.nonces import Attempt, Call
from publisher.names.ens.normalize import Name
from publisher.names.ens.resolver import ResolvedName
from publisher.names.ens.rpc import Chain, Head, Reverted, TransactionRefused

if TYPE_CHECKING:
    from publisher.names.ens import EnsSettings
    from publisher.names.signers.keys import Signer


@dataclass(frozen=True, slots=True)
class _Plan:
    """A change that was planned. `agreed` is the most that it may cost, in wei, or None if no cost was shown.

    `nonce` is the nonce of the key at that time, or None if it was not read.
    """

    call: Call
    resolved: ResolvedName
    agreed: int | None = None
    nonce: int | None = None


class EnsName:
    """One ENS name on one chain.

    Its methods raise NamingError if the name cannot be read or changed, Unfinished while a transaction is pending, and
    ConfigError if the chain or the signer is configured wrongly.
    """

    kind = "ens"

    def __init__(self, settings: EnsSettings, name: Name, chain: Chain, context: NameContext) -> None:
        self._settings = settings
        self._name = name
        self._chain = chain
        self._means = context
        self._opened: Signer | None = None
        self._plan: _Plan | None = None
        """The change that `observe` planned, or None if it planned none.

        If another party changes the record or the resolver after that, `move` does not overwrite the change.
        """

    @property
    def name(self) -> str:
        """The normalised name."""
        return self._name.text

    def observe(self, goal: NameGoal, events: Sequence[Event]) -> NameState:
        """Read the name. If it does not show the goal, simulate the change and price it.

        With the goal "" the name is only read. It takes two or three round trips, and more for a name of version 2. If
        the change is not possible, this method raises the error, so a run fails before it stores a block or signs a
        transaction.
        """
        resolved, head = self._resolve()
        flying = self._under_way(events)
        pending = flying[-1].hash if flying else ""
        notes, danger = _spelled(self._settings.name, self.name), expiry.notes(resolved, head)
        read = NameState(
            self.name, self.kind, resolved.shows, "", None, pending, notes, resolved.ends, danger, head.time
        )
        # A pending transaction for another record has to be replaced, even if the name already shows the goal.
        right = resolved.shows == goal.after and all(attempt.signed.after == goal.after for attempt in flying)
        if not goal.after or right:
            return read
        record = contenthash.encode(goal.after)
        if not self._settings.signer:
            return replace(read, notes=(*notes, "no signer is configured, so a run cannot change this name"))
        if self._settings.signer == CALLDATA:
            self._no_other_key(flying, "")
            notes = (*notes, "this run signs nothing: another person has to send the call that it prints")
            return replace(read, notes=notes + linked_records.notes(self._chain, resolved, head.number))
        signer = self._signer()
        self._no_other_key(flying, signer.address)
        call = _call(goal, resolved, record, resolved.shows)
        cost, nonce, more = self._simulate(call, resolved, signer.address, events, ours=bool(pending))
        self._plan = _Plan(call, resolved, cost.max_cost, nonce)
        signer.prove()
        notes = (*notes, *more, *linked_records.notes(self._chain, resolved, head.number))
        return replace(read, sender=signer.address, cost=cost, notes=notes)

    def move(
        self,
        goal: NameGoal,
        events: Sequence[Event],
        record_event: RecordEvent,
        log: LogLine,
        before_move: BeforeMove | None = None,
    ) -> NameOutcome:
        """Make the name show the goal, and complete a change that an earlier run began.

        At the end, read the record back in the way that visitors read it. `before_move` is called before a transaction
        is signed for this goal. If it returns a reason, nothing is signed, and the outcome is superseded.
        """
        record = contenthash.encode(goal.after)
        plan = self._plan
        if plan is None or plan.call.after != contenthash.decode(record):
            resolved, _ = self._resolve()
            if resolved.record == record and not self._under_way(events):
                return NameOutcome(self.name, self.kind, "unchanged", resolved.shows, goal.after)
            plan = _Plan(_call(goal, resolved, record, resolved.shows), resolved)
        if self._settings.signer == CALLDATA:
            self._no_other_key(self._under_way(events), "")
            if before_move is not None and (why := before_move()):
                return NameOutcome(self.name, self.kind, "superseded", plan.resolved.shows, goal.after, why=why)
            return self._hand_over(plan.resolved, record, goal)
        resolved, signer, chain = plan.resolved, self._signer(), self._chain
        self._no_other_key(self._under_way(events), signer.address)
        change = self._job(
            replace(plan.call, sequence=goal.sequence),
            resolver.record_queries(chain, resolved),
            lambda no: rights.explain(chain, resolved, signer.address, no),
            events,
            record_event,
            log,
        )
        done = execute(replace(change, agreed=plan.agreed, before_move=before_move, planned_nonce=plan.nonce))
        if done.outcome == "superseded":
            return done
        try:
            self._read_back(record, resolved)
        except RecordMoved:
            # A newer run may have changed the record right after this one.
            if before_move is not None and (why := before_move()):
                return replace(done, outcome="superseded", why=why)
            raise
        return done

    def _job(
        self,
        call: Call,
        record: RecordQueries,
        refused: Callable[[Reverted], PublishError],
        events: Sequence[Event],
        record_event: RecordEvent,
        log: LogLine,
    ) -> TransactionJob:
        """Return the job that makes `call` with the signer, the limits and the clock of this name."""
        return TransactionJob(
            call=call,
            chain=self._chain,
            signer=self._signer(),
            limits=self._settings.limits,
            events=tuple(events),
            record_event=record_event,
            log=log,
            clock=self._means.clock,
            sleep=self._means.sleep,
            record=record,
            ask=self._means.ask,
            refused=refused,
        )

    def _hand_over(self, resolved: ResolvedName, record: bytes, goal: NameGoal) -> NameOutcome:
        """Return the outcome for a change that another person has to send. Nothing is signed."""
        data, node = resolved.calldata(record), self._name.node
        call = ContractCall(self._chain.number, resolved.resolver, f"0x{data.hex()}", f"0x{node.hex()}")
        return NameOutcome(self.name, self.kind, "handed-over", resolved.shows, goal.after, call=call)

    def shows(self) -> str:
        """Return the record as visitors read it through the Universal Resolver, as a URI. All end points must agree."""
        return contenthash.describe(resolver.shown(self._chain, self._name))

    def history(self) -> Iterator[RecordChange]:
        """Search all resolvers of the name and yield the changes of the record, newest first.

        For a name of ENS version 2, the changes in version 1 before its migration follow. Raises RpcError if an end
        point ends the search early.
        """
        head = rpc.head()
        found = resolver.find(self._chain, self._name, extra=(head,))
        resolved, _ = resolver.recognise(self._chain, self._name, found)
        newest = found.answers[head].number
        if resolved.version == 1:
            yield from record_history.changes(self._chain, self._name.node, resolved.resolver, newest)
            return
        first = newest + 1
        for change in linked_records.changes(self._chain, self._name, resolved.resolver, newest):
            first = change.block
            yield change
        if before := resolver.older(self._chain, self._name):
            older = record_history.changes(self._chain, self._name.node, before, newest)
            yield from (change for change in older if change.block < first)

    def examine(self) -> Iterator[Finding]:
        """Yield the findings about each end point, then the name, then the signer."""
        from publisher.names.ens import health

        return health.examine(self._settings, self._name, self._chain, self._signer)

    def _under_way(self, events: Sequence[Event]) -> list[Attempt]:
        """Return the open attempts that were sent for this name, by any key. The journal is enough to find them."""
        chain = self._settings.chain_id
        senders = dict.fromkeys(e.sender for e in events if isinstance(e, Signed) and e.chain == chain)
        attempts = [attempt for sender in senders for attempt in nonces.fold(events, chain, sender).open]
        return [attempt for attempt in attempts if attempt.signed.name == self.name and attempt.was_sent]

    def _no_other_key(self, flying: Sequence[Attempt], own: str) -> None:
        """Raise Unfinished if an open transaction is from another key.

        Our key cannot replace that transaction. The other transaction might be mined after ours and overwrite our
        record.
        """
        for attempt in flying:
            sender = attempt.signed.sender
            if sender.lower() != own.lower() and self._chain.nonce(sender) <= attempt.signed.nonce:
                raise Unfinished(
                    self.name,
                    f"transaction {attempt.hash} of another key, {sender}, is not mined yet; nothing was signed",
                    hint="run again when that is mined; or run with that key, which can replace it",
                )

    def _resolve(self) -> tuple[ResolvedName, Head]:
        head = rpc.head()
        found = resolver.find(self._chain, self._name, extra=(head,))
        resolved, _ = resolver.recognise(self._chain, self._name, found)
        expiry.not_lost(resolved, found.answers[head])
        return resolved, found.answers[head]

    def _simulate(
        self, call: Call, resolved: ResolvedName, sender: str, events: Sequence[Event], *, ours: bool
    ) -> tuple[Cost, int, tuple[str, ...]]:
        """Simulate the change (check 5 of resolver.py) and price it. It takes one round trip.

        Return the cost, the nonce of the key, and notes for the user. `ours` says whether this site has a pending
        transaction.
        """
        slots = nonces.fold(events, self._settings.chain_id, sender)
        record = resolver.record_queries(self._chain, resolved)
        state = read_all(self._chain, sender, call, record, slots.open, None)
        match state.refusal:
            case Reverted() as no:
                raise rights.explain(self._chain, resolved, sender, no) from no
            case TransactionRefused() as no:
                raise stops.not_simulated(self._chain.hosts[0], sender, no) from no
        cost = allowance.planned(call, self._settings.limits, slots, state, sender)
        return cost, state.nonce, _waiting(state.pending - state.nonce, sender, ours)

    def _read_back(self, record: bytes, resolved: ResolvedName) -> None:
        """Read the record back (check 6 of resolver.py).

        Raises RpcError if the name still shows the old record. The end point that answered has also reported the
        transaction as mined, so its answer is late or wrong. Raises RecordMoved if the name shows a third record.
        """
        for left in reversed(range(rpc.LOOKS)):
            now = resolver.shown(self._chain, self._name)
            if now == record:
                return
            if left:
                self._means.sleep(rpc.PAUSE)
        if now == resolved.record:
            raise RpcError(
                self._chain.hosts[0],
                "this end point says that the change was mined, but "
                f"{self.name} still shows {resolved.shows or 'nothing'}",
                hint="run again, or name another end point in rpc of publish.toml: this one is late or wrong",
            )
        raise RecordMoved(
            self.name,
            f"another key changed the record again: the name shows {contenthash.describe(now) or 'nothing'}",
            hint="find out who else may change this name; then run again",
        )

    def _signer(self) -> Signer:
        """Open the signer at its first use, and return it. A run that finds the right record needs no key.

        Raises ConfigError if no signer is configured or the key cannot be read.
        """
        if self._settings.signer in ("", CALLDATA):
            raise ConfigError(
                self.name,
                "no signer is configured"
                if not self._settings.signer
                else "the signer is calldata, which signs nothing",
                hint='add signer = "env:PUBLISH_KEY" to the table of this name in publish.toml',
            )
        if self._opened is None:
            from publisher.names.signers import keys

            if self._settings.password_env:
                self._means.secret(self._settings.password_env)  # reports a missing password before anything is stored
            self._opened = keys.open_signer(self._settings.signer, self._settings.password_env, self._means)
        return self._opened


def _call(goal: NameGoal, resolved: ResolvedName, record: bytes, before: str) -> Call:
    after = contenthash.decode(record)
    return Call(resolved.name.text, resolved.resolver, resolved.calldata(record), before, after, goal.sequence)


def _spelled(given: str, name: str) -> tuple[str, ...]:
    return () if given == name else (f"{given} is spelled {name}",)


def _waiting(count: int, sender: str, ours: bool) -> tuple[str, ...]:
    if count <= 0 or ours:
        return ()
    if count == 1:
        return (f"a transaction of {sender} waits to be mined and is not in this site's journal",)
    return (f"{count} transactions of {sender} wait to be mined and are not in this site's journal",)
