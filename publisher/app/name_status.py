"""Read what each name shows, since when, and its pending transactions."""

from __future__ import annotations

import time
from collections.abc import Sequence

from publisher.app.status_report import PendingTransaction, StatusReport
from publisher.concurrency.threads import within
from publisher.errors import PublishError, StoreUnreachable
from publisher.formatting import chain_time
from publisher.journal.events import Event, Named, Sending, Signed
from publisher.journal.history import RecordChange
from publisher.journal.queries import open_transaction_of
from publisher.names.base import NameGoal, NameService, NameState

Dated = Sequence[tuple[str, Event]]
AGE = 4.0
"""Seconds that the chain gets to say since when a name shows its record, if this folder did not move it.

An end point that answers for few blocks at a time can need hundreds of requests.
"""


def ask_names(status: StatusReport, names: Sequence[NameService], dated: Dated, until: float) -> None:
    """Observe all names in parallel and write their records and pending transactions into `status`.

    `until` is a time of `time.monotonic`. An error of a name goes into `status.faults`.
    """
    events = [event for _, event in dated]

    def ask(name: NameService) -> tuple[NameState, str, str] | PublishError:
        try:
            state = name.observe(NameGoal(0, ""), events)
        except PublishError as error:
            return error
        moved, since = _since(state, dated)
        return state, moved, since or _since_by_chain(name, state, until)

    answers = within(ask, names, until)
    for name, answer in zip(names, answers, strict=True):
        if isinstance(answer, tuple):
            state, moved, status.since[state.name] = answer
            status.names.append(state)
            status.elsewhere |= {state.name} if moved not in ("", state.shows) and not state.pending else set()
            hashes = [state.pending] if state.pending else []
        else:
            status.faults[name.name] = answer or StoreUnreachable(
                name.name, "no answer arrived in time", hint="run again"
            )
            open_ = open_transaction_of(events, name.name)  # the chain cannot be asked: the journal knows it too
            hashes = [open_.signed.hash] if open_ else []
        status.flying += [_pending(name.name, hash_, dated) for hash_ in hashes]


def _since(state: NameState, dated: Dated) -> tuple[str, str]:
    """Return what our journal moved the name to last, and since when if it still shows that.

    Unknown parts are empty.
    """
    for at, event in reversed(dated):
        if isinstance(event, Named) and event.name == state.name and event.outcome == "moved":
            return event.after, at if event.after == state.shows else ""
    return "", ""


def _since_by_chain(name: NameService, state: NameState, until: float) -> str:
    """Return when the record was set, by the newest event about it; empty if no answer comes in time."""

    def newest(name: NameService) -> RecordChange | None:
        try:
            return next(name.history(), None)
        except PublishError:
            return None

    if not state.shows:
        return ""
    # One second stays in reserve: after `until`, the whole answer about this name would be dropped.
    (change,) = within(newest, [name], min(time.monotonic() + AGE, until - 1.0))
    return moment_of(change.time) if change is not None and change.uri == state.shows else ""


def _pending(name: str, hash_: str, dated: Dated) -> PendingTransaction:
    since = next((at for at, event in dated if isinstance(event, Sending) and event.hash == hash_), "")
    after = next((event.after for _, event in dated if isinstance(event, Signed) and event.hash == hash_), "")
    return PendingTransaction(name, hash_, since, after)


def moment_of(seconds: int) -> str:
    """Return a time of the chain in the form of the journal, or an empty string if it is out of range."""
    at = chain_time(seconds)
    return at.isoformat(timespec="seconds") if at else ""
