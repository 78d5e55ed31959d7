"""Write the text of `publish status`: the record of each name, the stores that hold the root, and the next steps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from publisher.deploy.apply import Move, Put
from publisher.errors import Problems, PublishError
from publisher.formatting import count, date_of, shown

if TYPE_CHECKING:
    from publisher.app.status_report import StatusReport
    from publisher.deploy.observe import Holder
    from publisher.diff import Difference
    from publisher.names.base import NameState


def lines(seen: StatusReport, now: datetime) -> Iterator[str]:
    """Yield the lines of a status. Ages are counted until `now`."""
    for state in seen.names:
        yield from _named(seen, state, now)
    for who, error in seen.faults.items():
        if who not in {holder.store for holder in seen.holders}:
            yield shown(f"{who}: {_reason(error)}")
            if isinstance(error, Problems):
                yield from (f"  {shown(str(problem))}" for problem in error.problems[:5])
    showing = {(state.name, state.shows) for state in seen.names}
    for flying in seen.flying:
        done = (flying.name, flying.after) in showing
        yield f"{shown(flying.name)}: transaction {shown(flying.hash)} is pending{', as the journal says' * done}"
        if flying.since:
            yield f"  since {ago(flying.since, now)}"
        if done:
            yield "  the name shows the new root, so the transaction seems to be mined; the next publish records this"
        elif flying.after:
            yield shown(f"  it would set {flying.after.removeprefix('ipfs://')}")
    for waiting in seen.handed_over:
        root = shown(waiting.after.removeprefix("ipfs://"))
        yield f"{shown(waiting.name)}: another person still has to send the call for {root}"
        yield f"  handed over {ago(waiting.since, now)}"
    yield from _held(seen, now)
    yield from _working(seen)


def _named(seen: StatusReport, state: NameState, now: datetime) -> Iterator[str]:
    yield shown(f"{state.name} shows {state.shows.removeprefix('ipfs://') or 'nothing yet'}")
    if since := seen.since.get(state.name):
        yield f"  since {ago(since, now)}"
    elif state.shows:
        yield "  the time of this change is unknown; `publish history --chain` searches for longer"
    if state.name in seen.elsewhere:
        yield "  changed elsewhere: this folder last moved the name to another root"
    if state.ends is not None:
        yield f"  registered until {date_of(state.ends)}"
    yield from (f"  warning: {shown(warning)}" for warning in state.warnings)


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
        return _reason(holder.error)
    return "holds it" if holder.held else "does not hold it"


def _reason(error: PublishError) -> str:
    return f"{error.message}; {error.hint}" if error.hint else error.message


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
    """Return the counts of changed files, as in `2 pages changed, 1 page and 1 file added`."""
    from publisher.diff.counts import summary

    return summary(found) or "other blocks for the same files"


def would(seen: StatusReport) -> str:
    """Return the line about the steps that a publish would take."""
    puts = [step.store for step in seen.steps or () if isinstance(step, Put)]
    moves = [step.name for step in seen.steps or () if isinstance(step, Move)]
    parts = [f"store on {', '.join(puts)}"] if puts else []
    parts += [f"move {', '.join(moves)}"] if moves else []
    if (
        not parts and seen.built and seen.root not in (None, seen.built.root)
    ):  # A site without a name needs only its stores, and all of them hold the root.
        return "nothing to send: the stores hold the root of this folder already"
    return shown(f"publish would: {'; '.join(parts)}") if parts else "nothing to do"


def ago(at: str, now: datetime) -> str:
    """Return a time of the journal in UTC with its age at `now`. Return `at` as it is if it is not a time."""
    try:
        then = datetime.fromisoformat(at).astimezone(UTC)
    except (ValueError, OverflowError):
        return shown(at)
    seconds = max(int((now - then).total_seconds()), 0)
    for size, noun in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{then:%Y-%m-%d %H:%M} UTC, {count(seconds // size, noun)} ago"
    return f"{then:%Y-%m-%d %H:%M} UTC, just now"
