"""Prune the cache after a build or a publish if it is more than twice as large as needed. No pin is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.errors import PublishError
from publisher.formatting import volume

if TYPE_CHECKING:
    from publisher.app.context import Session
    from publisher.cache.gc import GarbageCollector
    from publisher.config import Config

FLOOR = 64 << 20
"""A cache with at most this many bytes is never pruned."""
KEPT = "kept-bytes"
"""The cache has a size in bytes under this key (`stage` of `Cache.recall`). It is pruned if it is twice as large.

This is the last counted size of the kept roots, or the size of the cache at the end of the run that created it.
"""


def tidy(session: Session, settings: Config, *, floor: int = FLOOR) -> None:
    """Prune the cache if it is larger than `floor` bytes and more than twice as large as the kept roots.

    A cache that this run created is not pruned. Most calls only read the size of a file and one row. An error is only
    logged, because the command has done its work. The next run tries again.
    """
    cache = session.cache()
    cache.commit()
    try:
        size, kept = cache.path.stat().st_size, cache.recall(KEPT, b"")
        if size <= max(floor, 2 * int(kept or b"0")):
            return
        if cache.is_new and kept is None:  # its data is of this run, so a count would find nothing to delete
            cache.remember(KEPT, b"", b"%d" % size)
            cache.commit()
            return
        from publisher.cache.gc import GarbageCollector

        with (
            session.journal().locked(),  # Another run may have built a root that is not in the journal yet.
            GarbageCollector(cache.folder, warn=session.report.warn) as collector,
            collector.exclusive(),
        ):
            _prune(session, settings, collector)
    except (PublishError, OSError) as error:  # The user may delete the folder of the cache at any time.
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
    # The next prune comes when the cache is larger than twice the recorded size. The rows of results may take more
    # space than the blocks. If only the size of the blocks were recorded, such a cache would count as too large right
    # after a prune, and every publish would count all blocks again.
    collector.remember(KEPT, b"", b"%d" % max(kept.bytes, collector.size // 2))
    collector.commit()
