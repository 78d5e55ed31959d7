"""Read the record of each name, the time at which it was set, and the pending transactions."""

from __future__ import annotations

import time
from collections.abc import Sequence

from publisher.app.status_report import HandedOverChange, PendingTransaction, StatusReport
from publisher.concurrency.threads import within
from publisher.errors import PublishError, StoreUnreachable
from publisher.formatting import chain_time
from publisher.journal.events import Event, Named, Sending, Signed
from publisher.journal.history import RecordChange
from publisher.journal.queries import open_transaction_of
from publisher.names.base import NameGoal, NameService, NameState

Dated = Sequence[tuple[str, Event]]
AGE = 4.0
"""The chain has this many seconds to return the time of the last change of a name.

The program asks the chain only if the journal of this folder does not have the change. An end point that searches few
blocks at a time can need hundreds of requests.
"""


def ask_names(status: StatusReport, names: Sequence[NameService], dated: Dated, until: float) -> None:
    """Observe all names in parallel and write their records and pending transactions into `status`.

    `until` is the value of `time.monotonic()` at which the waiting ends. The error of a name goes into `status.faults`.
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
            status.handed_over += _handed_over(state, dated)
            status.elsewhere |= {state.name} if moved not in ("", state.shows) and not state.pending else set()
            hashes = [state.pending] if state.pending else []
        else:
            status.faults[name.name] = answer or StoreUnreachable(
                name.name, "no answer arrived in time", hint="run again"
            )
            # The chain did not answer, so the pending transaction is taken from the journal.
            open_ = open_transaction_of(events, name.name)
            hashes = [open_.signed.hash] if open_ else []
        status.flying += [_pending(name.name, hash_, dated) for hash_ in hashes]


def _handed_over(state: NameState, dated: Dated) -> list[HandedOverChange]:
    """Return the last change of a name if it was handed over and the name does not show it yet. Otherwise return []."""
    named = ((at, event) for at, event in reversed(dated) if isinstance(event, Named) and event.name == state.name)
    last = next(((at, event) for at, event in named if event.outcome != "superseded"), None)
    if last is None or last[1].outcome != "handed-over" or last[1].after == state.shows:
        return []
    return [HandedOverChange(state.name, last[1].after, last[0])]


def _since(state: NameState, dated: Dated) -> tuple[str, str]:
    """Return the URI to which this folder moved the name last, and the time of this move.

    The time is empty if the name shows another URI by now. Both are empty if the journal has no move of the name.
    """
    for at, event in reversed(dated):
        if isinstance(event, Named) and event.name == state.name and event.outcome == "moved":
            return event.after, at if event.after == state.shows else ""
    return "", ""


def _since_by_chain(name: NameService, state: NameState, until: float) -> str:
    """Return the time at which the record was set, or an empty string if the chain does not answer before `until`."""

    def newest(name: NameService) -> RecordChange | None:
        try:
            return next(name.history(), None)
        except PublishError:
            return None

    if not state.shows:
        return ""
    # The wait ends one second before `until`, because the caller drops every answer that comes after `until`.
    (change,) = within(newest, [name], min(time.monotonic() + AGE, until - 1.0))
    return moment_of(change.time) if change is not None and change.uri == state.shows else ""


def _pending(name: str, hash_: str, dated: Dated) -> PendingTransaction:
    since = next((at for at, event in dated if isinstance(event, Sending) and event.hash == hash_), "")
    after = next((event.after for _, event in dated if isinstance(event, Signed) and event.hash == hash_), "")
    return PendingTransaction(name, hash_, since, after)


def moment_of(seconds: int) -> str:
    """Return a time of the chain in the format of the journal, or an empty string if no date can express the time."""
    at = chain_time(seconds)
    return at.isoformat(timespec="seconds") if at else ""
