"""Read from the chain which roots the names of a site showed, for a machine whose journal does not have them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from publisher.app.counting_back import CHANGES
from publisher.app.deploying import site_of
from publisher.dag.uri import root_of
from publisher.deploy.retention import NO_CHAIN, sites
from publisher.errors import NamingError

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.config import Config
    from publisher.dag.cid import Cid
    from publisher.deploy.retention import Chain
    from publisher.deploy.settings import KeepSettings
    from publisher.journal.history import Dated, RecordChange
    from publisher.names.base import NameService

DAY = 86_400
"""The number of seconds in a day."""


def sites_of(settings: Config, dated: Dated) -> frozenset[str]:
    """Return the ids of this site: those in the journal `dated` and, if the site has names, the id made from them."""
    own = sites(dated)
    return own | {site_of(settings, [])} if settings.names else own


def read_chain(
    names: Sequence[NameService],
    unknown: Collection[Cid],
    settings: KeepSettings,
    now: datetime,
    warn: Callable[[str], None],
) -> Chain:
    """Return the changes of each name, newest first, as far as they are needed to judge the roots in `unknown`.

    `unknown` has roots of version 1 that the journal does not have. If there are none, the chain is not asked. The
    changes that `settings` protects are always read. If an end point does not give them, `warn` is called with the
    reason, and the result is empty. Then no root in `unknown` is unpinned, because each of them may be protected. If
    only older changes cannot be read, the result has the newer changes. A root that appears in older changes alone is
    then not unpinned.
    """
    if not unknown:
        return NO_CHAIN
    left = set(unknown)
    try:
        return {name.name: _changes(name, left, settings, now.timestamp(), warn) for name in names}
    except NamingError as error:
        warn(f"{error}; the roots that the journal does not have stay pinned")
        return NO_CHAIN


def _changes(
    name: NameService, left: set[Cid], settings: KeepSettings, now: float, warn: Callable[[str], None]
) -> tuple[RecordChange, ...]:
    """Return the newest changes of a name, and remove their roots from `left`.

    Reading ends when `left` is empty and `settings` protects no older change. `now` is in seconds since 1970. Raises
    NamingError if a change that `settings` protects cannot be read.
    """
    found: list[RecordChange] = []
    seen: set[Cid] = set()
    enough = False
    try:
        for change in islice(name.history(), CHANGES):
            found.append(change)
            root = root_of(change.uri)
            if root is not None:
                seen.add(root.to_v1())
                left.discard(root.to_v1())
            old = change.time < min(found[0].time, now) - settings.days * DAY
            enough = len(seen) >= settings.roots and old
            if not left and enough:
                break
    except NamingError as error:
        if not enough:
            raise
        warn(f"{error}; roots that appear in older changes alone stay pinned")
    return tuple(found)
