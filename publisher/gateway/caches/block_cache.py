"""The blocks and parsed folders that were used last, in memory, up to a number of bytes."""

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
"""The names of a folder; for a sharded one, its first shard."""


OVERHEAD = 200
"""Bytes of an entry besides its block: its key and the dictionary."""

BLOCKS = 64 << 20
"""Bytes of all cached blocks."""

ENTRIES = 200_000
"""Names of all cached folders: some 50 MB."""

AT_ONCE = 24
"""How many blocks and names an answer from memory may need, so that it does not delay others."""

LARGEST_AT_ONCE = 64 << 10
"""Bytes of a folder, or of a DAG-CBOR block, that may be parsed in the event loop."""


class BlockCache:
    """A `get` with recent blocks and recent parsed folders in memory. It is safe for threads.

    To find a name in a folder of thousands takes milliseconds, nearly all of it for the other names. A block never
    changes, so nothing here is ever out of date.
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
        """Create an empty cache over `get`. `limit` is in bytes, `entries` in names.

        `own` reads blocks in far less than a millisecond; `disk` reads those on this machine's disk. Both raise
        BlockMissing for others.
        """
        self._get = get
        self._own = own
        self._disk = disk
        self._blocks: LruCache[Cid, bytes] = LruCache(limit)
        self._folders: LruCache[Cid, Folder] = LruCache(entries, entries)

    def __call__(self, cid: Cid) -> bytes:
        """Return the bytes of a block. Raises what `get` raises."""
        data = self._blocks.get(cid)
        if data is None:
            data = self._get(cid)
            self._blocks.put(cid, data, len(data) + OVERHEAD)
        return data

    def resolve(self, cid: Cid, name: str) -> Cid:
        """Return the CID of an entry of a folder. Raises PathMissing, Malformed, and what reading blocks raises."""
        return self.find(self, cid, name)

    def near(self) -> NearBlocks:
        """Return a reader of memory and of the site's own blocks, for one answer that must not take long."""
        return NearBlocks(self, self._own, AT_ONCE, LARGEST_AT_ONCE)

    def here(self) -> NearBlocks:
        """Return a reader of what is on this machine, for one answer that must not wait for a network."""
        return NearBlocks(self, self._disk)

    def at_hand(self, cid: Cid, get: Get | None) -> bytes | None:
        """Return the bytes of a block from memory or from `get`; None if neither has it."""
        data = self._blocks.get(cid)
        if data is None and get is not None:
            try:
                data = get(cid)
            except BlockMissing:
                return None
            self._blocks.put(cid, data, len(data) + OVERHEAD)
        return data

    def is_apart(self, cid: Cid) -> bool:
        """Return whether a folder is cached in parsed form."""
        return self._folders.get(cid) is not None

    def find(self, get: Get, cid: Cid, name: str) -> Cid:
        """Return the CID of an entry as `resolve` does, reading blocks through `get`.

        Raises PathMissing and Malformed.
        """
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
            known = {name: link.cid for name, link in reversed(read.links)}  # of two equal names, the first counts
        self._folders.put(cid, known, len(read.links) + 1)
        return known


class NearBlocks:
    """A reader of blocks that are in memory or in one other store, up to a number.

    It raises CacheMiss for any other block.
    """

    def __init__(self, blocks: BlockCache, get: Get | None, most: float = math.inf, largest: float = math.inf) -> None:
        """Create a reader.

        `get` reads blocks that are not in memory; `most` limits the blocks and `largest` the bytes to parse.
        """
        self._blocks = blocks
        self._get = get
        self._left = most
        self._largest = largest

    def __call__(self, cid: Cid) -> bytes:
        """Return the bytes of a block. Raises CacheMiss."""
        self._left -= 1
        data = self._blocks.at_hand(cid, self._get)
        if data is None or self._left < 0 or (cid.codec == Codec.DAG_CBOR and len(data) > self._largest):
            raise CacheMiss
        return data

    def resolve(self, cid: Cid, name: str) -> Cid:
        """Return the CID of an entry of a folder. Raises CacheMiss and PathMissing."""
        if not self._blocks.is_apart(cid) and len(self._blocks.at_hand(cid, self._get) or b"") > self._largest:
            raise CacheMiss
        return self._blocks.find(self, cid, name)
