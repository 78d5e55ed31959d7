"""`publish history`: every publish, from the journal; without one, what the chain remembers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, tzinfo
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from publisher.app.context import Session
from publisher.cli.group import common, plain
from publisher.cli.text.terminal import columns, width
from publisher.errors import NamingError
from publisher.formatting import shown as printable

if TYPE_CHECKING:
    from publisher.journal.history import Publish, RecordChange
    from publisher.names.base import NameService

LIMIT = 20
WHOLE = 110
"""Columns from which on a line has room for a whole root."""
PIPED = 1 << 16
"""Columns of what is no terminal: lines are not broken for a program."""


@click.command()
@click.option("--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="How many, newest first.")
@click.option("--chain", is_flag=True, help="Ask the chain too, for what other machines have published.")
@common
@click.pass_obj
@plain
def command(session: Session, /, limit: int, chain: bool) -> None:
    """Every publish: its root, when, who holds it, and what it did to the names."""
    from publisher.journal import history

    report = session.report
    rows = history.published(session.journal().dated())
    shown = history.shown(rows)
    fault: NamingError | None = None
    if chain or not rows:
        names = session.names(session.settings())
        remembered, now, fault = _ask(names, limit)
        shown |= now
        rows = history.merged(rows, remembered)
        if not rows and not fault:
            report.say("nothing was published from this folder, and no name of its settings has shown anything yet")
    showing = _showing(rows, shown)
    report.add("history", [_json(row, showing.get(id(row), ())) for row in rows[:limit]])
    report.add("older", max(0, len(rows) - limit))
    for line in table(rows[:limit], shown, width(report.out, PIPED)):
        report.result(line)
    if len(rows) > limit:
        report.say(f"{len(rows) - limit} more are older: --limit {len(rows)} shows them all")
    if rows and shown and not chain and rows[0].by == "journal":
        report.say("as this folder's journal has it; --chain asks the chain too")
    if fault is not None:
        raise fault
    report.finish()


def _ask(
    names: Sequence[NameService], limit: int
) -> tuple[dict[str, list[RecordChange]], dict[str, str], NamingError | None]:
    """What the chain remembers of each name and shows now, as far as it answers; and the first fault."""
    remembered: dict[str, list[RecordChange]] = {}
    shown: dict[str, str] = {}
    fault = None
    for name in names:
        found = remembered.setdefault(name.name, [])
        try:
            shown[name.name] = name.shows()
            found.extend(islice(name.history(), limit))
        except NamingError as error:
            fault = fault or error
    return remembered, shown, fault


def table(rows: Sequence[Publish], shown: Mapping[str, str], room: int, zone: tzinfo | None = None) -> Iterator[str]:
    """A line for each publish, and more below it where it does not fit. Times are local, or of `zone`."""
    wide = max((len(_call(row)) for row in rows), default=0)
    showing = _showing(rows, shown)
    for row in rows:
        at = f"{row.at.astimezone(zone):%Y-%m-%d %H:%M}" if row.at else "(no time known)"
        root = row.root if room >= WHOLE else short(row.root)
        lines = [f"{_call(row):<{wide}}  {at}  {printable(root) or '(cleared)'}"]
        for part in map(printable, _parts(row, showing.get(id(row), ()))):
            if columns(lines[-1]) + 2 + columns(part) <= room:
                lines[-1] += f"  {part}"
            else:
                lines.append(" " * (wide + 2) + part)
        yield from lines


def short(text: str) -> str:
    """Both ends of a root or a transaction, which is what people compare."""
    return f"{text[:9]}…{text[-6:]}" if len(text) > 20 else text


def _call(row: Publish) -> str:
    return "" if row.number is None else f"@{row.number}"


def _showing(rows: Sequence[Publish], shown: Mapping[str, str]) -> dict[int, tuple[str, ...]]:
    """The row -> the names that show its root: the newest row of that root, by its id."""
    from publisher.journal.history import uri_of

    newest = {uri_of(row.root): id(row) for row in reversed(rows) if row.root}
    found: dict[int, tuple[str, ...]] = {}
    for name, uri in shown.items():
        if uri in newest:
            found[newest[uri]] = (*found.get(newest[uri], ()), name)
    return found


def _parts(row: Publish, names: Sequence[str]) -> Iterator[str]:
    yield from (f"{name} shows it" for name in names)
    for turn in row.turns:
        said = "" if turn.name in names and turn.outcome in ("moved", "unchanged", "changed") else turn.outcome
        if said:
            yield f"{turn.name} {said}" + (f" {short(turn.transaction)}" if turn.transaction else "")
        elif turn.transaction:
            yield f"by {short(turn.transaction)}"
    if row.stores:
        yield f"held by {', '.join(row.stores)}"
    if row.let_go:
        yield "let go of"
    if row.back or row.again:
        yield "rollback" if row.back else "published before"
    if not row.finished:
        yield "not finished"
    if row.by == "chain":
        yield "told by the chain"


def _json(row: Publish, names: Sequence[str]) -> dict[str, Any]:
    return {
        "number": row.number,
        "root": row.root,
        "at": row.at.astimezone(UTC).isoformat(timespec="seconds") if row.at else None,
        "sequence": row.sequence,
        "by": row.by,
        "finished": row.finished,
        "rollback": row.back,
        "again": row.again,
        "stores": list(row.stores),
        "let_go": row.let_go,
        "names": [asdict(turn) for turn in row.turns],
        "transaction": next((turn.transaction for turn in row.turns if turn.transaction), None),
        "shown_by": list(names),
    }
