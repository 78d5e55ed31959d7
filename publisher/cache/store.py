"""Store blocks, memo rows and pinned roots. The cache may be lost at any time, so it must not have the only copy.

A hash can prove a block, but not a memo row. Blocks and rows are written in the same transactions, so no row refers to
a missing block. Several builds can share the cache. Readers never wait, and writers wait for each other.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterable, Iterator, Sequence
from zlib import crc32

from publisher.cache.sqlite import COMMIT_BYTES, CacheFile
from publisher.dag.cid import Block, Cid
from publisher.errors import BlockMissing

PUT = """
INSERT INTO block VALUES {rows}
ON CONFLICT (cid) DO UPDATE SET data = excluded.data WHERE data IS NOT excluded.data
"""
PUT_ONE = PUT.format(rows="(?, ?)")
AT_ONCE = (400, 40)
"""The number of blocks that one statement adds: 400 if the blocks are small, and 40 if they are larger.

Other threads have to wait while Python passes the values of a statement to SQLite, so the number is limited.
"""
SMALL_BLOCK = 4 << 10
"""Blocks are small if they have at most this many bytes on average."""
PUT_SOME = {count: PUT.format(rows=", ".join(["(?, ?)"] * count)) for count in AT_ONCE}

IN_USE = "in-use"
"""The name of a lock. Builds hold it together, a prune holds it exclusively."""


ADDED = "added"
"""The stage of the memo row with the last root of `publish add`. The value is eight zero bytes, and then the CID."""


class Cache(CacheFile):
    """The data that is stored between two runs and that could be made again."""

    # Blocks

    def get(self, cid: Cid) -> bytes:
        """Return the bytes of a block without hashing them.

        Raises BlockMissing if the cache does not have the block.
        """
        rows = self._all("SELECT data FROM block WHERE cid = ?", (cid.raw,))
        if not rows:
            raise BlockMissing(
                "cache", f"block {cid} is not in the cache", hint="build again, or name a store that has it"
            )
        data = rows[0][0]
        return data if isinstance(data, bytes) else b""  # a flipped bit in the file can turn the value into a number

    def get_verified(self, cid: Cid) -> bytes:
        """Return the bytes of a block and hash them. Raises BlockMissing if the block is missing or damaged."""
        data = self.get(cid)
        if not cid.matches(data):
            hint = "build with --fresh, or `publish add` the folder or CAR that the block came from"
            raise BlockMissing("cache", f"block {cid} in the cache is damaged", hint=hint)
        return data

    def has(self, cid: Cid) -> bool:
        """Return whether the cache has the block."""
        return bool(self._all("SELECT 1 FROM block WHERE cid = ?", (cid.raw,)))

    def drop(self, cid: Cid) -> None:
        """Delete a block with damaged bytes. Every caller can handle a missing block, but not a damaged one."""
        self._write("DELETE FROM block WHERE cid = ?", (cid.raw,), 0)

    def put(self, block: Block) -> None:
        """Add a block. If the cache has other bytes for the same CID, those bytes are damaged and are replaced.

        Raises StateError if the cache cannot be written.
        """
        added = self._write("INSERT OR IGNORE INTO block VALUES (?, ?)", (block.cid.raw, block.data), len(block.data))
        if not added and self.get(block.cid) != block.data:
            self._write("UPDATE block SET data = ? WHERE cid = ?", (block.data, block.cid.raw), len(block.data))

    def put_many(self, blocks: Sequence[Block]) -> None:
        """Add blocks as `put` does, in a third of the time. Raises StateError if the cache cannot be written."""
        before = self.thrown_away
        with self._mending():
            self._put_rows(blocks)
        if self.thrown_away != before:  # the file was damaged and deleted, so write into the new file
            with self._state_errors():
                self._put_rows(blocks)
        self._uncommitted += sum(len(block.data) for block in blocks)
        if self._uncommitted >= COMMIT_BYTES:
            self.commit()

    def _put_rows(self, blocks: Sequence[Block]) -> None:
        size = sum(len(block.data) for block in blocks)
        count = AT_ONCE[size > SMALL_BLOCK * len(blocks)]
        whole = len(blocks) - len(blocks) % count
        for start in range(0, whole, count):
            flat = [part for block in blocks[start : start + count] for part in (block.cid.raw, block.data)]
            self._db.execute(PUT_SOME[count], flat)
        self._db.executemany(PUT_ONE, [(block.cid.raw, block.data) for block in blocks[whole:]])

    def blocks(self) -> Iterator[Cid]:
        """Yield the CIDs of all blocks, sorted by their bytes."""
        for (raw,) in self._all("SELECT cid FROM block ORDER BY cid", ()):
            yield Cid(raw)

    # Roots that the embedded store pins

    def pin(self, root: Cid, name: str) -> None:
        """Pin a root under a name, and commit. Raises StateError if the cache cannot be written."""
        self._write("INSERT OR REPLACE INTO kept VALUES (?, ?)", (root.raw, name), 0)
        self.commit()

    def pins(self, name: str | None = None) -> frozenset[Cid]:
        """Return all pinned roots, or only the roots that are pinned under exactly the name `name`."""
        rows = self._all("SELECT cid FROM kept WHERE ? IS NULL OR name = ?", (name, name))
        return frozenset(cid for (raw,) in rows for cid in _root(raw))

    def unpin(self, root: Cid, name: str) -> bool:
        """Remove the pin of a root under exactly this name, and return whether there was one. The blocks stay.

        Raises StateError if the cache cannot be written.
        """
        gone = self._write("DELETE FROM kept WHERE cid = ? AND name = ?", (root.raw, name), 0)
        self.commit()
        return gone > 0

    # Memo rows

    def recall(self, stage: str, key: bytes) -> bytes | None:
        """Return the value of a key, or None if there is none. Raises StateError if the cache cannot be read."""
        return self._rows("SELECT key, value FROM memo WHERE stage = ? AND key = ?", (stage, key)).get(key)

    def recall_all(self, stage: str) -> dict[bytes, bytes]:
        """Return all rows of a stage. For thousands of rows, this takes a tenth of the time of single reads.

        Raises StateError if the cache cannot be read.
        """
        return self._rows("SELECT key, value FROM memo WHERE stage = ?", (stage,))

    def remember(self, stage: str, key: bytes, value: bytes) -> None:
        """Write a row, which replaces an older row of the same key.

        Raises StateError if the cache cannot be written.
        """
        self._write(
            "INSERT OR REPLACE INTO memo VALUES (?, ?, ?)", (stage, key, value + _check(key, value)), len(value)
        )

    def forget(self, stage: str, keys: Iterable[bytes]) -> None:
        """Delete rows. A missing row is no error. Raises StateError if the cache cannot be written."""
        for key in keys:
            self._write("DELETE FROM memo WHERE stage = ? AND key = ?", (stage, key), 0)

    def _rows(self, sql: str, values: tuple[object, ...]) -> dict[bytes, bytes]:
        """Return the memo rows with a correct checksum. SQLite does not notice a flipped bit in a value."""
        rows = self._all(sql, values)
        try:
            # Every build checks tens of thousands of rows, so this calls no function of ours.
            return {
                key: value
                for key, kept in rows
                if crc32(value := kept[:-4], crc32(key)) == int.from_bytes(kept[-4:], "big")
            }
        except TypeError:  # flipped bits have changed the type of a value
            return {key: kept[:-4] for key, kept in rows if _is_sound(key, kept)}

    @contextlib.contextmanager
    def steady(self) -> Iterator[None]:
        """Keep a prune from starting during the body, and first wait for a running prune.

        A build needs this, because a prune would delete its new blocks before their root exists.
        """
        with self._flock(IN_USE, fcntl.LOCK_SH):
            yield


def _root(raw: object) -> Iterator[Cid]:
    """Yield the CID of a pinned root, or nothing if flipped bits have made it invalid."""
    if isinstance(raw, bytes):
        with contextlib.suppress(ValueError, IndexError):
            cid = Cid(raw)
            _ = cid.digest
            yield cid


def _is_sound(key: object, kept: object) -> bool:
    """Return whether the checksum of a row is correct. A flipped bit may also have changed the types of its values."""
    return isinstance(key, bytes) and isinstance(kept, bytes) and kept[-4:] == _check(key, kept[:-4])


def _check(key: bytes, value: bytes) -> bytes:
    return crc32(value, crc32(key)).to_bytes(4, "big")
