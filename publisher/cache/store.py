"""Blocks, memo rows and kept roots. They may vanish at any time: nothing here is the only copy of anything.

Blocks prove themselves by their hash, memo rows prove nothing; both are written in the same transactions, so that a row
never speaks of a block that is not there. Builds share it: readers never wait, writers wait for each other.
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
"""Blocks in one statement, small ones and others: other threads run while it does, and wait while values are copied."""
SMALL_BLOCK = 4 << 10
PUT_SOME = {count: PUT.format(rows=", ".join(["(?, ?)"] * count)) for count in AT_ONCE}

IN_USE = "in-use"
"""A lock shared by all who build here; who prunes has it alone."""


ADDED = "added"
"""The stage of one memo row: the root that `publish add` made last, behind eight zero bytes as a link of no size."""


class Cache(CacheFile):
    """All that is kept between two runs and could be made again."""

    # Blocks

    def get(self, cid: Cid) -> bytes:
        """The bytes of a block as they were put; whoever hands them on hashes them. BlockMissing when absent."""
        rows = self._all("SELECT data FROM block WHERE cid = ?", (cid.raw,))
        if not rows:
            raise BlockMissing(
                "cache", f"block {cid} is not in the cache", hint="build again, or name a store that has it"
            )
        data = rows[0][0]
        return data if isinstance(data, bytes) else b""  # a flipped bit can make a number of it

    def get_verified(self, cid: Cid) -> bytes:
        """The bytes of a block, hashed. BlockMissing when it is absent, or damaged, which is no better."""
        data = self.get(cid)
        if not cid.matches(data):
            hint = "build with --fresh, or `publish add` the folder or CAR that it came from"
            raise BlockMissing("cache", f"block {cid} is damaged here", hint=hint)
        return data

    def has(self, cid: Cid) -> bool:
        """Whether the block is here."""
        return bool(self._all("SELECT 1 FROM block WHERE cid = ?", (cid.raw,)))

    def drop(self, cid: Cid) -> None:
        """Take out a block whose bytes are not its own: that it is absent, everybody knows what to do about."""
        self._write("DELETE FROM block WHERE cid = ?", (cid.raw,), 0)

    def put(self, block: Block) -> None:
        """Add a block. Bytes that differ from what is here under the same CID replace it: a restored cache may lie."""
        added = self._write("INSERT OR IGNORE INTO block VALUES (?, ?)", (block.cid.raw, block.data), len(block.data))
        if not added and self.get(block.cid) != block.data:
            self._write("UPDATE block SET data = ? WHERE cid = ?", (block.data, block.cid.raw), len(block.data))

    def put_many(self, blocks: Sequence[Block]) -> None:
        """Add blocks as `put` does, a third of the time for each. Holds them all until it returns."""
        before = self.thrown_away
        with self._mending():
            self._put_rows(blocks)
        if self.thrown_away != before:  # once more, into the new file
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
        """The CIDs of all blocks, in the order of their bytes."""
        for (raw,) in self._all("SELECT cid FROM block ORDER BY cid", ()):
            yield Cid(raw)

    # Roots that the embedded store holds

    def pin(self, root: Cid, name: str) -> None:
        """Note that a root is to be held, and under which name; on the disk when this returns."""
        self._write("INSERT OR REPLACE INTO kept VALUES (?, ?)", (root.raw, name), 0)
        self.commit()

    def pins(self, name: str | None = None) -> frozenset[Cid]:
        """The roots that are held; with a name, those under exactly this one."""
        rows = self._all("SELECT cid FROM kept WHERE ? IS NULL OR name = ?", (name, name))
        return frozenset(cid for (raw,) in rows for cid in _root(raw))

    def unpin(self, root: Cid, name: str) -> bool:
        """Hold a root no longer, when it is held under exactly this name; whether it was. Its blocks stay."""
        gone = self._write("DELETE FROM kept WHERE cid = ? AND name = ?", (root.raw, name), 0)
        self.commit()
        return gone > 0

    # Memo rows

    def recall(self, stage: str, key: bytes) -> bytes | None:
        """The row under this key, or None."""
        return self._rows("SELECT key, value FROM memo WHERE stage = ? AND key = ?", (stage, key)).get(key)

    def recall_all(self, stage: str) -> dict[bytes, bytes]:
        """Every row of a stage: thousands of rows in one question cost a tenth of asking for each."""
        return self._rows("SELECT key, value FROM memo WHERE stage = ?", (stage,))

    def remember(self, stage: str, key: bytes, value: bytes) -> None:
        """Write a row, over an older one if there is one."""
        self._write(
            "INSERT OR REPLACE INTO memo VALUES (?, ?, ?)", (stage, key, value + _check(key, value)), len(value)
        )

    def forget(self, stage: str, keys: Iterable[bytes]) -> None:
        """Remove rows; those that are not there are no fault."""
        for key in keys:
            self._write("DELETE FROM memo WHERE stage = ? AND key = ?", (stage, key), 0)

    def _rows(self, sql: str, values: tuple[object, ...]) -> dict[bytes, bytes]:
        """Memo rows whose check holds: SQLite itself does not see a flipped bit within a value."""
        return {key: kept[:-4] for key, kept in self._all(sql, values) if _is_sound(key, kept)}

    @contextlib.contextmanager
    def steady(self) -> Iterator[None]:
        """Nothing is pruned while it lasts: for who links to blocks before the root is known. Waits for a prune."""
        with self._flock(IN_USE, fcntl.LOCK_SH):
            yield


def _root(raw: object) -> Iterator[Cid]:
    """The CID of a kept root, unless its bits have flipped into none."""
    if isinstance(raw, bytes):
        with contextlib.suppress(ValueError, IndexError):
            cid = Cid(raw)
            _ = cid.digest
            yield cid


def _is_sound(key: object, kept: object) -> bool:
    """Whether a row is as it was written. Its type may have flipped too."""
    return isinstance(key, bytes) and isinstance(kept, bytes) and kept[-4:] == _check(key, kept[:-4])


def _check(key: bytes, value: bytes) -> bytes:
    return zlib.crc32(value, zlib.crc32(key)).to_bytes(4, "big")
