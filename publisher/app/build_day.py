"""Find the day for which a root was built, in the journal and in the changes of a name on the chain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import chain
from typing import TYPE_CHECKING

from publisher.app.build_options import today
from publisher.app.context import Session
from publisher.errors import PublishError
from publisher.journal.events import Wanted

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.dag.cid import Cid

SOME = 5
"""At most this many days are tried, because each one takes a build of the whole site."""


def likely_days(session: Session, settings: Config, root: Cid) -> Iterator[date]:
    """Yield the days for which `root` may have been built, the likeliest first, each once.

    First come the days that the journal of this folder has for `root`. Today is next. Last come the days on which a
    name was set to `root`. If a name cannot be read, no further day is yielded.
    """
    seen: set[date] = set()
    for day in chain(_from_journal(session, root), [today(settings)], _from_names(session, settings, root)):
        if day not in seen and len(seen) < SOME:
            seen.add(day)
            yield day


def _from_journal(session: Session, root: Cid) -> list[date]:
    events = reversed(session.journal().events())
    days = [event.now for event in events if isinstance(event, Wanted) and event.root == str(root) and event.now]
    return [date.fromisoformat(day) for day in days]


def _from_names(session: Session, settings: Config, root: Cid) -> Iterator[date]:
    from publisher.dag.uri import root_of
    from publisher.site.time_zones import zone

    try:
        for name in session.names(settings):
            for change in name.history():
                shown = root_of(change.uri)
                if shown is not None and shown.same_block(root):
                    moment = datetime.fromtimestamp(change.time, UTC)
                    yield moment.astimezone(zone(settings.site.timezone)).date()
    except (PublishError, ValueError, OverflowError, OSError):
        return
