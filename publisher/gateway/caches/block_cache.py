"""What was used last, in memory, up to so many bytes: blocks, folders taken apart, answers."""

from __future__ import annotations

import math

from publisher.dag import folder
from publisher.dag.cid import Cid, Codec, Get
from publisher.dag.lru import LruCache as LruCache
from publisher.dag.node import Node, node
from publisher.dag.paths import PathMissing
from publisher.errors import BlockMissing
from publisher.gateway.message import CacheMiss

Folder = dict[str, Cid] | Node
"""A folder's names; of one in shards, its first shard."""


OVERHEAD = 200
"""Bytes that an entry costs beside its block: its key and the dictionary's own."""

BLOCKS = 64 << 20
"""Bytes of the blocks that are kept."""

ENTRIES = 200_000
"""Names of the folders that are kept taken apart: some 50 MB."""

AT_ONCE = 24
"""Blocks and names that an answer from memory may need, so that it holds up nobody else's."""

LARGEST_AT_ONCE = 64 << 10
"""Bytes of a folder, and of a block of DAG-CBOR, that may be taken apart at once."""


class BlockCache:
    """A get with the blocks of late in memory, and with the folders of late taken apart. For several threads.

    To find a name in a folder of thousands takes milliseconds, nearly all of it for the names that were not asked for.
    A block never changes, so nothing here is ever out of date.
    """

    def __init__(
        self,
        get: Get,
        limit: int = BLOCKS,
        entries: int = ENTRIES,
        *,
        own: Get | None = None,
        disk: Get | None = None,
    ) -> None:
        """`own`: those of `get` that are read in a small part of a millisecond; `disk`: all that are on this machine's
        disk. Both raise BlockMissing for others."""
        self._get = get
        self._own = own
        self._disk = disk
        self._blocks: LruCache[Cid, bytes] = LruCache(limit)
        self._folders: LruCache[Cid, Folder] = LruCache(entries, entries)

    def __call__(self, cid: Cid) -> bytes:
        """The block's bytes; raises what the get below raises."""
        data = self._blocks.get(cid)
        if data is None:
            data = self._get(cid)
            self._blocks.put(cid, data, len(data) + OVERHEAD)
        return data

    def resolve(self, cid: Cid, name: str) -> Cid:
        """What a folder has under a name. Raises PathMissing, and what reading blocks raises."""
        return self.find(self, cid, name)

    def near(self) -> NearBlocks:
        """What is at hand, for one answer that must not take long."""
        return NearBlocks(self, self._own, AT_ONCE, LARGEST_AT_ONCE)

    def here(self) -> NearBlocks:
        """What is on this machine, for one answer that must not wait for another one."""
        return NearBlocks(self, self._disk)

    def at_hand(self, cid: Cid, get: Get | None) -> bytes | None:
        """The block's bytes when they are in memory, or where `get` reads; None when neither."""
        data = self._blocks.get(cid)
        if data is None and get is not None:
            try:
                data = get(cid)
            except BlockMissing:
                return None
            self._blocks.put(cid, data, len(data) + OVERHEAD)
        return data

    def is_apart(self, cid: Cid) -> bool:
        """Whether this is a folder that was taken apart."""
        return self._folders.get(cid) is not None

    def find(self, get: Get, cid: Cid, name: str) -> Cid:
        """As `resolve`, with the blocks that have to be read read through `get`."""
        known = self._folders.get(cid)
        if known is None:
            known = self._folder(get, cid)
        if isinstance(known, dict):
            found = known.get(name)
        else:
            found = link.cid if (link := folder.find(get, known, name)) else None
        if found is None:
            raise PathMissing(cid, name)
        return found

    def _folder(self, get: Get, cid: Cid) -> Folder:
        read = Node("file", 0) if cid.is_raw else node(get, cid)
        if read.kind not in ("folder", "shard"):
            return {}
        known: Folder = read
        if read.kind == "folder":
            known = {name: link.cid for name, link in reversed(read.links)}  # of two, the first counts
        self._folders.put(cid, known, len(read.links) + 1)
        return known


class NearBlocks:
    """Blocks at hand, so many and no more: Lacking for any other."""

    def __init__(self, blocks: BlockCache, get: Get | None, most: float = math.inf, largest: float = math.inf) -> None:
        """`get`: where those are that are not in memory; `largest`: bytes of what may be taken apart."""
        self._blocks = blocks
        self._get = get
        self._left = most
        self._largest = largest

    def __call__(self, cid: Cid) -> bytes:
        """The block's bytes."""
        self._left -= 1
        data = self._blocks.at_hand(cid, self._get)
        if data is None or self._left < 0 or (cid.codec == Codec.DAG_CBOR and len(data) > self._largest):
            raise CacheMiss
        return data

    def resolve(self, cid: Cid, name: str) -> Cid:
        """What a folder has under a name."""
        if not self._blocks.is_apart(cid) and len(self._blocks.at_hand(cid, self._get) or b"") > self._largest:
            raise CacheMiss
        return self._blocks.find(self, cid, name)
