"""Check a root at stores and gateways. Every block that they return is hashed."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator

from publisher.dag import walk
from publisher.dag.cid import Block, Cid, Get, sha256
from publisher.dag.node import link, links, load
from publisher.errors import BlockMissing, CidMismatch, StoreError, StoreUnreachable
from publisher.fast_dataclass import dataclass, field

SAMPLE = 24
"""Before a name moves, the root and at most this many new blocks are read back.

If no block is new, the blocks on this many paths from the root to a leaf are read back.
"""
FAULTS = 20
"""After this many wrong or missing blocks, a store or gateway has failed, and is not asked for more blocks."""
ENTRIES = 1_000_000
"""At most this many links are followed to find the pages that contain a block."""


@dataclass(frozen=True, slots=True)
class Check:
    """The result of reading blocks from one store or gateway."""

    by: str
    """The label of the store or gateway."""
    ok: bool
    why: str = ""
    """The fault that was found, or an empty string."""
    blocks: int = 0
    """The number of right blocks, or 0 if they were not counted."""
    bytes: int = 0
    """The number of bytes in the right blocks, or 0 if they were not counted."""
    differing: tuple[Cid, ...] = ()
    """The CIDs for which wrong bytes were returned."""


def sample(get: Get, root: Cid, base: Cid | None, count: int = SAMPLE) -> tuple[Cid, ...]:
    """Return the CIDs of the root and of at most `count` blocks that `base` does not have.

    If `base` has all blocks, return the CIDs on `count` paths from the root to a leaf instead. `get` returns the bytes
    of a block. The exceptions of `get` pass through.
    """
    fresh = [block.cid for block in itertools.islice(_news(get, root, base), count)]
    if not fresh:
        fresh = [cid for number in range(count) for cid in _descend(get, root, number)]
    return tuple(dict.fromkeys([root, *fresh]))


def spread(get: Get, root: Cid, count: int = SAMPLE) -> tuple[Cid, ...]:
    """Return the CIDs of the root and of the blocks on `count` paths from the root to a leaf.

    A path ends early at a block that `get` does not have.
    """
    found: dict[Cid, None] = {root: None}
    for number in range(count):
        try:
            for cid in _descend(get, root, number):
                found[cid] = None
        except StoreError:  # The check of each store or gateway will report this block.
            continue
    return tuple(cid for cid in found if not cid.is_identity)


def every(get: Get, root: Cid, limits: walk.ReadLimits = walk.LIMITS) -> Iterator[Cid]:
    """Yield the CID of every block of a root once, the root first. Leaves are not read.

    Blocks below a block that `get` does not have are left out. Raises walk.Malformed for a block that is not a part of
    a file system, and TooMuch if the tree is larger than the limits.
    """
    waiting, seen = [root], {root}
    while waiting:
        cid = waiting.pop()
        limits.check(count=len(seen))
        if not cid.is_identity:
            yield cid
        if cid.is_raw:
            continue
        try:
            data = load(get, cid)
        except StoreError:  # The check of each store or gateway will report this block.
            continue
        below = [each for each in dict.fromkeys(link(entry)[1].cid for entry in links(cid, data)) if each not in seen]
        seen.update(below)
        waiting += reversed(below)


def check(by: str, get: Get, cids: Iterable[Cid]) -> Check:
    """Read and hash the blocks `cids` with `get`, up to the first wrong or missing block, and return the check.

    `by` is the label of the store or gateway. Raises StoreUnreachable if it does not answer.
    """
    for cid in cids:
        try:
            data = get(cid)
        except StoreUnreachable:
            raise
        except CidMismatch as error:
            return Check(by, False, error.message, differing=(cid,))
        except StoreError as error:
            return Check(by, False, f"{cid}: {error.message}")
        if not cid.matches(data):
            return Check(by, False, f"returned wrong bytes for {cid}", differing=(cid,))
    return Check(by, True)


def check_together(
    by: str, get: Get, cids: Iterable[Cid], connections: int = 1, on_progress: Callable[[int], None] = lambda n: None
) -> Check:
    """Read the blocks `cids` with `get`, hash them, and return the check with the numbers of right and wrong blocks.

    `by` is the label of the store or gateway. `connections` blocks are read in parallel. `on_progress` is called with
    the number of right blocks. After any StoreError except a wrong or missing block, no more blocks are read. Raises
    errors of `get` other than StoreError.
    """
    found = _BlockChecks(iter(cids), on_progress)
    # The threads are daemons. So after Ctrl-C the process ends at once and does not wait for the threads.
    threads = [threading.Thread(target=found.work, args=(get,), daemon=True) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if found.broken is not None:
        raise found.broken
    why = found.why()
    return Check(by, not why, why, found.blocks, found.bytes, tuple(found.differing))


def pages(get: Get, root: Cid, cids: Iterable[Cid]) -> dict[Cid, list[str]]:
    """Return a map from each CID in `cids` to the paths of the files and folders that contain the block.

    A path is written as in an address, such as `/posts/first/index.html`. Paths below a block that `get` does not have
    are left out.
    """
    found: dict[Cid, list[str]] = {cid: [] for cid in cids}
    waiting = [("", root)]
    for _ in range(ENTRIES):
        if not waiting:
            break
        path, cid = waiting.pop()
        if cid in found and (path or "/") not in found[cid]:
            found[cid].append(path or "/")
        if cid.is_raw:
            continue
        try:
            read = walk.node(get, cid)
        except (StoreError, walk.Malformed):  # The links of this block are unknown.
            continue
        waiting += [(_below(path, read.kind, name), link.cid) for name, link in reversed(read.links)]
    return found


@dataclass(slots=True)
class _BlockChecks:
    """The shared result of several threads that read from one store or gateway."""

    cids: Iterator[Cid]
    on_progress: Callable[[int], None]
    blocks: int = 0
    bytes: int = 0
    differing: list[Cid] = field(default_factory=list)
    absent: list[Cid] = field(default_factory=list)
    silent: str = ""
    broken: BaseException | None = None
    """An unexpected error of a thread, or None. The waiting thread raises it."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, get: Get) -> None:
        try:
            while (cid := self._next()) is not None:
                self._one(get, cid)
        except BaseException as error:
            self.broken = error

    def why(self) -> str:
        """Return a text about the first fault, or an empty string if there is none."""
        if self.differing:
            many = f" and {len(self.differing) - 1} more" if len(self.differing) > 1 else ""
            return f"returned wrong bytes for {self.differing[0]}{many}"
        if self.silent:
            return self.silent
        if self.absent:
            many = f" and {len(self.absent) - 1} more blocks" if len(self.absent) > 1 else ""
            return f"does not have {self.absent[0]}{many}"
        return ""

    def _next(self) -> Cid | None:
        with self.lock:
            if self.silent or self.broken or len(self.differing) >= FAULTS or len(self.absent) >= FAULTS:
                return None
            return next(self.cids, None)

    def _one(self, get: Get, cid: Cid) -> None:
        try:
            data = get(cid)
            right = cid.matches(data)
        except (CidMismatch, BlockMissing) as error:
            with self.lock:
                (self.differing if isinstance(error, CidMismatch) else self.absent).append(cid)
            return
        except StoreError as error:
            with self.lock:
                self.silent = self.silent or error.message
            return
        with self.lock:
            if not right:
                self.differing.append(cid)
                return
            self.blocks += 1
            self.bytes += len(data)
            self.on_progress(self.blocks)


def _below(path: str, kind: str, name: str) -> str:
    """Return the path of a link. Shards of a folder and parts of a file have the path of the folder or file."""
    if kind == "folder":
        return f"{path}/{name}"
    return f"{path}/{name[2:]}" if kind == "shard" and len(name) > 2 else path


def _news(get: Get, root: Cid, base: Cid | None) -> Iterator[Block]:
    return walk.difference(get, base, root) if base and base != root else iter(())


def _descend(get: Get, root: Cid, number: int) -> Iterator[Cid]:
    """Yield the CIDs on one path from the root to a leaf. The root itself is left out.

    Hashes of the CIDs and `number` choose the path, so that it is the same on every machine.
    """
    cid, seed = root, number
    for _ in range(walk.LIMITS.depth):
        below = walk.node(get, cid).links
        if not below:
            return
        seed = int.from_bytes(sha256(cid.raw + seed.to_bytes(8, "big"))[:8], "big")
        cid = below[seed % len(below)][1].cid
        yield cid
