"""Deploy a root from the cache to the stores and names. `publish`, `publish deploy` and `publish rollback` use it."""

from __future__ import annotations

import hashlib
import secrets
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

from publisher.app.clock import check_clock
from publisher.app.confirm import confirm
from publisher.app.context import Session
from publisher.app.handing_over import HandOver, hand_over
from publisher.app.size import describe
from publisher.app.sources import gateways
from publisher.app.trim import tidy
from publisher.dag import walk
from publisher.dag.cid import Cid, Get
from publisher.dag.uri import root_of
from publisher.deploy import apply
from publisher.deploy.observe import DeployState, DesiredState, next_sequence, observe
from publisher.deploy.replicate import WITNESS
from publisher.errors import BlockMissing, ConfigError, StoreError
from publisher.fast_dataclass import dataclass
from publisher.journal.events import Event, Pinned, Storing
from publisher.names.base import NameOutcome
from publisher.report import Report
from publisher.stores.base import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from publisher.build import BuildResult
    from publisher.config import Config
    from publisher.journal.log import Journal
    from publisher.names.base import NameService
    from publisher.stores.base import Pinner, Store


@dataclass(frozen=True, slots=True)
class DeployOptions:
    """How far a deploy goes, and whether it asks first."""

    yes: bool = False
    """Do not ask before the first step."""
    dry_run: bool = False
    """Stop after the plan."""
    skip_name: bool = False
    """Leave the names as they are."""
    high_fee: bool = False
    """Allow a limit for the price of gas that is far above any usual price."""
    before_move: Callable[[], str] | None = None
    """Returns the reason why no name may move now, or "". It is called just before each name moves.

    A pipeline uses it, so that a slow run for an older commit does not overwrite a newer one. If it is None, every name
    moves.
    """
    built_for: str = ""
    """The day (ISO 8601) for which another machine built the root, or "" if it is unknown.

    The deploy stops if this day has not begun according to the newest block.
    """
    same_as: str = ""
    """A CAR file or a root that another machine built, or "". The deploy stops if it publishes another root."""

    @property
    def moves_names(self) -> bool:
        """Return whether the deploy moves names at its end."""
        return not (self.dry_run or self.skip_name)


@dataclass(frozen=True, slots=True)
class DeployListener:
    """The functions that a deploy calls with its progress."""

    plan: Callable[[tuple[apply.Step, ...]], None]
    """The deploy calls this function with the plan, before it asks the person."""
    result: Callable[[apply.Result], None]
    """The deploy calls this function with the result of each step."""
    handed_over: Callable[[HandOver], None]
    """Called before the conclusion if another person has to send the changes of names."""
    conclude: Callable[[DesiredState, tuple[NameService, ...], Config], None]
    """The deploy calls this function at the end, with the desired state, the names and the settings."""


def check_names(settings: Config, options: DeployOptions) -> None:
    """Raise ConfigError if a name has no signer, or if its limits need an option that was not given.

    This is called before anything is built or stored. If the run moves no name, nothing is checked.
    """
    from publisher.names.kinds import name_kind

    for entry in settings.names if options.moves_names else ():
        kind = name_kind(entry.kind)
        if not options.high_fee and (limit := kind.high_fee(entry.settings)):
            raise ConfigError(
                entry.settings.name,
                f"{limit} is far above any usual price of gas, so it has to be allowed for each run",
                hint="set it to 500 or less in publish.toml, or run with --high-fee",
            )
        if not kind.has_signer(entry.settings):
            raise ConfigError(
                entry.settings.name,
                "no signer is configured",
                hint=f'add signer = "env:PUBLISH_KEY" to [names.{entry.label}], or skip the name with --skip-name',
            )


