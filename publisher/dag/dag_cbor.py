"""Find the links in DAG-CBOR blocks. Paths and CARs need no more of this codec.

Format: https://ipld.io/specs/codecs/dag-cbor/spec/. The code builds no values and does not recurse, so deeply nested
lists are harmless. The positions in a large block are cached, because reading 2 MiB takes a second.
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left
from collections.abc import Sequence

from publisher.dag.cid import Cid
from publisher.dag.dag_pb import Malformed
from publisher.dag.lru import LruCache

_BYTES, _TEXT, _LIST, _MAP, _TAG = 2, 3, 4, 5, 6
_LINK = 42
_INDEX_DIGITS = 9
"""The largest number of digits of a list index. No block has so many entries that an index needs ten digits."""

LARGE = 4 << 10
"""Positions are cached for blocks of at least this many bytes, and for lists and maps that are longer than this."""

REMEMBERED = 32 << 20
"""The size of the cache in bytes. Each position takes four bytes."""

MOST_NOTED = 1000
"""The largest number of lists and maps of one block for which positions are cached."""


class Document:
    """The positions of the links in one block. Several threads may use it.

    It does not keep the block, so its methods take the bytes of the same block again.
    """

    def __init__(self, block: bytes) -> None:
        self._lock = threading.Lock()
        self._links = array("I")
        self._noted: dict[int, _Entries] = {}
        self._fault = ""
        try:
            if _scan(block, 0, self._links) != len(block):
                self._fault = "dag-cbor: bytes after the end"
        except Malformed as error:
            self._fault = str(error)
        if self._fault:
            self._links = array("I")

    @property
    def cost(self) -> int:
        """The approximate number of bytes that this object takes in memory."""
        return 1000 + 4 * len(self._links) + sum(500 + 4 * len(each) for each in tuple(self._noted.values()))

    def links(self, block: bytes) -> list[Cid]:
        """Return all links in the order of the block. Raises Malformed if the block is not DAG-CBOR."""
        self._check()
        return [_cid(block, at) for at in self._links]

    def follow(self, block: bytes, path: Sequence[str]) -> tuple[Cid | None, int]:
        """Follow a path of keys and list indexes to the first link. Return the link and the length of the path to it.

        If the whole path exists but has no link, return None and the length of the path. Raises LookupError if a name
        of the path does not exist, and Malformed if the block is not DAG-CBOR.
        """
        self._check()
        at = 0
        for count in range(len(path) + 1):
            kind = _head(block, at)[0]
            if kind == _TAG:
                return _cid(block, at), count
            if count < len(path):
                at = self._below(block, at, path[count])
        return None, len(path)

    def _check(self) -> None:
        if self._fault:
            raise Malformed(self._fault)

    def _below(self, block: bytes, at: int, name: str) -> int:
        """Return the offset of the value for the key or index `name` in the list or map at `at`.

        Raises LookupError if there is no such key or index.
        """
        with self._lock:
            entries = self._noted[at] if at in self._noted else _Entries(block, at)
            try:
                return entries.find(block, name)
            finally:
                if len(entries) and entries.starts[-1] - at > LARGE:
                    self._noted[at] = entries
                    if len(self._noted) > MOST_NOTED:
                        del self._noted[next(iter(self._noted))]


class _Entries:
    """The positions of the entries of a list or map, up to the last entry that was needed so far."""

    def __init__(self, block: bytes, at: int) -> None:
        self.kind, number, first = _head(block, at)
        self.number = number if self.kind in (_LIST, _MAP) else 0
        self.starts = array("I", [first] if self.number else [])
        self.ordered = True
        """Whether the keys are sorted as the format requires: shorter keys first."""
        self.sorted = array("I")
        """The first positions of `starts`, sorted by their keys. It stays empty if the block itself sorts its keys.

        To save time, this array is sorted again only when many new positions are known.
        """

    def __len__(self) -> int:
        """Return the number of positions in this object."""
        return len(self.starts) + len(self.sorted)

    def find(self, block: bytes, name: str) -> int:
        """Return the offset of the value for the key or index `name`. Raises LookupError if there is none."""
        if self.kind == _MAP:
            return self._value(block, name.encode("utf-8", "surrogateescape"))
        if self.kind == _LIST and name.isascii() and name.isdigit() and len(name) <= _INDEX_DIGITS:
            index = int(name)
            while len(self.starts) <= index < self.number:
                self.starts.append(_scan(block, self.starts[-1]))
            if index < self.number:
                return self.starts[index]
        raise LookupError(name)

    def _value(self, block: bytes, wanted: bytes) -> int:
        found = self._among_known(block, wanted)
        while found < 0 and len(self.starts) < self.number:
            key, value = _key(block, self.starts[-1])
            at = _scan(block, value)
            new, value = _key(block, at)
            self.ordered = self.ordered and _order(key) <= _order(new)
            self.starts.append(at)
            found = value if new == wanted else -1
        if found < 0:
            raise LookupError(wanted)
        return found

    def _among_known(self, block: bytes, wanted: bytes) -> int:
        """Return the offset of the value for the key `wanted`. Return -1 if the position of the key is not known."""

        def key_at(start: int) -> bytes:
            return _key(block, start)[0]

        if self.ordered:
            first = bisect_left(self.starts, _order(wanted), key=lambda start: _order(key_at(start)))
            near = self.starts[first : first + 1]
        else:
            if len(self.starts) - len(self.sorted) > 1000 + len(self.sorted) // 10:
                # The sort is stable, so the first of two equal keys is found, as in a block with sorted keys.
                self.sorted = array("I", sorted(self.starts, key=key_at))
            first = bisect_left(self.sorted, wanted, key=key_at)
            near = self.sorted[first : first + 1] + self.starts[len(self.sorted) :]
        return next((_key(block, start)[1] for start in near if key_at(start) == wanted), -1)


_remembered: LruCache[Cid, Document] = LruCache(REMEMBERED)


def links(block: bytes, cid: Cid | None = None) -> list[Cid]:
    """Return all links in the order of the block. If `cid` is given, the positions in a large block are cached.

    Raises Malformed if the block is not DAG-CBOR.
    """
    return _document(block, cid).links(block)


def follow(block: bytes, path: Sequence[str], cid: Cid | None = None) -> tuple[Cid | None, int]:
    """Follow `path` as Document.follow does. If `cid` is given, the positions in a large block are cached.

    Raises LookupError if a name of the path does not exist, and Malformed if the block is not DAG-CBOR.
    """
    document = _document(block, cid)
    before = document.cost
    try:
        return document.follow(block, path)
    finally:
        if cid is not None and len(block) >= LARGE and document.cost != before:
            _remembered.put(cid, document, document.cost)


def _document(block: bytes, cid: Cid | None) -> Document:
    if cid is None or len(block) < LARGE:
        return Document(block)
    known = _remembered.get(cid)
    if known is None:
        known = Document(block)
        _remembered.put(cid, known, known.cost)
    return known


def _order(key: bytes) -> tuple[int, bytes]:
    return len(key), key


def _key(block: bytes, at: int) -> tuple[bytes, int]:
    """Return the key at offset `at`, and the offset of its value. Raises Malformed if the key is not text."""
    kind, length, start = _head(block, at)
    if kind != _TEXT:
        raise Malformed("dag-cbor: a key that is no text")
    return block[start : start + length], start + length


def _scan(block: bytes, at: int, found: array[int] | None = None) -> int:
    """Return the offset at which the item at `at` ends. Append the positions of its links to `found`.

    Raises Malformed if the item is cut short or not DAG-CBOR.
    """
    left = 1
    while left:
        start = at
        kind, number, at = _head(block, at)
        left -= 1
        if kind in (_BYTES, _TEXT):
            at += number
        elif kind == _LIST:
            left += number
        elif kind == _MAP:
            left += 2 * number
        elif kind == _TAG:
            at = _link(block, number, at)[1]
            if found is not None:
                _cid(block, start)
                found.append(start)
        if at > len(block) or left > len(block) - at:  # every item takes one byte or more, so too many items are left
            raise Malformed("dag-cbor: cut short")
    return at


def _link(block: bytes, tag: int, at: int) -> tuple[int, int]:
    """Return the offsets at which the CID of a link begins and ends. Raises Malformed if the tag is not a link."""
    kind, length, start = _head(block, at)
    end = start + length
    if tag != _LINK or kind != _BYTES or block[start : start + 1] != b"\0" or end > len(block):
        raise Malformed("dag-cbor: a tag that is no link")
    return start + 1, end


def _cid(block: bytes, at: int) -> Cid:
    """Return the CID of the link at offset `at`. Raises Malformed if it is not a valid link."""
    _, tag, after = _head(block, at)
    start, end = _link(block, tag, after)
    try:
        return Cid.from_bytes(block[start:end])
    except ValueError as error:
        raise Malformed(f"dag-cbor: a link without a proper CID: {error}") from None


def _head(block: bytes, at: int) -> tuple[int, int, int]:
    """Return the kind and the number of the item at `at`, and the offset of its content.

    Raises Malformed if the item is cut short or has no definite length.
    """
    if at >= len(block):
        raise Malformed("dag-cbor: cut short")
    kind, short = block[at] >> 5, block[at] & 31
    if short < 24:
        return kind, short, at + 1
    if short > 27:
        raise Malformed("dag-cbor: an item without a definite length")
    end = at + 1 + (1 << short - 24)
    if end > len(block):
        raise Malformed("dag-cbor: cut short")
    return kind, int.from_bytes(block[at + 1 : end]), end
