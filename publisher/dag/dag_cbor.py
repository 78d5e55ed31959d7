"""DAG-CBOR as far as a path or a CAR needs it: the positions of its links.

Format: https://ipld.io/specs/codecs/dag-cbor/spec/. No values are built and nothing recurses, so that endless brackets
cost no more than their bytes. The positions in a large block are remembered, because reading 2 MiB takes a second.
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
"""Digits of an index into a list. A block cannot hold more entries than nine digits count."""

LARGE = 4 << 10
"""Bytes. A larger block is remembered, and so are the entries of a list or map that is longer."""

REMEMBERED = 32 << 20
"""Bytes of everything that is remembered. Each link, and each entry that was skipped, takes four."""

MOST_NOTED = 1000
"""Lists and maps of one block whose entries are remembered."""


class Document:
    """A block that was read once. It is safe for threads. Its methods take the same bytes again."""

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
        """The bytes of memory that it takes, about."""
        return 1000 + 4 * len(self._links) + sum(500 + 4 * len(each) for each in tuple(self._noted.values()))

    def links(self, block: bytes) -> list[Cid]:
        """Return every link in the order of the block. Raises Malformed."""
        self._check()
        return [_cid(block, at) for at in self._links]

    def follow(self, block: bytes, path: Sequence[str]) -> tuple[Cid | None, int]:
        """Return the first link on a path of keys and list indexes, and how many names led to it.

        None with a count: so many names exist, but they lead to a value that is no link. Raises LookupError if a name
        does not exist, and Malformed for bytes that are not DAG-CBOR.
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
        """Return where the value of a key or an index begins. Raises LookupError if there is none."""
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
    """The positions of the entries of a list or map, as far as they were needed."""

    def __init__(self, block: bytes, at: int) -> None:
        self.kind, number, first = _head(block, at)
        self.number = number if self.kind in (_LIST, _MAP) else 0
        self.starts = array("I", [first] if self.number else [])
        self.ordered = True
        """Whether keys are sorted, shorter ones first, as the format requires."""
        self.sorted = array("I")
        """Most of the positions sorted by their keys, if the block does not sort them."""

    def __len__(self) -> int:
        """Return how many positions are kept."""
        return len(self.starts) + len(self.sorted)

    def find(self, block: bytes, name: str) -> int:
        """Return where the value of a key or an index begins. Raises LookupError if there is none."""
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
        """Return where the value of a key begins, if its position is known; otherwise -1."""

        def key_at(start: int) -> bytes:
            return _key(block, start)[0]

        if self.ordered:
            first = bisect_left(self.starts, _order(wanted), key=lambda start: _order(key_at(start)))
            near = self.starts[first : first + 1]
        else:
            if len(self.starts) - len(self.sorted) > 1000 + len(self.sorted) // 10:
                self.sorted = array("I", sorted(self.starts, key=key_at))  # of two equal keys, the first stays first
            first = bisect_left(self.sorted, wanted, key=key_at)
            near = self.sorted[first : first + 1] + self.starts[len(self.sorted) :]
        return next((_key(block, start)[1] for start in near if key_at(start) == wanted), -1)


_remembered: LruCache[Cid, Document] = LruCache(REMEMBERED)


def links(block: bytes, cid: Cid | None = None) -> list[Cid]:
    """Return every link in the order of the block. A large block is read only once by its `cid`. Raises Malformed."""
    return _document(block, cid).links(block)


def follow(block: bytes, path: Sequence[str], cid: Cid | None = None) -> tuple[Cid | None, int]:
    """Return what Document.follow returns. A large block is read only once by its `cid`.

    Raises LookupError and Malformed.
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
    """Return a key of a map, and where its value begins. Raises Malformed."""
    kind, length, start = _head(block, at)
    if kind != _TEXT:
        raise Malformed("dag-cbor: a key that is no text")
    return block[start : start + length], start + length


def _scan(block: bytes, at: int, found: array[int] | None = None) -> int:
    """Return where the item at `at` ends, and add the positions of its links to `found`. Raises Malformed."""
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
        if at > len(block) or left > len(block) - at:  # every item takes at least one byte
            raise Malformed("dag-cbor: cut short")
    return at


def _link(block: bytes, tag: int, at: int) -> tuple[int, int]:
    """Return where the CID of a link begins and ends. Raises Malformed."""
    kind, length, start = _head(block, at)
    end = start + length
    if tag != _LINK or kind != _BYTES or block[start : start + 1] != b"\0" or end > len(block):
        raise Malformed("dag-cbor: a tag that is no link")
    return start + 1, end


def _cid(block: bytes, at: int) -> Cid:
    """Return the CID of the link at `at`. Raises Malformed."""
    _, tag, after = _head(block, at)
    start, end = _link(block, tag, after)
    try:
        return Cid.from_bytes(block[start:end])
    except ValueError as error:
        raise Malformed(f"dag-cbor: a link without a proper CID: {error}") from None


def _head(block: bytes, at: int) -> tuple[int, int, int]:
    """Return an item's kind, its number, and where its content begins. Raises Malformed."""
    if at >= len(block):
        raise Malformed("dag-cbor: cut short")
    kind, short = block[at] >> 5, block[at] & 31
    if short < 24:
        return kind, short, at + 1
    if short > 27:
        raise Malformed("dag-cbor: a length that is not written out")
    end = at + 1 + (1 << short - 24)
    if end > len(block):
        raise Malformed("dag-cbor: cut short")
    return kind, int.from_bytes(block[at + 1 : end]), end
