"""`publish status`: what is true now, asked of everybody at once; a part that cannot be told is a line of its own."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import click

from publisher.app.context import Session
from publisher.app.root_arguments import reading, working
from publisher.app.status_report import PendingTransaction, StatusReport
from publisher.cli.group import common, plain
from publisher.cli.text.status import lines, moment_of, rows
from publisher.dag.cid import Cid
from publisher.deploy.observe import DeployState, DesiredState, Holder, observe, root_of
from publisher.errors import (
    ConfigError,
    ContentError,
    PublishError,
    SecretWithheld,
    StoreError,
    StoreRefused,
    StoreUnreachable,
)
from publisher.journal.events import Event, Finished, Named, Sending, Settled, Signed
from publisher.journal.history import RecordChange
from publisher.journal.queries import published
from publisher.names.base import NameGoal, NameService, NameState

if TYPE_CHECKING:
    from publisher.build import Built
    from publisher.config import Config
    from publisher.deploy.apply import Step
    from publisher.diff import Difference
    from publisher.stores.base import Pinner, Store

Keepers: TypeAlias = "tuple[tuple[Store, ...], tuple[Pinner, ...]]"
T = TypeVar("T")
R = TypeVar("R")
Dated = Sequence[tuple[str, Event]]
PATIENCE = 30.0
"""Seconds in which everybody has to answer: what is not told by then is told as no answer."""
AGE = 4.0
"""Seconds in which the chain may tell since when a name that this folder did not move shows what it does: an end point
that answers for few blocks at a time can need hundreds of questions."""


@click.command()
@click.option("--no-build", is_flag=True, help="Do not look at the working folder.")
@common
@click.pass_obj
@plain
def command(session: Session, /, no_build: bool) -> None:
    """What the name shows, since when, who holds it, and what publishing would change."""
    settings = session.settings()
    seen = look(session, settings, build=not no_build)
    report = session.report
    report.data.update(rows(seen))
    for line in lines(seen, datetime.now(UTC)):
        report.result(line)
    for state in seen.names:
        for note in state.notes:
            report.warn(f"{state.name}: {note}")
    if seen.faults and not seen.names and seen.built is None and all(each.error for each in seen.holders):
        raise next(iter(seen.faults.values()))
    report.finish()


def look(session: Session, settings: Config, *, build: bool = True, patience: float = PATIENCE) -> StatusReport:
    """Ask names and keepers on other threads while the folder is built on this one."""
    seen = StatusReport()
    past = session.journal().dated()
    names: tuple[NameService, ...] = _perhaps(seen, "names", lambda: session.names(settings)) or ()
    keepers, unopened = _keepers(seen, session, settings)
    until = time.monotonic() + patience
    asking = threading.Thread(target=_ask_names, args=(seen, names, past, until), daemon=True)
    asking.start()
    if build:
        seen.built = _perhaps(seen, "working folder", lambda: working(session, settings))
        session.cache().commit()
    asking.join(max(until - time.monotonic(), 0.0) + 1.0)
    last = published([event for _, event in past])
    seen.at = next((at for at, event in reversed(past) if isinstance(event, Finished)), "")
    shown = root_of(seen.names[0].shows) if seen.names else None
    seen.root = shown if seen.names else last
    wanted = seen.built.root if seen.built else None
    roots = list(dict.fromkeys(root for root in (seen.root, wanted) if root is not None))
    answers = _hold(roots, settings, keepers, past, until)
    answers = {root: [*found, *unopened] for root, found in answers.items()}
    seen.holders = next(iter(answers.values()), [])
    for holder in seen.holders:
        if holder.error is not None:
            seen.faults.setdefault(holder.store, holder.error)
    if seen.built is not None:
        seen.difference = _perhaps(seen, "difference", lambda: _difference(session, seen.root, seen.built))
        if len(seen.names) == len(settings.names):
            seen.steps = _steps(seen, seen.built.root, answers[seen.built.root], settings)
    return seen


def _perhaps(seen: StatusReport, who: str, ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except SecretWithheld:
        raise
    except (ConfigError, ContentError, StoreError) as error:
        seen.faults[who] = error
        return None


def _keepers(seen: StatusReport, session: Session, settings: Config) -> tuple[Keepers, list[Holder]]:
    """Everybody who keeps roots; of whom cannot be opened, for want of a secret, the word for it: the others can be."""
    try:
        return (session.stores(settings), session.pinners(settings)), []
    except SecretWithheld:
        raise
    except ConfigError:  # found again below, with the one that it belongs to
        pass
    stores: list[Store] = []
    pinners: list[Pinner] = []
    unopened = []
    for place in settings.stores:
        alone = replace(settings, stores=(place,))
        try:
            stores += session.stores(alone)
            pinners += session.pinners(alone)
        except ConfigError as error:
            seen.faults[place.label] = error
            why = StoreRefused(place.label, error.message, hint=error.hint)
            unopened.append(Holder(place.label, place.kind, False, why))
    return (tuple(stores), tuple(pinners)), unopened


def _ask_names(seen: StatusReport, names: Sequence[NameService], past: Dated, until: float) -> None:
    events = [event for _, event in past]

    def ask(name: NameService) -> tuple[NameState, str, str] | PublishError:
        try:
            state = name.look(NameGoal(0, ""), events)
        except PublishError as error:
            return error
        moved, since = _since(state, past)
        return state, moved, since or _told_by_chain(name, state, until)

    answers = within(ask, names, until)
    for name, answer in zip(names, answers, strict=True):
        if isinstance(answer, tuple):
            state, moved, seen.since[state.name] = answer
            seen.names.append(state)
            seen.elsewhere |= {state.name} if moved not in ("", state.shows) and not state.pending else set()
            hashes = [state.pending] if state.pending else []
        else:
            seen.faults[name.name] = answer or StoreUnreachable(name.name, "no answer in time", hint="run again")
            hashes = _unsettled(name.name, events)
        seen.flying += [_flying(name.name, hash_, past) for hash_ in hashes]


def _since(state: NameState, past: Dated) -> tuple[str, str]:
    """What our own journal moved it to last, and when, if it shows that still; both empty where nobody knows."""
    for at, event in reversed(past):
        if isinstance(event, Named) and event.name == state.name and event.outcome == "moved":
            return event.after, at if event.after == state.shows else ""
    return "", ""


def _told_by_chain(name: NameService, state: NameState, until: float) -> str:
    """When the record became what it is, from the newest event about it; empty where that is not to be had soon."""

    def newest(name: NameService) -> RecordChange | None:
        try:
            return next(name.history(), None)
        except PublishError:
            return None

    if not state.shows:
        return ""
    # The last second is left for what was found: an answer that comes too late takes the name itself away.
    (change,) = within(newest, [name], min(time.monotonic() + AGE, until - 1.0))
    return moment_of(change.time) if change is not None and change.uri == state.shows else ""


def _unsettled(name: str, events: Sequence[Event]) -> list[str]:
    """The newest transaction that was sent for a name and has not ended, as far as the journal knows."""
    ended = {event.hash for event in events if isinstance(event, Settled)}
    sent = {event.hash for event in events if isinstance(event, Sending)} - ended
    return [event.hash for event in events if isinstance(event, Signed) and event.name == name and event.hash in sent][
        -1:
    ]


def _flying(name: str, hash_: str, past: Dated) -> PendingTransaction:
    since = next((at for at, event in past if isinstance(event, Sending) and event.hash == hash_), "")
    after = next((event.after for _, event in past if isinstance(event, Signed) and event.hash == hash_), "")
    return PendingTransaction(name, hash_, since, after)


def _hold(
    roots: Sequence[Cid],
    settings: Config,
    keepers: Keepers,
    past: Dated,
    until: float,
) -> dict[Cid, list[Holder]]:
    """Who holds each root, every one asked in its own words."""
    stores, pinners = keepers
    events = [event for _, event in past]
    each: list[tuple[Cid, Store | None, Pinner | None]] = [
        (root, *pair) for root in roots for pair in (*((s, None) for s in stores), *((None, p) for p in pinners))
    ]

    def ask(item: tuple[Cid, Store | None, Pinner | None]) -> Holder:
        root, store, pinner = item
        wish = DesiredState(root, "", lambda cid: b"", _copies(settings), 0)
        state = observe(wish, [store] if store else [], (), events, [pinner] if pinner else [])
        return state.holders[0]

    answers: dict[Cid, list[Holder]] = {root: [] for root in roots}
    for (root, store, pinner), answer in zip(each, within(ask, each, until), strict=True):
        keeper = store or pinner
        if answer is None and keeper is not None:
            silent = StoreUnreachable(keeper.label, "no answer in time", hint="run again")
            answer = Holder(keeper.label, keeper.kind, False, silent, pinner is not None)
        if answer is not None:
            answers[root].append(answer)
    return answers


def _copies(settings: Config) -> int:
    return settings.deploy.copies or len(settings.stores)


def _difference(session: Session, root: Cid | None, built: Built | None) -> Difference | None:
    from publisher.dag.walk import Malformed
    from publisher.diff import compare

    if built is None:
        return None
    try:
        return compare(reading(session, root or built.root, built.root), root, built.root, deep=False)
    except Malformed as error:
        raise StoreError(str(root), f"is no site: {error}") from error
    finally:
        with contextlib.suppress(PublishError):
            session.cache().commit()


def _steps(seen: StatusReport, root: Cid, holders: list[Holder], settings: Config) -> tuple[Step, ...]:
    from publisher.deploy.apply import plan

    wish = DesiredState(root, "", lambda cid: b"", _copies(settings), 0)
    return plan(wish, DeployState(tuple(holders), tuple(seen.names), ()))


def within(work: Callable[[T], R], items: Sequence[T], until: float) -> list[R | None]:
    """Results in order, asked for side by side; None for what did not come in time. `work` raises nothing of ours."""
    done: dict[int, R] = {}

    def one(number: int) -> None:
        done[number] = work(items[number])

    threads = [threading.Thread(target=one, args=(number,), daemon=True) for number in range(len(items))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(until - time.monotonic(), 0.0))
    return [done.get(number) for number in range(len(items))]
