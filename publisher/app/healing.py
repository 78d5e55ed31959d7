"""Blocks of a root whose sources are at hand: what the cache has lost, or has other bytes for, is built once more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from publisher.dag import walk
from publisher.errors import BlockMissing

if TYPE_CHECKING:
    from publisher.app.context import Session
    from publisher.cache.store import Cache
    from publisher.dag.cid import Cid, Get

AGAIN = "what was written a moment ago cannot be read: look after this machine's disk and memory"


@dataclass(slots=True)
class RepairingGet:
    """A `get` over the cache, for several threads. A damaged block is taken out of it, and its root built once more.

    A block of another root, which these sources do not give, stays missing: BlockMissing, as of the cache. So does one
    that is wrong again after that.
    """

    root: Callable[[], Cid | None]
    """The root that the sources gave; None while there is none."""
    here: Callable[[], AbstractContextManager[Cache]]
    """The cache, for the thread that asks."""
    make: Callable[[Cache], object]
    """Build all of it anew, trusting no row."""
    warn: Callable[[str], None]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _rebuilt: Cid | None = None
    """The root that was built once more."""
    _whole: Cid | None = None
    """The root of which every block was seen to be here."""

    def __call__(self, cid: Cid) -> bytes:
        """The block's bytes, hashed."""
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
        """The block, once the root is whole again. One thread does that, the others wait for it."""
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
            if not cache.has(cid):  # a block of another root, or the sources have changed since
                raise missing from error
            raise BlockMissing(error.who, f"block {cid} is damaged here once more", hint=AGAIN) from error


def is_whole(cache: Cache, root: Cid) -> bool:
    """Whether every block of a root is here. Leaves are looked up, not read; a damaged node is as good as none."""
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


def repairing_get(session: Session, root: Cid) -> Get:
    """The blocks of the root that was just built from the site's folder."""

    def make(cache: Cache) -> None:
        from publisher.build import build

        settings = session.settings()
        search, progress = session.secret_search(settings, remember=False), session.report.detail
        site = (session.site, settings.site, settings.build, cache)
        build(*site, fresh=True, progress=progress, search=search, check=settings.check, tolerant=True)

    return RepairingGet(lambda: root, session.cache_pool().here, make, session.report.warn)
