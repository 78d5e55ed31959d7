"""Prune the cache after a build or a publish if it is twice as large as it has to be. No pin is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.errors import PublishError
from publisher.formatting import volume

if TYPE_CHECKING:
    from publisher.app.context import Session
    from publisher.cache.gc import GarbageCollector
    from publisher.config import Config

FLOOR = 64 << 20
"""Bytes. A smaller cache is never pruned."""
KEPT = "kept-bytes"
"""The stage of one row in the cache: the bytes of the kept roots when they were last counted."""


def tidy(session: Session, settings: Config, *, floor: int = FLOOR) -> None:
    """Prune the cache if it is larger than `floor` bytes and twice the kept roots.

    Most calls only read the size of a file and one row. An error is only logged, because the command has done its work;
    the next run tries again.
    """
    cache = session.cache()
    cache.commit()
    try:
        if cache.path.stat().st_size <= max(floor, 2 * int(cache.recall(KEPT, b"") or b"0")):
            return
        from publisher.cache.gc import GarbageCollector

        with (
            session.journal().locked(),  # another run may have begun, with a root not yet in the journal
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
    # Rows may take more than blocks. Then half of the rest counts, or every publish would count again.
    collector.remember(KEPT, b"", b"%d" % max(kept.bytes, collector.size // 2))
    collector.commit()
