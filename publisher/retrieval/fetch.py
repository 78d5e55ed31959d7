"""Fetch an old root back into the cache. Each missing block is read from a store or gateway, and hashed.

The blocks are fetched before a store is asked to pin the root. If blocks existed nowhere, the store would search for
them for ever.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from publisher.concurrency.threads import run_in_threads
from publisher.dag import walk
from publisher.dag.cid import Block, Cid, Get
from publisher.dag.node import link, links
from publisher.errors import BlockMissing, CidMismatch, StoreError, StoreRefused, StoreUnreachable
from publisher.fast_dataclass import dataclass, field

CONNECTIONS = 8
"""This many blocks are fetched in parallel."""
MISSES = 3
"""A source that lacks this many blocks, and has returned none, is skipped."""
PAUSES = (0.2, 1.0)
"""If a source has returned blocks and then does not answer, it is asked again after each of these pauses in seconds."""
LogLine = Callable[[str], None]


class WritableCache(Protocol):
    """The methods of the cache that `fetch` uses."""

    def get_verified(self, cid: Cid) -> bytes:
        """Return the bytes of a block after hashing them. Raises BlockMissing if it is absent or damaged."""
        ...

    def put(self, block: Block) -> None:
        """Add a block to the cache."""
        ...

    def commit(self) -> None:
        """Commit the added blocks, so that they survive a crash."""
        ...


@dataclass(slots=True)
class BlockSource:
    """A source that may have blocks. `get` hashes what it returns and has a time limit of its own."""

    label: str
    get: Get
    hits: int = 0
    misses: int = 0
    fault: str = ""
    """The reason why the source is skipped. It is empty as long as the source is asked."""


@dataclass(slots=True)
class BlockSearch:
    """A `get` that asks several sources in their order. It is safe for threads.

    A source that does not answer, returns wrong bytes, or never has a block is skipped from then on. If no source has
    the block, BlockMissing is raised with the list of the sources.
    """

    root: Cid
    sources: Sequence[BlockSource]
    warn: LogLine = lambda text: None
    sleep: Callable[[float], None] = time.sleep
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, cid: Cid) -> bytes:
        """Return the bytes of a block from the first source that has it. Raises BlockMissing if no source has it."""
        for source in self.sources:
            if not source.fault:
                data = self._ask(source, cid)
                if data is not None:
                    return data
        what = f"block {cid}" if cid != self.root else "the root"
        hint = "name a gateway or a store that may have the block, build the site again, or `publish add` its CAR"
        raise BlockMissing(str(self.root), f"no source has {what}; asked: {self._looked()}", hint=hint)

    def _ask(self, source: BlockSource, cid: Cid) -> bytes | None:
        for pause in (*PAUSES, None):
            try:
                data = source.get(cid)
            except BlockMissing:
                self._missed(source)
                return None
            except StoreUnreachable as error:
                if source.hits and pause is not None:
                    self.sleep(pause)
                    continue
                self._give_up(source, error.message)
                return None
            except CidMismatch:
                self._give_up(source, f"returned wrong bytes for {cid}")
                return None
            except StoreError as error:
                self._give_up(source, error.message)
                return None
            with self.lock:
                source.hits += 1
            return data
        return None

    def _missed(self, source: BlockSource) -> None:
        with self.lock:
            source.misses += 1
            if source.misses >= MISSES and not source.hits:
                source.fault = "does not have it"

    def _give_up(self, source: BlockSource, why: str) -> None:
        with self.lock:
            if not source.fault:
                source.fault = why
                self.warn(f"{source.label}: {why}; this run asks it no more")

    def _looked(self) -> str:
        places = [f"{each.label} ({each.fault})" if each.fault else each.label for each in self.sources]
        return ", ".join(["the cache", *places])


def through(cache: Get, elsewhere: Get) -> Get:
    """Return a `get` that reads the cache and, for missing blocks, calls `elsewhere`. These blocks are not kept."""

    def get(cid: Cid) -> bytes:
        try:
            return cache(cid)
        except BlockMissing:
            return elsewhere(cid)

    return get


def fetch(
    root: Cid,
    cache: WritableCache,
    sources: Sequence[BlockSource],
    *,
    log: LogLine = lambda text: None,
    warn: LogLine = lambda text: None,
    limits: walk.ReadLimits = walk.LIMITS,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Fetch every missing block of a root into the cache, and return the number of fetched blocks.

    Blocks in the cache are not fetched again. So a run after an interruption only fetches the blocks that are still
    missing. `log` is called with lines of progress, and `warn` with a line about each source that is skipped. Raises
    BlockMissing for a block that no source has, and StoreRefused for a root that is not a file system or is larger than
    the limits.
    """
    search = BlockSearch(root, sources, warn, sleep)
    waiting: list[tuple[Cid, int]] = [(root, 1)]
    seen = {root}
    fetched = size = 0
    try:
        while waiting:
            batch = [waiting.pop() for _ in range(min(CONNECTIONS, len(waiting)))]
            here = [_here(cache, cid) for cid, _ in batch]
            lacking = [cid for (cid, _), data in zip(batch, here, strict=True) if data is None]
            came = dict(zip(lacking, run_in_threads(search, lacking), strict=True))
            for cid, data in came.items():
                cache.put(Block(cid, data))
            if fetched // 1000 != (fetched + len(came)) // 1000:
                log(f"fetched {fetched + len(came):,} blocks")
            fetched += len(came)
            for (cid, depth), found in zip(batch, here, strict=True):
                length, data = (len(came[cid]), came[cid]) if found is None else found
                size += length
                limits.check(depth=depth, count=len(seen), size=size)
                below = dict.fromkeys(link(entry)[1].cid for entry in links(cid, data))
                new = [each for each in below if each not in seen]
                seen.update(new)
                waiting += [(each, depth + 1) for each in reversed(new)]
    except walk.Malformed as error:
        raise StoreRefused(str(root), str(error), hint="fetch a root of files and folders") from error
    finally:
        cache.commit()
    return fetched


def _here(cache: WritableCache, cid: Cid) -> tuple[int, bytes] | None:
    """Return the length of a block in the cache, and its bytes if it may have links. Return None if it is missing.

    For a leaf, the bytes are empty, because the bytes of a batch of leaves would take much memory.
    """
    try:
        data = cid.digest if cid.is_identity else cache.get_verified(cid)
    except BlockMissing:
        return None
    return len(data), b"" if cid.is_raw else data
