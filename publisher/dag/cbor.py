"""DAG-CBOR, as far as a path or a CAR needs it: where its links are.

Format: https://ipld.io/specs/codecs/dag-cbor/spec/. Nothing is built and nothing recurses, so that brackets without end
cost no more than their bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.dag.cid import Cid
from publisher.dag.pb import Malformed

_BYTES, _TEXT, _LIST, _MAP, _TAG = 2, 3, 4, 5, 6
_LINK = 42
_INDEX_DIGITS = 9
"""Of an index into a list: a block cannot hold more entries than nine digits count."""


def links(block: bytes) -> list[Cid]:
    """Every link in the order in which it is written. Raises Malformed."""
    found: list[Cid] = []
    if _scan(block, 0, found) != len(block):
        raise Malformed("dag-cbor: bytes after the end")
    return found


def follow(block: bytes, path: Sequence[str]) -> tuple[Cid | None, int]:
    """The first link on a path of keys and list indexes, and how many names led there.

    None with a count: so many names are there, but the value they lead to is no link. Raises LookupError where a name
    leads nowhere, Malformed for bytes that are no DAG-CBOR.
    """
    links(block)  # so that what follows reads a block that is well formed to its end
    at = 0
    found: list[Cid] = []
    for count in range(len(path) + 1):
        kind, number, after = _head(block, at)
        if kind == _TAG:
            _scan(block, at, found)
            return found[0], count
        if count == len(path):
            break
        at = _below(block, kind, number, after, path[count])
    return None, len(path)


def _below(block: bytes, kind: int, number: int, at: int, name: str) -> int:
    """Where the value of a key or an index begins; LookupError when there is none."""
    if kind == _MAP:
        wanted = name.encode("utf-8", "surrogateescape")
        for _ in range(number):
            _, length, start = _head(block, at)
            at = start + length
            if block[start:at] == wanted:
                return at
            at = _scan(block, at, [])
    elif kind == _LIST and name.isascii() and name.isdigit() and len(name) <= _INDEX_DIGITS and int(name) < number:
        for _ in range(int(name)):
            at = _scan(block, at, [])
        return at
    raise LookupError(name)


def _scan(block: bytes, at: int, found: list[Cid]) -> int:
    """Where the item that begins at `at` ends; its links are added to `found`. Raises Malformed."""
    left = 1
    while left:
        kind, number, at = _head(block, at)
        left -= 1
        if kind in (_BYTES, _TEXT):
            at += number
        elif kind == _LIST:
            left += number
        elif kind == _MAP:
            left += 2 * number
        elif kind == _TAG:
            at = _link(block, number, at, found)
        if at > len(block) or left > len(block) - at:  # every item takes a byte at least
            raise Malformed("dag-cbor: cut short")
    return at


def _link(block: bytes, tag: int, at: int, found: list[Cid]) -> int:
    kind, length, start = _head(block, at)
    end = start + length
    if tag != _LINK or kind != _BYTES or block[start : start + 1] != b"\0" or end > len(block):
        raise Malformed("dag-cbor: a tag that is no link")
    try:
        found.append(Cid.from_bytes(block[start + 1 : end]))
    except ValueError as error:
        raise Malformed(f"dag-cbor: a link without a proper CID: {error}") from None
    return end


def _head(block: bytes, at: int) -> tuple[int, int, int]:
    """An item's kind, its number, and where its content begins."""
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
