"""Read every publish from the journal or, if the journal has no publish, from the chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.errors import NamingError
from publisher.fast_dataclass import dataclass

if TYPE_CHECKING:
    from publisher.journal.history import Publish, RecordChange
    from publisher.names.base import NameService


@dataclass(frozen=True, slots=True)
class History:
    """The publishes, newest first, and the URIs that the names show."""

    publishes: tuple[Publish, ...]
    shown: Mapping[str, str]
    """This maps each name to the URI that it shows. If the URI of a name is unknown, the name is absent."""
    fault: NamingError | None = None
    """The first error of a name that could not be read, or None."""


def history(session: Session, limit: int, *, chain: bool) -> History:
    """Return the publishes of the journal. With `chain`, or if the journal has no publish, also read the chain.

    At most `limit` changes of each name are read from the chain. The error of a name that cannot be read is returned in
    `fault`. Raises ConfigError for settings that cannot be used, and StateError if the journal cannot be read.
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
    """Return three values from the chain: the changes of each name, the URI that each name shows, and the first error.

    The third value is None if every name could be read.
    """
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
    """Return a map from the `id` of a row to the names that show its root. Only the newest row of a root is in it."""
    from publisher.journal.history import shown_as

    newest = {shown_as(row.root): id(row) for row in reversed(rows) if row.root}
    found: dict[int, tuple[str, ...]] = {}
    for name, uri in shown.items():
        if uri in newest:
            found[newest[uri]] = (*found.get(newest[uri], ()), name)
    return found
