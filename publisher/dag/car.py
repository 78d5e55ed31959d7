"""CARv1: many blocks in one stream. Format: https://ipld.io/specs/transport/car/carv1/.

A header names the roots; then, for each block, a length, its CID, its bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from publisher.dag import varint
from publisher.dag.cid import Block, Cid

_MAX_HEADER = 1 << 20
_MAX_SECTION = 8 << 20
_V2 = bytes.fromhex("a16776657273696f6e02")


class BadCar(ValueError):
    """Not a CARv1, cut short, or a block that is not what its CID says."""


def write(roots: Sequence[Cid], blocks: Iterable[Block]) -> Iterator[bytes]:
    """The CAR, piece by piece; a block's bytes are handed on without a copy."""
    yield _header(roots)
    for block in blocks:
        raw = block.cid.raw
        yield varint.encode(len(raw) + len(block.data)) + raw
        yield block.data


def size(roots: Sequence[Cid], blocks: Iterable[tuple[Cid, int]]) -> int:
    """How many bytes `write` will give for blocks of these lengths."""
    return len(_header(roots)) + sum(section(cid, length) for cid, length in blocks)


def section(cid: Cid, length: int) -> int:
    """How many bytes a block of `length` takes in a CAR."""
    inner = len(cid.raw) + length
    return varint.length(inner) + inner


def read(stream: BinaryIO) -> tuple[tuple[Cid, ...], Iterator[Block]]:
    """The roots, and the blocks as they come, each checked against its CID. Raises BadCar, also while iterating."""
    header = _frame(stream, _MAX_HEADER, 0)
    if header is None:
        raise BadCar("the file is empty")
    if header == _V2:
        raise BadCar("this is a CARv2; only CARv1 is read")
    try:
        roots = _roots(header)
    except (ValueError, IndexError):
        raise BadCar("this is no CAR file: its header is not that of CARv1") from None
    return roots, _blocks(stream)


def _blocks(stream: BinaryIO) -> Iterator[Block]:
    count = 0
    while (frame := _frame(stream, _MAX_SECTION, count)) is not None:
        try:
            cid, start = Cid.read(frame)
            block = Block(cid, frame[start:])
            fits = cid.matches(block.data)
        except ValueError as error:
            raise BadCar(f"after {count} blocks: {error}") from None
        if not fits:
            raise BadCar(f"block {cid} is not what its CID says: the file is damaged or forged")
        yield block
        count += 1


def _frame(stream: BinaryIO, limit: int, count: int) -> bytes | None:
    """The bytes that the next length announces; None at the end."""
    head = b""
    while not head or head[-1] > 127:
        byte = stream.read(1)
        if not byte and not head:
            return None
        if not byte or len(head) == 9:
            raise BadCar(f"cut short or damaged after {count} blocks")
        head += byte
    try:
        length, _ = varint.decode(head)
    except ValueError as error:
        raise BadCar(f"after {count} blocks: {error}") from None
    if not 0 < length <= limit:
        raise BadCar(f"after {count} blocks: a part of {length:,} bytes; {limit:,} are allowed")
    parts = []
    while length:
        part = stream.read(length)
        if not part:
            raise BadCar(f"cut short after {count} blocks")
        parts.append(part)
        length -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _header(roots: Sequence[Cid]) -> bytes:
    """DAG-CBOR of {"roots": [CID, ...], "version": 1}; a CID is tag 42 and bytes that begin with 0."""
    links = b"".join(b"\xd8\x2a" + _cbor(2, len(cid.raw) + 1) + b"\0" + cid.raw for cid in roots)
    body = b"\xa2\x65roots" + _cbor(4, len(roots)) + links + b"\x67version\x01"
    return varint.encode(len(body)) + body


def _cbor(major: int, number: int) -> bytes:
    """The head of a CBOR item, in the shortest form."""
    if number < 24:
        return bytes([major << 5 | number])
    length = 1 if number < 256 else 2 if number < 65536 else 4
    return bytes([major << 5 | 23 + length.bit_length()]) + number.to_bytes(length)


def _roots(header: bytes) -> tuple[Cid, ...]:
    """The roots of a header whose keys may be in either order. ValueError or IndexError for anything else."""
    roots: list[Cid] = []
    version = 0
    keys, at = _item(header, 0, 5)
    for _ in range(keys):
        length, at = _item(header, at, 3)
        key, at = header[at : at + length], at + length
        if key == b"version":
            version, at = _item(header, at, 0)
        elif key == b"roots":
            count, at = _item(header, at, 4)
            for _ in range(count):
                if header[at : at + 2] != b"\xd8\x2a":
                    raise ValueError("not a link")
                length, at = _item(header, at + 2, 2)
                if header[at] != 0:
                    raise ValueError("not a link")
                roots.append(Cid.from_bytes(header[at + 1 : at + length]))
                at += length
        else:
            raise ValueError("unknown key")
    if version != 1 or at != len(header) or keys != 2:
        raise ValueError("not version 1")
    return tuple(roots)


def _item(data: bytes, at: int, major: int) -> tuple[int, int]:
    """The number of a CBOR item of the kind that is wanted, and where its content begins."""
    kind, short = data[at] >> 5, data[at] & 31
    if kind != major or short > 26:
        raise ValueError("another kind of item")
    if short < 24:
        return short, at + 1
    length = 1 << short - 24
    return int.from_bytes(data[at + 1 : at + 1 + length]), at + 1 + length
