"""The history of publishes: one row for each, folded from the journal's events and from the changes on the chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from publisher.dag.cid import Cid
from publisher.dag.uri import SCHEME, cid_of, uri_of
from publisher.formatting import chain_time
from publisher.journal.events import Event, Finished, Mined, Named, Pinned, Signed, Unmined, Unpinned, Wanted
from publisher.journal.queries import known_roots

Dated = Sequence[tuple[str, Event]]
"""(time in the journal, event), oldest first."""


@dataclass(frozen=True, slots=True)
class NameChange:
    """What a publish did to a name. `outcome` is as in the JSON output, or `cleared`."""

    name: str
    outcome: str
    before: str
    after: str
    transaction: str = ""


@dataclass(frozen=True, slots=True)
class Publish:
    """One desired root and its results, from one or several runs; or a change that only the chain has."""

    root: str
    """A CID; or the URI of another kind of record; or empty if the record was cleared."""
    at: datetime | None
    """When it was first wanted, or the time of the block; None if unknown."""
    sequence: int | None = None
    """Its sequence number in the journal."""
    number: int | None = None
    """N of @N, which names this root: 0 is the newest."""
    stores: tuple[str, ...] = ()
    """The stores that hold the root, by the journal."""
    let_go: bool = False
    """Whether every store that held the root has unpinned it."""
    name_changes: tuple[NameChange, ...] = ()
    finished: bool = True
    back: bool = False
    """Whether it was a rollback."""
    again: bool = False
    """Whether this root was published before, and another one since."""
    by: str = "journal"
    """Where it was read: `journal` or `chain`."""

    @property
    def transactions(self) -> frozenset[str]:
        """Return the hashes of the transactions that moved names, in lower case."""
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
    """What the names have really shown so far. A root that a run only wanted is not in it."""

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
        elif isinstance(event, Mined) and event.ok and (attempt := self._signed.get(event.hash)):
            self._show(attempt.after, attempt.before)

    def returns_to(self, uri: str) -> bool:
        return uri in self.uris and uri != self.now

    def _show(self, uri: str, before: str = "") -> None:
        self.uris |= {uri, before}
        self.now = uri


@dataclass(slots=True)
class _Publishes:
    """The rows while the journal is read. A sequence number has one row for each time its root was published."""

    runs: dict[int, list[Publish]] = field(default_factory=dict)
    _newest: int = 0
    _anew: Publish | None = None
    """A run for a root that was published already. It becomes a row of its own only if it moves a name again."""
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
        """Add a change that was mined, if the run was cut off before it noted the change."""
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
    """Map each root to the stores that hold it by the journal, in the order of pinning. All unpinned it: ()."""
    held: dict[str, dict[str, None]] = {}
    for _, event in dated:
        if isinstance(event, Pinned):
            held.setdefault(event.root, {})[event.store] = None
        elif isinstance(event, Unpinned):
            held.get(event.root, {}).pop(event.store, None)
    return {root: tuple(stores) for root, stores in held.items()}


def shown(rows: Iterable[Publish]) -> dict[str, str]:
    """Map each name to the URI that it shows, by these publishes. `rows` come newest first."""
    found: dict[str, str] = {}
    for row in rows:
        for turn in row.name_changes:
            if turn.outcome in ("moved", "unchanged", "cleared", "changed"):
                found.setdefault(turn.name, turn.after)
    return found


def merged(rows: Sequence[Publish], chain: Mapping[str, Iterable[RecordChange]]) -> tuple[Publish, ...]:
    """Merge the publishes of the journal with the changes on the chain, newest first. A transaction counts once.

    `chain` maps a name to the changes of its record.
    """
    known = frozenset[str]().union(*(row.transactions for row in rows))
    numbers = {shown_as(row.root): row.number for row in rows}
    timed = _timed(rows)
    for name, changes in chain.items():
        beside = [change for change in changes if change.transaction.lower() not in known]
        timed += _timed([_from_chain(name, change, numbers) for change in beside])
    return tuple(row for _, row in sorted(timed, key=lambda pair: pair[0], reverse=True))


def shown_as(root: str) -> str:
    """Return the URI that a name has when it shows this root. A text that is not a CID is returned as it is."""
    cid = cid_of(root)
    return root if cid is None else uri_of(cid)


def moment(text: str) -> datetime | None:
    """Parse a time of the journal into UTC.

    None for any other text, and for the first and last years of the calendar.
    """
    try:
        time = datetime.fromisoformat(text)
        time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return time if datetime.min.year < time.year < datetime.max.year else None


def _mined(dated: Dated) -> list[tuple[NameChange, int]]:
    """Return the changes that were mined, by their transactions. A run may have been cut off before it noted them."""
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
    """Replace a name's earlier change by the newest. A run that found nothing to do does not hide the transaction."""
    before = next((known for known in row.name_changes if known.name == change.name), None)
    if before is not None and before.transaction and change.outcome == "unchanged":
        return row
    others = tuple(known for known in row.name_changes if known.name != change.name)
    return replace(row, name_changes=(*others, change))


def _from_chain(name: str, change: RecordChange, numbers: Mapping[str, int | None]) -> Publish:
    root = change.uri.removeprefix(SCHEME)
    turn = NameChange(name, "changed" if change.uri else "cleared", "", change.uri, change.transaction)
    return Publish(root, chain_time(change.time), number=numbers.get(change.uri), name_changes=(turn,), by="chain")


def _timed(rows: Sequence[Publish]) -> list[tuple[tuple[datetime, int], Publish]]:
    """Return rows, newest first, with a sort key. A clock that was set back does not change their order."""
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
    """The new URI; empty if the record was cleared."""
    time: int
    """The time of the block, in seconds since 1970."""
    block: int
    transaction: str
