"""Ask the stores, pinners and names for their present state. Nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.concurrency.threads import run_in_threads
from publisher.dag.cid import Cid, Get
from publisher.dag.uri import cid_of, root_of, uri_of
from publisher.errors import StoreError
from publisher.fast_dataclass import dataclass
from publisher.journal.events import Event, Pinned, Unpinned, Wanted
from publisher.names.base import NameGoal, NameService, NameState
from publisher.stores.base import Pinner, Store


@dataclass(frozen=True, slots=True)
class DesiredState:
    """The goal of a run: `copies` stores and pinners hold the root `root`, and the names show it."""

    root: Cid
    label: str
    """The name under which stores pin the root."""
    get: Get
    """Returns the bytes of a block of the root."""
    copies: int
    sequence: int
    """The number of this goal in the journal. A newer goal has a higher number."""
    back: bool = False
    """This is true for a rollback."""
    site: str = ""
    """The id of the site on nodes that several sites share, as in `Upload`."""
    now: str = ""
    """The day for which the root was built (ISO 8601), or an empty string if the root does not depend on the day."""
    expire: int = 0
    """If a store can expire a pin, it unpins the root after this number of seconds. 0 stands for its own setting."""

    @property
    def uri(self) -> str:
        """Return the URI that the names will show."""
        return uri_of(self.root)


@dataclass(frozen=True, slots=True)
class Holder:
    """The answer of one store or pinner about the root."""

    store: str
    kind: str
    held: bool
    error: StoreError | None = None
    pinner: bool = False
    """This is true for a pinner, which receives only the CID and fetches the blocks itself."""
    readable: bool = True
    """This is true if the store or pinner returns blocks."""
    known: bool = True
    """This is false if the journal of this folder does not have the pin, so that another site may have made it.

    It is always true if the goal has no id of a site.
    """


@dataclass(frozen=True, slots=True)
class DeployState:
    """The state of stores and names."""

    holders: tuple[Holder, ...]
    """The answers of the stores, then those of the pinners, both in the order of the configuration."""
    names: tuple[NameState, ...]
    bases: tuple[Cid, ...]
    """The older roots: first the roots that names show, then the pinned roots of the journal, the newest first."""

    @property
    def held(self) -> int:
        """Return the number of stores and pinners that hold the root."""
        return sum(holder.held for holder in self.holders)


def next_sequence(events: Sequence[Event], root: Cid) -> int:
    """Return the sequence number for a goal with `root`.

    This is the last number of the journal if its root is `root`, and otherwise the next number.
    """
    wanted = [event for event in events if isinstance(event, Wanted)]
    if not wanted:
        return 1
    return wanted[-1].sequence + (wanted[-1].root != str(root))


def observe(
    desired: DesiredState,
    stores: Sequence[Store],
    names: Sequence[NameService],
    events: Sequence[Event],
    pinners: Sequence[Pinner] = (),
) -> DeployState:
    """Ask all stores, pinners and names in parallel and return their state. The error of a store is part of the state.

    Raises NamingError if a name cannot be read.
    """
    goal = NameGoal(desired.sequence, desired.uri)
    asked: list[tuple[Store | Pinner, bool]] = [
        *((store, False) for store in stores),
        *((each, True) for each in pinners),
    ]
    known = {event.store for event in pinned_events(events, desired.root)}

    def ask(pair: tuple[Store | Pinner, bool]) -> Holder:
        return _ask(pair[0], desired.root, pinner=pair[1], known=not desired.site or pair[0].label in known)

    holders = run_in_threads(ask, asked)
    shown = run_in_threads(lambda name: name.observe(goal, events), names)
    return DeployState(holders, shown, _bases(desired.root, shown, events))


def pinned_events(events: Sequence[Event], root: Cid) -> tuple[Pinned, ...]:
    """Return, for each store that holds `root` according to the journal, the event with which it pinned the root."""
    found: dict[str, Pinned] = {}
    for event in events:
        if isinstance(event, Pinned | Unpinned) and event.root == str(root):
            found.pop(event.store, None)
            if isinstance(event, Pinned):
                found[event.store] = event
    return tuple(found.values())


def _ask(backend: Store | Pinner, root: Cid, *, pinner: bool, known: bool) -> Holder:
    readable = backend.reader() is not None
    try:
        return Holder(backend.label, backend.kind, backend.held(root), None, pinner, readable, known)
    except StoreError as error:
        return Holder(backend.label, backend.kind, False, error, pinner, readable, known)


def _bases(root: Cid, names: Sequence[NameState], events: Sequence[Event]) -> tuple[Cid, ...]:
    shown = [root_of(name.shows) for name in names]
    pinned = [cid_of(event.root) for event in reversed(events) if isinstance(event, Pinned)]
    return tuple(cid for cid in dict.fromkeys([*shown, *pinned]) if cid is not None and cid != root)
