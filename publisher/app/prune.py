"""Let go of old roots as the configuration says, and make the cache small."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.app.confirm import confirm
from publisher.app.context import Session
from publisher.app.deploying import label_of
from publisher.errors import NamingError, PublishError, RecordMoved, StoreError, Unfinished
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
    """What was found before anything is done."""

    shown: dict[str, str]
    plan: RetentionPlan
    staying: tuple[Cid, ...]
    """Roots whose blocks stay in the cache, pinned anywhere or not."""
    faults: dict[str, StoreError]
    """Stores that could not be asked."""
    freed: dict[str, Weight | None]
    """What each store would be rid of; None where the blocks are not here to be counted."""
    cache: Weight
    """What would go from the cache."""


@dataclass(frozen=True, slots=True)
class PruneListener:
    """What a prune calls as it goes on."""

    plan: Callable[[PruneReport], None]
    """With what was found, before anybody is asked."""
    gone: Callable[[str, Mapping[Cid, bool]], None]
    """With a store and the roots that it let go of; False for one that it did not hold for this site alone."""
    swept: Callable[[SweepResult], None]
    """With what went from the cache."""


def prune(session: Session, listener: PruneListener, *, dry_run: bool, yes: bool) -> None:
    """Look, plan, ask, let go. What fails in one store stops no other: the first fault is raised in the end."""
    from publisher.cache.gc import GarbageCollector

    settings, report = session.settings(), session.report
    backends: tuple[PinBackend, ...] = (*session.stores(settings), *session.pinners(settings))
    names, label = session.names(settings), label_of(settings)
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
            if summary.plan.removals and not yes:  # the cache alone is nobody's only copy: nobody is asked about it
                roots = {one.root for one in summary.plan.removals}
                confirm(report, f"Let go of {count(len(roots), 'root')}?", "nothing was let go of")
            unchanged(names, summary)
            faults += _unpin(session, backends, summary, label, listener)
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
    """Ask everybody what they pin, and decide what goes."""
    from publisher.build.invalidation import newest_roots
    from publisher.concurrency.threads import run_in_threads
    from publisher.deploy.retention import plan, reasons_to_stay
    from publisher.journal.log import now

    time, dated, shown = now(), session.journal().dated(), _shown(names)
    answers = dict(
        zip((k.label for k in backends), run_in_threads(lambda k: _pins(k, label_of(settings)), backends), strict=True)
    )
    asked = {store: answer for store, answer in answers.items() if not isinstance(answer, StoreError)}
    pins = {store: named for store, (named, _) in asked.items()}
    decided = plan(settings.keep, dated, shown, pins, time, {store: claims for store, (_, claims) in asked.items()})
    stay = {*reasons_to_stay(settings.keep, dated, shown, time), *(kept.root for kept in decided.kept)}
    staying = tuple(cid for root in sorted(stay) for cid in root.versions())
    collector.mark(staying)
    at_hand = all(any(collector.has(cid) for cid in kept.root.versions()) for kept in decided.kept)
    going = {store: [one.root for one in decided.removals if one.store == store and not one.shared] for store in pins}
    freed = {store: collector.below(roots) if at_hand else None for store, roots in going.items() if roots}
    collector.mark([*newest_roots(collector), *(collector.pins() - {one.root for one in decided.removals})])
    faults = {store: answer for store, answer in answers.items() if isinstance(answer, StoreError)}
    return PruneReport(shown, decided, staying, faults, freed, collector.unmarked())


def _shown(names: Sequence[NameService]) -> dict[str, str]:
    """What each name shows now. When that cannot be read, nothing may go."""
    from publisher.concurrency.threads import run_in_threads

    try:
        return dict(zip((name.name for name in names), run_in_threads(lambda name: name.shows(), names), strict=True))
    except NamingError as error:
        raise type(error)(error.who, f"{error.message}; so nothing was let go of", hint=error.hint) from error


def _pins(backend: PinBackend, label: str) -> tuple[frozenset[Cid], Mapping[Cid, frozenset[str]]] | StoreError:
    """What it pins under the site's name, and which sites use what is pinned there."""
    try:
        return backend.pins(label), backend.claims()
    except StoreError as error:
        return error


def unchanged(names: Sequence[NameService], summary: PruneReport) -> None:
    """Somebody may have gone back to an old root while the question stood: then the plan is no longer right."""
    if summary.plan.removals and (now := _shown(names)) != summary.shown:
        moved = next(name for name in now if now[name] != summary.shown[name])
        raise RecordMoved(moved, "it was changed meanwhile; so nothing was let go of", hint="run again")


def _unpin(
    session: Session, backends: Sequence[PinBackend], summary: PruneReport, label: str, listener: PruneListener
) -> list[PublishError]:
    """Each store by itself, side by side: one that fails stops no other."""
    from publisher.concurrency.threads import run_in_threads
    from publisher.deploy.retention import sites
    from publisher.journal.events import Unpinned

    own = sites(session.journal().dated())

    def work(backend: PinBackend) -> tuple[dict[Cid, bool], StoreError | None]:
        done: dict[Cid, bool] = {}
        try:
            for one in summary.plan.removals:
                if one.store != backend.label:
                    continue
                if not one.shared:
                    done[one.root] = backend.unpin(one.root, one.name or label, own)
                backend.disclaim(one.root, own)
                done.setdefault(one.root, False)  # of what others pin, letting go is to take the mark back: done now
        except StoreError as error:
            return done, error
        return done, None

    faults: list[PublishError] = []
    for backend, (done, error) in zip(backends, run_in_threads(work, backends), strict=True):
        for root in done:
            session.journal().append(Unpinned(backend.label, str(root)))
        listener.gone(backend.label, done)
        if error is not None:
            session.report.say(f"{error}; the rest of what it holds stays")
            faults.append(error)
    return faults


def _sweep(listener: PruneListener, collector: GarbageCollector, summary: PruneReport) -> Iterator[PublishError]:
    """The cache: what was built or kept since the look stays too."""
    from publisher.build.invalidation import newest_roots, stale

    try:
        with collector.exclusive():
            collector.mark([*summary.staying, *newest_roots(collector), *collector.pins()])
            swept = collector.sweep(stale)
    except Unfinished as error:
        yield error
        return
    listener.swept(swept)
