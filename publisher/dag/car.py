"""CARv1: many blocks in one stream. Format: https://ipld.io/specs/transport/car/carv1/.

A header names the roots. Then each block follows: a length, its CID, its bytes. A CARv2 is such a stream between a
header that gives its position and an index, which is not needed here: https://ipld.io/specs/transport/car/carv2/.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, Protocol

from publisher.dag import varint
from publisher.dag.cid import Block, Cid

_MAX_HEADER = 1 << 20
_MAX_SECTION = (2 << 20) + 4096
"""Bytes of a block of 2 MiB, the largest that nodes exchange, and of its CID."""

_V2 = bytes.fromhex("a16776657273696f6e02")
_V2_HEADER = struct.Struct("<16xQQQ")
"""Characteristics, which are not needed; where the CARv1 begins; its length; where the index begins."""

_V2_START = 11 + _V2_HEADER.size
_MAX_PADDING = 16 << 20
_HEAD = 16


class BadCar(ValueError):
    """The bytes are no CAR, are cut short, or hold a block that does not match its CID."""


class NoCar(BadCar):
    """The first bytes are not those of a CAR."""


def write(roots: Sequence[Cid], blocks: Iterable[Block]) -> Iterator[bytes]:
    """Yield the CAR in pieces. The bytes of a block are not copied."""
    yield _header(roots)
    for block in blocks:
        raw = block.cid.raw
        yield varint.encode(len(raw) + len(block.data)) + raw
        yield block.data


def size(roots: Sequence[Cid], blocks: Iterable[tuple[Cid, int]]) -> int:
    """Return how many bytes `write` gives for blocks of these lengths."""
    return len(_header(roots)) + sum(section(cid, length) for cid, length in blocks)


def section(cid: Cid, length: int) -> int:
    """Return how many bytes a block of `length` bytes takes in a CAR."""
    inner = len(cid.raw) + length
    return varint.length(inner) + inner


def read(stream: BinaryIO) -> tuple[tuple[Cid, ...], Iterator[Block]]:
    """Return the roots, and the blocks as they come, each checked against its CID.

    It reads forward only; of a CARv2, the CARv1 in it. Raises BadCar, also while the blocks are read.
    """
    roots, sections = read_sections(stream)
    return roots, (block for block, _ in sections)


def read_sections(stream: BinaryIO) -> tuple[tuple[Cid, ...], Iterator[tuple[Block, int]]]:
    """Return the same as `read`, with the offset in the stream at which each block's own bytes begin. Raises BadCar."""
    counted = _CountingReader(stream)
    source: _ByteSource = counted
    try:
        header = _frame(source, _MAX_HEADER, 0)
        if header == _V2:
            source = _inner(source)
            header = _frame(source, _MAX_HEADER, 0)
        if header is None:
            raise BadCar("the file is empty")
        roots = _roots(header)
    except (ValueError, IndexError) as error:
        if isinstance(error, BadCar) and _like_car(counted.head):
            raise
        raise NoCar("this is no CAR file: it does not begin like one") from None
    return roots, _blocks(source)


def _like_car(head: bytes) -> bool:
    """Return whether the first bytes are those of a header: a length below 2 MiB, then a map with one or two keys."""
    length = next((at for at, byte in enumerate(head[:3], 1) if byte < 128), 0)
    if not length:
        return len(head) < 3
    return head[length : length + 1] in (b"", b"\xa1", b"\xa2")


def _inner(source: _ByteSource) -> _ByteSource:
    """Return the CARv1 in a CARv2 whose first eleven bytes were read."""
    head = _exactly(source, _V2_HEADER.size, 0)
    start, length, _ = _V2_HEADER.unpack(head)
    if not length:
        raise BadCar("this CARv2 was never finished: it does not say how long its data is")
    if not _V2_START <= start <= _V2_START + _MAX_PADDING:
        raise BadCar(f"this CARv2 says that its data begins at byte {start:,}")
    _exactly(source, start - _V2_START, 0)
    return _Window(source, length)


class _ByteSource(Protocol):
    """A source of bytes that knows how many of the stream's bytes were read."""

    @property
    def at(self) -> int: ...

    def read(self, size: int) -> bytes: ...


class _CountingReader:
    """A stream that counts the bytes that were read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.at = 0
        self.head = b""
        """The first bytes, which tell a CAR from other files."""

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        if self.at < _HEAD:
            self.head += data[:_HEAD]
        self.at += len(data)
        return data


class _Window:
    """The next `length` bytes of a stream as a stream of its own."""

    def __init__(self, source: _ByteSource, length: int) -> None:
        self._source = source
        self._left = length

    @property
    def at(self) -> int:
        return self._source.at

    def read(self, size: int) -> bytes:
        data = self._source.read(min(size, self._left))
        self._left -= len(data)
        return data


def _blocks(stream: _ByteSource) -> Iterator[tuple[Block, int]]:
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
        yield block, stream.at - len(block.data)
        count += 1


def _frame(stream: _ByteSource, limit: int, count: int) -> bytes | None:
    """Return the bytes that the next length announces; None at the end."""
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
    return _exactly(stream, length, count)


def _exactly(stream: _ByteSource, length: int, count: int) -> bytes:
    parts = []
    while length:
        part = stream.read(length)
        if not part:
            raise BadCar(f"cut short after {count} block{'' if count == 1 else 's'}")
        parts.append(part)
        length -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _header(roots: Sequence[Cid]) -> bytes:
    """Return the DAG-CBOR of {"roots": [CID, ...], "version": 1}. A CID is tag 42 and bytes that begin with 0."""
    links = b"".join(b"\xd8\x2a" + _cbor(2, len(cid.raw) + 1) + b"\0" + cid.raw for cid in roots)
    body = b"\xa2\x65roots" + _cbor(4, len(roots)) + links + b"\x67version\x01"
    return varint.encode(len(body)) + body


def _cbor(major: int, number: int) -> bytes:
    """Return the head of a CBOR item in its shortest form."""
    if number < 24:
        return bytes([major << 5 | number])
    length = 1 if number < 256 else 2 if number < 65536 else 4
    return bytes([major << 5 | 23 + length.bit_length()]) + number.to_bytes(length)


def _roots(header: bytes) -> tuple[Cid, ...]:
    """Return the roots of a header, whose keys may be in either order. Raises ValueError or IndexError."""
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
    """Return the number of a CBOR item of kind `major`, and where its content begins. Raises ValueError."""
    kind, short = data[at] >> 5, data[at] & 31
    if kind != major or short > 26:
        raise ValueError("another kind of item")
    if short < 24:
        return short, at + 1
    length = 1 << short - 24
    return int.from_bytes(data[at + 1 : at + 1 + length]), at + 1 + length
