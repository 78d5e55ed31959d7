"""Move everything that a store holds to the other stores. A root leaves the store only when the others hold it.

Nothing special is needed after an interruption. The next run lists what the store still holds, and continues.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

from publisher.app.confirm import confirm
from publisher.app.context import Session
from publisher.app.deploying import deploy_context, label_of, site_of
from publisher.deploy.observe import DesiredState, observe
from publisher.deploy.replicate import ask_pinners, read_back, receipt, require_copies, send_to_stores
from publisher.deploy.verify import sample
from publisher.errors import (
    BlockMissing,
    CidMismatch,
    ConfigError,
    PublishError,
    StoreError,
    StoreRefused,
    StoreUnreachable,
    Unfinished,
)
from publisher.fast_dataclass import dataclass, field, replace
from publisher.formatting import count
from publisher.journal.events import Event, Unpinned
from publisher.stores.base import StoredPin

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.dag.cid import Cid
    from publisher.deploy.replicate import DeployContext
    from publisher.stores.base import Pinner, Store


@dataclass(frozen=True, slots=True)
class MoveOptions:
    """What is moved, and whether the person is asked first."""

    every: bool = False
    """Move the pins of the whole account, also those of other sites."""
    yes: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class MovePlan:
    """The pins that will be moved."""

    store: str
    """The label of the store that they leave."""
    pins: tuple[StoredPin, ...]
    to: tuple[str, ...]
    """The labels of the other stores."""
    silent: str = ""
    """The reason why the store did not answer, or an empty string. With a reason, `pins` comes from the journal."""


@dataclass(frozen=True, slots=True)
class MovedPin:
    """The result for one pin.

    `outcome` is `moved`, `held` (the other stores hold the root, but the old store still pins it), `lost` (a block is
    missing at every source, or the root is not a file system) or `failed` (too few other stores hold the root).
    """

    pin: StoredPin
    outcome: str
    why: str = ""
    """The reason if the outcome is not `moved`, or an empty string."""
    error: PublishError | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class MoveListener:
    """The functions that a move calls with its progress."""

    plan: Callable[[MovePlan], None]
    """Called with the plan, before the question to the person."""
    moved: Callable[[MovedPin], None]
    """Called with the result for each pin."""


def move_from(session: Session, label: str, options: MoveOptions, listener: MoveListener) -> None:
    """Fetch what the store `label` holds, let the other stores hold it, and unpin it at that store.

    After an error with one pin, the others are still moved, and the first error is raised at the end. But the move ends
    at once with CidMismatch if a store reports another root, and with VerifyError if a store returns wrong bytes. Also
    raises ConfigError if there is no such store or no other one, StoreError, StateError, and Unfinished if the answer
    is no.
    """
    settings, journal = session.settings(), session.journal()
    move = _opened(session, settings, label)
    with nullcontext() if options.dry_run else journal.locked():
        plan = _plan(move, options.every)
        listener.plan(plan)
        if options.dry_run:
            session.report.say("nothing was done: this was a dry run")
            return
        if plan.pins and not options.yes:
            confirm(session.report, f"Move {count(len(plan.pins), 'pin')} from {label}?", "nothing was moved")
        claims = {} if plan.silent else move.source.claims()
        rows = []
        for pin in plan.pins:
            rows.append(_move(move, pin, plan.silent, claims if options.every else {}))
            listener.moved(rows[-1])
    for row in rows:
        if row.error is not None:
            raise row.error


@dataclass(frozen=True, slots=True)
class _Move:
    """The opened services of one move."""

    session: Session
    settings: Config
    source: Store | Pinner
    stores: tuple[Store, ...]
    pinners: tuple[Pinner, ...]
    site: str
    """The id of this site."""
    own: frozenset[str]
    """Every id that this site ever had."""

    def context(self, pin: StoredPin) -> DeployContext:
        """Return the objects with which the other stores are asked to hold a pin.

        For the pin of another site, nothing is written to the journal, because `publish prune` unpins the roots that
        the journal has. The journal also counts as empty then. Otherwise a store that holds the root for this site
        would not be asked to hold it for the other site.
        """
        journal, report = self.session.journal(), self.session.report
        context = deploy_context(report, journal, self.settings, self.stores, self.pinners, (), {})
        return context if self.is_own(pin) else replace(context, record_event=_forget, events=lambda: ())

    def is_own(self, pin: StoredPin) -> bool:
        """Return whether a pin belongs to this site."""
        return pin.site in self.own


def _opened(session: Session, settings: Config, label: str) -> _Move:
    from publisher.app.chain_history import sites_of

    stores, pinners = session.stores(settings), session.pinners(settings)
    backends: Sequence[Store | Pinner] = (*stores, *pinners)
    source = next((each for each in backends if each.label == label), None)
    if source is None:
        hint = f"write a label of publish.toml: {', '.join(each.label for each in backends)}"
        raise ConfigError(label, "publish.toml has no store with this label", hint=hint)
    others = [each.label for each in backends if each.label != label]
    if not others:
        hint = "add another store to publish.toml, then run again"
        raise ConfigError(label, "there is no other store to which its roots could be moved", hint=hint)
    dated = session.journal().dated()
    site = site_of(settings, [event for _, event in dated])
    own = sites_of(settings, dated) | {site}
    kept = tuple(store for store in stores if store.label != label)
    return _Move(session, settings, source, kept, tuple(each for each in pinners if each.label != label), site, own)


def _plan(move: _Move, every: bool) -> MovePlan:
    """List the pins that the store has for this site or, with `every`, all of them.

    The list also has the pins that the journal knows, because this folder may have made pins under an earlier name. If
    the store does not answer, the list comes from the journal alone. Raises StoreRefused if the store refuses the list.
    """
    from publisher.deploy.retention import pinned_at

    label, name = move.source.label, label_of(move.settings)
    noted = pinned_at(move.session.journal().dated(), label)
    own = {root: StoredPin(root, event.name or name, move.site) for root, event in noted.items()}
    others: set[StoredPin] = set()
    silent = ""
    try:
        own |= {root: StoredPin(root, name, move.site) for root in move.source.pins(name)}
        if every:
            others = {pin for pin in move.source.all_pins() if not _is_listed(move, pin, own)}
    except StoreUnreachable as error:
        silent = error.message
    pins = sorted({*own.values(), *others}, key=lambda pin: (pin.root.raw, not move.is_own(pin), pin.name, pin.site))
    return MovePlan(label, tuple(pins), tuple(each.label for each in (*move.stores, *move.pinners)), silent)


def _is_listed(move: _Move, pin: StoredPin, own: Mapping[Cid, StoredPin]) -> bool:
    """Return whether `pin` is one of the pins `own` of this site. A pin may lack the id of its site.

    Several sites may pin one root, each under its own name. So an equal root alone is not enough.
    """
    return pin.root in own and own[pin.root].name == pin.name and (not pin.site or move.is_own(pin))


def _move(move: _Move, pin: StoredPin, silent: str, claims: Mapping[Cid, frozenset[str]]) -> MovedPin:
    """Move one pin and return the result.

    Raises CidMismatch if a store reports another root, and VerifyError if a store returns wrong bytes.
    """
    try:
        _fetch(move, pin.root, silent)
    except (BlockMissing, StoreRefused) as error:
        return MovedPin(pin, "lost", error.message, error)
    users = claims.get(pin.root.to_v1(), frozenset())
    try:
        for site in dict.fromkeys((pin.site, *sorted(users))):
            _hold(move, replace(pin, site=site))
    except CidMismatch:
        raise
    except (StoreError, Unfinished) as error:
        return MovedPin(pin, "failed", error.message, error)
    if silent:
        return MovedPin(pin, "held", f"{move.source.label} does not answer, so it was not unpinned there")
    try:
        return _leave(move, pin, users)
    except StoreError as error:
        return MovedPin(pin, "held", error.message, error)


def _fetch(move: _Move, root: Cid, silent: str) -> None:
    """Fetch every block of a root into the cache. Raises BlockMissing for a block that no source has."""
    from publisher.app.sources import sources
    from publisher.retrieval.fetch import fetch

    session, report = move.session, move.session.report
    asked = [each for each in sources(session, move.settings) if not (silent and each.label == move.source.label)]
    with session.cache().steady():
        fetch(root, session.cache(), asked, log=report.say, warn=report.detail)


def _hold(move: _Move, pin: StoredPin) -> None:
    """Let enough other stores hold a root, and read blocks back from them.

    Raises StoreError or Unfinished if too few of them hold it, and VerifyError for wrong bytes.
    """
    context = move.context(pin)
    others = len(move.stores) + len(move.pinners)
    copies = min(move.settings.deploy.copies or others, others)
    get = move.session.cache_pool().get_verified
    desired = DesiredState(pin.root, pin.name, get, copies, 0, site=pin.site)
    state = observe(desired, move.stores, (), context.events(), move.pinners)
    wanted = frozenset(each.store for each in state.holders if not (each.held and each.known))
    sent = send_to_stores(desired, state, wanted, context, to_be_named=False)
    pairs = list(zip(move.stores, sent, strict=True))
    held = frozenset(each.label for each, said in pairs if receipt(each, pin.root, said).status == "pinned")
    asked = ask_pinners(desired, state, wanted, context, held)
    require_copies(desired, [*sent, *asked], context.warn)
    for _ in read_back(desired, held, sample(get, pin.root, None), context):
        pass


def _leave(move: _Move, pin: StoredPin, users: frozenset[str]) -> MovedPin:
    """Unpin a root at the store that it leaves. Raises StoreError if the store does not do it."""
    sites = (move.own if move.is_own(pin) else frozenset((pin.site,))) | users
    gone = move.source.unpin(pin.root, pin.name, sites)
    move.source.disclaim(pin.root, frozenset(site for site in sites if site))
    if move.is_own(pin):
        move.session.journal().append(Unpinned(move.source.label, str(pin.root)))
    if gone:
        return MovedPin(pin, "moved")
    return MovedPin(pin, "held", "the root has no pin of this site there, or another site uses the root")


def _forget(event: Event) -> None:
    """Write nothing to the journal."""


def table(rows: Sequence[MovedPin]) -> Iterator[tuple[str, int]]:
    """Yield each outcome and the number of pins that have it."""
    for outcome in ("moved", "held", "lost", "failed"):
        if number := sum(row.outcome == outcome for row in rows):
            yield outcome, number
