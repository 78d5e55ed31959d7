"""What a look at everything found, as people and programs read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from publisher.deploy.apply import Move, Put
from publisher.errors import Problems
from publisher.formatting import count, shown

if TYPE_CHECKING:
    from publisher.app.status_report import StatusReport
    from publisher.deploy.observe import Holder
    from publisher.diff import Difference
    from publisher.names.base import NameState


def lines(seen: StatusReport, now: datetime) -> Iterator[str]:
    """The whole status, short lines first."""
    for state in seen.names:
        yield from _named(seen, state, now)
    for who, error in seen.faults.items():
        if who not in {holder.store for holder in seen.holders}:
            yield shown(f"{who}: {error.message}" + (f"; {error.hint}" if error.hint else ""))
            if isinstance(error, Problems):
                yield from (f"  {shown(str(problem))}" for problem in error.problems[:5])
    showing = {(state.name, state.shows) for state in seen.names}
    for flying in seen.flying:
        done = (flying.name, flying.after) in showing
        yield f"{shown(flying.name)}: transaction {shown(flying.hash)} is under way{', as the journal has it' * done}"
        if flying.since:
            yield f"  since {ago(flying.since, now)}"
        if done:
            yield "  the name shows what it sets: it seems to be mined; the next publish looks, and writes it down"
        elif flying.after:
            yield shown(f"  it would set {flying.after.removeprefix('ipfs://')}")
    yield from _held(seen, now)
    yield from _working(seen)


def _named(seen: StatusReport, state: NameState, now: datetime) -> Iterator[str]:
    yield shown(f"{state.name} shows {state.shows.removeprefix('ipfs://') or 'nothing yet'}")
    if since := seen.since.get(state.name):
        yield f"  since {ago(since, now)}"
    elif state.shows:
        yield "  since when is not known; `publish history --chain` asks for longer"
    if state.name in seen.elsewhere:
        yield "  changed elsewhere: it is not what this folder moved it to"
    if state.ends is not None:
        yield f"  registered until {day(state.ends)}"


def _held(seen: StatusReport, now: datetime) -> Iterator[str]:
    if seen.root is None:
        yield "nothing was published yet"
        yield from (
            shown(f"  {holder.store} ({holder.kind}): {_word(holder)}") for holder in seen.holders if holder.error
        )
        return
    if not seen.names:
        yield f"published last: {seen.root}"
        if seen.at:
            yield f"  {ago(seen.at, now)}"
    if seen.holders:
        yield f"held by {sum(holder.held for holder in seen.holders)} of {len(seen.holders)}"
        yield from (shown(f"  {holder.store} ({holder.kind}): {_word(holder)}") for holder in seen.holders)


def _word(holder: Holder) -> str:
    if holder.error is not None:
        return holder.error.message + (f"; {holder.error.hint}" if holder.error.hint else "")
    return "holds it" if holder.held else "does not hold it"


def _working(seen: StatusReport) -> Iterator[str]:
    if seen.built is None:
        return
    if seen.difference is not None:
        same = seen.root == seen.built.root
        yield f"working folder: {'as published' if same else _numbers(seen.difference)}"
        if not same:
            yield f"  {seen.built.root}"
    if seen.steps is not None:
        yield would(seen)


def _numbers(found: Difference) -> str:
    """2 pages changed, 1 page and 1 file added."""
    from publisher.cli.text.diff import summary

    return summary(found) or "other blocks for the same files"


def would(seen: StatusReport) -> str:
    """What publishing would do."""
    puts = [step.store for step in seen.steps or () if isinstance(step, Put)]
    moves = [step.name for step in seen.steps or () if isinstance(step, Move)]
    parts = [f"store on {', '.join(puts)}"] if puts else []
    parts += [f"move {', '.join(moves)}"] if moves else []
    if (
        not parts and seen.built and seen.root not in (None, seen.built.root)
    ):  # without a name this is all there is to it
        return "nothing to send: what the folder gives is held already"
    return shown(f"publish would: {'; '.join(parts)}") if parts else "nothing to do"


def ago(at: str, now: datetime) -> str:
    """A time of the journal, and how long that is."""
    try:
        then = datetime.fromisoformat(at).astimezone(UTC)
    except (ValueError, OverflowError):
        return shown(at)
    seconds = max(int((now - then).total_seconds()), 0)
    for size, noun in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{then:%Y-%m-%d %H:%M} UTC, {count(seconds // size, noun)} ago"
    return f"{then:%Y-%m-%d %H:%M} UTC, just now"


def day(seconds: int) -> str:
    """A time of the chain, as a date."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
    except (ValueError, OverflowError, OSError):
        return f"second {seconds}"


def moment_of(seconds: int) -> str:
    """A time of the chain as the journal writes one; empty for one that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return ""


def rows(seen: StatusReport) -> dict[str, Any]:
    """The same as JSON."""
    flying = {each.name: each for each in seen.flying}
    names = [
        {
            "name": state.name,
            "shows": state.shows,
            "since": seen.since.get(state.name) or None,
            "elsewhere": state.name in seen.elsewhere,
            "ends": day(state.ends) if state.ends is not None else None,
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


def _pending(flying: Any) -> dict[str, Any]:
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
