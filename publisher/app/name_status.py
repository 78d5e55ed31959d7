"""What each name shows, since when, and which transaction of it is under way."""

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
"""Seconds in which the chain may tell since when a name that this folder did not move shows what it does: an end point
that answers for few blocks at a time can need hundreds of questions."""


def ask_names(status: StatusReport, names: Sequence[NameService], dated: Dated, until: float) -> None:
    """Look at every name side by side, and write into `status` what each shows and the transactions under way."""
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
            status.faults[name.name] = answer or StoreUnreachable(name.name, "no answer in time", hint="run again")
            open_ = open_transaction_of(events, name.name)  # the chain cannot be asked: the journal knows it too
            hashes = [open_.signed.hash] if open_ else []
        status.flying += [_pending(name.name, hash_, dated) for hash_ in hashes]


def _since(state: NameState, dated: Dated) -> tuple[str, str]:
    """What our own journal moved it to last, and when, if it shows that still; both empty where nobody knows."""
    for at, event in reversed(dated):
        if isinstance(event, Named) and event.name == state.name and event.outcome == "moved":
            return event.after, at if event.after == state.shows else ""
    return "", ""


def _since_by_chain(name: NameService, state: NameState, until: float) -> str:
    """When the record became what it is, from the newest event about it; empty where no answer comes in time."""

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


def _pending(name: str, hash_: str, dated: Dated) -> PendingTransaction:
    since = next((at for at, event in dated if isinstance(event, Sending) and event.hash == hash_), "")
    after = next((event.after for _, event in dated if isinstance(event, Signed) and event.hash == hash_), "")
    return PendingTransaction(name, hash_, since, after)


def moment_of(seconds: int) -> str:
    """A time of the chain as the journal writes one; empty for one that no calendar has."""
    at = chain_time(seconds)
    return at.isoformat(timespec="seconds") if at else ""
