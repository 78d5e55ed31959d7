"""`publish prune`: old roots are let go of, and the cache is made small."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from publisher.app.context import Session
from publisher.cli.group import common, plain
from publisher.errors import ConfigError, NamingError, PublishError, RecordMoved, StoreError, Unfinished
from publisher.formatting import count, volume
from publisher.report import Report

if TYPE_CHECKING:
    from publisher.cache.gc import GarbageCollector, Weight
    from publisher.config import Config
    from publisher.dag.cid import Cid
    from publisher.deploy.retention import RetentionPlan
    from publisher.names.base import NameService
    from publisher.stores.base import PinBackend

SHORT = 12
"""So many roots that stay are listed with their reasons; of more, the others are counted."""


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


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would go and what it frees, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common
@click.pass_obj
@plain
def command(session: Session, /, dry_run: bool, yes: bool) -> None:
    """Let go of old roots as [keep] says, and make the cache small.

    What a name shows, what a transaction may still set, and what this folder's journal does not know always stays.
    """
    from publisher.app.deploying import label_of
    from publisher.cache.gc import GarbageCollector

    settings, report = session.settings(), session.report
    keepers: tuple[PinBackend, ...] = (*session.stores(settings), *session.pinners(settings))
    names, label = session.names(settings), label_of(settings)
    with (
        nullcontext() if dry_run else session.journal().locked(),
        GarbageCollector(session.cache().folder, warn=report.warn) as sweeper,
    ):
        look = _look(session, settings, keepers, names, sweeper)
        _tell(report, look)
        faults: list[PublishError] = list(look.faults.values())
        if dry_run:
            report.say("nothing was done: this was a dry run")
        else:
            _agree(report, look, yes)
            _same(names, look)
            faults += _let_go(session, keepers, look, label)
            faults += _sweep(report, sweeper, look)
    if faults:
        raise faults[0]
    report.finish()


def _look(
    session: Session,
    settings: Config,
    keepers: Sequence[PinBackend],
    names: Sequence[NameService],
    sweeper: GarbageCollector,
) -> PruneReport:
    from publisher.app.deploying import label_of
    from publisher.build.invalidation import newest_roots
    from publisher.concurrency.threads import together
    from publisher.deploy.retention import forms, plan, reasons_to_stay
    from publisher.journal.log import now

    time, dated, shown = now(), session.journal().dated(), _shown(names)
    answers = dict(
        zip((k.label for k in keepers), together(lambda k: _pins(k, label_of(settings)), keepers), strict=True)
    )
    asked = {store: answer for store, answer in answers.items() if not isinstance(answer, StoreError)}
    pins = {store: named for store, (named, _) in asked.items()}
    decided = plan(settings.keep, dated, shown, pins, time, {store: claims for store, (_, claims) in asked.items()})
    stay = {*reasons_to_stay(settings.keep, dated, shown, time), *(kept.root for kept in decided.kept)}
    staying = tuple(form for root in sorted(stay) for form in forms(root))
    sweeper.mark(staying)
    at_hand = all(any(sweeper.has(form) for form in forms(kept.root)) for kept in decided.kept)
    going = {store: [one.root for one in decided.going if one.store == store and not one.shared] for store in pins}
    freed = {store: sweeper.below(roots) if at_hand else None for store, roots in going.items() if roots}
    sweeper.mark([*newest_roots(sweeper), *(sweeper.kept() - {one.root for one in decided.going})])
    faults = {store: answer for store, answer in answers.items() if isinstance(answer, StoreError)}
    return PruneReport(shown, decided, staying, faults, freed, sweeper.unmarked())


def _shown(names: Sequence[NameService]) -> dict[str, str]:
    """What each name shows now. When that cannot be read, nothing may go."""
    from publisher.concurrency.threads import together

    try:
        return dict(zip((name.name for name in names), together(lambda name: name.shows(), names), strict=True))
    except NamingError as error:
        raise type(error)(error.who, f"{error.message}; so nothing was let go of", hint=error.hint) from error


def _pins(keeper: PinBackend, label: str) -> tuple[frozenset[Cid], Mapping[Cid, frozenset[str]]] | StoreError:
    """What it pins under the site's name, and which sites use what is pinned there."""
    try:
        return keeper.pins(label), keeper.claims()
    except StoreError as error:
        return error


