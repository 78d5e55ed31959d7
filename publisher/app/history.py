"""Read every publish from the journal or, if it has none, from the chain."""

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
    """Name -> the URI that it shows, as far as it is known."""
    fault: NamingError | None = None
    """The first error of a name that could not be asked."""


def history(session: Session, limit: int, *, chain: bool) -> History:
    """Return the publishes of the journal. With `chain`, or if the journal is empty, the chain is asked too.

    At most `limit` events are read for each name. An error of a name is returned in `fault`. Raises ConfigError and
    StateError.
    """
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
    """Return the changes and the present URI of each name from the chain, and the first error."""
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
    """Map the `id` of a row to the names that show its root. Only the newest row of a root is in it."""
    from publisher.journal.history import shown_as

    newest = {shown_as(row.root): id(row) for row in reversed(rows) if row.root}
    found: dict[int, tuple[str, ...]] = {}
    for name, uri in shown.items():
        if uri in newest:
            found[newest[uri]] = (*found.get(newest[uri], ()), name)
    return found
