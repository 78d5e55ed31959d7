"""Write the text and the JSON of `publish history`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any

from publisher.app.history import showing
from publisher.cli.text.terminal import columns
from publisher.formatting import shown as printable

if TYPE_CHECKING:
    from publisher.journal.history import Publish

WHOLE = 110
"""A line with at least this many columns has room for a whole root."""


def table(rows: Sequence[Publish], shown: Mapping[str, str], room: int, zone: tzinfo | None = None) -> Iterator[str]:
    """Yield the lines about each publish, at most `room` columns wide. `shown` maps a name to the URI that it shows.

    Times are in the time zone `zone` or, if it is None, in that of this machine.
    """
    wide = max((len(_call(row)) for row in rows), default=0)
    found = showing(rows, shown)
    for row in rows:
        at = f"{row.at.astimezone(zone):%Y-%m-%d %H:%M}" if row.at else "(no time known)"
        root = row.root if room >= WHOLE else short(row.root)
        lines = [f"{_call(row):<{wide}}  {at}  {printable(root) or '(cleared)'}"]
        for part in map(printable, _parts(row, found.get(id(row), ()))):
            if columns(lines[-1]) + 2 + columns(part) <= room:
                lines[-1] += f"  {part}"
            else:
                lines.append(" " * (wide + 2) + part)
        yield from lines


def short(text: str) -> str:
    """Return the beginning and the end of a root or a transaction hash. People compare these."""
    return f"{text[:9]}…{text[-6:]}" if len(text) > 20 else text


def _call(row: Publish) -> str:
    return "" if row.number is None else f"@{row.number}"


def _parts(row: Publish, names: Sequence[str]) -> Iterator[str]:
    yield from (f"{name} shows it" for name in names)
    for turn in row.name_changes:
        said = "" if turn.name in names and turn.outcome in ("moved", "unchanged", "changed") else turn.outcome
        if said:
            yield f"{turn.name} {said}" + (f" {short(turn.transaction)}" if turn.transaction else "")
        elif turn.transaction:
            yield f"by {short(turn.transaction)}"
    if row.stores:
        yield f"held by {', '.join(row.stores)}"
    if row.let_go:
        yield "unpinned"
    if row.back or row.again:
        yield "rollback" if row.back else "published before"
    if not row.finished and all(turn.outcome != "superseded" for turn in row.name_changes):
        yield "not finished"
    if row.by == "chain":
        yield "from the chain"


def row(publish: Publish, names: Sequence[str]) -> dict[str, Any]:
    """Return a publish as a JSON object. `names` are the names that show its root."""
    return {
        "number": publish.number,
        "root": publish.root,
        "at": publish.at.astimezone(UTC).isoformat(timespec="seconds") if publish.at else None,
        "sequence": publish.sequence,
        "by": publish.by,
        "finished": publish.finished,
        "rollback": publish.back,
        "again": publish.again,
        "stores": list(publish.stores),
        "let_go": publish.let_go,
        "names": [asdict(turn) for turn in publish.name_changes],
        "transaction": next((turn.transaction for turn in publish.name_changes if turn.transaction), None),
        "shown_by": list(names),
    }
