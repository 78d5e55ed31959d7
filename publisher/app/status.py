"""Read the present state from all names and stores in parallel. The error of each part becomes a part of the result."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from publisher.app.build_options import BuildOptions
from publisher.app.building import build_site
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
from publisher.journal.queries import last_published
from publisher.names.base import NameService

if TYPE_CHECKING:
    from publisher.build import BuildResult
    from publisher.config import Config
    from publisher.deploy.apply import Step
    from publisher.diff import Difference
    from publisher.stores.base import Pinner, Store

Backends: TypeAlias = "tuple[tuple[Store, ...], tuple[Pinner, ...]]"
T = TypeVar("T")
PATIENCE = 30.0
"""Every name and store has to answer within this number of seconds. A later answer is dropped."""


def read_status(session: Session, settings: Config, *, build: bool = True, patience: float = PATIENCE) -> StatusReport:
    """Return the status. Other threads ask the names while this thread builds the folder. Then they ask the stores.

    Without `build`, the folder is not built. Names and stores have `patience` seconds to answer. The error of a part
    goes into `faults`. Raises SecretWithheld if a secret may not be sent to a host, and StateError if the journal or
    the cache cannot be read.
    """
    status = StatusReport()
    dated = session.journal().dated()
    names: tuple[NameService, ...] = _or_fault(status, "names", lambda: session.names(settings)) or ()
    backends, unopened = _backends(status, session, settings)
    until = time.monotonic() + patience
    asking = threading.Thread(target=ask_names, args=(status, names, dated, until), daemon=True)
    asking.start()
    if build:
        options = BuildOptions(lenient=True)
        status.built = _or_fault(status, "working folder", lambda: build_site(session, settings, options))
        session.cache().commit()
    asking.join(max(until - time.monotonic(), 0.0) + 1.0)
    last = last_published([event for _, event in dated])
    status.at = next((at for at, event in reversed(dated) if isinstance(event, Finished)), "")
    shown = root_of(status.names[0].shows) if status.names else None
    status.root = shown if status.names else last
    wanted = status.built.root if status.built else None
    roots = list(dict.fromkeys(root for root in (status.root, wanted) if root is not None))
    answers = _holders(roots, settings, backends, dated, until)
    answers = {root: [*found, *unopened] for root, found in answers.items()}
    status.holders = next(iter(answers.values()), [])
    for holder in status.holders:
        if holder.error is not None:
            status.faults.setdefault(holder.store, holder.error)
    if status.built is not None:
        status.difference = _or_fault(status, "difference", lambda: _difference(session, status.root, status.built))
        if len(status.names) == len(settings.names):
            status.steps = _steps(status, status.built.root, answers[status.built.root], settings)
    return status


def _or_fault(status: StatusReport, who: str, ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except SecretWithheld:
        raise
    except (ConfigError, ContentError, StoreError) as error:
        status.faults[who] = error
        return None


def _backends(status: StatusReport, session: Session, settings: Config) -> tuple[Backends, list[Holder]]:
    """Return the stores and pinners that can be opened, and a Holder with an error for each one that cannot.

    Raises SecretWithheld if a secret may not be sent to a host.
    """
    try:
        return (session.stores(settings), session.pinners(settings)), []
    except SecretWithheld:
        raise
    except ConfigError:  # The loop below opens each store alone, and so finds the stores that cause the error.
        pass
    stores: list[Store] = []
    pinners: list[Pinner] = []
    unopened = []
    for entry in settings.stores:
        alone = replace(settings, stores=(entry,))
        try:
            stores += session.stores(alone)
            pinners += session.pinners(alone)
        except ConfigError as error:
            status.faults[entry.label] = error
            why = StoreRefused(entry.label, error.message, hint=error.hint)
            unopened.append(Holder(entry.label, entry.kind, False, why))
    return (tuple(stores), tuple(pinners)), unopened


def _holders(
    roots: Sequence[Cid],
    settings: Config,
    backends: Backends,
    dated: Dated,
    until: float,
) -> dict[Cid, list[Holder]]:
    """Return, for each root, the state of each store and pinner. All are asked in parallel.

    `until` is the value of `time.monotonic()` at which the waiting ends. A store that has not answered by then has the
    error StoreUnreachable.
    """
    stores, pinners = backends
    events = [event for _, event in dated]
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
        backend = store or pinner
        if answer is None and backend is not None:
            silent = StoreUnreachable(backend.label, "no answer arrived in time", hint="run again")
            answer = Holder(backend.label, backend.kind, False, silent, pinner is not None)
        if answer is not None:
            answers[root].append(answer)
    return answers


def _copies(settings: Config) -> int:
    return settings.deploy.copies or len(settings.stores)


def _difference(session: Session, root: Cid | None, built: BuildResult | None) -> Difference | None:
    from publisher.dag.walk import Malformed
    from publisher.diff import compare

    if built is None:
        return None
    try:
        return compare(reading(session, root or built.root, built.root), root, built.root, deep=False)
    except Malformed as error:
        raise StoreError(str(root), f"this root is no site: {error}", hint="make the root again") from error
    finally:
        with contextlib.suppress(PublishError):
            session.cache().commit()


def _steps(status: StatusReport, root: Cid, holders: list[Holder], settings: Config) -> tuple[Step, ...]:
    from publisher.deploy.apply import plan

    desired = DesiredState(root, "", lambda cid: b"", _copies(settings), 0)
    return plan(desired, DeployState(tuple(holders), tuple(status.names), ()))