def _tell(report: Report, look: PruneReport) -> None:
    """The plan: why what stays stays, what goes from where, what that frees."""
    report.add("kept", [{"root": str(kept.root), "why": list(kept.why)} for kept in look.plan.kept])
    report.add("going", [{"store": one.store, "root": str(one.root)} for one in look.plan.going])
    report.add("freed", {store: weight.bytes if weight else None for store, weight in look.freed.items()})
    report.add("cache", {"blocks": look.cache.blocks, "bytes": look.cache.bytes})
    for kept in look.plan.kept[:SHORT]:
        report.say(f"stays  {kept.root}\n       {'; '.join(kept.why)}")
    if len(look.plan.kept) > SHORT:
        report.say(f"       and {count(len(look.plan.kept) - SHORT, 'more root')}; --json lists them all")
    stores: dict[Cid, list[str]] = {}
    for one in look.plan.going:
        stores.setdefault(one.root, []).append(one.store)
    if stores:
        report.say("these go:")
    for root, held in stores.items():
        report.result(f"{root}  from {', '.join(held)}")
    for error in look.faults.values():
        report.say(f"{error}; what it holds stays")
    for store, weight in look.freed.items():
        told = (
            f"{volume(weight.bytes)} on {store}" if weight else f"on {store} nobody knows how much: blocks are not here"
        )
        report.say(f"frees  {told}")
    if not look.plan.going:
        report.say("no pinned root has to go")
    if look.cache.blocks:
        report.say(f"frees  {volume(look.cache.bytes)} of the cache")


def _agree(report: Report, look: PruneReport, yes: bool) -> None:
    """Ask once. The cache alone is nobody's only copy: nobody is asked about it."""
    if yes or not look.plan.going:
        return
    if not report.can_ask():
        raise ConfigError("publish", "nobody is here to say yes", hint="run with --yes, or look first with --dry-run")
    if not report.ask(f"Let go of {count(len({one.root for one in look.plan.going}), 'root')}?"):
        raise Unfinished("publish", "not confirmed; nothing was let go of", hint="run again when you are ready")


def _same(names: Sequence[NameService], look: PruneReport) -> None:
    """Somebody may have gone back to an old root while the question stood: then the plan is no longer right."""
    if look.plan.going and (now := _shown(names)) != look.shown:
        moved = next(name for name in now if now[name] != look.shown[name])
        raise RecordMoved(moved, "it was changed meanwhile; so nothing was let go of", hint="run again")


def _let_go(session: Session, keepers: Sequence[PinBackend], look: PruneReport, label: str) -> list[PublishError]:
    """Each store by itself, side by side: one that fails stops no other."""
    from publisher.concurrency.threads import together
    from publisher.deploy.retention import sites
    from publisher.journal.events import Unpinned

    own = sites(session.journal().dated())

    def work(keeper: PinBackend) -> tuple[dict[Cid, bool], StoreError | None]:
        done: dict[Cid, bool] = {}
        try:
            for one in look.plan.going:
                if one.store != keeper.label:
                    continue
                if not one.shared:
                    done[one.root] = keeper.unpin(one.root, one.name or label, own)
                keeper.disclaim(one.root, own)
                done.setdefault(one.root, False)  # of what others pin, letting go is to take the mark back: done now
        except StoreError as error:
            return done, error
        return done, None

    faults: list[PublishError] = []
    for keeper, (done, error) in zip(keepers, together(work, keepers), strict=True):
        for root in done:
            session.journal().tell(Unpinned(keeper.label, str(root)))
        _tell_gone(session.report, keeper.label, done)
        if error is not None:
            session.report.say(f"{error}; the rest of what it holds stays")
            faults.append(error)
    return faults


def _tell_gone(report: Report, store: str, done: Mapping[Cid, bool]) -> None:
    """What a store let go of, and what it did not hold for this site alone."""
    gone = [root for root, was in done.items() if was]
    for root in gone:
        report.append("unpinned", {"store": store, "root": str(root)})
    if gone:
        report.say(f"{store}: let go of {count(len(gone), 'root')}")
    if others := len(done) - len(gone):
        are = "is pinned there no more, or" if others == 1 else "are pinned there no more, or"
        report.say(f"{store}: {count(others, 'root')} {are} for somebody else; that is left as it is")


def _sweep(report: Report, sweeper: GarbageCollector, look: PruneReport) -> Iterator[PublishError]:
    """The cache: what was built or kept since the look stays too."""
    from publisher.build.invalidation import newest_roots, stale

    try:
        with sweeper.alone():
            sweeper.mark([*look.staying, *newest_roots(sweeper), *sweeper.kept()])
            swept = sweeper.sweep(stale)
    except Unfinished as error:
        yield error
        return
    report.add("cache", {"blocks": swept.gone.blocks, "bytes": swept.gone.bytes, "size": swept.after})
    report.say(f"the cache takes {volume(swept.after)} now, {volume(swept.before)} before")
