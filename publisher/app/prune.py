"""Unpin old roots as the configuration says, and make the cache smaller."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

from publisher.app.confirm import confirm
from publisher.app.context import Session
from publisher.app.deploying import label_of
from publisher.errors import NamingError, PublishError, RecordMoved, StoreError, Unfinished
from publisher.fast_dataclass import dataclass
from publisher.formatting import count

if TYPE_CHECKING:
    from publisher.cache.gc import GarbageCollector, SweepResult, Weight
    from publisher.config import Config
    from publisher.dag.cid import Cid
    from publisher.deploy.retention import RetentionPlan
    from publisher.names.base import NameService
    from publisher.stores.base import PinBackend


@dataclass(frozen=True, slots=True)
class PruneReport:
    """The state of names, stores and cache before a prune changes anything, and its plan."""

    shown: dict[str, str]
    """This maps each name to the URI that it shows."""
    plan: RetentionPlan
    staying: tuple[Cid, ...]
    """The roots whose blocks stay in the cache, whether they are pinned or not."""
    faults: dict[str, StoreError]
    """This maps the label of each store that could not be read to its error."""
    freed: dict[str, Weight | None]
    """This maps the label of a store to the blocks and bytes that unpinning frees in the store.

    The value is None if the cache lacks the blocks, so that they cannot be counted.
    """
    cache: Weight
    """The blocks and bytes that the sweep removes from the cache."""


@dataclass(frozen=True, slots=True)
class PruneListener:
    """The functions that a prune calls with its progress."""

    plan: Callable[[PruneReport], None]
    """The prune calls this function with the report, before it asks the person."""
    gone: Callable[[str, Mapping[Cid, bool]], None]
    """The prune calls this function with the label of a store and the roots that this site gave up at the store.

    The value of a root is True if it was unpinned, and False if it stays because another site uses it.
    """
    swept: Callable[[SweepResult], None]
    """The prune calls this function with the result of the sweep of the cache."""


def prune(session: Session, listener: PruneListener, *, dry_run: bool, yes: bool) -> None:
    """Survey the stores, plan, ask the person, unpin old roots, and sweep the cache.

    After an error of one store, the other stores are still pruned. The first error is raised at the end. Raises
    ConfigError, StoreError, NamingError if a name cannot be read, StateError, and Unfinished if the answer is no.
    """
    from publisher.cache.gc import GarbageCollector

    settings, report = session.settings(), session.report
    backends: tuple[PinBackend, ...] = (*session.stores(settings), *session.pinners(settings))
    names = session.names(settings)
    with (
        nullcontext() if dry_run else session.journal().locked(),
        GarbageCollector(session.cache().folder, warn=report.warn) as collector,
    ):
        summary = survey(session, settings, backends, names, collector)
        listener.plan(summary)
        faults: list[PublishError] = list(summary.faults.values())
        if dry_run:
            report.say("nothing was done: this was a dry run")
        else:
            # The sweep of the cache needs no question, because the cache is not the only copy of a root.
            if summary.plan.removals and not yes:
                roots = {one.root for one in summary.plan.removals}
                confirm(report, f"Unpin {count(len(roots), 'root')}?", "nothing was unpinned")
            unchanged(names, summary)
            faults += _unpin(session, settings, backends, summary, listener)
            faults += _sweep(listener, collector, summary)
    if faults:
        raise faults[0]


def survey(
    session: Session,
    settings: Config,
    backends: Sequence[PinBackend],
    names: Sequence[NameService],
    collector: GarbageCollector,
) -> PruneReport:
    """Read the pins of every store and the record of every name, and decide which roots are unpinned.

    Raises NamingError if a name cannot be read, and StateError if the journal or the cache cannot be read.
    """
    from publisher.app.chain_history import read_chain, sites_of
    from publisher.build.invalidation import newest_roots
    from publisher.concurrency.threads import run_in_threads
    from publisher.deploy.retention import known_roots, plan, reasons_to_stay
    from publisher.journal.log import now

    time, dated, shown = now(), session.journal().dated(), _shown(names)
    answers = dict(
        zip((k.label for k in backends), run_in_threads(lambda k: _pins(k, label_of(settings)), backends), strict=True)
    )
    asked = {store: answer for store, answer in answers.items() if not isinstance(answer, StoreError)}
    pins = {store: named for store, (named, _) in asked.items()}
    claims, own = {store: used for store, (_, used) in asked.items()}, sites_of(settings, dated)
    used = {root for by in claims.values() for root, ids in by.items() if ids & own}
    unknown = {root.to_v1() for root in used.union(*pins.values())} - known_roots(dated)
    chain = read_chain(names, unknown, settings.keep, time, session.report.warn)
    decided = plan(settings.keep, dated, shown, pins, time, claims, chain, own)
    stay = {*reasons_to_stay(settings.keep, dated, shown, time, chain), *(kept.root for kept in decided.kept)}
    staying = tuple(cid for root in sorted(stay) for cid in root.versions())
    collector.mark(staying)
    at_hand = all(any(collector.has(cid) for cid in kept.root.versions()) for kept in decided.kept)
    going = {store: [one.root for one in decided.removals if one.store == store and not one.shared] for store in pins}
    freed = {store: collector.below(roots) if at_hand else None for store, roots in going.items() if roots}
    collector.mark([*newest_roots(collector), *(collector.pins() - {one.root for one in decided.removals})])
    faults = {store: answer for store, answer in answers.items() if isinstance(answer, StoreError)}
    return PruneReport(shown, decided, staying, faults, freed, collector.unmarked())


def _shown(names: Sequence[NameService]) -> dict[str, str]:
    """Return a map from each name to the URI that it shows.

    Raises NamingError if a name cannot be read. Then nothing may be unpinned, because that name may show any root.
    """
    from publisher.concurrency.threads import run_in_threads

    try:
        return dict(zip((name.name for name in names), run_in_threads(lambda name: name.shows(), names), strict=True))
    except NamingError as error:
        raise type(error)(error.who, f"{error.message}; nothing was unpinned", hint=error.hint) from error


def _pins(backend: PinBackend, label: str) -> tuple[frozenset[Cid], Mapping[Cid, frozenset[str]]] | StoreError:
    """Return the roots that a backend pins under `label`, and a map from a root to the sites that use it.

    If the backend cannot be read, return its error.
    """
    try:
        return backend.pins(label), backend.claims()
    except StoreError as error:
        return error


def unchanged(names: Sequence[NameService], summary: PruneReport) -> None:
    """Raise RecordMoved if a name has changed since the survey, because the plan could then unpin the new root."""
    if summary.plan.removals and (now := _shown(names)) != summary.shown:
        moved = next(name for name in now if now[name] != summary.shown[name])
        raise RecordMoved(moved, "the name was changed during this run; nothing was unpinned", hint="run again")


def _unpin(
    session: Session,
    settings: Config,
    backends: Sequence[PinBackend],
    summary: PruneReport,
    listener: PruneListener,
) -> list[PublishError]:
    """Unpin roots as the plan says, at all stores in parallel, and return the errors of the stores.

    After the error of one store, the work at the other stores goes on.
    """
    from publisher.app.chain_history import sites_of
    from publisher.concurrency.threads import run_in_threads
    from publisher.journal.events import Unpinned

    own, label = sites_of(settings, session.journal().dated()), label_of(settings)

    def work(backend: PinBackend) -> tuple[dict[Cid, bool], StoreError | None]:
        done: dict[Cid, bool] = {}
        try:
            for one in summary.plan.removals:
                if one.store != backend.label:
                    continue
                if not one.shared:
                    done[one.root] = backend.unpin(one.root, one.name or label, own)
                backend.disclaim(one.root, own)
                done.setdefault(one.root, False)  # Another site pins the root, so only our pin reference was removed.
        except StoreError as error:
            return done, error
        return done, None

    faults: list[PublishError] = []
    for backend, (done, error) in zip(backends, run_in_threads(work, backends), strict=True):
        for root in done:
            session.journal().append(Unpinned(backend.label, str(root)))
        listener.gone(backend.label, done)
        if error is not None:
            session.report.say(f"{error}; the other roots stay pinned there")
            faults.append(error)
    return faults


def _sweep(listener: PruneListener, collector: GarbageCollector, summary: PruneReport) -> Iterator[PublishError]:
    """Sweep the cache, and keep roots that were built or pinned since the survey.

    Yields Unfinished if another run uses the cache.
    """
    from publisher.build.invalidation import newest_roots, stale

    try:
        with collector.exclusive():
            collector.mark([*summary.staying, *newest_roots(collector), *collector.pins()])
            swept = collector.sweep(stale)
    except Unfinished as error:
        yield error
        return
    listener.swept(swept)
