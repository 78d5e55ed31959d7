"""List the publishes, one row for each, from the events of the journal and the changes on the chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from publisher.dag.cid import Cid
from publisher.dag.uri import SCHEME, cid_of, uri_of
from publisher.fast_dataclass import dataclass, field, replace
from publisher.formatting import chain_time
from publisher.journal.events import Event, Finished, Mined, Named, Pinned, Signed, Unmined, Unpinned, Wanted
from publisher.journal.queries import known_roots

Dated = Sequence[tuple[str, Event]]
"""The events of the journal, oldest first, each with its time as the journal has it."""


@dataclass(frozen=True, slots=True)
class NameChange:
    """The result of a publish for one name.

    From the journal, `outcome` is the `outcome` of the JSON output, such as `moved`. From the chain, it is `changed` or
    `cleared`.
    """

    name: str
    outcome: str
    before: str
    after: str
    transaction: str = ""


@dataclass(frozen=True, slots=True)
class Publish:
    """One desired root and the results of its runs, or a change of a name that only the chain has."""

    root: str
    """The CID of the root, the URI of another kind of record, or an empty string if the record was cleared."""
    at: datetime | None
    """The time at which the first run began, or the time of the block on the chain. None if the time is unknown."""
    sequence: int | None = None
    """The sequence number in the journal, or None if only the chain has this change."""
    number: int | None = None
    """The N of @N, which stands for this root on the command line. 0 is the newest root.

    None means that the journal does not have the root.
    """
    stores: tuple[str, ...] = ()
    """The stores that hold the root, according to the journal."""
    let_go: bool = False
    """This is true if the site has given up the root at every store that held it."""
    name_changes: tuple[NameChange, ...] = ()
    finished: bool = True
    """This is false if the journal does not have the end of the run."""
    back: bool = False
    """This is true for a rollback."""
    again: bool = False
    """This is true if this root was published before, and another root was published after that."""
    by: str = "journal"
    """The source of this row: `journal` or `chain`."""

    @property
    def transactions(self) -> frozenset[str]:
        """Return the hashes of the transactions that moved names. Hexadecimal digits are in lower case."""
        return frozenset(turn.transaction.lower() for turn in self.name_changes if turn.transaction)


def publish_history(dated: Dated) -> tuple[Publish, ...]:
    """Return every publish of the journal, newest first."""
    publishes = _Publishes()
    for at, event in dated:
        publishes.apply(at, event)
    for turn, sequence in _mined(dated):
        publishes.add_from_transaction(turn, sequence)
    held = holders(dated)
    numbers: dict[Cid | None, int] = {
        root: number for number, root in enumerate(known_roots([event for _, event in dated]))
    }
    rows = (row for _, run in sorted(publishes.runs.items(), reverse=True) for row in reversed(run))
    return tuple(
        replace(
            row, stores=held.get(row.root, ()), let_go=held.get(row.root) == (), number=numbers.get(cid_of(row.root))
        )
        for row in rows
    )


@dataclass(slots=True)
class _NameHistory:
    """The URIs of the roots that were published up to an event. A run publishes when it moves a name or finishes."""

    uris: set[str] = field(default_factory=set)
    now: str = ""
    _signed: dict[str, Signed] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        if isinstance(event, Signed):
            self._signed[event.hash] = event
        elif isinstance(event, Finished):
            self._show(shown_as(event.root))
        elif isinstance(event, Named) and event.outcome in ("moved", "unchanged"):
            self._show(event.after, event.before)
        elif isinstance(event, Mined) and event.ok and (attempt := self._signed.get(event.hash)) and attempt.sequence:
            self._show(attempt.after, attempt.before)

    def returns_to(self, uri: str) -> bool:
        return uri in self.uris and uri != self.now

    def _show(self, uri: str, before: str = "") -> None:
        self.uris |= {uri, before}
        self.now = uri


@dataclass(slots=True)
class _Publishes:
    """The rows that are made while the journal is read.

    The rows of a sequence number are in `runs`. Each row is one publish of the root with this number.
    """

    runs: dict[int, list[Publish]] = field(default_factory=dict)
    _newest: int = 0
    _anew: Publish | None = None
    """The row of a run that repeats a finished publish. It is added to `runs` only if this run moves a name again."""
    _been: _NameHistory = field(default_factory=_NameHistory)

    def apply(self, at: str, event: Event) -> None:
        if isinstance(event, Wanted):
            self._newest = event.sequence
            again = self._been.returns_to(shown_as(event.root))
            row = Publish(event.root, moment(at), event.sequence, finished=False, back=event.back, again=again)
            known = self.runs.setdefault(event.sequence, [row])
            self._anew = row if known[-1].finished else None
        elif isinstance(event, Finished) and event.sequence in self.runs:
            rows = self.runs[event.sequence]
            rows[-1] = replace(rows[-1], finished=True)
        elif isinstance(event, Named) and self._newest in self.runs:
            self._turn(NameChange(event.name, event.outcome, event.before, event.after, event.transaction))
        self._been.apply(event)

    def add_from_transaction(self, change: NameChange, sequence: int) -> None:
        """Add a change that was mined, if the run was interrupted before it wrote the change to the journal."""
        rows = self.runs.get(sequence, [])
        if rows and not any(
            known.name == change.name and known.transaction for row in rows for known in row.name_changes
        ):
            rows[-1] = _with_change(rows[-1], change)

    def _turn(self, change: NameChange) -> None:
        rows = self.runs[self._newest]
        moved = any(known.name == change.name and known.transaction for known in rows[-1].name_changes)
        if self._anew is not None and moved and change.outcome == "moved":
            rows.append(self._anew)
            self._anew = None
        rows[-1] = _with_change(rows[-1], change)


def holders(dated: Dated) -> dict[str, tuple[str, ...]]:
    """Return a map from each root to the stores that hold it according to the journal, in the order of pinning.

    If the site has given up a root at every store, its value is an empty tuple.
    """
    held: dict[str, dict[str, None]] = {}
    for _, event in dated:
        if isinstance(event, Pinned):
            held.setdefault(event.root, {})[event.store] = None
        elif isinstance(event, Unpinned):
            held.get(event.root, {}).pop(event.store, None)
    return {root: tuple(stores) for root, stores in held.items()}


def shown(rows: Iterable[Publish]) -> dict[str, str]:
    """Return a map from each name to the URI that it shows after the publishes `rows`, which are newest first."""
    found: dict[str, str] = {}
    for row in rows:
        for turn in row.name_changes:
            if turn.outcome in ("moved", "unchanged", "cleared", "changed"):
                found.setdefault(turn.name, turn.after)
    return found


def merged(rows: Sequence[Publish], chain: Mapping[str, Iterable[RecordChange]]) -> tuple[Publish, ...]:
    """Return the publishes of the journal and the changes on the chain in one list, newest first.

    `rows` has the publishes, newest first. `chain` maps a name to the changes of its record. A change whose transaction
    is in a publish of the journal is left out.
    """
    known = frozenset[str]().union(*(row.transactions for row in rows))
    numbers = {shown_as(row.root): row.number for row in rows}
    timed = _timed(rows)
    for name, changes in chain.items():
        beside = [change for change in changes if change.transaction.lower() not in known]
        timed += _timed([_from_chain(name, change, numbers) for change in beside])
    return tuple(row for _, row in sorted(timed, key=lambda pair: pair[0], reverse=True))


def shown_as(root: str) -> str:
    """Return the URI of a record that shows `root`. A text that is not a CID is returned as it is."""
    cid = cid_of(root)
    return root if cid is None else uri_of(cid)


def moment(text: str) -> datetime | None:
    """Return a time of the journal in UTC. Return None for a text that is not a time, and for the years 1 and 9999.

    In these years, later sums with the time could leave the range of dates.
    """
    try:
        time = datetime.fromisoformat(text)
        time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return time if datetime.min.year < time.year < datetime.max.year else None


def _mined(dated: Dated) -> list[tuple[NameChange, int]]:
    """Return the changes whose transactions were mined, each with its sequence number.

    The event `Named` of such a change is missing if the run was interrupted after the transaction was mined.
    """
    signed = {event.hash: event for _, event in dated if isinstance(event, Signed)}
    mined: dict[str, bool] = {}
    for _, event in dated:
        if isinstance(event, Unmined):
            mined.pop(event.hash, None)
        elif isinstance(event, Mined):
            mined[event.hash] = event.ok
    done = [event for hash_, event in signed.items() if mined.get(hash_)]
    return [(NameChange(e.name, "moved", e.before, e.after, e.hash), e.sequence) for e in done]


def _with_change(row: Publish, change: NameChange) -> Publish:
    """Return `row` with `change` in place of the earlier change of the same name.

    Return `row` unchanged if `change` has no transaction and did not move the name, but the earlier change has a
    transaction. Otherwise the row would lose this transaction.
    """
    before = next((known for known in row.name_changes if known.name == change.name), None)
    left = change.outcome in ("unchanged", "superseded") and not change.transaction
    if before is not None and before.transaction and left:
        return row
    others = tuple(known for known in row.name_changes if known.name != change.name)
    return replace(row, name_changes=(*others, change))


def _from_chain(name: str, change: RecordChange, numbers: Mapping[str, int | None]) -> Publish:
    root = change.uri.removeprefix(SCHEME)
    turn = NameChange(name, "changed" if change.uri else "cleared", "", change.uri, change.transaction)
    return Publish(root, chain_time(change.time), number=numbers.get(change.uri), name_changes=(turn,), by="chain")


def _timed(rows: Sequence[Publish]) -> list[tuple[tuple[datetime, int], Publish]]:
    """Return the rows with keys by which they can be sorted. `rows` are newest first.

    The time in a key is never before that of an older row. So a clock that was set back does not change the order.
    """
    timed: list[tuple[tuple[datetime, int], Publish]] = []
    time = datetime.min.replace(tzinfo=UTC)
    for place, row in enumerate(reversed(rows)):
        time = max(time, row.at or time)
        timed.append(((time, place), row))
    return timed


@dataclass(frozen=True, slots=True)
class RecordChange:
    """One change of a name's record on the chain."""

    uri: str
    """The new URI, or an empty string if the record was cleared."""
    time: int
    """The time of the block, in seconds since 1970."""
    block: int
    transaction: str
