"""Read blocks of a root that was built from a folder. If a block is missing or damaged, build the site again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from publisher.app.build_options import BuildOptions, day_of
from publisher.errors import BlockMissing
from publisher.fast_dataclass import dataclass, field

if TYPE_CHECKING:
    from publisher.app.context import Session
    from publisher.cache.store import Cache
    from publisher.dag.cid import Cid, Get

AGAIN = "check the disk and the memory of this machine"


@dataclass(slots=True)
class RepairingGet:
    """A `get` that reads the cache, for several threads. It deletes a damaged block and builds the root once more.

    Raises BlockMissing for a block that the new build does not make, for example a block of another root. Also raises
    BlockMissing for a block that is damaged again after the build.
    """

    root: Callable[[], Cid | None]
    """Returns the root of the last build, or None if no build is finished yet."""
    here: Callable[[], AbstractContextManager[Cache]]
    """Opens the cache for the calling thread."""
    make: Callable[[Cache], object]
    """Builds the whole site again without any earlier result."""
    warn: Callable[[str], None]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _rebuilt: Cid | None = None
    """The root of the last repair. A root is repaired only once."""
    _whole: Cid | None = None
    """The last root whose blocks were all found in the cache."""

    def __call__(self, cid: Cid) -> bytes:
        """Return the bytes of a block after hashing them. Raises BlockMissing as the class says."""
        with self.here() as cache:
            try:
                return cache.get_verified(cid)
            except BlockMissing as missing:
                damaged = cache.has(cid)
                if damaged:
                    cache.drop(cid)
                    cache.commit()
                return self._after_repair(cache, cid, missing, damaged=damaged)

    def _after_repair(self, cache: Cache, cid: Cid, missing: BlockMissing, *, damaged: bool) -> bytes:
        """Repair the root and return the bytes of block `cid`. While one thread repairs the root, the others wait.

        `missing` is the error of the first read. `damaged` says whether the cache had the block. Raises BlockMissing if
        the block is still missing or damaged.
        """
        with self._lock:
            root = self.root()
            if root is None:
                raise missing
            if root != self._rebuilt and (damaged or root != self._whole):
                if is_whole(cache, root):
                    self._whole = root
                else:
                    self.warn(f"{missing.message}: the site is built once more")
                    self._rebuilt = root
                    self.make(cache)
        try:
            return cache.get_verified(cid)
        except BlockMissing as error:
            if not cache.has(cid):  # The block belongs to another root, or the sources have changed.
                raise missing from error
            raise BlockMissing(
                error.who, f"block {cid} is damaged again, right after it was written", hint=AGAIN
            ) from error


def is_whole(cache: Cache, root: Cid) -> bool:
    """Return whether the cache has every block of a root.

    Leaves are not read, so a damaged leaf goes unnoticed. A damaged block with links counts as missing.
    """
    from publisher.dag import walk

    waiting, seen = [root], {root}
    while waiting:
        cid = waiting.pop()
        if cid.is_raw or cid.is_identity:
            if not cid.is_identity and not cache.has(cid):
                return False
            continue
        try:
            links = walk.node(cache.get_verified, cid).links
        except (BlockMissing, walk.Malformed):
            return False
        new = dict.fromkeys(link.cid for _, link in links if link.cid not in seen)
        seen.update(new)
        waiting += new
    return True


def repairing_get(session: Session, root: Cid, options: BuildOptions) -> Get:
    """Return a `get` for `root`, which was just built from the site's folder with these options."""

    def make(cache: Cache) -> None:
        from publisher.build import build

        settings = session.settings()
        build(
            session.site,
            settings.site,
            settings.build,
            cache,
            fresh=True,
            now=day_of(options, settings),
            future=options.future,
            progress=session.report.detail,
            search=session.secret_search(settings, remember=False),
            check=settings.check,
            tolerant=True,
        )

    return RepairingGet(lambda: root, session.cache_pool().here, make, session.report.warn)
