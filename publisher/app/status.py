"""What is true now, asked of everybody at once; a part that cannot be told is a fault of its own."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from publisher.app.building import built
from publisher.app.context import Session
from publisher.app.name_status import Dated, ask_names
from publisher.app.root_arguments import reading
from publisher.app.status_report import StatusReport
from publisher.concurrency.threads import within
from publisher.dag.cid import Cid
from publisher.dag.uri import root_of
from publisher.deploy.observe import DeployState, DesiredState, Holder, observe
from publisher.errors import (
    ConfigError,
    ContentError,
    PublishError,
    SecretWithheld,
    StoreError,
    StoreRefused,
    StoreUnreachable,
)
from publisher.journal.events import Finished
from publisher.journal.queries import published
from publisher.names.base import NameService

if TYPE_CHECKING:
    from publisher.build import Built
    from publisher.config import Config
    from publisher.deploy.apply import Step
    from publisher.diff import Difference
    from publisher.stores.base import Pinner, Store

Keepers: TypeAlias = "tuple[tuple[Store, ...], tuple[Pinner, ...]]"
T = TypeVar("T")
PATIENCE = 30.0
"""Seconds in which every name and store has to answer. Later answers are shown as none."""


def look(session: Session, settings: Config, *, build: bool = True, patience: float = PATIENCE) -> StatusReport:
    """Ask names and keepers on other threads while the folder is built on this one."""
    seen = StatusReport()
    past = session.journal().dated()
    names: tuple[NameService, ...] = _perhaps(seen, "names", lambda: session.names(settings)) or ()
    keepers, unopened = _keepers(seen, session, settings)
    until = time.monotonic() + patience
    asking = threading.Thread(target=ask_names, args=(seen, names, past, until), daemon=True)
    asking.start()
    if build:
        seen.built = _perhaps(seen, "working folder", lambda: built(session, settings))
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
    """The stores and pinning services that can be opened, and an error for each one whose secret is missing."""
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
        desired = DesiredState(root, "", lambda cid: b"", _copies(settings), 0)
        state = observe(desired, [store] if store else [], (), events, [pinner] if pinner else [])
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

    desired = DesiredState(root, "", lambda cid: b"", _copies(settings), 0)
    return plan(desired, DeployState(tuple(holders), tuple(seen.names), ()))
