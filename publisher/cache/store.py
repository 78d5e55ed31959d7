"""Blocks, memo rows and kept roots. They may vanish at any time: nothing here is the only copy.

A block is proven by its hash, a memo row is not. Both are written in the same transactions, so that no row speaks of a
missing block. Builds share the cache: readers never wait, writers wait for each other.
"""

from __future__ import annotations

import contextlib
import fcntl
import zlib
from collections.abc import Iterable, Iterator, Sequence

from publisher.cache.sqlite import COMMIT_BYTES, CacheFile
from publisher.dag.cid import Block, Cid
from publisher.errors import BlockMissing

PUT = """
INSERT INTO block VALUES {rows}
ON CONFLICT (cid) DO UPDATE SET data = excluded.data WHERE data IS NOT excluded.data
"""
PUT_ONE = PUT.format(rows="(?, ?)")
AT_ONCE = (400, 40)
"""How many blocks one statement adds, small ones and others. Other threads wait only while values are copied."""
SMALL_BLOCK = 4 << 10
PUT_SOME = {count: PUT.format(rows=", ".join(["(?, ?)"] * count)) for count in AT_ONCE}

IN_USE = "in-use"
"""The lock that all builds share. A prune holds it alone."""


ADDED = "added"
"""The stage of one memo row: the root that `publish add` made last, after eight zero bytes as a link of size 0."""


class Cache(CacheFile):
    """Everything that is kept between two runs and could be made again."""

    # Blocks

    def get(self, cid: Cid) -> bytes:
        """Return the bytes of a block as they were added. The caller hashes them. Raises BlockMissing."""
        rows = self._all("SELECT data FROM block WHERE cid = ?", (cid.raw,))
        if not rows:
            raise BlockMissing(
                "cache", f"block {cid} is not in the cache", hint="build again, or name a store that has it"
            )
        data = rows[0][0]
        return data if isinstance(data, bytes) else b""  # a flipped bit can turn the value into a number

    def get_verified(self, cid: Cid) -> bytes:
        """Return the bytes of a block after hashing them. Raises BlockMissing if the block is absent or damaged."""
        data = self.get(cid)
        if not cid.matches(data):
            hint = "build with --fresh, or `publish add` the folder or CAR that the block came from"
            raise BlockMissing("cache", f"block {cid} in the cache is damaged", hint=hint)
        return data

    def has(self, cid: Cid) -> bool:
        """Return whether the block is here."""
        return bool(self._all("SELECT 1 FROM block WHERE cid = ?", (cid.raw,)))

    def drop(self, cid: Cid) -> None:
        """Delete a block whose bytes are damaged: every caller can handle a missing block."""
        self._write("DELETE FROM block WHERE cid = ?", (cid.raw,), 0)

    def put(self, block: Block) -> None:
        """Add a block. Other bytes under the same CID are replaced, because a restored cache may be wrong.

        Raises StateError.
        """
        added = self._write("INSERT OR IGNORE INTO block VALUES (?, ?)", (block.cid.raw, block.data), len(block.data))
        if not added and self.get(block.cid) != block.data:
            self._write("UPDATE block SET data = ? WHERE cid = ?", (block.data, block.cid.raw), len(block.data))

    def put_many(self, blocks: Sequence[Block]) -> None:
        """Add blocks as `put` does, in a third of the time.

        All of them stay in memory until it returns. Raises StateError.
        """
        before = self.thrown_away
        with self._mending():
            self._put_rows(blocks)
        if self.thrown_away != before:  # the file was deleted meanwhile: write once more into the new one
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
        """Yield the CIDs of all blocks, in the order of their bytes."""
        for (raw,) in self._all("SELECT cid FROM block ORDER BY cid", ()):
            yield Cid(raw)

    # Roots that the embedded store pins

    def pin(self, root: Cid, name: str) -> None:
        """Pin a root under a name. It is on the disk when this returns. Raises StateError."""
        self._write("INSERT OR REPLACE INTO kept VALUES (?, ?)", (root.raw, name), 0)
        self.commit()

    def pins(self, name: str | None = None) -> frozenset[Cid]:
        """Return the pinned roots, or only those pinned under exactly `name`."""
        rows = self._all("SELECT cid FROM kept WHERE ? IS NULL OR name = ?", (name, name))
        return frozenset(cid for (raw,) in rows for cid in _root(raw))

    def unpin(self, root: Cid, name: str) -> bool:
        """Remove the pin of a root under exactly this name and return whether there was one. Blocks stay.

        Raises StateError.
        """
        gone = self._write("DELETE FROM kept WHERE cid = ? AND name = ?", (root.raw, name), 0)
        self.commit()
        return gone > 0

    # Memo rows

    def recall(self, stage: str, key: bytes) -> bytes | None:
        """Return the row under this key, or None. Raises StateError."""
        return self._rows("SELECT key, value FROM memo WHERE stage = ? AND key = ?", (stage, key)).get(key)

    def recall_all(self, stage: str) -> dict[bytes, bytes]:
        """Return every row of a stage. For thousands of rows this takes a tenth of the time of single reads."""
        return self._rows("SELECT key, value FROM memo WHERE stage = ?", (stage,))

    def remember(self, stage: str, key: bytes, value: bytes) -> None:
        """Write a row, and replace an older one. Raises StateError."""
        self._write(
            "INSERT OR REPLACE INTO memo VALUES (?, ?, ?)", (stage, key, value + _check(key, value)), len(value)
        )

    def forget(self, stage: str, keys: Iterable[bytes]) -> None:
        """Delete rows. A missing row is no error. Raises StateError."""
        for key in keys:
            self._write("DELETE FROM memo WHERE stage = ? AND key = ?", (stage, key), 0)

    def _rows(self, sql: str, values: tuple[object, ...]) -> dict[bytes, bytes]:
        """Return the memo rows whose checksum is right: SQLite does not notice a flipped bit in a value."""
        return {key: kept[:-4] for key, kept in self._all(sql, values) if _is_sound(key, kept)}

    @contextlib.contextmanager
    def steady(self) -> Iterator[None]:
        """Keep a prune out while blocks are linked before their root is known. Waits for a running prune."""
        with self._flock(IN_USE, fcntl.LOCK_SH):
            yield


def _root(raw: object) -> Iterator[Cid]:
    """Yield the CID of a kept root, unless flipped bits made it invalid."""
    if isinstance(raw, bytes):
        with contextlib.suppress(ValueError, IndexError):
            cid = Cid(raw)
            _ = cid.digest
            yield cid


def _is_sound(key: object, kept: object) -> bool:
    """Return whether a row is as it was written. A flipped bit may have changed its type too."""
    return isinstance(key, bytes) and isinstance(kept, bytes) and kept[-4:] == _check(key, kept[:-4])


def _check(key: bytes, value: bytes) -> bytes:
    return zlib.crc32(value, zlib.crc32(key)).to_bytes(4, "big")
