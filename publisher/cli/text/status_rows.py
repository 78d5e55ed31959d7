"""Write the JSON of `publish status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from publisher.deploy.apply import Move, Put
from publisher.formatting import date_of

if TYPE_CHECKING:
    from publisher.app.status_report import PendingTransaction, StatusReport


def rows(seen: StatusReport) -> dict[str, Any]:
    """Return a status as a JSON object. An unknown value is null."""
    flying = {each.name: each for each in seen.flying}
    handed = {each.name: {"after": each.after, "since": each.since} for each in seen.handed_over}
    names = [
        {
            "name": state.name,
            "shows": state.shows,
            "since": seen.since.get(state.name) or None,
            "elsewhere": state.name in seen.elsewhere,
            "ends": date_of(state.ends) if state.ends is not None else None,
            "warnings": list(state.warnings),
            "handed_over": handed.get(state.name),
            "pending": _pending(flying[state.name]) if state.name in flying else None,
        }
        for state in seen.names
    ]
    stores = [
        {
            "name": holder.store,
            "kind": holder.kind,
            "held": None if holder.error or seen.root is None else holder.held,
            "why": holder.error.message if holder.error else "",
        }
        for holder in seen.holders
    ]
    faults = [
        {"who": who, "kind": error.kind, "message": error.message, "hint": error.hint}
        for who, error in seen.faults.items()
    ]
    pending = [{"name": each.name, **_pending(each)} for each in seen.flying]
    return {
        "root": str(seen.root) if seen.root else None,
        "at": seen.at or None,
        "names": names,
        "pending": pending,
        "stores": stores,
        "working": _working_row(seen),
        "plan": None if seen.steps is None else _plan(seen),
        "faults": faults,
    }


def _pending(flying: PendingTransaction) -> dict[str, Any]:
    return {"transaction": flying.hash, "since": flying.since or None, "after": flying.after or None}


def _working_row(seen: StatusReport) -> dict[str, Any] | None:
    if seen.built is None:
        return None
    row: dict[str, Any] = {"root": str(seen.built.root)}
    if seen.difference is not None:
        row |= {what: len(seen.difference.only(what)) for what in ("added", "changed", "removed", "moved")}
    return row


def _plan(seen: StatusReport) -> list[dict[str, str]]:
    steps = seen.steps or ()
    puts = [{"step": "store", "store": step.store} for step in steps if isinstance(step, Put)]
    return puts + [{"step": "name", "name": step.name} for step in steps if isinstance(step, Move)]
