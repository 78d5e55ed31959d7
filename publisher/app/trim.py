"""After a publish or a build: a cache that has grown to twice what it has to hold is made small. No pin is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.errors import PublishError
from publisher.formatting import volume

if TYPE_CHECKING:
    from publisher.app.context import Session
    from publisher.cache.gc import GarbageCollector
    from publisher.config import Config

FLOOR = 64 << 20
"""Bytes below which nobody minds how large a cache is."""
KEPT = "kept-bytes"
"""The stage of one memo row: what the kept roots took when they were last counted."""


def tidy(session: Session, settings: Config, *, floor: int = FLOOR) -> None:
    """Prune the cache if it is larger than `floor` bytes and twice the kept roots.

    Mostly this is a look at the file's size and at one row. A fault stops nothing, for all else is done by now: the
    next run tries again.
    """
    cache = session.cache()
    cache.commit()
    try:
        if cache.path.stat().st_size <= max(floor, 2 * int(cache.recall(KEPT, b"") or b"0")):
            return
        from publisher.cache.gc import GarbageCollector

        with (
            session.journal().locked(),  # another run may have begun, with a root that the journal does not know yet
            GarbageCollector(cache.folder, warn=session.report.warn) as collector,
            collector.exclusive(),
        ):
            _prune(session, settings, collector)
    except (PublishError, OSError) as error:  # the folder of a cache may be deleted at any time
        session.report.detail(f"the cache was not made small: {error}")


def _prune(session: Session, settings: Config, collector: GarbageCollector) -> None:
    from publisher.build.invalidation import newest_roots, stale
    from publisher.deploy.retention import reasons_to_stay
    from publisher.journal.history import publish_history, shown
    from publisher.journal.log import now

    dated = session.journal().dated()
    stay = reasons_to_stay(settings.keep, dated, shown(publish_history(dated)), now())
    collector.mark([*(cid for root in stay for cid in root.versions()), *newest_roots(collector), *collector.pins()])
    kept = collector.marked()
    if collector.size > 2 * kept.bytes:
        swept = collector.sweep(stale)
        session.report.detail(f"the cache was made small: {volume(swept.before)} before, {volume(swept.after)} now")
    # Half of what is left where rows take more than blocks: else it would be counted again after every publish.
    collector.remember(KEPT, b"", b"%d" % max(kept.bytes, collector.size // 2))
    collector.commit()