def carry_out(
    session: Session,
    settings: Config,
    root: Cid,
    options: DeployOptions,
    listener: DeployListener,
    *,
    built: BuildResult | None = None,
    get: Get | None = None,
    back: bool = False,
) -> None:
    """Observe the stores and names, plan, ask the person, deploy `root`, and report the result.

    `built` is the build that made the root, or None if this run did not build it. `get` returns the bytes of a block.
    Without `get`, blocks are read from the cache. `back` marks a rollback in the journal. Raises ConfigError,
    StoreError, NamingError, VerifyError, StateError and Unfinished.
    """
    report, cache, journal = session.report, session.cache(), session.journal()
    check_names(settings, options)
    describe(report, cache, root, built, get)
    stores, pinners = session.stores(settings), session.pinners(settings)
    names = () if options.skip_name else session.names(settings)
    with nullcontext() if options.dry_run else journal.locked():
        events = journal.events()
        copies = settings.deploy.copies or len(stores) + len(pinners)
        get = get or session.cache_pool().get_verified
        sequence = next_sequence(events, root)
        now = built.schedule.now if built is not None else ""
        desired = DesiredState(root, label_of(settings), get, copies, sequence, back, site_of(settings, events), now)
        state = observe(desired, stores, names, events, pinners)
        possible(listener, desired, state)
        released = built.schedule.released if built is not None else options.built_for
        check_clock(report, settings, state.names, released, time.time())
        for name in state.names:
            for warning in name.warnings:
                report.warn(f"{name.name}: {warning}")
        outside = settings.deploy.outside != "never"
        readers = gateways(settings.deploy.gateways, session.proxy) if outside else {}
        steps = apply.plan(desired, state, witnesses(settings, state, readers))
        compare(report, desired, state)
        for entry in settings.names if options.skip_name else ():
            listener.result(NameOutcome(entry.settings.name, entry.kind, "skipped", "", ""))
        listener.plan(steps)
        if options.dry_run:
            report.result(str(root))
            report.say("nothing was done: this was a dry run")
            return
        if steps and not options.yes:
            confirm(report, "Publish?", "nothing was stored or signed")
        context = deploy_context(report, journal, settings, stores, pinners, names, readers, options.before_move)
        outcomes: list[NameOutcome] = []
        for result in apply.apply(desired, state, steps, context):
            listener.result(result)
            outcomes += [result] if isinstance(result, NameOutcome) else []
        if (handed := hand_over(session, root, outcomes, built)) is not None:
            listener.handed_over(handed)
    listener.conclude(desired, names, settings)
    tidy(session, settings)


def deploy_context(
    report: Report,
    journal: Journal,
    settings: Config,
    stores: Sequence[Store],
    pinners: Sequence[Pinner],
    names: Sequence[NameService],
    readers: Mapping[str, Get],
    before_move: Callable[[], str] | None = None,
) -> apply.DeployContext:
    """Return the objects that a deploy acts with: the opened services, the journal and the functions of the report."""
    hears = (journal.events, journal.append, report.say, report.warn, report.progress)
    return apply.DeployContext(
        stores,
        pinners,
        names,
        readers,
        *hears,
        settings.deploy.outside,
        settings.deploy.outside_timeout,
        before_move,
    )


def possible(listener: DeployListener, desired: DesiredState, state: DeployState) -> None:
    """Raise StoreError if too few stores can hold the root. Before that, give the listener the state of each store."""
    try:
        apply.possible(desired, state)
    except StoreError:
        for holder in state.holders:
            if holder.held or holder.error is not None:
                status = "pinned" if holder.held else "failed"
                listener.result(Receipt(holder.store, holder.kind, status, desired.root))
        raise


def label_of(settings: Config) -> str:
    """Return the name under which stores pin the root: the first name of the site or, without names, its title."""
    return str(settings.names[0].settings.name) if settings.names else settings.site.title


def site_of(settings: Config, events: Sequence[Event]) -> str:
    """Return the id of this site on a node that several sites share: 16 hexadecimal digits.

    The id is a hash of the names, and so it is the same on every machine. A site without a name has a random id, which
    the journal of this folder keeps.
    """
    if settings.names:
        names = sorted(f"{p.kind} {getattr(p.settings, 'chain_id', 0)} {p.settings.name}" for p in settings.names)
        return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
    before = (event.site for event in reversed(events) if isinstance(event, Storing | Pinned) and event.site)
    return next(before, "") or secrets.token_hex(8)


def witnesses(settings: Config, state: DeployState, readers: Mapping[str, Get]) -> tuple[str, ...]:
    """Return the labels of the gateways and pinners that can be asked as witnesses.

    Raises ConfigError if `deploy.outside` is "always" and there is no witness. At this time nothing is stored yet.
    """
    if settings.deploy.outside == "never":
        return ()
    found = (*(holder.store for holder in state.holders if holder.pinner and holder.readable), *readers)
    if not found and settings.deploy.outside == "always":
        raise ConfigError("deploy.outside", 'the setting is "always", but there is no gateway to ask', hint=WITNESS)
    return found


def compare(report: Report, desired: DesiredState, state: DeployState) -> None:
    """Report how many files differ between the new root and the root that the name shows.

    If the cache does not have the old root, the JSON object has `"changed": null` and no line is printed.
    """
    shown = [root_of(name.shows) for name in state.names] or [apply.older(state)]
    old = shown[0]
    if old is None:
        report.add("changed", {"added": report.data["files"], "changed": 0, "removed": 0})
        return
    try:
        sets = walk.changed(desired.get, old, desired.root)
    except (BlockMissing, walk.Malformed):  # The old root is not in the cache, or is not a site.
        report.add("changed", None)
        return
    numbers = dict(zip(("added", "changed", "removed"), map(len, sets), strict=True))
    report.add("changed", numbers)
    if any(numbers.values()):
        report.say("compared with the present root: " + ", ".join(f"{n} {what}" for what, n in numbers.items() if n))
