"""Keep the most recently used blocks and parsed folders in memory, up to a limit."""

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
"""The entries of a folder, or the first shard of a sharded folder."""


OVERHEAD = 200
"""The number of bytes that an entry of the cache takes in addition to its block."""

BLOCKS = 64 << 20
"""The largest number of bytes of all cached blocks."""

ENTRIES = 200_000
"""The largest number of entries in all cached folders together. So many entries take about 50 MB."""

AT_ONCE = 24
"""The largest number of blocks for one response in the event loop, where a long response would delay all others."""

LARGEST_AT_ONCE = 64 << 10
"""The largest number of bytes of a folder or DAG-CBOR block that may be parsed in the event loop."""


class BlockCache:
    """A BlockReader that keeps recent blocks and recent parsed folders in memory. Several threads may use it.

    Folders are cached in parsed form, because parsing a folder with thousands of names takes milliseconds. Blocks never
    change, so nothing in this cache becomes outdated.
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
        """Create an empty cache for the blocks of `get`.

        `limit` is the largest number of bytes of blocks, `entries` the largest number of entries of parsed folders.
        `own` reads blocks that it can return in far less than a millisecond. `disk` reads blocks on the disk of this
        machine. Both functions raise BlockMissing for any other block, and both may be None.
        """
        self._get = get
        self._own = own
        self._disk = disk
        self._blocks: LruCache[Cid, bytes] = LruCache(limit)
        self._folders: LruCache[Cid, Folder] = LruCache(entries, entries)

    def __call__(self, cid: Cid) -> bytes:
        """Return the bytes of a block. Exceptions of `get` pass through."""
        data = self._blocks.get(cid)
        if data is None:
            data = self._get(cid)
            self._blocks.put(cid, data, len(data) + OVERHEAD)
        return data

    def resolve(self, cid: Cid, name: str) -> Cid:
        """Return the CID of the entry `name` of a folder.

        Raises PathMissing if there is no such entry, and Malformed if a block is malformed. Exceptions of `get` pass
        through.
        """
        return self.find(self, cid, name)

    def near(self) -> NearBlocks:
        """Return a reader for one response in the event loop. It reads from memory and from `own`."""
        return NearBlocks(self, self._own, AT_ONCE, LARGEST_AT_ONCE)

    def here(self) -> NearBlocks:
        """Return a reader for one response without a network. It reads from memory and from `disk`."""
        return NearBlocks(self, self._disk)

    def at_hand(self, cid: Cid, get: Get | None) -> bytes | None:
        """Return the bytes of a block from memory or from `get`, or None if neither has the block."""
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
        """Return the CID of an entry as `resolve` does, but read blocks through the argument `get`.

        Raises PathMissing and Malformed as `resolve` does. Exceptions of `get` pass through.
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
            # The links are reversed, so the first of two equal names wins, as in folder.find.
            known = {name: link.cid for name, link in reversed(read.links)}
        self._folders.put(cid, known, len(read.links) + 1)
        return known


class NearBlocks:
    """A BlockReader for one response that must be fast. It reads blocks from memory and from one fast source.

    It raises CacheMiss for a block that is in neither of them, and when a limit is reached.
    """

    def __init__(self, blocks: BlockCache, get: Get | None, most: float = math.inf, largest: float = math.inf) -> None:
        """Create a reader.

        `get` reads blocks that are not in memory, or is None. `most` is the largest number of blocks to read. `largest`
        is the largest number of bytes of a block to parse.
        """
        self._blocks = blocks
        self._get = get
        self._left = most
        self._largest = largest

    def __call__(self, cid: Cid) -> bytes:
        """Return the bytes of a block. Raises CacheMiss if it is not available or a limit is reached."""
        self._left -= 1
        data = self._blocks.at_hand(cid, self._get)
        if data is None or self._left < 0 or (cid.codec == Codec.DAG_CBOR and len(data) > self._largest):
            raise CacheMiss
        return data

    def resolve(self, cid: Cid, name: str) -> Cid:
        """Return the CID of the entry `name` of a folder.

        Raises PathMissing if there is no such entry, Malformed if a block is malformed, and CacheMiss as a call does.
        """
        if not self._blocks.is_apart(cid) and len(self._blocks.at_hand(cid, self._get) or b"") > self._largest:
            raise CacheMiss
        return self._blocks.find(self, cid, name)
