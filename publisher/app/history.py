"""Every publish, from the journal; without one, what the chain remembers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.errors import NamingError

if TYPE_CHECKING:
    from publisher.journal.history import Publish, RecordChange
    from publisher.names.base import NameService


@dataclass(frozen=True, slots=True)
class History:
    """The publishes, newest first."""

    publishes: tuple[Publish, ...]
    shown: Mapping[str, str]
    """What each name shows, as far as it is known."""
    fault: NamingError | None = None
    """Why a name could not be asked."""


def history(session: Session, limit: int, *, chain: bool) -> History:
    """What the journal has. The chain is asked for so many events a name with `chain`, or when the journal is empty."""
    from publisher.journal import history

    rows = history.publish_history(session.journal().dated())
    shown = history.shown(rows)
    fault: NamingError | None = None
    if chain or not rows:
        remembered, now, fault = _ask(session.names(session.settings()), limit)
        shown |= now
        rows = history.merged(rows, remembered)
        if not rows and not fault:
            session.report.say(
                "nothing was published from this folder, and no name of its settings has shown anything yet"
            )
    return History(tuple(rows), shown, fault)


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


def showing(rows: Sequence[Publish], shown: Mapping[str, str]) -> dict[int, tuple[str, ...]]:
    """The row -> the names that show its root: the newest row of that root, by its id."""
    from publisher.journal.history import shown_as

    newest = {shown_as(row.root): id(row) for row in reversed(rows) if row.root}
    found: dict[int, tuple[str, ...]] = {}
    for name, uri in shown.items():
        if uri in newest:
            found[newest[uri]] = (*found.get(newest[uri], ()), name)
    return found
